"""What is quoted at a moment, and what the straddle at the money implies. Prices in units of the ladder."""

from __future__ import annotations

import math

from lottogrid.backtest.compiled.jit import compiled
from lottogrid.backtest.compiled.records import Ladder, Moment, Options
from lottogrid.backtest.compiled.values import log_ratio, multiple, theo, time_value, unit_move
from lottogrid.backtest.grid import NEAR

NO_QUOTE = -1
"""In the place of an ask: whoever asks has to look exactly."""
_TIE = 1e-9
_LAST_REACH = 1e-3
"""A step this short, relative, leaves an error of about its fourth power."""
_MAX_STEPS = 6
_FAINTEST = 1e-12


@compiled
def rounded(ladder: Ladder, price: float, upwards: bool) -> tuple[int, bool]:
    """Return the ladder's price below (or above) `price`, and whether it is certain."""
    step, per_step, units = ladder.steps[0], ladder.per_step[0], ladder.whole_steps[0]
    if price > ladder.edges[1]:
        step, per_step, units = ladder.steps[1], ladder.per_step[1], ladder.whole_steps[1]
        if price > ladder.edges[2]:
            step, per_step, units = ladder.steps[2], ladder.per_step[2], ladder.whole_steps[2]
    scaled = price * per_step
    nearest = math.floor(scaled + 0.5)
    certain = abs(scaled - nearest) * step >= NEAR or nearest < 1
    steps = math.ceil(scaled) if upwards else math.floor(scaled)
    return int(steps) * units, certain


@compiled
def quote_of(ladder: Ladder, value: float, half_spread: float) -> tuple[int, int]:
    """Return bid (0 where nobody bids) and ask of an option that is worth `value` points."""
    if not (value >= 0 and value < math.inf):
        return 0, NO_QUOTE
    bid, bid_certain = rounded(ladder, value * (1 - half_spread), False)
    ask, ask_certain = rounded(ladder, value * (1 + half_spread), True)
    ask = max(ask, 1)
    if not (bid_certain and ask_certain) or ask <= bid:
        return 0, NO_QUOTE
    return bid, ask


@compiled
def quote(options: Options, now: Moment, strike: float, is_call: bool) -> tuple[int, int]:
    """Return bid and ask of an option."""
    if strike <= 0:
        return 0, NO_QUOTE
    value = theo(options.smile, now, strike, is_call)
    return quote_of(options.ladder, value, now.half_spread)


@compiled
def straddle(options: Options, now: Moment) -> tuple[float, float, bool]:
    """Return the mid of the straddle at the money, points, what it implies to expiry, and whether that is certain.

    NaN where somebody does not bid, or where the mid is no more than the intrinsic value.
    """
    strike = math.floor(now.forward / options.strike_step + 0.5) * options.strike_step
    if not strike > 0:
        return math.nan, math.nan, False
    gap = now.forward - strike
    z = -gap / now.move if now.move > 0 else 0.0
    total_sd = now.total_sd * multiple(options.smile, z, now)
    low = min(now.forward, strike)
    x = log_ratio(low, max(now.forward, strike))
    value, slope = time_value(low, x, total_sd)
    call_bid, call_ask = quote_of(options.ladder, value + max(gap, 0.0), now.half_spread)
    put_bid, put_ask = quote_of(options.ladder, value + max(-gap, 0.0), now.half_spread)
    if min(call_ask, put_ask) == NO_QUOTE:
        return math.nan, math.nan, False
    if call_bid == 0 or put_bid == 0:
        return math.nan, math.nan, True
    mid = (call_bid + call_ask + put_bid + put_ask) / (2 * options.ladder.per_point)
    wanted = 0.5 * (mid - abs(gap))
    if not wanted > 0:
        return mid, math.nan, True
    found = _implied(low, x, wanted, total_sd, value, slope)
    return mid, found, found > 0


@compiled
def _implied(low: float, x: float, wanted: float, guess: float, value: float, slope: float) -> float:
    """Return the standard deviation at which the time value is `wanted`, from one near it; NaN where that is no way.

    Householder's step of fourth order, from the derivatives of the time value v in s: with w = x / s,
    v'' / v' = w^2 / s - s / 4 and v''' / v' = (v'' / v')^2 - 3 w^2 / s^2 - 1 / 4.
    """
    if wanted < _FAINTEST:
        return math.nan
    for _ in range(_MAX_STEPS):
        if not (slope > 0 and guess > 0):
            return math.nan
        newton = (wanted - value) / slope
        inverse = 1 / guess
        w2 = x * x * inverse * inverse
        bend = w2 * inverse - 0.25 * guess
        third = bend * bend - 3 * w2 * inverse * inverse - 0.25
        step = newton * (1 + 0.5 * bend * newton) / (1 + newton * (bend + newton * third / 6))
        reach = abs(newton) * (inverse + abs(bend))
        guess += step
        if reach < _LAST_REACH:
            return guess
        value, slope = time_value(low, x, guess)
    return math.nan


@compiled
def strangle(options: Options, now: Moment, total_sd: float, level: float) -> tuple[int, int, int, int, int, int, bool]:
    """Return what is listed at a multiple of the implied move, and whether a strike is half a step up and down.

    The strikes of call and put in strike steps; then their bids and asks. In a tie these are the lower ones.
    """
    move = level * now.forward * unit_move(total_sd)
    call, call_bid, call_ask, call_tie = _wing(options, now, (now.forward + move) / options.strike_step, True)
    put, put_bid, put_ask, put_tie = _wing(options, now, (now.forward - move) / options.strike_step, False)
    return call, put, call_bid, put_bid, call_ask, put_ask, call_tie or put_tie


@compiled
def _wing(options: Options, now: Moment, steps: float, is_call: bool) -> tuple[int, int, int, bool]:
    strike = math.floor(steps + 0.5)
    bid, ask = quote(options, now, strike * options.strike_step, is_call)
    if abs(steps - math.floor(steps) - 0.5) >= _TIE * max(abs(steps), 1.0):
        return strike, bid, ask, False
    other = 2 * math.floor(steps) + 1 - strike
    other_bid, other_ask = quote(options, now, other * options.strike_step, is_call)
    return strike, min(bid, other_bid), min(ask, other_ask), True
