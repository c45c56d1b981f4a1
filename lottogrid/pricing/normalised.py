"""The value of an out-of-the-money option in units of sqrt(forward x strike), exact far into the wings.

With x = |ln(forward / strike)|, s the total standard deviation, w = x / s and t = s / 2,

    b(x, s) = e^(-x/2) Phi(t - w) - e^(x/2) Phi(-t - w) = phi(w) e^(-t^2/2) [Y(t - w) - Y(-t - w)],

where Y(z) = Phi(z) / phi(z), the second form after P. Jaeckel, "Let's Be Rational" (2015). For small s the two terms
agree to many digits, and their difference keeps only the rest; so there the bracket is taken as its Taylor series,

    Y(t - w) - Y(-t - w) = 2 t (a_1 + a_3 + a_5 + ...),    a_n = Y^(n)(-w) t^(n-1) / n!,

whose terms follow from Y' = 1 + z Y:  a_1 = 1 - w Y(-w),  6 a_3 = (q + 3 t^2) a_1 - t^2 with q = (w t)^2, and
(n + 1)(n + 2) a_{n+2} = (q + (2 n + 1) t^2) a_n - t^4 a_{n-2}.

The slope of b in s is phi(w) e^(-t^2/2), exactly.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtr

from lottogrid.pricing.blocks import Floats

ROOT_HALF = math.sqrt(0.5)
ROOT_HALF_PI = math.sqrt(0.5 * math.pi)
INVERSE_ROOT_TWO_PI = 1 / math.sqrt(2 * math.pi)

SMALL_SD = 0.1
"""Up to here the terms to a_9 are exact to a double: 158 % volatility for a whole session."""
FARTHEST = 37.0
"""Standard deviations beyond which the normal density, and with it every price, leaves the doubles."""
TINY = 1e-290
"""Stands for 0 where a quotient of two zeros must have its limit."""

_CHEBYSHEV = (
    0.4117445539007236,
    -0.29566934964427904,
    0.216754215825073,
    -0.11527227391382226,
    0.03144855417272172,
    0.015118219173011172,
    -0.027348476089877522,
    0.020387607544722693,
    -0.00916119778759668,
    0.0016092009082933117,
    0.0011377480487989552,
    -0.0011394609827834622,
    0.00047047883457790535,
    -5.503161179928766e-05,
    -4.598947490218128e-05,
    2.427972110115949e-05,
    -5.962147825313332e-07,
    -3.5809917076560895e-06,
    8.451190255673614e-07,
    4.4500363120579954e-07,
    -1.372900609190503e-07,
    -5.616266692344222e-08,
)
"""Powers 0 to 21 of the Chebyshev interpolant, computed with 60 digits."""

ROWS = 9
"""Rows that `value` works in."""


def distance(forward: Floats, strike: Floats, out: Floats, spare: Floats) -> Floats:
    """Return x in `out`; it keeps its digits near the money, where the logarithm of the quotient does not."""
    np.subtract(forward, strike, out=out)
    np.abs(out, out=out)
    out /= np.minimum(forward, strike, out=spare)
    return np.log1p(out, out=out)


def intrinsic(forward: Floats, strike: Floats, is_call: Floats, out: Floats, spare: Floats) -> Floats:
    """Return the intrinsic value in `out`; `is_call` is 1 or 0."""
    np.multiply(is_call, 2.0, out=spare)
    spare -= 1.0
    np.subtract(forward, strike, out=out)
    out *= spare
    return np.maximum(out, 0.0, out=out)


def value(x: Floats, s: Floats, work: Floats) -> tuple[Floats, Floats]:
    """Return b and its slope in s for x >= 0 and s >= 0, as rows of `work`; NaN where an input is NaN.

    `s` may be of length 1.
    """
    w, t2, slope, b = work[:4]
    np.maximum(s, TINY, out=w)
    np.divide(x, w, out=w)
    np.minimum(w, FARTHEST, out=w)
    np.multiply(s, s, out=t2)
    t2 *= 0.25
    np.multiply(w, w, out=slope)
    slope += t2
    slope *= -0.5
    np.exp(slope, out=slope)
    slope *= INVERSE_ROOT_TWO_PI
    np.minimum(t2, 0.25 * SMALL_SD * SMALL_SD, out=t2)  # The series is not for larger ones; it shall not overflow.
    _series(w, t2, b, work[4:ROWS])
    b *= slope
    b *= s
    is_large = s > SMALL_SD
    if is_large.any():
        large = np.broadcast_to(is_large, b.shape)
        b[large] = _two_terms(x[large], np.broadcast_to(s, b.shape)[large])
    return b, slope


def _series(w: Floats, t2: Floats, total: Floats, work: Floats) -> None:
    """Put a_1 + a_3 + ... + a_9 into `total`; `t2` is t squared. The recursion runs in place, rows taking turns."""
    a, prior, following, p, step = work
    _first_term(w, a, p)
    np.copyto(total, a)
    np.multiply(w, w, out=p)
    p += 3.0
    p *= t2
    np.multiply(4.0, t2, out=step)
    np.copyto(prior, 1.0)  # For n = 1 the place of t^2 a_{n-2} is taken by 1.
    for n in (1, 3, 5, 7):
        np.multiply(p, a, out=following)
        prior *= t2
        following -= prior
        following *= 1 / ((n + 1) * (n + 2))
        total += following
        np.multiply(a, t2, out=prior)
        p += step
        a, following = following, a


def _first_term(w: Floats, out: Floats, spare: Floats) -> None:
    """Put a_1 = 1 - w Y(-w) into `out`, to 7e-16 of itself for w from 0 to FARTHEST.

    Half of the time that scipy's erfcx takes: (1 + w/2)^2 a_1 is almost flat, and a short polynomial in (w-6) / (w+6).
    """
    np.add(w, 6.0, out=spare)
    np.subtract(w, 6.0, out=out)
    v = np.divide(out, spare, out=spare)
    out.fill(_CHEBYSHEV[-1])
    for coefficient in _CHEBYSHEV[-2::-1]:
        out *= v
        out += coefficient
    np.multiply(w, 0.5, out=spare)
    spare += 1.0
    spare *= spare
    out /= spare


def _two_terms(x: Floats, s: Floats) -> Floats:
    w, t = x / s, 0.5 * s
    result: Floats = np.exp(-0.5 * x) * ndtr(t - w) - np.exp(0.5 * x) * ndtr(-t - w)
    return result


def value_one(x: float, s: float) -> tuple[float, float]:
    """Return what `value` returns, for one option."""
    w, t = min(x / max(s, TINY), FARTHEST), 0.5 * s
    t2 = t * t
    slope = INVERSE_ROOT_TWO_PI * math.exp(-0.5 * (w * w + t2))
    if s > SMALL_SD:
        near, far = math.erfc(ROOT_HALF * (w - t)), math.erfc(ROOT_HALF * (w + t))
        return 0.5 * (math.exp(-0.5 * x) * near - math.exp(0.5 * x) * far), slope
    a1 = 1.0 - w * ROOT_HALF_PI * math.exp(0.5 * w * w) * math.erfc(ROOT_HALF * w)
    p = (w * w + 3.0) * t2
    a3 = (p * a1 - t2) / 6
    a5 = ((p + 4.0 * t2) * a3 - t2 * t2 * a1) / 20
    a7 = ((p + 8.0 * t2) * a5 - t2 * t2 * a3) / 42
    a9 = ((p + 12.0 * t2) * a7 - t2 * t2 * a5) / 72
    return s * slope * (a1 + a3 + a5 + a7 + a9), slope
