"""Changes of holdings: the exchange's executions in options, and those in the future."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from lottogrid.gateway.listings import FutureContract
from lottogrid.orders import Execution, Side


@dataclass(frozen=True, kw_only=True)
class FutureFill:
    """A change of the holding in a future: a trade, or a delivery, which has no order."""

    exec_id: str
    order_ref: str
    contract: FutureContract
    side: Side
    quantity: int
    price: Decimal
    """Points."""
    at: datetime
    commission: Decimal
    """Dollars."""


Fill: TypeAlias = Execution | FutureFill


def signed(fill: Fill) -> int:
    """Return the contracts that came in; negative where they were sold."""
    return fill.quantity if fill.side is Side.BUY else -fill.quantity
