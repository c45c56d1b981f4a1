"""Quotes that cannot lie: no NaN, no crossed market, and "no bid" said in so many words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from lottogrid.errors import BadInput
from lottogrid.market.contracts import OptionContract


@dataclass(frozen=True, slots=True)
class Quote:
    """Bid and ask of one option at an instant, points. `None` is a known absence: nobody bids, nobody offers."""

    contract: OptionContract
    at: datetime
    bid: Decimal | None
    ask: Decimal | None
    bid_size: int = 0
    ask_size: int = 0

    def __post_init__(self) -> None:
        for side in (self.bid, self.ask):
            if side is not None and not (side.is_finite() and side > 0):
                raise BadInput(f"quote of {self.contract}: expected a price above 0 or None, found {side}")
        if self.bid is not None and self.ask is not None and self.bid > self.ask:
            raise BadInput(f"quote of {self.contract}: expected bid <= ask, found {self.bid} > {self.ask}")
        if self.at.tzinfo is None:
            raise BadInput(f"quote of {self.contract}: expected a time with an offset, found {self.at.isoformat()}")

    @property
    def mid(self) -> Decimal | None:
        """The middle of a two-sided market, points; None where a side is missing."""
        if self.bid is None or self.ask is None:
            return None
        return (self.bid + self.ask) / 2

    def is_fresh(self, now: datetime, limit: timedelta) -> bool:
        """Return whether the quote is no older than `limit` and not from the future."""
        return timedelta(0) <= now - self.at <= limit
