"""What one stream of quotes has told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from lottogrid.brokers.ib import values
from lottogrid.market.contracts import OptionContract
from lottogrid.market.quotes import Quote

BID, ASK = 1, 2
"""Ticks of a price with its size."""
SIDE_OF_SIZE = {0: BID, 3: ASK}
"""Ticks of a size alone."""


@dataclass(slots=True)
class Line:
    """One stream. A side is told once its price came; a price of None is a known absence."""

    option: OptionContract | None
    """None for the underlying."""
    opened_at: datetime
    tries: int = 1
    prices: dict[int, Decimal | None] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)
    is_live: bool = True
    is_halted: bool = False
    is_changed: bool = False

    def quote(self, at: datetime) -> Quote | None:
        """Return what is known, as of `at`; None while that is not both sides, live, and in order."""
        prices, sizes = self.prices, self.sizes
        if self.option is None or not self.is_live or self.is_halted or not {BID, ASK} <= prices.keys():
            return None
        bid_size, ask_size = sizes.get(BID, 0), sizes.get(ASK, 0)
        bid, ask = prices[BID] if bid_size else None, prices[ASK] if ask_size else None
        if bid is not None and ask is not None and bid > ask:
            return None
        return Quote(self.option, at, bid, ask, bid_size, ask_size)

    def take_price(self, side: int, price: float, size: float) -> None:
        """Note one side."""
        self.prices[side] = values.price(price)
        self.take_size(side, size)

    def take_size(self, side: int, size: float) -> None:
        """Note how much one side is for."""
        self.sizes[side] = values.whole(size) or 0
        self.is_changed = True
