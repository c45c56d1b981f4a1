"""The flight recorder's half that knows no actors: forms and deltas of dataclasses, and the file that keeps them."""
