"""The tick ladder over arrays: prices as whole numbers of the smallest step."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from lottogrid.backtest.tape import Bools, Ints
from lottogrid.errors import BadInput
from lottogrid.market.ticks import TickLadder
from lottogrid.pricing.blocks import Floats

NEAR = 1e-7
"""Points within which a price counts as undecided: far more than two ways of computing it differ by, and than the
grain of the ladder. What lies as near to a step is computed once more, by the functions of the live bot."""


@dataclass(frozen=True, eq=False)
class TickGrid:
    """A ladder whose steps are whole multiples of the smallest. Prices in points come in, counts of steps go out."""

    unit: Decimal
    per_point: float
    """Units in a point."""
    edges: Floats
    steps: Floats
    """Points, one a tier."""
    counts: Ints
    """The same in units."""

    @classmethod
    def of(cls, ladder: TickLadder) -> TickGrid:
        """Return the grid of `ladder`; refuse one whose steps do not divide."""
        unit = ladder.smallest
        if any(step % unit or edge % unit for edge, step in ladder.tiers):
            raise BadInput(f"tick ladder: expected steps that are multiples of {unit}, found {ladder.tiers}")
        return cls(
            unit,
            float(1 / unit),
            np.array([float(edge) for edge, _ in ladder.tiers]),
            np.array([float(step) for _, step in ladder.tiers]),
            np.array([int(step / unit) for _, step in ladder.tiers]),
        )

    def price(self, units: int) -> Decimal:
        """Return the price of so many units, points."""
        return units * self.unit

    def units(self, price: Decimal) -> int:
        """Return how many units a price on the ladder is."""
        return int(price / self.unit)

    def floor(self, prices: Floats) -> tuple[Ints, Bools]:
        """Return the highest prices on the ladder that are not above `prices`, and which of them are undecided."""
        return self._round(prices, np.floor)

    def ceil(self, prices: Floats) -> tuple[Ints, Bools]:
        """Return the lowest prices on the ladder that are not below `prices`, and which of them are undecided."""
        return self._round(prices, np.ceil)

    def _round(self, prices: Floats, rounding: np.ufunc) -> tuple[Ints, Bools]:
        tier = np.zeros(prices.shape, dtype=np.intp)
        for edge in self.edges[1:]:
            tier += prices > edge
        step = self.steps.take(tier)
        scaled = prices / step
        nearest = np.rint(scaled)
        undecided = (np.abs(scaled - nearest) * step < NEAR) & (nearest >= 1)
        return rounding(scaled).astype(np.int64) * self.counts.take(tier), undecided
