"""Fits the model's numbers to real option quotes, and says how far off it is."""
