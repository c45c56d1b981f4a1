"""The end of a future that came out of an expiry: one market order, whose outcome the next comparison tells."""

from __future__ import annotations

from copy import copy
from typing import Any

from loguru import logger

from lottogrid.brokers.ib.conversation import Conversation
from lottogrid.brokers.ib.order_ids import OrderIds
from lottogrid.brokers.ib.pacing import Rank
from lottogrid.orders import OrderType, Side


def end_future(
    talk: Conversation, ids: OrderIds, contract: Any, *, exchange: str, account: str, ref: str, quantity: int
) -> None:
    """Sell `quantity` futures at the market, or buy them back where it is negative.

    Args:
        talk: the connection; an order that finds it closed is lost.
        ids: from which the order's number is reserved.
        contract: as the gateway told it among the positions, where it names no exchange.
        exchange: where it trades.
        account: that holds it.
        ref: the order's reference.
        quantity: contracts.
    """
    listed = copy(contract)
    listed.exchange = exchange
    order = talk.client_library.order(
        action=(Side.SELL if quantity > 0 else Side.BUY).value,
        totalQuantity=abs(quantity),
        orderType=OrderType.MARKET.value,
        tif="DAY",
        account=account,
        orderRef=ref,
    )

    def send() -> None:
        order_id: int = talk.client.getReqId()
        ids.reserve(order_id)
        talk.client.placeOrder(order_id, listed, order)
        logger.warning("{}: {} {} at the market", ref, order.action, listed.localSymbol)

    talk.send(Rank.ORDER, send)
