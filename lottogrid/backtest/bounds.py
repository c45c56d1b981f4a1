"""What an option can be bid for at most within a block of minutes: most offers are far beyond it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from lottogrid.backtest.bachelier import at_most
from lottogrid.backtest.market import Cells, OptionMarket
from lottogrid.backtest.tape import Bools
from lottogrid.pricing.blocks import Floats
from lottogrid.pricing.smile import VOLATILITY_RANGE, MovingSmile, Smile, SmileSource
from lottogrid.pricing.time import MINUTES_PER_SESSION

BLOCK = 16
"""Minutes that are looked at together."""


@dataclass(frozen=True, eq=False)
class Bounds:
    """Bounds of the bids in each block of columns of a market.

    An option is worth the more, the nearer the underlying is to it, the more volatile it is and the more time is left.
    So none in a block is worth more than one at the block's best price, with its largest standard deviation, times the
    largest multiple that the smile has on the option's side of the money. In the money its intrinsic value is added to
    what the option of the other right is worth at most, which is its time value.
    """

    market: OptionMarket

    def most(self, cells: Cells, strike: Floats, is_call: Bools) -> Floats:
        """Return what somebody could bid at most in a block, points; infinite where no bound is known.

        Cells are rows and numbers of blocks.
        """
        places = cells[0] * self._total_sd.shape[1] + cells[1]
        forward = np.where(is_call, self._highest.take(places), self._lowest.take(places))
        away = np.where(is_call, strike - forward, forward - strike)
        inside = np.maximum(-away, 0.0)
        # What is in the money at the best price may be out of it at another: both sides of the smile count.
        multiple = np.where(inside > 0, max(self._multiples), np.where(is_call, *self._multiples))
        total_sd = self._total_sd.take(places) * multiple
        is_known = np.isfinite(total_sd)
        total_sd[~is_known] = 0.0
        bid = at_most(forward, strike, np.abs(away, out=away), total_sd)
        bid += inside
        bid *= self._kept.take(places)
        bid[~is_known] = np.inf
        return bid

    @cached_property
    def _highest(self) -> Floats:
        return _blocks(self.market.highest, np.fmax)

    @cached_property
    def _lowest(self) -> Floats:
        return _blocks(self.market.lowest, np.fmin)

    @cached_property
    def _total_sd(self) -> Floats:
        return _blocks(self.market.path.total_sd, np.fmax)

    @cached_property
    def _kept(self) -> Floats:
        return 1 - _blocks(self.market.half_spread, np.fmin)

    @cached_property
    def _multiples(self) -> tuple[float, float]:
        return largest_multiples(self.market.model.smile)


def largest_multiples(smile: SmileSource) -> tuple[float, float]:
    """Return the largest multiple above and below the money; infinite for a smile of a kind not known here."""
    if isinstance(smile, Smile):
        found = [smile]
    elif isinstance(smile, MovingSmile):
        # A multiple is linear in what moves the slopes: it is largest in a corner.
        found = [smile.at(*corner) for corner in product(VOLATILITY_RANGE, (0.0, float(MINUTES_PER_SESSION)))]
    else:
        return np.inf, np.inf
    return (
        max(_largest(each.call_slope, each.call_curve, each.clamp) for each in found),
        max(_largest(-each.put_slope, each.put_curve, each.clamp) for each in found),
    )


def _largest(slope: float, curve: float, clamp: float) -> float:
    """Return the largest of 1 + slope z + curve z^2 for z from 0 to `clamp`."""
    ends = [0.0, clamp]
    if curve < 0 and 0 < -slope / (2 * curve) < clamp:
        ends.append(-slope / (2 * curve))
    return max(1 + z * (slope + curve * z) for z in ends)


def _blocks(values: Floats, larger: np.ufunc) -> Floats:
    """Return which value of each block of columns is the larger, or the smaller; NaN counts for nothing."""
    found: Floats = larger.reduceat(values, np.arange(0, values.shape[1], BLOCK), axis=1)
    return found
