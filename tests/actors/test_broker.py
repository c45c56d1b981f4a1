"""The broker actor: nothing is sent before the books agree, and every wait has an end."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from actors import messages as m
from actors.broker import ANSWER_WITHIN, LOOK_AGAIN, Broker
from lottogrid.brokers import port as p
from lottogrid.market.contracts import OptionContract, Right
from lottogrid.orders import OrderIntent, OrderType, Purpose, Side
from tests.actors.desk import ActorDesk
from tests.strategies.made import NOON, option

SNAPSHOT = p.BrokerSnapshot(taken_at=NOON, orders=(), executions=(), settlements=(), positions=())
INTENT = OrderIntent(
    ref="LG-20250409-001-1-1",
    position_id="LG-20250409-001",
    leg=1,
    contract=option(Right.CALL, 6350),
    side=Side.BUY,
    quantity=1,
    order_type=OrderType.LIMIT,
    limit_price=Decimal("2.00"),
    purpose=Purpose.ENTRY,
    created_at=NOON,
)


class NotedPort:
    """A port that only notes what it is asked."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.emit: Callable[[p.BrokerEvent], None] = lambda _: None

    def open(self, emit: Callable[[p.BrokerEvent], None]) -> None:
        """Note it."""
        self.emit = emit
        self.calls.append("open")

    def close(self) -> None:
        """Note it."""
        self.calls.append("close")

    def place(self, order: OrderIntent) -> None:
        """Note it."""
        self.calls.append(f"place {order.ref}")

    def cancel(self, ref: str) -> None:
        """Note it."""
        self.calls.append(f"cancel {ref}")

    def request_snapshot(self) -> None:
        """Note it."""
        self.calls.append("snapshot")

    def request_history(self) -> None:
        """Note it."""
        self.calls.append("history")

    def subscribe(self, contracts: frozenset[OptionContract]) -> None:
        """Note it."""
        self.calls.append(f"subscribe {len(contracts)}")


@pytest.fixture
def port() -> NotedPort:
    """Return the port of the broker on the desk."""
    return NotedPort()


@pytest.fixture
def desk(port: NotedPort) -> ActorDesk:
    """Return a broker that has begun to connect."""
    others = (m.LEDGER, m.ENGINE, m.POSITIONS, m.MARKET_DATA)
    return ActorDesk(m.BROKER, lambda: Broker(lambda _: port), *others)


def _make_ready(desk: ActorDesk, port: NotedPort) -> None:
    port.emit(p.Connected("DU1", NOON))
    desk.tell(SNAPSHOT, m.BooksCompared((), look_again=False))
    desk.mail(m.ENGINE, m.BrokerStateChanged)
    port.calls.clear()


def test_the_books_are_compared_before_it_is_ready(desk: ActorDesk, port: NotedPort) -> None:
    """Connected, snapshot to the ledger, the ledger's word, READY."""
    port.emit(p.Connected("DU1", NOON))
    desk.settle()
    assert port.calls == ["open", "subscribe 0", "history", "snapshot"]
    assert desk.mail(m.ENGINE, m.BrokerStateChanged) == []

    port.emit(SNAPSHOT)
    desk.settle()
    assert desk.mail(m.LEDGER, p.BrokerSnapshot) == [SNAPSHOT]
    desk.tell(m.BooksCompared((), look_again=False))

    assert desk.mail(m.ENGINE, m.BrokerStateChanged)[-1].ready


def test_an_order_before_that_is_answered_with_certainty(desk: ActorDesk, port: NotedPort) -> None:
    """It never left: the ledger may say so, and the position may try again."""
    port.emit(p.Connected("DU1", NOON))
    desk.tell(m.PlaceOrder(INTENT), m.CancelOrder(INTENT.ref))

    (answer,) = desk.mail(m.LEDGER, p.OrderNotSent)
    assert answer.ref == INTENT.ref
    assert not any(call.startswith(("place", "cancel")) for call in port.calls)


def test_orders_and_cancels_pass_when_ready(desk: ActorDesk, port: NotedPort) -> None:
    """One call each."""
    _make_ready(desk, port)
    desk.tell(m.PlaceOrder(INTENT), m.CancelOrder(INTENT.ref))

    assert port.calls == [f"place {INTENT.ref}", f"cancel {INTENT.ref}"]


def test_a_lost_link_is_told_and_tried_again_after_growing_waits(desk: ActorDesk, port: NotedPort) -> None:
    """2 s, then 4 s, then 8 s; the port is closed each time."""
    _make_ready(desk, port)
    for wait in (2, 4, 8):
        port.emit(p.Disconnected("cable", NOON))
        desk.settle()
        assert not desk.mail(m.ENGINE, m.BrokerStateChanged)[-1].ready
        desk.pass_time(wait - 0.5)
        assert "open" not in port.calls
        desk.pass_time(1)
        assert port.calls[-1] == "open"
        port.calls.clear()
        port.emit(p.Connected("DU1", NOON))
        desk.settle()
        port.calls.clear()


def test_a_connect_that_is_not_answered_ends(desk: ActorDesk, port: NotedPort) -> None:
    """A gateway that accepts and stays silent must not hold the bot."""
    desk.pass_time(ANSWER_WITHIN.total_seconds() + 1)
    assert port.calls == ["open", "close"]

    desk.pass_time(3)
    assert port.calls == ["open", "close", "open"]


def test_a_comparison_that_is_not_answered_ends(desk: ActorDesk, port: NotedPort) -> None:
    """A snapshot that never comes is a lost link."""
    port.emit(p.Connected("DU1", NOON))
    desk.pass_time(ANSWER_WITHIN.total_seconds() + 1)

    assert port.calls[-1] == "close"


def test_what_is_in_doubt_is_compared_again(desk: ActorDesk, port: NotedPort) -> None:
    """It is ready meanwhile: exits must be able to pass."""
    port.emit(p.Connected("DU1", NOON))
    desk.tell(m.BooksCompared((), look_again=True))
    assert desk.mail(m.ENGINE, m.BrokerStateChanged)[-1].ready
    port.calls.clear()

    desk.pass_time(LOOK_AGAIN.total_seconds() + 1)

    assert port.calls == ["snapshot"]


def test_every_subscription_is_said_again_after_a_reconnect(desk: ActorDesk, port: NotedPort) -> None:
    """Reconnected but deaf is the classic failure."""
    _make_ready(desk, port)
    desk.tell(m.Subscribe(frozenset({INTENT.contract})))
    port.emit(p.Disconnected("cable", NOON))
    desk.pass_time(3)
    port.calls.clear()
    port.emit(p.Connected("DU1", NOON))
    desk.settle()

    assert port.calls == ["subscribe 1", "history", "snapshot"]


def test_an_old_incarnation_closes_its_port(desk: ActorDesk, port: NotedPort) -> None:
    """However it ended; what the port still says reaches nobody."""
    desk.tell("a message it does not know")
    desk.runtime.terminate(desk.cell, ANSWER_WITHIN)

    assert port.calls[-1] == "close"
    port.emit(p.Connected("DU1", NOON))
    assert desk.mail(m.ENGINE, m.BrokerStateChanged) == []
