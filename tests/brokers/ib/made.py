"""A paper gateway on loopback, and the adapter that talks to it."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from lottogrid.brokers import port as p
from lottogrid.brokers.ib.memory import new_memory
from lottogrid.brokers.ib.port import IbBroker
from lottogrid.brokers.ib.settings import IbSettings
from lottogrid.exchange.exchange import Exchange
from lottogrid.exchange.profiles import profile_of
from lottogrid.gateway.actions import bound
from lottogrid.gateway.hub import GatewayRules, Hub
from lottogrid.gateway.script import step
from lottogrid.gateway.server import Server
from lottogrid.market.contracts import OptionContract, Right, spec_of
from lottogrid.orders import OrderIntent, OrderType, Purpose, Side
from lottogrid.pricing.smile import Smile
from tests.exchange.desk import OPENS, FixedForecast, option
from tests.gateway.made import CALENDAR, session_of

SPEC = spec_of("MES")
CALL, PUT = option(6340), option(6260, Right.PUT)
LIMIT = 5.0
"""Real seconds that an event is waited for."""
_E = TypeVar("_E")


class HandClock:
    """A clock that stands until it is moved, though time passes."""

    speed = 1.0

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def elapsed(self) -> float:
        return self.at.timestamp()


class Desk:
    """The gateway's hub behind its server, and one port; events are waited for, never slept for."""

    def __init__(self, hub: Hub, server: Server, clock: HandClock, settings: IbSettings) -> None:
        self.hub, self.server, self.clock, self.settings = hub, server, clock, settings
        self.events: queue.Queue[p.BrokerEvent] = queue.Queue()
        self.memory = new_memory(settings, SPEC, clock)
        self.port = IbBroker(settings, clock, self.memory)

    def connect(self) -> p.Connected:
        self.port.open(self.events.put)
        return self.expect(p.Connected)

    def expect(self, kind: type[_E], *, where: Callable[[_E], bool] = lambda _: True) -> _E:
        """Return the next event of a kind; time passes at the exchange until it comes."""
        patience = int(LIMIT / 0.05)
        while patience:
            try:
                event = self.events.get(timeout=0.05)
            except queue.Empty:
                patience -= 1
                self.wait(0.5)
                continue
            if isinstance(event, kind) and where(event):
                return event
            assert not isinstance(event, p.Disconnected), f"waiting for {kind.__name__}: {event}"
        raise AssertionError(f"no {kind.__name__} came")

    def lost(self) -> p.Disconnected:
        """Return the end of the link, which must be the next event but for quotes and bars."""
        while isinstance(event := self.events.get(timeout=LIMIT), p.Quoted | p.BarClosed):
            pass
        assert isinstance(event, p.Disconnected)
        return event

    def play(self, name: str, **arguments: Any) -> None:
        """Let the gateway do an action of its scenarios."""
        self.let(bound(name, arguments))

    def heard(self) -> list[p.BrokerEvent]:
        """Return what has come and was not waited for."""
        found = []
        while not self.events.empty():
            found.append(self.events.get())
        return found

    def wait(self, seconds: float) -> None:
        """Let time pass at the exchange."""
        self.clock.at += timedelta(seconds=seconds)
        self.let(lambda hub: hub.advance())

    def let(self, act: Callable[[Hub], Any]) -> None:
        """Do something in the gateway, and wait until it is done."""
        done: queue.Queue[None] = queue.Queue()

        def call(hub: Hub) -> None:
            act(hub)
            done.put(None)

        self.server.call(call)
        done.get(timeout=LIMIT)

    def snapshot(self) -> p.BrokerSnapshot:
        self.port.request_snapshot()
        return self.expect(p.BrokerSnapshot)


@contextmanager
def desk(
    folder: Path,
    *,
    profile: str = "ideal",
    rules: GatewayRules | None = None,
    clock: HandClock | None = None,
    moves: dict[int, int] | None = None,
    steps: Sequence[Mapping[str, Any]] = (),
    **settings: Any,
) -> Iterator[Desk]:
    """Serve a quiet day from its open on, and offer a port to it that is not open yet."""
    clock = clock or HandClock(OPENS)
    exchange = Exchange(SPEC, profile_of(profile), 1, Smile(), FixedForecast())
    hub = Hub(exchange, session_of(moves), CALENDAR, clock.now, rules=rules, steps=[step(one) for one in steps])
    with Server(hub, clock, port=0) as server:
        terms = {"port": server.port, "state_file": folder / "order-ids", "feed_silence_seconds": 150.0}
        made = Desk(hub, server, clock, IbSettings(**{**terms, **settings}))
        try:
            yield made
        finally:
            made.port.close()
            assert made.port.join(LIMIT)
            assert server.error is None


def intent(
    ref: str,
    contract: OptionContract = CALL,
    side: Side = Side.BUY,
    quantity: int = 1,
    limit: str | None = "50",
) -> OrderIntent:
    """Return an order to buy at almost any price, but for what is said otherwise."""
    return OrderIntent(
        ref=ref,
        position_id="LG-20250409-001",
        leg=1,
        contract=contract,
        side=side,
        quantity=quantity,
        order_type=OrderType.MARKET if limit is None else OrderType.LIMIT,
        limit_price=None if limit is None else Decimal(limit),
        purpose=Purpose.ENTRY if side is Side.BUY else Purpose.EXIT,
        created_at=OPENS,
    )
