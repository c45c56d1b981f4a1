"""A gateway on a port of this machine, for a run that looks for one elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime

from lottogrid.calendar import Calendar
from lottogrid.cli.run.paperday import Account, Asked, choose
from lottogrid.cli.wiring import exchange_of
from lottogrid.clock import ScaledClock
from lottogrid.gateway.hub import GatewayRules, Hub
from lottogrid.gateway.server import Server
from lottogrid.settings import load


@contextmanager
def serving(
    on: date, as_of: datetime, *overrides: str, speed: float = 400, port: int = 0, account: str = "DU1234567"
) -> Iterator[Server]:
    """Serve a generated day from an instant of it on."""
    settings = load(None, {}, [*overrides, f"simulator.speed={speed}"])
    day = choose(Asked(on=on, as_of=as_of), settings, Account(), today=on, recorded=None)
    clock = ScaledClock(day.starts_at, speed)
    hub = Hub(
        exchange_of(settings),
        day.session,
        Calendar(settings.session),
        clock.now,
        rules=replace(GatewayRules(), start_cash_usd=settings.risk.start_cash, account=account),
        real_seconds=lambda: clock.now().timestamp(),
    )
    with Server(hub, clock, port=port) as server:
        yield server
    assert server.error is None
    assert server.faults == []
