"""Orders and executions as values, and the states an order can be in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum

from lottogrid.market.contracts import OptionContract


class Side(Enum):
    """Which way an order trades."""

    BUY = "BUY"
    SELL = "SELL"


class OrderType(Enum):
    """How an order is priced; the value is the broker's word."""

    LIMIT = "LMT"
    MARKET = "MKT"


class Purpose(Enum):
    """Why an order exists. Only ENTRY adds risk; the others reduce it and are never blocked by an entry limit."""

    ENTRY = "entry"
    TARGET = "target"
    EXIT = "exit"


class OrderState(Enum):
    """Where an order stands. Unknown is a state: sent, and no answer yet."""

    INTENDED = "intended"
    """In the journal, not sent."""
    SENT = "sent"
    """Handed to the broker; no answer yet."""
    UNKNOWN = "unknown"
    """No answer in time: it may work, have traded, or not exist."""
    WORKING = "working"
    """The broker works it."""
    CANCELLING = "cancelling"
    """Its end was asked for; it may still trade."""
    FILLED = "filled"
    """Executed in full."""
    CANCELLED = "cancelled"
    """Ended on request or by the broker, perhaps partly executed."""
    REJECTED = "rejected"
    """Refused by the broker."""
    EXPIRED = "expired"
    """Ended with the session, perhaps partly executed."""
    ABSENT = "absent"
    """Proven never to have reached the broker."""

    @property
    def is_final(self) -> bool:
        """Whether nothing more is expected. A late fill can still follow CANCELLED."""
        return self in _FINAL


_FINAL = frozenset(
    {OrderState.FILLED, OrderState.CANCELLED, OrderState.REJECTED, OrderState.EXPIRED, OrderState.ABSENT}
)


@dataclass(frozen=True, kw_only=True)
class OrderIntent:
    """An order as it is meant; committed to the journal before it is sent. Prices in points."""

    ref: str
    """Business key, unique for ever: `LG-20250409-003-1-2` is day, strangle, leg, attempt."""
    position_id: str
    leg: int
    contract: OptionContract
    side: Side
    quantity: int
    order_type: OrderType
    limit_price: Decimal | None
    purpose: Purpose
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Combo:
    """Entries of one position that leave as one order: `legs` are 1, 2, ... of it, each an order in the journal.

    The broker knows it by a reference of its own, from which those of its legs follow: `LG-20250409-003-C-1` is made
    of `LG-20250409-003-1-1` and `LG-20250409-003-2-1`.
    """

    legs: tuple[OrderIntent, ...]

    @classmethod
    def of(cls, orders: tuple[OrderIntent, ...]) -> Combo | None:
        """Return `orders` as one; None where they cannot be: one alone, sales, other prices than limits, gaps."""
        first = orders[0]
        combo = cls(legs=orders)
        refs = tuple(leg_ref(combo.ref, number) for number in range(1, len(orders) + 1))
        are_alike = all((order.side, order.quantity) == (Side.BUY, first.quantity) for order in orders)
        are_entries = all(order.purpose is Purpose.ENTRY and order.limit_price is not None for order in orders)
        is_whole = refs == tuple(order.ref for order in orders)
        return combo if len(orders) > 1 and are_alike and are_entries and is_whole else None

    @property
    def ref(self) -> str:
        """What the broker knows it by."""
        first = self.legs[0]
        return f"{first.position_id}{_COMBO}{first.ref.rsplit('-', 1)[1]}"

    @property
    def quantity(self) -> int:
        """How many combos, each of one contract a leg."""
        return self.legs[0].quantity

    @property
    def limit_price(self) -> Decimal:
        """The most that one may cost, points: what the limits of its legs come to."""
        return sum((leg.limit_price or Decimal(0) for leg in self.legs), Decimal(0))


_COMBO = "-C-"


def is_combo_ref(ref: str) -> bool:
    """Return whether a reference is a combo's, which is no order in the journal."""
    return _COMBO in ref


def leg_ref(combo_ref: str, number: int) -> str:
    """Return the reference of a leg, from 1, of the combo that the broker knows by `combo_ref`."""
    position_id, is_ours, attempt = combo_ref.rpartition(_COMBO)
    return f"{position_id}-{number}-{attempt}" if is_ours else f"{combo_ref}-{number}"


class ExecutionKind(Enum):
    """How a holding changed."""

    TRADE = "trade"
    EXPIRY = "expiry"
    """Worthless at the fixing: sold at 0."""
    EXERCISE = "exercise"
    """In the money at the fixing: sold at what exercise was worth."""


@dataclass(frozen=True, kw_only=True)
class Execution:
    """A change of holding that happened at the broker. The id is the broker's and is booked once."""

    exec_id: str
    order_ref: str
    """Empty for an expiry or an exercise."""
    contract: OptionContract
    side: Side
    quantity: int
    price: Decimal
    """Points."""
    at: datetime
    kind: ExecutionKind = ExecutionKind.TRADE
    commission: Decimal | None = None
    """Dollars; None until the broker has said."""


@dataclass(frozen=True, kw_only=True)
class BrokerOrder:
    """An order as the broker reports it."""

    ref: str
    broker_id: str
    contract: OptionContract
    side: Side
    quantity: int
    filled: int
    limit_price: Decimal | None
    state: OrderState
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class BrokerPosition:
    """A holding as the broker reports it; quantity is negative when short."""

    contract: OptionContract
    quantity: int
