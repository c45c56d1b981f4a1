"""A short busy day over TCP: the real actors on threads, the IB adapter, and a gateway where a scenario is played."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from actors.broker import Broker
from actors.runtime.runtime import Runtime
from actors.view import View
from lottogrid.brokers.ib.port import IbBroker, make_port
from lottogrid.brokers.ib.settings import IbSettings
from lottogrid.brokers.port import BrokerPort
from lottogrid.calendar import Calendar
from lottogrid.cli.run.desk import Desk
from lottogrid.cli.run.paperday import Account, Asked, PaperDay, choose
from lottogrid.cli.wiring import exchange_of
from lottogrid.clock import ScaledClock
from lottogrid.exchange.store import Forgetful
from lottogrid.gateway.hub import GatewayRules, Hub
from lottogrid.gateway.script import step
from lottogrid.gateway.server import Server
from lottogrid.ledger.ledger import Ledger
from lottogrid.market.contracts import spec_of
from lottogrid.settings import Settings, load
from machines.connection import ConnectionState
from machines.engine import EngineState
from tests.scenarios.end import End

DAY = date(2025, 7, 3)
"""A half day: it closes at 13:00."""
SPEED = 240.0
"""Twenty-five minutes in six seconds: idle for most of it, where the machine has nothing else to do."""
SLOWEST = 60.0
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
    # Real seconds, as it waits for somebody else's work.
    "risk.unknown_after_seconds=1",
    # So fast, what is under way for a moment is under way for minutes.
    "risk.resolve_grace_seconds=60",
    "strategy.entry_timeout_seconds=120",
    "strategy.reprice_seconds=60",
    "risk.quote_stale_seconds=180",
    "risk.data_stale_seconds=180",
    "simulator.profile=paper",
    "simulator.seed=7",
)
QUICK = {"connect_seconds": 2.0, "answer_seconds": 1.5, "heartbeat_seconds": 0.3, "feed_silence_seconds": 240.0}
"""A gateway on this machine answers at once, but for a loaded processor; the silence is of the clock."""
HALTED = EngineState.HALTED
TO_WAKE_UP = timedelta(minutes=2)
TO_WAKE = 20.0
"""Real seconds."""
LINGER = timedelta(minutes=3)
"""After the flatten time, where nothing is held any more."""
TO_END = 10.0
"""Real seconds after the close within which everything is booked, or a person is called."""


class HeldClock:
    """A fast clock that stands at the start until everybody is awake: how long that takes is the machine's affair."""

    def __init__(self, start: datetime, speed: float) -> None:
        self.speed = speed
        self._start = start
        self._running: ScaledClock | None = None

    def now(self) -> datetime:
        return self._start if self._running is None else self._running.now()

    def elapsed(self) -> float:
        return 0.0 if self._running is None else self._running.elapsed()

    def release(self) -> None:
        if self._running is None:
            self._running = ScaledClock(self._start, self.speed)


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
        self.troubles: dict[str, None] = {}
        """What the link was seen to be down for, in the order of appearance; a short break may be overlooked."""

    def open(self, runtime: Runtime) -> None:
        self.hub = CountingHub(
            self.exchange,
            self._day.session,
            Calendar(self._settings.session),
            runtime.clock.now,
            rules=self._rules,
            keeper=Forgetful(),
            real_seconds=lambda: runtime.clock.now().timestamp(),
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

    def watch(self, view: View) -> None:
        """Note what the link is down for."""
        if view.broker is not None and view.broker.state is not ConnectionState.READY:
            self.troubles[view.broker.detail] = None

    def is_over(self, runtime: Runtime) -> bool:
        return runtime.clock.now() > self._day.session.day.closes

    def close(self, runtime: Runtime, within: timedelta) -> None:
        for port in self.ports:
            assert isinstance(port, IbBroker)
            assert port.join(within.total_seconds())
        self.server.__exit__(None, None, None)


def speed() -> float:
    """Return how fast the clock may go: slower the more processes wait for each core, as they take turns."""
    return max(SPEED / max(os.getloadavg()[0] / (os.cpu_count() or 1), 1.0), SLOWEST)


def settings_of(*overrides: str) -> Settings:
    """Return settings that no file and no environment touches."""
    return load(None, {}, [*BUSY, *overrides])


def play(
    folder: Path,
    steps: Sequence[Mapping[str, Any]],
    *overrides: str,
    halts: int = 0,
    **rules: Any,
) -> End:
    """Play the day with a scenario to its end.

    Args:
        folder: for the ledger and the order numbers.
        steps: of the scenario, as in its file.
        overrides: of settings.
        halts: of which a person is to be told; they are waited for.
        rules: of the gateway.
    """
    settings = settings_of(f"simulator.speed={speed()}", *overrides)
    path = folder / "ledger.sqlite"
    Ledger.open(path).close()
    day = choose(Asked(on=DAY, broker="gateway"), settings, Account(), today=DAY, recorded=None)
    day = replace(day, starts_at=day.session.day.opens - TO_WAKE_UP)
    stage = Stage(settings, day, folder, steps, **rules)
    clock = HeldClock(day.starts_at, settings.simulator.speed)
    desk = Desk(settings, day, path, stage, clock=clock)
    desk.start()
    try:
        _wake_up(desk)
        clock.release()
        ended = _wait(desk, day, stage.watch, lambda: _halts(path) >= halts)
    finally:
        desk.stop()
    assert stage.server.error is None
    assert stage.server.faults == []
    with closing(Ledger.open_read_only(path)) as ledger:
        last = day.session.bars[-1].close
        return End.of(
            settings,
            ledger,
            stage.hub,
            died=ended,
            connects=stage.hub.connects,
            last_price=last,
            troubles=stage.troubles,
        )


def _wake_up(desk: Desk) -> None:
    """Wait until the bot has compared the books for the first time."""
    limit = monotonic() + TO_WAKE
    while (broker := desk.look().broker) is None or broker.state is not ConnectionState.READY:
        down = desk.wait(0.02)
        assert down is None, f"the tree ended: {down}"
        assert monotonic() < limit, "the bot does not become READY"


def _wait(desk: Desk, day: PaperDay, during: Callable[[View], None], is_told: Callable[[], bool]) -> str:
    limit: float | None = None
    while True:
        down = desk.wait(0.05)
        if down is not None:
            return str(down)
        view, session = desk.look(), day.session.day
        during(view)
        is_flat = view.at - session.flatten >= LINGER and not view.open_positions
        is_past = view.at - session.closes >= LINGER and view.engine is not None and view.engine.state is HALTED
        if (is_flat or is_past) and is_told():
            return ""
        if view.at > session.closes and limit is None:
            limit = monotonic() + TO_END
        if limit is not None and monotonic() > limit:
            return ""


def _halts(path: Path) -> int:
    with closing(Ledger.open_read_only(path)) as ledger:
        return len(ledger.halts())
