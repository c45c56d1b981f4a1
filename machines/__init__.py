"""The state machines: literal tables, and their diagrams."""
