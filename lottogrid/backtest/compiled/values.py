"""What one option is worth: Black-76 with the smile, without a call into a library but one exponential."""

from __future__ import annotations

import math

from lottogrid.backtest.compiled.jit import compiled
from lottogrid.backtest.compiled.records import Moment, Smile
from lottogrid.pricing.normalised import INVERSE_ROOT_TWO_PI, ROOT_HALF
from lottogrid.pricing.smile import MIDDLE_VOLATILITY, VOLATILITY_RANGE
from lottogrid.pricing.time import MINUTES_PER_SESSION, MINUTES_PER_YEAR

_ROOT_PI = math.sqrt(math.pi)
_LOWEST_VOLATILITY, _HIGHEST_VOLATILITY = VOLATILITY_RANGE
_NO_TIME = 1e-15
_FARTHEST = 37.0
_CLOSE = 0.05
"""Relative distance of strike and forward up to which five terms of a series give their logarithm to a double."""
_SHORT = 0.05
"""The same for the error function."""


@compiled
def tails(u: float, v: float, sign: float) -> float:
    """Return t(u) + sign t(v), where t(u) = Phi(-u) exp(u^2 / 2), for u and v from 0 on.

    A quotient of polynomials, fitted with 40 digits: Phi from it is wrong by at most 5e-15.
    """
    above_u, below_u = _tail(u)
    above_v, below_v = _tail(v)
    return (above_u * below_v + sign * above_v * below_u) / (below_u * below_v)


@compiled
def _tail(u: float) -> tuple[float, float]:
    above = 0.0068956412742708275 + u * 0.00043693535158715067
    above = 0.19440773548643223 + u * (0.048799818549130014 + u * above)
    above = 0.4999999999999951 + u * (0.4394961742524375 + u * above)
    below = 0.12347974758939477 + u * (0.017281013994164117 + u * 0.001095349312963313)
    below = 1.2267696673351067 + u * (0.5039432792077074 + u * below)
    return above, 1.0 + u * (1.6768769093058276 + u * below)


@compiled
def log_ratio(low: float, high: float) -> float:
    """Return ln(high / low)."""
    q = (high - low) / (high + low)
    if q > _CLOSE:
        return math.log(high / low)
    q2 = q * q
    return 2 * q * (1 + q2 * (1 / 3 + q2 * (1 / 5 + q2 * (1 / 7 + q2 * (1 / 9)))))


@compiled
def time_value(low: float, x: float, total_sd: float) -> tuple[float, float]:
    """Return what an option is worth beyond its intrinsic value, points, and how that grows with `total_sd`.

    `low` is the lower of forward and strike, x = |ln(forward / strike)|. With w = x / s and a = s / 2 - w it is, times
    `low`, Phi(a) - e^x Phi(-s / 2 - w), whose densities differ by the factor e^x alone: one exponential is enough.
    """
    if total_sd < _NO_TIME:
        return 0.0, 0.0
    w = x / total_sd
    a, far = 0.5 * total_sd - w, 0.5 * total_sd + w
    if far > _FARTHEST:
        return 0.0, 0.0
    density = low * math.exp(-0.5 * a * a)
    value = density * tails(-a, far, -1.0) if a <= 0 else low - density * tails(a, far, 1.0)
    return value, density * INVERSE_ROOT_TWO_PI


@compiled
def worth(forward: float, strike: float, total_sd: float, is_call: bool) -> float:
    """Return what an option is worth, points, to some 1e-14 of the forward."""
    low, high = min(forward, strike), max(forward, strike)
    intrinsic = high - low if (forward > strike) == is_call else 0.0
    return intrinsic + time_value(low, log_ratio(low, high), total_sd)[0]


@compiled
def unit_move(total_sd: float) -> float:
    """Return the expected move where the forward is 1."""
    y = 0.5 * ROOT_HALF * total_sd
    if y > _SHORT:
        return 2 * math.erf(y)
    y2 = y * y
    return 4 / _ROOT_PI * y * (1 - y2 * (1 / 3 - y2 * (1 / 10 - y2 * (1 / 42 - y2 * (1 / 216)))))


@compiled
def sd_left(volatility: float, minutes_left: float) -> float:
    """Return the standard deviation to expiry at the money."""
    return volatility * math.sqrt(minutes_left / MINUTES_PER_YEAR)


@compiled
def slopes(smile: Smile, volatility: float, minutes_left: float) -> tuple[float, float]:
    """Return the smile's slopes below and above the money."""
    put_slope, call_slope = smile.put_slope, smile.call_slope
    if smile.moves:
        time = min(max(minutes_left / MINUTES_PER_SESSION, 0.0), 1.0) - 0.5
        level = math.log(min(max(volatility, _LOWEST_VOLATILITY), _HIGHEST_VOLATILITY) / MIDDLE_VOLATILITY)
        put_slope += smile.put_slope_time * time + smile.put_slope_volatility * level
        call_slope += smile.call_slope_time * time + smile.call_slope_volatility * level
    return put_slope, call_slope


@compiled
def multiple(smile: Smile, z: float, now: Moment) -> float:
    """Return the smile's multiple at `z` expected moves."""
    held = min(max(z, -smile.clamp), smile.clamp)
    if held < 0:
        return 1.0 + held * (now.put_slope + smile.put_curve * held)
    return 1.0 + held * (now.call_slope + smile.call_curve * held)


@compiled
def theo(smile: Smile, now: Moment, strike: float, is_call: bool) -> float:
    """Return what an option is worth, points."""
    z = (strike - now.forward) / now.move if now.move > 0 else 0.0
    return worth(now.forward, strike, now.total_sd * multiple(smile, z, now), is_call)


@compiled
def moment(smile: Smile, forward: float, volatility: float, minutes_left: int, half_spread: float) -> Moment:
    """Return what is common to all options of an instant."""
    total_sd = sd_left(volatility, minutes_left)
    put_slope, call_slope = slopes(smile, volatility, minutes_left)
    move = forward * unit_move(total_sd)
    return Moment(forward, minutes_left, half_spread, total_sd, move, put_slope, call_slope)
