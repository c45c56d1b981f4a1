"""What every strangle of a moment costs at least: `lottogrid.backtest.dearness`, one at a time."""

from __future__ import annotations

import math

from lottogrid.backtest.bachelier import LEAST_POINTS, LOW, PER_SD
from lottogrid.backtest.compiled.jit import compiled
from lottogrid.backtest.compiled.records import Moment, Options, Rule
from lottogrid.backtest.compiled.values import multiple
from lottogrid.backtest.dearness import MOST_OFF, MOST_SQUARE, SAFE, SLACK


@compiled
def least_ask(options: Options, rule: Rule, now: Moment) -> float:
    """Return what both asks of the cheapest level come to at least, points; 0 where nothing is known."""
    step = options.strike_step
    gap = math.floor(now.forward / step + 0.5) * step - now.forward
    at_the_money = multiple(options.smile, gap / now.move, now)
    w = gap / (now.forward * now.total_sd * at_the_money)
    implied = at_the_money * now.move
    off = rule.tick / (1 - min(w * w, MOST_SQUARE)) / SAFE + SLACK * now.move
    if not (w * w <= MOST_SQUARE and off <= MOST_OFF * implied):
        return 0.0
    found = _least(options, now, rule.far * (implied - off), rule.far * (implied + off))
    if rule.levels > 1:
        found = min(found, _least(options, now, rule.near * (implied - off), rule.near * (implied + off)))
    return found * SAFE * (1 + now.half_spread)


@compiled
def _least(options: Options, now: Moment, nearest: float, farthest: float) -> float:
    """Return what a strangle is worth at least whose strikes are listed between two distances, points."""
    return _wing(options, now, 1, nearest, farthest) + _wing(options, now, -1, nearest, farthest)


@compiled
def _wing(options: Options, now: Moment, sign: int, nearest: float, farthest: float) -> float:
    """Return the same of its call, with 1 for `sign`, or of its put, with -1; 0 where nothing is known."""
    step, curve = options.strike_step, options.smile.call_curve if sign > 0 else options.smile.put_curve
    near = sign * (math.floor((now.forward + sign * nearest) / step + 0.5) * step - now.forward)
    strike = math.floor((now.forward + sign * farthest) / step + 0.5) * step
    far = sign * (strike - now.forward)
    from_z, to_z = near / now.move, far / now.move
    least = min(multiple(options.smile, sign * from_z, now), multiple(options.smile, sign * to_z, now))
    # Between two places a parabola is at most so much below the lower end, at its turn in the middle.
    least -= 0.25 * max(curve, 0.0) * (to_z - from_z) ** 2
    if near < 0 or strike <= 0 or least <= 0:
        return 0.0
    return at_least(now.forward, strike, far, now.total_sd * least)


@compiled
def at_least(forward: float, strike: float, away: float, total_sd: float) -> float:
    """Return what `lottogrid.backtest.bachelier.at_least` returns."""
    points = math.sqrt(forward * strike) * total_sd
    number = min(PER_SD * away / max(points, LEAST_POINTS), len(LOW) - 1.0)
    return float(points * LOW[int(number)] * (1 - 0.125 * total_sd * total_sd))
