"""lottogrid: same-day strangles on Micro E-mini S&P 500 futures options, traded by supervised actors."""

__version__ = "0.1.0"
