"""What a run is played on; on paper the simulated exchange behind the paper gateway, met as a real broker would be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from actors.broker import Broker
from actors.replay import DayEnd
from actors.runtime.runtime import Runtime
from lottogrid.brokers.ib.port import IbBroker, make_port
from lottogrid.brokers.ib.settings import IbSettings
from lottogrid.brokers.port import BrokerPort
from lottogrid.calendar import Calendar
from lottogrid.cli.run.paperday import PaperDay
from lottogrid.cli.wiring import MINUTE_BARS_SILENCE, exchange_of, ib_settings_of
from lottogrid.clock import Clock
from lottogrid.errors import NeedsOperator
from lottogrid.exchange.store import Keeper
from lottogrid.gateway.hub import GatewayRules, Hub
from lottogrid.gateway.server import Server
from lottogrid.ledger.ledger import Ledger
from lottogrid.market.contracts import spec_of
from lottogrid.settings import Settings


class World(Protocol):
    """The far side of the broker port, for one day."""

    def open(self, runtime: Runtime) -> None:
        """Begin, before the actors do."""
        ...

    def make_port(self, broker: Broker) -> BrokerPort:
        """Return a port for one incarnation of the broker actor."""
        ...

    @property
    def connection(self) -> IbSettings:
        """How the broker is reached, once open; by another program too."""
        ...

    def is_over(self, runtime: Runtime) -> bool:
        """Return whether the far side has ended its session."""
        ...

    def close(self, runtime: Runtime, within: timedelta) -> None:
        """End, after the actors did."""
        ...

    def faults(self, ledger: Ledger, now: datetime) -> list[str]:
        """Return what should not be, after `close`: a book that is not flat, or two books that differ."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The far side of a run, and its time."""

    world: World
    clock: Clock
    account: str
    """Whose books the ledger keeps."""
    remember: Callable[[], None] = lambda: None
    """Notes that the day was begun; called once nothing can be refused any more."""


class ThroughGateway:
    """The exchange behind the paper gateway, on a port of this machine; the bot meets it through its IB adapter."""

    def __init__(self, settings: Settings, day: PaperDay, store: Keeper) -> None:
        self.exchange = exchange_of(settings, store)
        self._rules = GatewayRules(start_cash_usd=settings.risk.start_cash)
        self._settings = settings
        self._day = day
        self._store = store
        self._ports: list[IbBroker] = []

    def open(self, runtime: Runtime) -> None:
        """Serve on any free port."""
        hub = Hub(
            self.exchange,
            self._day.session,
            Calendar(self._settings.session),
            runtime.clock.now,
            rules=self._rules,
            keeper=self._store,
            real_seconds=lambda: runtime.clock.now().timestamp(),
            seed=self._settings.simulator.seed,
        )
        self._server = Server(hub, runtime.clock, port=0)
        self._server.__enter__()

    def make_port(self, broker: Broker) -> BrokerPort:
        """Return a port that connects as it would to a TWS."""
        port = make_port(self.connection, spec_of(self._settings.market.instrument), broker.clock)
        self._ports.append(port)
        return port

    @property
    def connection(self) -> IbSettings:
        """The gateway of this process."""
        return replace(
            ib_settings_of(self._settings, feed_silence=MINUTE_BARS_SILENCE),
            host="127.0.0.1",
            port=self._server.port,
            account=self._rules.account,
        )

    def is_over(self, runtime: Runtime) -> bool:
        """Return whether the close has passed; a gateway that died ends the day."""
        if self._server.error is not None:
            raise NeedsOperator(f"gateway: expected it to serve, found {self._server.error!r}; see errors.log")
        return runtime.clock.now() > self._day.session.day.closes

    def close(self, runtime: Runtime, within: timedelta) -> None:
        """See the connections closed, then stop serving."""
        del runtime
        for port in self._ports:
            port.join(within.total_seconds())
        if hasattr(self, "_server"):
            self._server.__exit__(None, None, None)

    def faults(self, ledger: Ledger, now: datetime) -> list[str]:
        """Return what differs between the ledger and the exchange."""
        start_cash = self._settings.risk.start_cash
        held = self.exchange.snapshot(now).positions
        return DayEnd(
            self._day.date,
            sum(abs(quantity) for quantity in ledger.holdings().values()),
            sum(abs(position.quantity) for position in held),
            len(ledger.live_orders()),
            ledger.cash_usd(start_cash),
            start_cash + self.exchange.cash,
        ).faults
