"""What an option is worth: Black-76, implied volatility, the smile, expected and realised moves."""
