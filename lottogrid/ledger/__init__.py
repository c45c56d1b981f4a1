"""The journal of everything that happened, and the tables derived from it."""
