"""Bounds of what an option out of the money is worth, without a logarithm or a distribution function.

Per square root of forward times strike, an option x = |ln(forward / strike)| away, with the standard deviation s to
expiry, is worth the integral of phi(x / u) e^(-u^2 / 8) over u from 0 to s. Without the last factor, which is at most
1 and at least e^(-s^2 / 8), it is s (phi(w) - w Phi(-w)) with w = x / s: Bachelier's price, which falls with w alone.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from lottogrid.backtest.tape import Ints
from lottogrid.pricing.blocks import Floats
from lottogrid.pricing.normalised import INVERSE_ROOT_TWO_PI

_FARTHEST = 8.0
"""Standard deviations away from which on less is known."""
PER_SD = 512
"""Widths in the table of a standard deviation."""
LEAST_POINTS = 1e-9
"""Of a standard deviation, where one divides by it."""

_WIDTHS = np.arange(int(PER_SD * _FARTHEST) + 1) / PER_SD
_PRICES = np.maximum(np.exp(-0.5 * _WIDTHS**2) * INVERSE_ROOT_TWO_PI - _WIDTHS * ndtr(-_WIDTHS), 0.0)
LOW = np.append(_PRICES[1:-1], 0.0) * (1 - 1e-9)
_HIGH = _PRICES * (1 + 1e-9)
"""Between one width and the next; the difference loses some digits."""


def at_least(forward: Floats, strike: Floats, away: Floats, total_sd: Floats) -> Floats:
    """Return less than what options `away` from the money are worth; all in points, none below 0."""
    middle = np.sqrt(forward * strike)
    points = middle * total_sd
    # The mean of two prices by logarithms is more than that by products.
    found = points * LOW.take(_numbers(away, points, len(LOW)), mode="clip")
    found *= 1 - 0.125 * np.square(total_sd)
    return found


def at_most(forward: Floats, strike: Floats, away: Floats, total_sd: Floats) -> Floats:
    """Return more than what options `away` from the money are worth; all in points, none below 0."""
    # The mean of two prices by logarithms is less than that by sums.
    points = 0.5 * (forward + strike) * total_sd
    found: Floats = points * _HIGH.take(_numbers(away, points, len(_HIGH)), mode="clip")
    return found


def _numbers(away: Floats, points: Floats, count: int) -> Ints:
    """Return the number of the width of each option, `away` over `points`, which may both be 0."""
    number = PER_SD * away
    number /= np.maximum(points, LEAST_POINTS)
    found: Ints = np.minimum(number, count - 1).astype(np.int64)
    return found
