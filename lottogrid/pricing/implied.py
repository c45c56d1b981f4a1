"""Implied standard deviation: the `total_sd` at which Black-76 gives a price.

The price is moved to the out-of-the-money side by put-call parity and normalised (see `normalised`). The root is sought
for ln b as a function of ln s, where the curve is concave and rises: a tangent laid on the left of the root never
passes it. The first guess is the implied volatility of the Bachelier model, which lies on the left, corrected to
first order; one or two Householder steps of fourth order then reach the last digit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike

from lottogrid.errors import BadInput
from lottogrid.pricing.blocks import Floats, above_zero, map_blocks
from lottogrid.pricing.normalised import ROWS, TINY, distance, intrinsic, value, value_one

Number = TypeVar("Number", float, Floats)

_NUMERATOR = (0.39896084789582054, 0.0355546472370636, 0.0418548693829868, 0.012727919299042363, 0.009011252630203874)
_DENOMINATOR = (
    1.0,
    0.09075072246014239,
    0.09567760523544022,
    0.050497077529292896,
    0.009999574739417117,
    0.0063580609616603325,
)
_FAINTEST = 1e-280
"""Least time value that is looked at, points: below it the normal density begins to leave the doubles."""
_HOUSEHOLDER_REACH = 0.5
"""A step of ln s, times the curve's bend, from which on only the tangent is safe."""
_LAST_REACH = 1e-3
"""A Householder step this short leaves an error of about its fourth power."""
_MAX_STEPS = 40


def implied_total_sd(price: ArrayLike, forward: ArrayLike, strike: ArrayLike, is_call: ArrayLike) -> Floats:
    """Return the implied standard deviations of `price` (points); the arguments are broadcast.

    NaN where there is none: an input is NaN, or the price is not above intrinsic value and below the forward (a call)
    or the strike (a put), or it is so close to that upper bound that it no longer tells one from another. An
    in-the-money price carries no more digits of the answer than are left once intrinsic value is subtracted.

    Raises:
        BadInput: a forward or strike is not above 0 and finite.

    >>> implied_total_sd([5.395, 0.0], 6300, 6363.325, True).round(5).tolist()
    [0.01008, nan]
    """
    checked = above_zero("forward", forward), above_zero("strike", strike)
    return map_blocks(_implied, [price, *checked, is_call], outputs=1, rows=ROWS + 4)[0]


def implied_total_sd_one(price: float, forward: float, strike: float, is_call: bool) -> float | None:
    """Return the implied standard deviation of one price (points), or None where `implied_total_sd` has NaN.

    Raises:
        BadInput: forward or strike is NaN or not above 0 and finite.

    >>> implied_total_sd_one(5.3, 6300, 6299, False) is None, implied_total_sd_one(0.0, 6300, 6299, False) is None
    (False, True)
    """
    if not (0 < forward < math.inf and 0 < strike < math.inf):
        raise BadInput(f"implied volatility: expected forward and strike above 0, found {forward} and {strike}")
    lower, gap = min(forward, strike), forward - strike
    time_value = price - max(gap if is_call else -gap, 0.0)
    if not _FAINTEST < time_value < lower:
        return None
    x = max(math.log1p(abs(gap) / lower), TINY)
    b = time_value / math.sqrt(forward * strike)
    s = _first_guess(x, math.log1p(x / b))
    for _ in range(_MAX_STEPS):
        found, slope = value_one(x, s)
        newton, g2, g3 = _derivatives(math.log(b / found), s * slope / found, x / s, s)
        reach = abs(newton) * (1 + abs(g2))
        s *= math.exp(_step(newton, g2, g3, reach))
        if reach < _LAST_REACH:
            return s
    return None


def _implied(inputs: Sequence[Floats], out: Sequence[Floats], work: Floats) -> None:
    price, forward, strike, is_call = inputs
    (s,) = out
    x, b, lower, scale = work[ROWS:]
    np.subtract(price, intrinsic(forward, strike, is_call, out=b, spare=scale), out=b)
    np.minimum(forward, strike, out=lower)
    b[~((b > _FAINTEST) & (b < lower))] = np.nan
    np.multiply(forward, strike, out=scale)
    b /= np.sqrt(scale, out=scale)
    np.maximum(distance(forward, strike, out=x, spare=lower), TINY, out=x)
    np.copyto(s, _first_guess(x, np.log1p(x / b)))
    for _ in range(_MAX_STEPS):
        found, slope = value(x, s, work)
        slope *= s
        slope /= found
        newton, g2, g3 = _derivatives(np.log(np.divide(b, found, out=found), out=found), slope, x / s, s)
        reach = np.abs(newton) * (1 + np.abs(g2))
        farthest = float(np.fmax.reduce(reach))
        s *= np.exp(_step(newton, g2, g3, farthest))
        if not farthest >= _LAST_REACH:
            return
    s[reach >= _LAST_REACH] = np.nan


def _first_guess(x: Number, rho: Number) -> Number:
    """Return s from the Bachelier model, where b / x depends on w = x / s alone.

    w / rho, with rho = ln(1 + x / b) and u its root, runs smoothly from 1 / sqrt(2 pi) at the money to 0; the
    quotient of polynomials was fitted to it by reweighted least squares, to 5.4e-5 for w up to 38.
    """
    u: Number = rho**0.5
    p0, p1, p2, p3, p4 = _NUMERATOR
    q0, q1, q2, q3, q4, q5 = _DENOMINATOR
    above = p0 + u * (p1 + u * (p2 + u * (p3 + u * p4)))
    below = q0 + u * (q1 + u * (q2 + u * (q3 + u * (q4 + u * q5))))
    w = rho * above / below
    s = x / w
    # Black's price is lower than Bachelier's by s^2/24 at the money, and by less in the wings.
    return s * (1 + s * s / (24 + 8 * w * w))


def _derivatives(gap: Number, elasticity: Number, w: Number, s: Number) -> tuple[Number, Number, Number]:
    """Return Newton's step in ln s and the second and third derivative of ln b, each divided by the first.

    `gap` is ln(wanted b) - ln(b found), `elasticity` the first derivative.
    """
    w2, t2 = w * w, 0.25 * s * s
    bend = 1 + w2 - t2 - elasticity
    return gap / elasticity, bend, bend * (bend - elasticity) - 2 * (w2 + t2)


def _step(newton: Number, g2: Number, g3: Number, reach: float) -> Number:
    """Return the change of ln s: Householder's near the root, Newton's where only the tangent is safe."""
    if not reach < _HOUSEHOLDER_REACH:
        return newton
    return newton * (1 + 0.5 * g2 * newton) / (1 + newton * (g2 + newton * g3 * (1 / 6)))
