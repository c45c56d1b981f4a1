"""Where every strangle is surely dearer than the cap: these minutes need not be priced to know it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lottogrid.backtest.bachelier import at_least
from lottogrid.backtest.market import expected_moves
from lottogrid.backtest.tape import Bools, Ints
from lottogrid.backtest.terms import Terms
from lottogrid.pricing.blocks import Floats
from lottogrid.pricing.smile import MovingSmile, Smile

MOST_OFF = 0.25
"""Of the implied move: how far off it may be for the bound to hold."""
MOST_SQUARE = 0.5
"""Of w in `_Moments`: up to here e^(w^2) is less than 1 / (1 - w^2) and that of use."""
SLACK = 1e-4
"""Of the move: far more than the implied move differs from that of the volatility at its strike."""
SAFE = 0.999
"""Far more than rounding comes to."""
CHEAP = 6.6
"""Where a standard deviation is up to so many times what is affordable it is not looked at: little is too dear."""
_AT_ONCE = 8192
"""Places that are looked at together: few enough for the cache."""


def too_dear(terms: Terms) -> Bools:
    """Return at which places of the screen every level surely costs more than the cap."""
    screen, market, points = terms.screen, terms.market, affordable(terms)
    least = screen.least_ask(terms.rules.multiples)
    sd = screen.forward * market.quoted.total_sd.take(screen.cells)
    new = np.flatnonzero((sd > CHEAP * points) & np.isnan(least))
    for begin in range(0, len(new), _AT_ONCE):
        places = new[begin : begin + _AT_ONCE]
        least[places] = _least_ask(terms, places)
    found: Bools = least > points
    return found


def affordable(terms: Terms) -> float:
    """Return what both asks of a strangle may come to under the cap, points."""
    rules, cents = terms.rules, terms.cents
    costs, cap = cents.of(2 * 2 * rules.quantity * rules.commission_usd), cents.of(rules.cap_usd * rules.quantity)
    return (cap - costs) / (cents.a_unit * rules.quantity * terms.market.grid.per_point)


def _least_ask(terms: Terms, places: Ints) -> Floats:
    """Return what both asks of the cheapest level come to at least, points; 0 where nothing is known."""
    market, smile = terms.market, terms.market.model.smile
    if not isinstance(smile, Smile | MovingSmile):
        return np.zeros(len(places))
    moments = _Moments.of(terms, smile, places)
    cheapest = np.minimum.reduce([moments.least(float(each)) for each in terms.rules.multiples])
    found: Floats = SAFE * cheapest * (1 + market.half_spread.take(terms.screen.cells[places]))
    return np.nan_to_num(found)


@dataclass(frozen=True, eq=False)
class _Moments:
    """What a strangle is worth at least at some places.

    The mid of the straddle at the money is at most the largest step of the ladder off its value. Where its strike is
    x = ln(strike / price) off the price, at most e^(w^2 / 2) of that goes into the implied move, with w = x / s at the
    smaller of the true and the implied s. So the implied move, and with it each strike, lies between two. With the
    farther strike and the least multiple of the smile an option is worth least.
    """

    forward: Floats
    total_sd: Floats
    move: Floats
    smile: Smile
    slopes: tuple[Floats, Floats]
    step: float
    """Of the strikes, points."""
    implied: Floats
    """The implied move but for the ticks, points."""
    off: Floats
    """By how much it may be more or less, if the next is true."""
    is_known: Bools

    @classmethod
    def of(cls, terms: Terms, smile: Smile | MovingSmile, places: Ints) -> _Moments:
        """Return the moments of places of the screen."""
        screen, surface, tick = terms.screen, terms.market.quoted, float(terms.market.grid.steps.max())
        cells, forward = screen.cells[places], screen.forward[places]
        slopes = smile.slopes(surface.volatility.take(cells), surface.minutes_left.take(cells))
        middle = smile.middle if isinstance(smile, MovingSmile) else smile
        total_sd = surface.total_sd.take(cells)
        move = expected_moves(forward, total_sd)
        gap = screen.at_the_money(places) * screen.step - forward
        multiple = middle.multiplier_of_slopes(gap / move, *slopes)
        square = np.square(gap / (forward * total_sd * multiple))
        implied = multiple * move
        off = tick / (1 - np.minimum(square, MOST_SQUARE)) / SAFE + SLACK * move
        is_known = (square <= MOST_SQUARE) & (off <= MOST_OFF * implied)
        return cls(forward, total_sd, move, middle, slopes, float(screen.step), implied, off, is_known)

    def least(self, level: float) -> Floats:
        """Return what a strangle so many implied moves away is worth at least, points; 0 where nothing is known."""
        nearest, farthest = level * (self.implied - self.off), level * (self.implied + self.off)
        puts, calls = self.slopes
        found = self._worth(1, nearest, farthest, calls, self.smile.call_curve)
        found += self._worth(-1, nearest, farthest, -puts, self.smile.put_curve)
        return found

    def _worth(self, sign: int, nearest: Floats, farthest: Floats, slope: Floats, curve: float) -> Floats:
        """Return what an option is worth at least whose strike is the one listed between two distances.

        It is a call where `sign` is 1, a put where it is -1; on its side the smile is 1 + slope z + curve z^2.
        """
        near, far = (self._listed(sign, away) for away in (nearest, farthest))
        from_z, to_z = (np.minimum(away / self.move, self.smile.clamp) for away in (near, far))
        multiple = np.minimum(*(1 + z * (slope + curve * z) for z in (from_z, to_z)))
        if curve > 0:
            # Between two places a parabola is at most so much below the lower end, at its turn in the middle.
            multiple -= (0.25 * curve) * np.square(to_z - from_z)
        is_known = self.is_known & (near >= 0)
        strike = np.maximum(self.forward + sign * far, 0.0)
        found = at_least(self.forward, strike, far, self.total_sd * np.maximum(multiple, 0.0))
        found *= is_known
        return found

    def _listed(self, sign: int, away: Floats) -> Floats:
        """Return how far away the strike is that is listed at a distance."""
        strike = np.rint((self.forward + sign * away) / self.step)
        strike *= self.step
        strike -= self.forward
        strike *= sign
        return strike
