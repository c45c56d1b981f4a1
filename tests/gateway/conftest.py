"""A gateway behind real sockets."""

from __future__ import annotations

import asyncio
import logging
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
Connect = Callable[..., Any]
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


@pytest.fixture(scope="session")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """Return the loop that the library keeps from its import on."""
    made = asyncio.new_event_loop()
    yield made
    made.close()


@pytest.fixture
def library(loop: asyncio.AbstractEventLoop) -> Iterator[Any]:
    """Return the library. It asks for the thread's loop again and again, and other tests may have taken it away."""
    asyncio.set_event_loop(loop)
    yield pytest.importorskip("ib_insync")
    asyncio.set_event_loop(None)


@pytest.fixture
def come_in(library: Any, serve: Serve) -> Iterator[Connect]:
    """Return what connects a client to a port, and disconnects it before the gateway ends."""
    del serve
    clients = []

    def begin(port: int, client_id: int = 7, **options: Any) -> Any:
        ib = library.IB()
        ib.RaiseRequestErrors = True
        clients.append(ib)
        ib.connect("127.0.0.1", port, clientId=client_id, **{"timeout": 10, **options})
        return ib

    yield begin
    for ib in clients:
        ib.disconnect()
        # Its transport closes in the loop's next turns.
        ib.sleep(0.02)


@pytest.fixture
def connect(come_in: Connect, serve: Serve, caplog: pytest.LogCaptureFixture) -> Iterator[Connect]:
    """Return what connects a client to a new gateway, or to the one given; any error it logs but 201 fails the test."""

    def begin(client_id: int = 7, version_max: int = 178, port: int | None = None) -> Any:
        return come_in(port or serve(version_max).port, client_id)

    yield begin
    wrong = [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
    assert [line for line in wrong if "Error 201" not in line] == []
