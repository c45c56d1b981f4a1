"""A short busy day over TCP: the real actors on threads, the IB adapter, and a gateway where a scenario is played."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from actors.broker import Broker
from actors.runtime.runtime import Runtime
from lottogrid.brokers.ib.port import IbBroker, make_port
from lottogrid.brokers.ib.settings import IbSettings
from lottogrid.brokers.port import BrokerPort
from lottogrid.calendar import Calendar
from lottogrid.cli.desk import Desk
from lottogrid.cli.paperday import Account, Asked, PaperDay, choose
from lottogrid.cli.wiring import exchange_of
from lottogrid.exchange.store import Forgetful
from lottogrid.gateway.hub import GatewayRules, Hub
from lottogrid.gateway.script import step
from lottogrid.gateway.server import Server
from lottogrid.ledger.ledger import Ledger
from lottogrid.market.contracts import spec_of
from lottogrid.settings import Settings, load
from tests.scenarios.end import End

DAY = date(2025, 7, 3)
"""A half day: it closes at 13:00."""
SPEED = 360
BUSY = (
    "session.market_open=12:35",
    "session.last_entry_minutes=9",
    "session.flatten_minutes=7",
    "strategy.volatility_threshold=10",
    "strategy.profit_target_multiplier=1.5",
    "strategy.max_premium_per_strangle=700",
    "strategy.quantity=2",
    "risk.max_draw=5000",
    "risk.start_cash=50000",
    "risk.min_time_between_trades=3",
    "risk.unknown_after_seconds=1",
    # 360 times as fast as the clock, what is under way for a moment is under way for minutes.
    "risk.resolve_grace_seconds=60",
    "strategy.entry_timeout_seconds=120",
    "strategy.reprice_seconds=60",
    "risk.quote_stale_seconds=180",
    "risk.data_stale_seconds=180",
    f"simulator.speed={SPEED}",
    "simulator.profile=paper",
    # A calm day: at this speed the budget of messages is three a minute, and every new strike at the money costs four.
    "simulator.seed=7",
)
QUICK = {"connect_seconds": 1.0, "answer_seconds": 0.8, "heartbeat_seconds": 0.3, "feed_silence_seconds": 240.0}
"""A gateway on this machine answers at once; the silence is of the clock."""
TO_WAKE_UP = timedelta(minutes=2)
LINGER = timedelta(minutes=3)
"""After the flatten time, where nothing is held any more."""
TO_END = 4.0
"""Real seconds after the close within which everything is booked."""


class CountingHub(Hub):
    """A gateway's middle that counts who comes in."""

    connects = 0

    def connected(self, client_id: int) -> None:
        self.connects += 1
        super().connected(client_id)


class Stage:
    """The world of a `Desk`: a gateway on any free port where `steps` are played."""

    def __init__(
        self, settings: Settings, day: PaperDay, folder: Path, steps: Sequence[Mapping[str, Any]], **rules: Any
    ) -> None:
        self.exchange = exchange_of(settings)
        self._rules = GatewayRules(**{"start_cash_usd": settings.risk.start_cash, **rules})
        self.account = self._rules.account
        self._settings, self._day, self._folder, self._steps = settings, day, folder, steps
        self.ports: list[BrokerPort] = []

    def open(self, runtime: Runtime) -> None:
        self.hub = CountingHub(
            self.exchange,
            self._day.session,
            Calendar(self._settings.session),
            runtime.clock.now,
            rules=self._rules,
            keeper=Forgetful(),
            steps=[step(one) for one in self._steps],
            seed=self._settings.simulator.seed,
        )
        self.server = Server(self.hub, runtime.clock, port=0)
        self.server.__enter__()

    def make_port(self, broker: Broker) -> BrokerPort:
        settings = IbSettings(
            port=self.server.port, account=self.account, state_file=self._folder / "order-numbers.json", **QUICK
        )
        port = make_port(settings, spec_of(self._settings.market.instrument), broker.clock)
        self.ports.append(port)
        return port

    def is_over(self, runtime: Runtime) -> bool:
        return runtime.clock.now() > self._day.session.day.closes

    def close(self, runtime: Runtime, within: timedelta) -> None:
        for port in self.ports:
            assert isinstance(port, IbBroker)
            assert port.join(within.total_seconds())
        self.server.__exit__(None, None, None)


def settings_of(*overrides: str) -> Settings:
    """Return settings that no file and no environment touches."""
    return load(None, {}, [*BUSY, *overrides])


def play(
    folder: Path,
    steps: Sequence[Mapping[str, Any]],
    *overrides: str,
    during: Callable[[Desk, Stage], None] = lambda *_: None,
    **rules: Any,
) -> End:
    """Play the day with a scenario to its end.

    Args:
        folder: for the ledger and the order numbers.
        steps: of the scenario, as in its file.
        overrides: of settings.
        during: is called again and again while the day is on.
        rules: of the gateway.
    """
    settings = settings_of(*overrides)
    path = folder / "ledger.sqlite"
    Ledger.open(path).close()
    day = choose(Asked(on=DAY, broker="gateway"), settings, Account(), today=DAY, recorded=None)
    day = replace(day, starts_at=day.session.day.opens - TO_WAKE_UP)
    stage = Stage(settings, day, folder, steps, **rules)
    desk = Desk(settings, day, path, stage)
    desk.start()
    try:
        ended = _wait(desk, stage, day, during)
    finally:
        desk.stop()
    assert stage.server.error is None
    assert stage.server.faults == []
    with closing(Ledger.open_read_only(path)) as ledger:
        return End.of(settings, ledger, stage.hub, died=ended, connects=stage.hub.connects)


def _wait(desk: Desk, stage: Stage, day: PaperDay, during: Callable[[Desk, Stage], None]) -> str:
    limit: float | None = None
    while True:
        down = desk.wait(0.05)
        if down is not None:
            return str(down)
        during(desk, stage)
        view = desk.look()
        if view.at - day.session.day.flatten >= LINGER and not view.open_positions:
            return ""
        if view.at > day.session.day.closes and limit is None:
            limit = monotonic() + TO_END
        if limit is not None and monotonic() > limit:
            return ""
