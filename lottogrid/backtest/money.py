"""Dollars as whole numbers of a fraction so fine that every amount of a backtest is one: sums are exact."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from lottogrid.errors import BadInput

_MOST = 2**53
"""Far below what a sum of a day could overflow at."""


@dataclass(frozen=True)
class Cents:
    """The fraction of a dollar that is counted in."""

    per_dollar: int
    a_unit: int
    """What one unit of the tick grid is worth for one contract."""

    @classmethod
    def fine_enough(cls, unit_usd: Decimal, amounts: Iterable[Decimal]) -> Cents:
        """Return the coarsest power of ten in which a unit of the grid and all `amounts` (dollars) are whole."""
        exact = [unit_usd, *amounts]
        digits = max(0, *(-int(amount.normalize().as_tuple().exponent) for amount in exact))
        per_dollar = 10**digits
        if max(abs(amount) for amount in exact) * per_dollar > _MOST:
            raise BadInput(f"money: expected amounts of up to 15 digits together, found {exact}; round or lower them")
        return cls(per_dollar, int(unit_usd * per_dollar))

    def of(self, dollars: Decimal) -> int:
        """Return how many `dollars` are."""
        return int(dollars * self.per_dollar)

    def dollars(self, count: int) -> Decimal:
        """Return so many in dollars."""
        return Decimal(count) / self.per_dollar
