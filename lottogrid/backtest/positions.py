"""What was bought, and when it was sold at its target, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

from lottogrid.backtest.offers import NEVER
from lottogrid.backtest.tape import Bools, Ints


@dataclass(frozen=True, eq=False)
class Positions:
    """Strangles in the order of their planning: a row each, and of legs a column each, the call and then the put."""

    rows: Ints
    """Session."""
    columns: Ints
    """At which the decision was taken."""
    level: Ints
    """Number of the multiple."""
    number: Ints
    """Within the session, from 1."""
    strike: Ints
    """Strike steps."""
    paid: Ints
    """Units of the grid."""
    target: Ints
    """Units of the grid."""
    reached: Ints
    """Column of the bar in which the target was filled; NEVER where it was not."""

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def is_left(self) -> Bools:
        """Which legs never reached their target."""
        found: Bools = self.reached == NEVER
        return found
