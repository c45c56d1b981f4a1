"""The expected move: what an at-the-money straddle costs, and the standard deviation it implies."""

from __future__ import annotations

import math

from lottogrid.errors import BadInput
from lottogrid.pricing.implied import implied_total_sd_one
from lottogrid.pricing.normalised import ROOT_HALF


def expected_move(forward: float, total_sd: float) -> float:
    """Return the Black-76 straddle struck at the forward, points: 2 F (2 Phi(s / 2) - 1), about 0.798 F s.

    Call and put are worth the same there, F (Phi(s / 2) - Phi(-s / 2)) each; 2 Phi(y) - 1 = erf(y / sqrt 2).

    >>> round(expected_move(6300, 0.16 / 252**0.5), 2)
    50.66
    """
    if not (0 < forward < math.inf and 0 <= total_sd < math.inf):
        raise BadInput(f"expected move: expected forward > 0 and total_sd >= 0, found {forward} and {total_sd}")
    return 2 * forward * math.erf(0.5 * ROOT_HALF * total_sd)


def total_sd_from_straddle(straddle: float, forward: float, strike: float) -> float | None:
    """Return the total standard deviation at which call + put at `strike` cost `straddle` (points).

    None where the straddle is NaN, infinite or not above its intrinsic value |forward - strike|: unknown, never 0.

    >>> round(total_sd_from_straddle(50.66, 6300, 6300), 5)
    0.01008
    """
    # By parity both legs have the same time value, that of the one out of the money.
    time_value = 0.5 * (straddle - abs(forward - strike))
    return implied_total_sd_one(time_value, forward, strike, strike >= forward)
