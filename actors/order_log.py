"""What a log line is about: bound to every line that an actor writes while it handles a message."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from operator import attrgetter
from typing import Any

from loguru import logger

from lottogrid.ledger.records import ExecutionBooked, LegMoved, OrderMoved, PositionMoved, Record
from lottogrid.orders import OrderState, is_combo_ref

_REFS = {"ref": "ref", "order_ref": "order_ref", "intent": "intent.ref", "execution": "execution.order_ref"}
"""Where in a message the reference stands, by the field that leads there."""
_NOTHING = nullcontext()
_LEGS = 3
"""Parts of a position's id, which the references of its orders begin with."""


def bound(message: object) -> AbstractContextManager[object]:
    """Bind position, leg, orderRef and permId to all lines inside, where `message` is about an order."""
    kind: Any = type(message)
    read_ref = _reader(kind)
    if read_ref is None:
        return _NOTHING
    return logger.contextualize(**of_order(read_ref(message), str(getattr(message, "broker_id", ""))))


@cache
def _reader(kind: Any) -> Callable[[object], str] | None:
    """Return what reads the reference out of a message of this kind; None where it is about no order."""
    names = getattr(kind, "__dataclass_fields__", {})
    return next((attrgetter(path) for name, path in _REFS.items() if name in names), None)


def of_order(ref: str, perm_id: str = "") -> dict[str, str]:
    """Return what is bound to a line about an order: its reference, and what that says of position and leg."""
    parts = ref.split("-")
    about = {"orderRef": ref} if ref else {}
    if len(parts) > _LEGS and parts[1].isdigit():
        about["position"] = "-".join(parts[:_LEGS])
        if not is_combo_ref(ref):
            about["leg"] = parts[_LEGS]
    return about | ({"permId": perm_id} if perm_id else {})


class OrderLog:
    """Logs what became of orders, legs and positions, one line each; knows the broker's numbers of live orders."""

    def __init__(self) -> None:
        self._perm_ids: dict[str, str] = {}

    def take_in(self, records: Iterable[Record]) -> None:
        """Log records that were written."""
        for record in records:
            match record:
                case OrderMoved():
                    self._on_moved(record)
                case ExecutionBooked(execution=execution):
                    about = {"position": record.position_id, "leg": str(record.leg)}
                    about |= of_order(execution.order_ref, self._perm_ids.get(execution.order_ref, ""))
                    told = execution.side.value, execution.quantity, execution.contract, execution.price
                    logger.bind(**about).info("booked: {} {} {} at {}", *told)
                case LegMoved(position_id=position_id, leg=leg):
                    self._say(record, position=position_id, leg=str(leg))
                case PositionMoved(position_id=position_id):
                    self._say(record, position=position_id)

    def _on_moved(self, moved: OrderMoved) -> None:
        if moved.broker_id:
            self._perm_ids[moved.ref] = moved.broker_id
        self._say(moved, **of_order(moved.ref, self._perm_ids.get(moved.ref, "")))
        if OrderState(moved.after).is_final:
            self._perm_ids.pop(moved.ref, None)

    def _say(self, moved: OrderMoved | LegMoved | PositionMoved, **about: str) -> None:
        if moved.before != moved.after:
            kind = type(moved).__name__.removesuffix("Moved").lower()
            logger.bind(**about).info("{}: {} -> {} ({})", kind, moved.before, moved.after, moved.trigger)
