"""From which expected move on every strangle is dearer than the cap: most minutes need not be priced to know it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np

from lottogrid.backtest.strangles import Dearness
from lottogrid.backtest.terms import Terms
from lottogrid.pricing.black76 import price_one
from lottogrid.pricing.smile import MovingSmile, Smile

_FARTHEST = 0.05
"""Of the price of the underlying: beyond such a move nothing is said."""
_HALVINGS = 12
_MOST_OFF = 0.25
"""Of the move: how far off the implied one may be for the bound to hold."""
_SAFE = 0.999
"""Far more than rounding and what is neglected below come to."""
_MOVE_OF_SD = math.sqrt(2 / math.pi)
"""An expected move is at most so many standard deviations, times the price."""


def dearness(terms: Terms) -> Dearness:
    """Return between which expected moves every level costs more than the cap."""
    rules, cents = terms.rules, terms.cents
    costs, cap = cents.of(2 * 2 * rules.quantity * rules.commission_usd), cents.of(rules.cap_usd * rules.quantity)
    points = (cap - costs) / (cents.a_unit * rules.quantity * terms.market.grid.per_point)
    known, key = terms.screen.dearness, (rules.multiples, points)
    if key not in known:
        known[key] = _dearness(terms, points)
    return known[key]


def _dearness(terms: Terms, points: float) -> Dearness:
    forward, smiles = terms.screen.forward, _smiles(terms)
    lowest, highest = float(forward.min(initial=math.inf)), float(forward.max(initial=0.0))
    if not smiles or not lowest <= highest:
        return Dearness(math.inf, math.inf)
    up_to = _FARTHEST * lowest
    market = terms.market
    steps = 0.5 * float(market.spec.strike_step), float(market.grid.steps.max()), float(market.half_spreads.min())
    least = [_Least(smiles, float(each), lowest, highest, *steps) for each in terms.rules.multiples]
    return Dearness(max(_first_above(each, points, up_to) for each in least), up_to)


@dataclass(frozen=True)
class _Least:
    """What a strangle costs at least at an expected move of the model. It rises with the move.

    The mid of the straddle at the money is at most the largest step of the ladder off its value. Where its strike is
    x = ln(strike / price) off the price, at most e^(w^2 / 2) of that goes into the implied move, with w = x / s at the
    smaller of the true and the implied s. So the implied move, the strikes, and the multiples of the smile at them lie
    between bounds. With the farther strike and the least multiple an option is worth least; and of one move a call is
    worth least at the highest price of the underlying, a put at the lowest.
    """

    smiles: list[Smile]
    multiple: float
    lowest: float
    highest: float
    half_step: float
    """Of the strikes, points."""
    tick: float
    """The largest, points."""
    half_spread: float
    """The narrowest, as a fraction of an option's value."""

    def __call__(self, move: float) -> float:
        """Return the least sum of both asks, points; 0 where nothing is known."""
        half = self.half_step
        above, below = (self._multiples(sign, 0.0, half / move) for sign in (1, -1))
        low, high = min(*above, *below), max(*above, *below)
        w = half / self.lowest / (low * _sd(move, self.highest))
        if w > 1:
            return 0.0
        off = self.tick * math.exp(w * w) / _SAFE
        nearest = (self.multiple * (move * low - off) - half) / move
        away = self.multiple * (move * high + off) + half
        if off > _MOST_OFF * low * move or away > 0.5 * self.lowest:
            return 0.0
        call, put = (self._multiples(sign, max(nearest, 0.0), away / move)[0] for sign in (1, -1))
        worth = price_one(self.highest, self.highest + away, call * _sd(move, self.highest), is_call=True)
        worth += price_one(self.lowest, self.lowest - away, put * _sd(move, self.lowest), is_call=False)
        return _SAFE * worth * (1 + self.half_spread)

    def _multiples(self, sign: int, nearest: float, farthest: float) -> tuple[float, float]:
        """Return the least and the largest multiple between two distances on one side of the money."""
        found = []
        for smile in self.smiles:
            slope, curve = (smile.call_slope, smile.call_curve) if sign > 0 else (-smile.put_slope, smile.put_curve)
            turn = -slope / (2 * curve) if curve else nearest
            places = nearest, farthest, min(max(turn, nearest), farthest)
            found += [smile.multiplier_one(sign * z) for z in places]
        return min(found), max(found)


def _sd(move: float, forward: float) -> float:
    """Return the least standard deviation with this expected move."""
    return move / (_MOVE_OF_SD * forward)


def _smiles(terms: Terms) -> list[Smile]:
    """Return the smiles that those of all places lie between; none for a kind not known here."""
    surface, cells = terms.market.quoted, (terms.screen.rows, terms.screen.columns)
    if isinstance(surface.smile, Smile):
        return [surface.smile]
    if not isinstance(surface.smile, MovingSmile):
        return []
    volatility, minutes_left = surface.volatility[cells], surface.minutes_left[cells]
    volatility = volatility[np.isfinite(volatility)]
    if not volatility.size:
        return []
    # A multiple is linear in what moves the slopes.
    ends = ((float(each.min()), float(each.max())) for each in (volatility, minutes_left))
    return [surface.smile.at(*corner) for corner in product(*ends)]


def _first_above(rising: Callable[[float], float], wanted: float, up_to: float) -> float:
    """Return a move above which `rising` is more than `wanted`; infinity where it is not up to `up_to`."""
    if rising(up_to) <= wanted:
        return math.inf
    low, high = 0.0, up_to
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if rising(middle) > wanted else (middle, high)
    return high
