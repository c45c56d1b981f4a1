"""The backtest as loops for a compiler: what the vectors decide, decided one minute after the other.

Both come to the same to the last digit. The volatilities are the same operations in the same order, so they are the
same doubles. Prices differ by some 1e-10 points; but a price that lies within 1e-7 of a step of the ladder, and a
number as near to its limit or to a tie, is undecided here as it is there, and is decided by the functions of the live
bot.

With numba (`pip install lottogrid[fast]`) the functions are compiled; without it they are plain Python, and slow.
"""
