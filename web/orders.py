"""Orders as lines: what works, what ended, and why one was refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from actors.view import View
from lottogrid.orders import OrderState
from lottogrid.positions import OrderRecord, PositionRecord
from web import text

_TONES = {OrderState.UNKNOWN: "bad", OrderState.REJECTED: "bad", OrderState.ABSENT: "bad", OrderState.FILLED: "good"}
_REFUSED = {OrderState.REJECTED, OrderState.ABSENT}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One order."""

    ref: str
    position: str
    purpose: str
    attempt: int
    """Of this purpose for its leg, from 1."""
    what: str
    limit: str
    state: str
    tone: str
    filled: str
    sent: str
    age: str
    """How long it has been in this state."""
    broker_id: str
    reason: str


def order_lines(position: PositionRecord, view: View) -> tuple[OrderLine, ...]:
    """Return the orders of a position, oldest first."""
    return tuple(
        _line(order, _attempt(order, leg.orders), view)
        for leg in position.legs
        for order in sorted(leg.orders, key=lambda each: each.intent.created_at)
    )


def live_orders(view: View) -> tuple[OrderLine, ...]:
    """Return the orders that may still trade, oldest first."""
    live = [
        (order, _attempt(order, leg.orders))
        for row in view.open_positions
        for leg in row.record.legs
        for order in leg.live_orders
    ]
    live.sort(key=lambda each: (each[0].intent.created_at, each[0].intent.ref))
    return tuple(_line(order, attempt, view) for order, attempt in live)


def last_refusal(position: PositionRecord, view: View) -> str:
    """Return when and why an order of the position was refused last; empty where none was."""
    refused = [order for leg in position.legs for order in leg.orders if order.state in _REFUSED]
    if not refused:
        return ""
    last = max(refused, key=lambda order: order.changed_at)
    why = last.reason or "without a reason"
    return f"{text.moment(last.changed_at, view.at)} ET, {last.intent.ref} {text.words(last.state)}: {why}"


def _attempt(order: OrderRecord, orders: Iterable[OrderRecord]) -> int:
    same = [each.intent.ref for each in orders if each.intent.purpose is order.intent.purpose]
    return same.index(order.intent.ref) + 1


def _line(order: OrderRecord, attempt: int, view: View) -> OrderLine:
    intent = order.intent
    return OrderLine(
        ref=intent.ref,
        position=intent.position_id,
        purpose=intent.purpose.value,
        attempt=attempt,
        what=f"{intent.side.value.lower()} {intent.quantity} {intent.contract}",
        limit="market" if intent.limit_price is None else text.points(intent.limit_price),
        state=text.words(order.state),
        tone=_TONES.get(order.state, ""),
        filled=f"{order.filled} of {intent.quantity}",
        sent=text.moment(intent.created_at, view.at),
        age=text.span(view.at - order.changed_at),
        broker_id=order.broker_id,
        reason=order.reason,
    )
