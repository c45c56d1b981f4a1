"""A gateway behind real sockets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest

from lottogrid.clock import ScaledClock
from lottogrid.exchange.exchange import Exchange
from lottogrid.exchange.profiles import profile_of
from lottogrid.gateway.hub import GatewayRules, Hub
from lottogrid.gateway.server import Server
from lottogrid.market.contracts import spec_of
from lottogrid.pricing.smile import Smile
from tests.exchange.desk import OPENS, FixedForecast
from tests.gateway.made import CALENDAR, session_of

Serve = Callable[..., Server]
MOVES = {minute: 6300 + 5 * (minute % 3) for minute in range(390)}


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Return what puts a gateway behind a port, a minute a second; what breaks in it fails the test."""
    servers: list[Server] = []
    with ExitStack() as stack:

        def begin(version_max: int = 178, **options: Any) -> Server:
            clock = ScaledClock(OPENS + timedelta(minutes=1), speed=60)
            exchange = Exchange(spec_of("MES"), profile_of("paper"), 1, Smile(), FixedForecast())
            rules = GatewayRules(version_max=version_max, messages_per_second=10_000)
            hub = Hub(exchange, session_of(MOVES), CALENDAR, clock.now, rules=rules)
            servers.append(stack.enter_context(Server(hub, clock, **{"port": 0, **options})))
            return servers[-1]

        yield begin
    assert [(server.error, server.faults) for server in servers] == [(None, [])] * len(servers)
