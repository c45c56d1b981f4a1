"""The one clock of volatility: trading minutes.

A session has 390 of them and a year 252 sessions. Annual volatilities, the greeks' years and the time to expiry are all
counted on this clock. Calendar time (365.25 x 24 h) would make a session's move 2.313 times smaller; the two clocks
must never meet in one formula.

`total_sd` everywhere in lottogrid is the standard deviation of the log price from now to expiry: no unit, not annual.
"""

from __future__ import annotations

import math

from lottogrid.errors import BadInput

MINUTES_PER_SESSION = 390
SESSIONS_PER_YEAR = 252
MINUTES_PER_YEAR = MINUTES_PER_SESSION * SESSIONS_PER_YEAR


def years(minutes: float) -> float:
    """Return trading `minutes` in trading years; refuse less than none."""
    if not 0 <= minutes < math.inf:
        raise BadInput(f"minutes: expected a number of trading minutes from 0 on, found {minutes}")
    return minutes / MINUTES_PER_YEAR


def total_sd(annual_volatility: float, minutes: float) -> float:
    """Return the standard deviation of the log price over `minutes` at `annual_volatility` (0.16 is 16 %).

    >>> round(total_sd(0.16, 390), 7)
    0.0100791
    """
    if not 0 <= annual_volatility < math.inf:
        raise BadInput(f"volatility: expected an annual one from 0 on, 0.16 for 16 %, found {annual_volatility}")
    return annual_volatility * math.sqrt(years(minutes))


def annual_volatility(total_sd: float, minutes: float) -> float:
    """Return the annual volatility (0.16 is 16 %) that makes `total_sd` over `minutes`, which must be above 0."""
    if not (0 <= total_sd < math.inf and minutes > 0):
        raise BadInput(f"volatility: expected total_sd >= 0 and minutes > 0, found {total_sd} and {minutes}")
    return total_sd / math.sqrt(years(minutes))
