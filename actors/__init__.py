"""The supervised actors."""
