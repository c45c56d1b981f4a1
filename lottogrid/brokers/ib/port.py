"""The broker port over a TWS or an IB Gateway."""

from __future__ import annotations

from collections.abc import Callable

from lottogrid.brokers.ib.link import Link
from lottogrid.brokers.ib.memory import Memory, new_memory
from lottogrid.brokers.ib.settings import IbSettings
from lottogrid.brokers.port import BrokerEvent
from lottogrid.clock import Clock
from lottogrid.market.contracts import ContractSpec, OptionContract
from lottogrid.orders import Combo, OrderIntent


class IbBroker:
    """A `BrokerPort`. Each opening is a new connection on a new thread, which begins when the one before has ended."""

    def __init__(self, settings: IbSettings, clock: Clock, memory: Memory) -> None:
        self._settings = settings
        self._clock = clock
        self._memory = memory
        self._link: Link | None = None
        self._last: Link | None = None

    def open(self, emit: Callable[[BrokerEvent], None]) -> None:
        """Begin to connect. Events go to `emit` from the connection's thread; those of an older one are not heard."""
        self.close()
        link = self._link = Link(
            self._settings,
            self._clock,
            self._memory,
            lambda event: emit(event) if self._link is link else None,
            after=None if self._last is None else self._last.thread,
        )
        link.thread.start()

    def close(self) -> None:
        """Drop the link; no event follows but one whose delivery has begun."""
        link, self._link = self._link, None
        if link is not None:
            self._last = link
            link.thread.post(link.close)

    def join(self, seconds: float) -> bool:
        """Wait until the link that was closed last is down, real time; return whether it is."""
        return self._last is None or self._last.thread.join(seconds)

    def place(self, order: OrderIntent) -> None:
        """Send an order. Its outcome is unknown until an event says otherwise."""
        if (link := self._link) is not None:
            link.thread.post(link.place, order)

    def place_combo(self, combo: Combo) -> None:
        """Send several orders as one; what comes of it is told of each of its legs."""
        if (link := self._link) is not None:
            link.thread.post(link.place, combo)

    def cancel(self, ref: str) -> None:
        """Ask for the end of an order."""
        if (link := self._link) is not None:
            link.thread.post(link.cancel, ref)

    def cancel_all(self) -> None:
        """Ask for the end of all orders of the login, also of other clients and of those entered by hand."""
        if (link := self._link) is not None:
            link.thread.post(link.cancel_all)

    def flatten_future(self, ref: str, symbol: str, quantity: int) -> None:
        """Sell a future that came out of an expiry at the market, or buy it back; the next snapshot tells."""
        if (link := self._link) is not None:
            link.thread.post(link.flatten_future, ref, symbol, quantity)

    def request_snapshot(self) -> None:
        """Ask for a `BrokerSnapshot`; where a part of it is not to be had, the link ends.

        Where the account does not hold still for it, a `SnapshotMissed` is told instead.
        """
        if (link := self._link) is not None:
            link.thread.post(link.request_snapshot)

    def request_history(self) -> None:
        """Ask for a `BarHistory` of the last two hours."""
        if (link := self._link) is not None:
            link.thread.post(link.request_history)

    def subscribe(self, contracts: frozenset[OptionContract]) -> None:
        """Say which options are to be quoted from now on; newly named ones are quoted at once."""
        if (link := self._link) is not None:
            link.thread.post(link.subscribe, contracts)


def make_port(settings: IbSettings, spec: ContractSpec, clock: Clock) -> IbBroker:
    """Return a port that is not open yet. The client library is imported by the first connection.

    Raises:
        BadInput: the file of order numbers holds something else, or the product is not served.
    """
    return IbBroker(settings, clock, new_memory(settings, spec, clock))
