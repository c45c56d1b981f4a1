"""What an option can be bid for at most within a block of minutes: most offers are far beyond it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from lottogrid.backtest.market import Cells, OptionMarket, worth
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
    largest multiple that the smile has on the option's side of the money.
    """

    market: OptionMarket

    def most(self, cells: Cells, strike: Floats, is_call: Bools) -> Floats:
        """Return what somebody could bid at most in a block, points; infinite where no bound is known.

        Cells are rows and numbers of blocks.
        """
        forward = np.where(is_call, self._highest[cells], self._lowest[cells])
        multiple = np.where(is_call, self._multiples[0], self._multiples[1])
        # In the money the other side of the smile holds.
        is_out = np.where(is_call, strike > forward, strike < forward) & np.isfinite(multiple)
        bid = worth(forward, strike, self._total_sd[cells] * np.where(is_out, multiple, 0.0), is_call)
        bid *= self._kept[cells]
        return np.where(is_out & ~np.isnan(bid), bid, np.inf)

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
        return _blocks(1 - self.market.half_spread, np.fmax)

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


def _blocks(values: Floats, reduce: np.ufunc) -> Floats:
    """Return what `reduce` makes of each block of columns; NaN counts for nothing."""
    rows, columns = values.shape
    padded = np.full((rows, -(-columns // BLOCK) * BLOCK), np.nan)
    padded[:, :columns] = values
    found: Floats = reduce.reduce(padded.reshape(rows, -1, BLOCK), axis=2)
    return found
