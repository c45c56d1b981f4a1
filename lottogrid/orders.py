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
