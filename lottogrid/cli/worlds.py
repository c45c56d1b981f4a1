"""What a paper day trades on: the simulated exchange, met directly or through its gateway as a real broker would be."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from actors import messages as m
from actors.broker import Broker
from actors.runtime.runtime import Runtime
from actors.venue import Line, VenueActor, VenueView
from lottogrid.brokers.port import BrokerPort
from lottogrid.calendar import Calendar
from lottogrid.cli.paperday import PaperDay
from lottogrid.cli.wiring import exchange_of, ib_port_of, ib_settings_of
from lottogrid.errors import NeedsOperator
from lottogrid.exchange.exchange import Exchange
from lottogrid.exchange.store import Keeper
from lottogrid.exchange.venue import Venue
from lottogrid.market.contracts import spec_of
from lottogrid.settings import Settings

FEED_SILENCE = timedelta(seconds=150)
"""The gateway plays one-minute bars: a minute without a word of the underlying is no silence."""


class World(Protocol):
    """The far side of the broker port, for one day."""

    account: str
    exchange: Exchange

    def open(self, runtime: Runtime) -> None:
        """Begin, before the actors do."""
        ...

    def make_port(self, broker: Broker) -> BrokerPort:
        """Return a port for one incarnation of the broker actor."""
        ...

    def is_over(self, runtime: Runtime) -> bool:
        """Return whether the exchange has ended its session."""
        ...

    def close(self, runtime: Runtime, within: timedelta) -> None:
        """End, after the actors did."""
        ...


class Direct:
    """The exchange as an actor beside the tree."""

    account = "SIMULATED"

    def __init__(self, settings: Settings, day: PaperDay, store: Keeper) -> None:
        self.exchange = exchange_of(settings, store)
        self._session = day.session
        self._line = Line()

    def open(self, runtime: Runtime) -> None:
        """Start the venue actor."""
        venue = Venue(self.exchange)
        runtime.spawn(m.VENUE, lambda: VenueActor(venue, iter([self._session]), self._line))

    def make_port(self, broker: Broker) -> BrokerPort:
        """Return a port to the venue actor."""
        return self._line.connect(broker)

    def is_over(self, runtime: Runtime) -> bool:
        """Return whether the feed has ended."""
        venue = runtime.board.get(m.VENUE)
        return isinstance(venue, VenueView) and not venue.sessions_left

    def close(self, runtime: Runtime, within: timedelta) -> None:
        """Stop the venue actor."""
        if (cell := runtime.cells.get(m.VENUE)) is not None:
            runtime.terminate(cell, within)


class ThroughGateway:
    """The exchange behind the paper gateway, on a port of this machine; the bot meets it through its IB adapter."""

    def __init__(self, settings: Settings, day: PaperDay, store: Keeper) -> None:
        from lottogrid.gateway.hub import GatewayRules  # noqa: PLC0415 - an embedded gateway is a choice

        self.exchange = exchange_of(settings, store)
        self._rules = GatewayRules(start_cash_usd=settings.risk.start_cash)
        self.account = self._rules.account
        self._settings = settings
        self._day = day
        self._store = store

    def open(self, runtime: Runtime) -> None:
        """Serve on any free port."""
        from lottogrid.gateway.hub import Hub  # noqa: PLC0415
        from lottogrid.gateway.server import Server  # noqa: PLC0415

        hub = Hub(
            self.exchange,
            self._day.session,
            Calendar(self._settings.session),
            runtime.clock.now,
            rules=self._rules,
            keeper=self._store,
            seed=self._settings.simulator.seed,
        )
        self._server = Server(hub, runtime.clock, port=0)
        self._server.__enter__()

    def make_port(self, broker: Broker) -> BrokerPort:
        """Return a port that connects as it would to a TWS."""
        connection = replace(
            ib_settings_of(self._settings, feed_silence=FEED_SILENCE), port=self._server.port, account=self.account
        )
        return ib_port_of(connection, spec_of(self._settings.market.instrument), broker.clock)(broker)

    def is_over(self, runtime: Runtime) -> bool:
        """Return whether the close has passed; a gateway that died ends the day."""
        if self._server.error is not None:
            raise NeedsOperator(f"gateway: expected it to serve, found {self._server.error!r}; see errors.log")
        return _after(runtime.clock.now(), self._day)

    def close(self, runtime: Runtime, within: timedelta) -> None:
        """Stop serving."""
        del runtime, within
        if hasattr(self, "_server"):
            self._server.__exit__(None, None, None)


def _after(now: datetime, day: PaperDay) -> bool:
    return now > day.session.day.closes


def world_of(broker: str, settings: Settings, day: PaperDay, store: Keeper) -> World:
    """Return the world that `broker` names: `simulated` or `gateway`."""
    if broker == "gateway":
        return ThroughGateway(settings, day, store)
    return Direct(settings, day, store)
