"""Deterministic simulation: the real bot, faults of every kind, invariants at every step, and failures that replay."""
