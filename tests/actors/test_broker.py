"""The broker actor: nothing is sent before the books agree, and every wait has an end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from actors import messages as m
from actors.broker import ANSWER_WITHIN, LOOK_AGAIN, Broker
from lottogrid.brokers import port as p
from lottogrid.market.contracts import OptionContract, Right
from lottogrid.orders import Combo, OrderIntent, OrderType, Purpose, Side
from machines.session import SessionState
from tests.actors.desk import ActorDesk
from tests.strategies.made import DAY, NOON, ON, option

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


COMBO = Combo(legs=(INTENT, replace(INTENT, ref="LG-20250409-001-2-1", leg=2, contract=option(Right.PUT, 6250))))


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


class ComboPort(NotedPort):
    """One that takes combos."""

    def place_combo(self, combo: Combo) -> None:
        """Note it."""
        self.calls.append(f"place {combo.ref}")


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


@pytest.mark.parametrize(
    ("port", "is_ready", "why"), [(NotedPort(), True, "takes no combos"), (ComboPort(), False, "the link is syncing")]
)
def test_a_combo_that_cannot_leave_is_answered_for_each_leg(port: NotedPort, is_ready: bool, why: str) -> None:
    """Not yet ready, or a broker that has no such thing: both orders certainly never left."""
    desk = ActorDesk(m.BROKER, lambda: Broker(lambda _: port), m.LEDGER, m.ENGINE, m.POSITIONS, m.MARKET_DATA)
    if is_ready:
        _make_ready(desk, port)
    else:
        port.emit(p.Connected("DU1", NOON))
    desk.tell(m.PlaceCombo(COMBO))

    answers = desk.mail(m.LEDGER, p.OrderNotSent)
    assert [answer.ref for answer in answers] == [leg.ref for leg in COMBO.legs]
    assert all(why in answer.reason for answer in answers)
    assert not any(call.startswith("place") for call in port.calls)


def test_a_combo_leaves_as_one() -> None:
    """Through a port that takes combos, under the reference of the whole."""
    port = ComboPort()
    desk = ActorDesk(m.BROKER, lambda: Broker(lambda _: port), m.LEDGER, m.ENGINE, m.POSITIONS, m.MARKET_DATA)
    _make_ready(desk, port)
    desk.tell(m.PlaceCombo(COMBO))

    assert port.calls == ["place LG-20250409-001-C-1"]


def test_a_comparison_that_finds_no_quiet_moment_is_left_out(desk: ActorDesk, port: NotedPort) -> None:
    """READY stays, and the next is due as ever: a busy minute is no lost link."""
    _make_ready(desk, port)
    desk.pass_time(1)
    for _ in range(3):
        desk.pass_time(60)
        assert port.calls == ["snapshot"]
        port.calls.clear()
        port.emit(p.SnapshotMissed("too busy", NOON))
        desk.settle()

    desk.pass_time(ANSWER_WITHIN.total_seconds() + 1)
    assert port.calls == []

    assert desk.mail(m.ENGINE, m.BrokerStateChanged) == []


def test_before_it_is_ready_a_comparison_is_tried_until_the_time_is_over(desk: ActorDesk, port: NotedPort) -> None:
    """Nothing may be sent without one: asked again and again, and then the link is given up."""
    port.emit(p.Connected("DU1", NOON))
    desk.settle()
    port.calls.clear()
    waited = 0.0
    while "close" not in port.calls:
        port.emit(p.SnapshotMissed("too busy", NOON))
        desk.pass_time(0.5)
        waited += 0.5

    assert port.calls.count("snapshot") >= 5
    assert ANSWER_WITHIN.total_seconds() <= waited <= ANSWER_WITHIN.total_seconds() + 1


def test_before_it_is_ready_a_comparison_that_comes_in_time_is_taken(desk: ActorDesk, port: NotedPort) -> None:
    """One missed, the next found: ready, and nobody waits for the first any more."""
    port.emit(p.Connected("DU1", NOON))
    port.emit(p.SnapshotMissed("too busy", NOON))
    desk.pass_time(1)
    port.emit(SNAPSHOT)
    desk.tell(m.BooksCompared((), look_again=False))
    assert desk.mail(m.ENGINE, m.BrokerStateChanged)[-1].ready
    port.calls.clear()

    desk.pass_time(ANSWER_WITHIN.total_seconds() + 1)

    assert port.calls == []


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


def test_the_books_are_compared_by_the_clock_and_nothing_waits_for_it(desk: ActorDesk, port: NotedPort) -> None:
    """Every minute, in READY: orders pass while the answer is on its way, and nobody hears that anything happened."""
    _make_ready(desk, port)
    for _ in range(3):
        desk.pass_time(61)
        assert port.calls == ["snapshot"]
        desk.tell(m.PlaceOrder(INTENT))
        assert port.calls.pop() == f"place {INTENT.ref}"
        desk.tell(m.BooksCompared((), look_again=False))
        port.calls.clear()

    assert desk.mail(m.ENGINE, m.BrokerStateChanged) == []


def test_a_doubt_that_the_clock_brought_up_is_looked_at_soon(desk: ActorDesk, port: NotedPort) -> None:
    """Not a minute later; orders pass meanwhile."""
    _make_ready(desk, port)
    desk.pass_time(61)
    desk.tell(m.BooksCompared(("a future",), look_again=True))
    desk.pass_time(LOOK_AGAIN.total_seconds() + 1)

    assert port.calls == ["snapshot", "snapshot"]
    assert desk.mail(m.ENGINE, m.BrokerStateChanged) == []


def test_a_comparison_by_the_clock_that_is_not_answered_is_a_lost_link(desk: ActorDesk, port: NotedPort) -> None:
    """A gateway that has gone silent is found out within the minute."""
    _make_ready(desk, port)
    desk.pass_time(60 + ANSWER_WITHIN.total_seconds() + 1)

    assert port.calls == ["snapshot", "close"]
    assert not desk.mail(m.ENGINE, m.BrokerStateChanged)[-1].ready


def test_at_night_nothing_is_compared(desk: ActorDesk, port: NotedPort) -> None:
    """Nothing happens there that could differ; the morning begins with a comparison in its first minute."""
    _make_ready(desk, port)
    desk.tell(m.SessionChanged(SessionState.CLOSED, DAY, ON, DAY))
    desk.pass_time(3600)
    assert port.calls == []

    desk.tell(m.SessionChanged(SessionState.PRE_OPEN, DAY, ON, DAY))
    desk.pass_time(61)
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
