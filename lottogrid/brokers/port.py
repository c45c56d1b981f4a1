"""The one door to a broker. Calls never block; what comes of them arrives as events.

NaN, -1, unset doubles and naive times die on the far side of this door.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol, runtime_checkable

from lottogrid.market.bars import Bar
from lottogrid.market.contracts import OptionContract
from lottogrid.market.quotes import Quote
from lottogrid.orders import BrokerOrder, BrokerPosition, Combo, Execution, OrderIntent


@dataclass(frozen=True, slots=True)
class Connected:
    """The broker answered. Nothing may be sent before the first snapshot was reconciled."""

    account: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The link is down; outcomes of orders in flight are unknown."""

    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderAcknowledged:
    """The broker works the order."""

    ref: str
    broker_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderCancelled:
    """The order no longer works."""

    ref: str
    at: datetime
    filled: int | None = None
    """Contracts executed under it, by the broker's count, where that came with the news: fills may be under way."""


@dataclass(frozen=True, slots=True)
class CancelRefused:
    """There was nothing to cancel: the order is filled, final or not known."""

    ref: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderRejected:
    """The broker refused the order."""

    ref: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderExpired:
    """The order ended with the session."""

    ref: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderNotSent:
    """The order provably never left this process."""

    ref: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Executed:
    """A fill. It may come twice, late, or after the cancel."""

    execution: Execution


@dataclass(frozen=True, slots=True)
class Commissioned:
    """What a fill cost, dollars; follows the fill."""

    exec_id: str
    commission: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class Settled:
    """An option ended at the fixing, for every holder: worth `price` points, or nothing."""

    settlement_id: str
    contract: OptionContract
    price: Decimal
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerSnapshot:
    """All the broker knows of the present day, asked for after a connect."""

    taken_at: datetime
    orders: tuple[BrokerOrder, ...]
    """Open and completed orders of the day that carry our reference."""
    executions: tuple[Execution, ...]
    settlements: tuple[Settled, ...]
    positions: tuple[BrokerPosition, ...]
    others: tuple[str, ...] = ()
    """What else of the same product is held, in words: a future here may have come out of an expiry."""


@dataclass(frozen=True, slots=True)
class SnapshotMissed:
    """There is no answer to `request_snapshot`: the account did not hold still for long enough. The link is sound."""

    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class BarClosed:
    """A minute of the underlying has ended."""

    bar: Bar


@dataclass(frozen=True, slots=True)
class BarHistory:
    """The minutes that ended before now, oldest first; answers `request_history`."""

    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Quoted:
    """New quotes of subscribed options, at one instant."""

    at: datetime
    quotes: tuple[Quote, ...]


BrokerEvent = (
    Connected
    | Disconnected
    | OrderAcknowledged
    | OrderCancelled
    | CancelRefused
    | OrderRejected
    | OrderExpired
    | OrderNotSent
    | Executed
    | Commissioned
    | Settled
    | BrokerSnapshot
    | SnapshotMissed
    | BarClosed
    | BarHistory
    | Quoted
)


@runtime_checkable
class EndsFutures(Protocol):
    """A port that can end a future which came out of an expiry."""

    def flatten_future(self, ref: str, symbol: str, quantity: int) -> None:
        """Sell `quantity` of the future at the market, or buy back where it is negative; the next snapshot tells."""
        ...


@runtime_checkable
class CancelsAll(Protocol):
    """A port that can end every order of the account, whoever has sent it."""

    def cancel_all(self) -> None:
        """Ask for the end of all orders, also of those entered by hand; the next snapshot tells."""
        ...


@runtime_checkable
class TakesCombos(Protocol):
    """A port through which several orders can leave as one. What comes of it is told of each of its legs."""

    def place_combo(self, combo: Combo) -> None:
        """Send a combo. The cancel of one of its legs ends it; its legs may be filled apart all the same."""
        ...


class BrokerPort(Protocol):
    """A broker as the bot sees it. Every method returns at once and may be called from one thread only."""

    def open(self, emit: Callable[[BrokerEvent], None]) -> None:
        """Begin to connect; events go to `emit` from now on, which may be called from any thread."""
        ...

    def close(self) -> None:
        """Drop the link; no event follows."""
        ...

    def place(self, order: OrderIntent) -> None:
        """Send an order. Its outcome is unknown until an event says otherwise."""
        ...

    def cancel(self, ref: str) -> None:
        """Ask for the end of an order."""
        ...

    def request_snapshot(self) -> None:
        """Ask for a `BrokerSnapshot`; a `SnapshotMissed` may answer instead."""
        ...

    def request_history(self) -> None:
        """Ask for a `BarHistory` of the last two hours."""
        ...

    def subscribe(self, contracts: frozenset[OptionContract]) -> None:
        """Say which options are to be quoted from now on; newly named ones are quoted at once."""
        ...
