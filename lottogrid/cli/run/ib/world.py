"""A gateway elsewhere as the world of a run: the books are compared with its last word."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from actors import messages as m
from actors.broker import Broker
from actors.replay import AFTER_CLOSE
from actors.runtime.runtime import Runtime
from lottogrid.brokers.ib.memory import new_memory
from lottogrid.brokers.ib.port import IbBroker
from lottogrid.brokers.ib.settings import IbSettings
from lottogrid.brokers.port import BrokerEvent, BrokerPort, BrokerSnapshot
from lottogrid.clock import real_seconds, trading_date
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.reconcile import compare
from lottogrid.market.contracts import ContractSpec
from lottogrid.market.sessions import Session

ASK_EVERY = 2.0
"""Real seconds between two wishes for a last comparison."""


class Elsewhere:
    """A TWS or an IB Gateway, which was there before the run and stays after it."""

    def __init__(self, ib: IbSettings, spec: ContractSpec, session: Session) -> None:
        self._ib = ib
        self._spec = spec
        self._closes = session.day.closes
        self._date = session.day.date
        self._ports: list[IbBroker] = []
        self._last: BrokerSnapshot | None = None
        self._asked_at = float("-inf")

    def open(self, runtime: Runtime) -> None:
        """Do nothing: it is open."""

    def make_port(self, broker: Broker) -> BrokerPort:
        """Return a port whose snapshots are seen here too."""
        port = _Overheard(self._ib, broker.clock, new_memory(self._ib, self._spec, broker.clock))
        port.overhear = self._hear
        self._ports.append(port)
        return port

    @property
    def connection(self) -> IbSettings:
        """The gateway and the account that were chosen."""
        return self._ib

    def is_over(self, runtime: Runtime) -> bool:
        """Return whether the books were compared after the close, or the broker has kept silent for too long."""
        now = runtime.clock.now()
        if now <= self._closes:
            return False
        if self._is_compared or now > self._closes + AFTER_CLOSE:
            return True
        if real_seconds() - self._asked_at >= ASK_EVERY:
            self._asked_at = real_seconds()
            runtime.send(m.BROKER, m.Resync())
        return False

    def close(self, runtime: Runtime, within: timedelta) -> None:
        """See the connections closed."""
        del runtime
        for port in self._ports:
            port.join(within.total_seconds())

    def faults(self, ledger: Ledger, now: datetime) -> list[str]:
        """Return what differs between the ledger and the last snapshot, and what is still held or working."""
        snapshot = self._last
        if snapshot is None or not self._is_compared:
            return [f"{self._date}: the broker has told nothing after the close; the books are not known to agree"]
        first = min((trading_date(fill.at) for fill in snapshot.executions), default=self._date)
        found = compare(ledger.book(first), snapshot, now=now, grace=timedelta(0))
        return [
            f"{self._date}: {each}"
            for each in (
                *map(str, found.differences),
                *(f"not flat: the ledger holds {held} {contract}" for contract, held in ledger.holdings().items()),
                *(f"not flat: the broker holds {held.quantity} {held.contract}" for held in snapshot.positions),
                *(f"not flat: the broker holds {other}" for other in snapshot.others),
                *(f"order {order.intent.ref} is still live" for order in ledger.live_orders()),
            )
        ]

    @property
    def _is_compared(self) -> bool:
        return self._last is not None and self._last.taken_at > self._closes

    def _hear(self, event: BrokerEvent) -> None:
        if isinstance(event, BrokerSnapshot):
            self._last = event


class _Overheard(IbBroker):
    """A port of which somebody else hears the events first."""

    overhear: Callable[[BrokerEvent], None]

    def open(self, emit: Callable[[BrokerEvent], None]) -> None:
        """Begin to connect."""

        def both(event: BrokerEvent) -> None:
            self.overhear(event)
            emit(event)

        super().open(both)
