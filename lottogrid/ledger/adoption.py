"""Sales that an emergency stop made past the bot: orders that the ledger never wrote, and whose leg they name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Protocol

from lottogrid.ledger.records import OrderIntended
from lottogrid.orders import BrokerOrder, OrderIntent, OrderType, Purpose, Side
from lottogrid.positions import OrderRecord
from lottogrid.references import is_past_the_bot, leg_named


class _Orders(Protocol):
    def order(self, ref: str) -> OrderRecord | None: ...


def adoptable(orders: Iterable[BrokerOrder], ledger: _Orders, now: datetime) -> Iterator[OrderIntended]:
    """Yield what makes those of the broker's orders known that were sent past the bot, stamped `now`.

    Only sales, and only by their reference; what they sold is booked by the comparison that follows. Whether the leg
    holds as much is the ledger's to judge when it is written.
    """
    for order in orders:
        if order.side is not Side.SELL or not order.quantity or not is_past_the_bot(order.ref):
            continue
        named = leg_named(order.ref)
        if named is None or ledger.order(order.ref) is not None:
            continue
        intent = OrderIntent(
            ref=order.ref,
            position_id=named[0],
            leg=named[1],
            contract=order.contract,
            side=order.side,
            quantity=order.quantity,
            order_type=OrderType.MARKET if order.limit_price is None else OrderType.LIMIT,
            limit_price=order.limit_price,
            purpose=Purpose.EXIT,
            created_at=now,
        )
        yield OrderIntended(at=now, intent=intent)
