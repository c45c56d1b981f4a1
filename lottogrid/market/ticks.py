"""Price steps that depend on the price: the grid an order may stand on."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from lottogrid.errors import BadInput

# A model price one part in a thousand million off the grid is on it.
_GRAIN = Decimal("1e-9")
_NOTHING = Decimal(0)


@dataclass(frozen=True)
class TickLadder:
    """Tiers of (lowest price, step), lowest first; a tier holds for prices **above** its edge.

    The tier is chosen by the order's own price, not by the market's. The edge itself lies on both grids.
    """

    tiers: tuple[tuple[Decimal, Decimal], ...]

    @classmethod
    def of(cls, *tiers: tuple[Decimal, Decimal]) -> TickLadder:
        """Return a ladder of `tiers`; refuse one that does not begin at 0, does not rise, or has a step of 0."""
        edges = [edge for edge, _ in tiers]
        if not tiers or edges[0] != 0 or edges != sorted(set(edges)) or any(step <= 0 for _, step in tiers):
            raise BadInput(f"tick ladder: expected rising edges from 0 with steps above 0, found {tiers}")
        return cls(tiers)

    @property
    def smallest(self) -> Decimal:
        """The lowest price an order can carry, points."""
        return self.tiers[0][1]

    def step(self, price: Decimal) -> Decimal:
        """Return the step that holds at `price`, points."""
        found = self.tiers[0][1]
        for edge, step in self.tiers:
            if price > edge:
                found = step
        return found

    def floor(self, price: float | Decimal) -> Decimal:
        """Return the highest price on the grid that is not above `price`; 0 where there is none."""
        return self._round(price, ROUND_FLOOR)

    def ceil(self, price: float | Decimal) -> Decimal:
        """Return the lowest price on the grid that is not below `price`."""
        return self._round(price, ROUND_CEILING)

    def holds(self, price: Decimal) -> bool:
        """Return whether an order may carry `price`."""
        return price > 0 and price % self.step(price) == 0

    def _round(self, price: float | Decimal, rounding: str) -> Decimal:
        if price <= 0:
            return _NOTHING
        exact = Decimal(price).quantize(_GRAIN)
        if not exact:
            return _NOTHING
        step = self.step(exact)
        return (exact / step).to_integral_value(rounding=rounding) * step
