"""The ledger actor: what it writes goes out only afterwards, and what it cannot explain stops entries, then all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from actors import messages as m
from actors.ledger import LedgerKeeper
from actors.ledger_view import LedgerView
from actors.recall import LedgerRules
from lottogrid.brokers import port as p
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.records import (
    ExecutionBooked,
    FutureOrdered,
    Noted,
    OrderIntended,
    OrderMoved,
    PositionMoved,
    PositionPlanned,
    Reconciled,
)
from lottogrid.market.contracts import Right
from lottogrid.orders import BrokerOrder, Execution, OrderState, Side
from lottogrid.positions import LegPlan, Proposal
from lottogrid.risk.reasons import Reason
from tests.actors.desk import ActorDesk
from tests.actors.test_broker import INTENT
from tests.strategies.made import NOON, ON, option

RULES = LedgerRules(
    start_cash_usd=Decimal(5000), answer_within=timedelta(seconds=10), grace=timedelta(seconds=5), compounds=True
)
PLANNED = PositionPlanned(
    at=NOON,
    position_id=INTENT.position_id,
    trading_date=ON,
    proposal=Proposal(
        level=Decimal("1.25"),
        legs=tuple(
            LegPlan(
                number=number,
                contract=contract,
                side=Side.BUY,
                quantity=1,
                limit_price=Decimal("2.00"),
                target_price=Decimal("8.00"),
            )
            for number, contract in enumerate((option(Right.CALL, 6350), option(Right.PUT, 6250)), 1)
        ),
        premium_usd=Decimal(20),
        costs_usd=Decimal("2.48"),
        target_multiple=Decimal(4),
    ),
    reserved_usd=Decimal("22.48"),
)
NAMES = (m.BROKER, m.RISK, m.ENGINE, m.NOTIFIER, m.POSITIONS, INTENT.position_id, "sender")


@pytest.fixture
def desk() -> ActorDesk:
    """Return a ledger actor over an empty book."""
    return ActorDesk(m.LEDGER, lambda: LedgerKeeper(Ledger.in_memory, RULES), *NAMES)


def _ledger(desk: ActorDesk) -> Ledger:
    keeper = desk.cell.actor
    assert isinstance(keeper, LedgerKeeper)
    return keeper._ledger


def _send_order(desk: ActorDesk) -> None:
    intended = OrderIntended(at=NOON, intent=INTENT)
    desk.tell(m.Commit("sender", (PLANNED,)), m.Commit("sender", (intended,), ((m.BROKER, m.PlaceOrder(INTENT)),)))


def _execution(exec_id: str = "E-1") -> Execution:
    return Execution(
        exec_id=exec_id,
        order_ref=INTENT.ref,
        contract=INTENT.contract,
        side=Side.BUY,
        quantity=1,
        price=Decimal("2.00"),
        at=NOON,
    )


def test_an_order_is_written_as_sent_before_the_broker_hears_of_it(desk: ActorDesk) -> None:
    """From the commit on it may have left: that is what SENT means."""
    _send_order(desk)

    order = _ledger(desk).order(INTENT.ref)
    assert order is not None
    assert order.state is OrderState.SENT
    assert desk.mail(m.BROKER, m.PlaceOrder) == [m.PlaceOrder(INTENT)]


def test_a_refused_commit_sends_nothing_and_tells_its_sender(desk: ActorDesk) -> None:
    """The whole is refused: what rode on it goes nowhere."""
    intended = OrderIntended(at=NOON, intent=INTENT)
    desk.tell(m.Commit("sender", (intended,), ((m.BROKER, m.PlaceOrder(INTENT)),)))

    assert desk.mail(m.BROKER, m.PlaceOrder) == []
    assert len(desk.mail("sender", m.CommitRefused)) == 1
    assert _ledger(desk).order(INTENT.ref) is None


def test_an_execution_is_booked_once_and_told_once(desk: ActorDesk) -> None:
    """A fill that comes twice changes nothing the second time."""
    _send_order(desk)
    desk.mail(INTENT.position_id, m.OrderChanged)
    desk.tell(p.Executed(_execution()), p.Executed(_execution()))

    assert len(_ledger(desk).executions(ON)) == 1
    assert [told.order.state for told in desk.mail(INTENT.position_id, m.OrderChanged)] == [OrderState.FILLED]
    assert len(_ledger(desk).journal(kind=ExecutionBooked.__name__)) == 1


def test_a_correction_fills_nothing(desk: ActorDesk) -> None:
    """It takes the place of what was booked: an order that works goes on, one that is filled stays so."""
    intended = OrderIntended(at=NOON, intent=replace(INTENT, quantity=2))
    desk.tell(m.Commit("sender", (PLANNED,)), m.Commit("sender", (intended,)))
    states = []
    for exec_id in ("0000e0d5.67fe667b.01.01", "0000e0d5.67fe667b.01.02", "0000e0d6.67fe667b.01.01"):
        desk.tell(p.Executed(_execution(exec_id)))
        order = _ledger(desk).order(INTENT.ref)
        assert order is not None
        states.append((order.state, order.filled))
    desk.tell(p.Executed(_execution("0000e0d6.67fe667b.01.02")))

    assert states == [(OrderState.WORKING, 1), (OrderState.WORKING, 1), (OrderState.FILLED, 2)]
    assert [each.exec_id[-2:] for each in _ledger(desk).executions(ON)] == ["02", "02"]
    assert desk.cell.error is None


def test_an_order_without_an_answer_becomes_unknown_and_the_books_are_compared(desk: ActorDesk) -> None:
    """It is never sent again: the broker is asked."""
    _send_order(desk)
    desk.pass_time(11)

    order = _ledger(desk).order(INTENT.ref)
    assert order is not None
    assert order.state is OrderState.UNKNOWN
    assert desk.mail(m.BROKER, m.Resync)
    assert len(desk.mail(m.BROKER, m.PlaceOrder)) == 1


@pytest.mark.parametrize(
    "stranger",
    [p.Executed(Execution(**{**_execution().__dict__, "order_ref": "LG-x"})), p.OrderAcknowledged("LG-x", "7", NOON)],
    ids=["execution", "status"],
)
def test_news_of_an_order_we_never_wrote_halts(desk: ActorDesk, stranger: object) -> None:
    """Somebody trades on this account, or we have lost a book."""
    desk.tell(stranger)

    assert desk.mail(m.ENGINE, m.Halt)[-1].reason is Reason.RECONCILIATION_BREAK


def test_a_strange_holding_stops_entries_at_once_and_halts_at_the_second_look(desk: ActorDesk) -> None:
    """Shares, say: doubt is an obstacle, and a doubt that stays is a halt."""
    snapshot = p.BrokerSnapshot(
        taken_at=NOON, orders=(), executions=(), settlements=(), positions=(), others=("1 STK MES",)
    )
    desk.tell(snapshot, m.RecallBook(ON, 1, "sender"))
    assert desk.mail(m.ENGINE, m.Halt) == []
    assert desk.mail(m.BROKER, m.BooksCompared)[-1].look_again
    assert Reason.RECONCILING in desk.mail("sender", m.BookRecalled)[-1].book.obstacles

    desk.tell(snapshot)

    halt = desk.mail(m.ENGINE, m.Halt)[-1]
    assert halt.reason is Reason.RECONCILIATION_BREAK
    assert "1 STK MES" in halt.detail
    assert not desk.mail(m.BROKER, m.BooksCompared)[-1].look_again


def test_an_order_at_the_broker_that_was_never_written_halts_at_the_first_look(desk: ActorDesk) -> None:
    """The journal has lost a row: before a second look our own orders might take the same references."""
    stranger = BrokerOrder(
        ref="LG-20250409-099-1-1",
        broker_id="7",
        contract=INTENT.contract,
        side=INTENT.side,
        quantity=1,
        filled=0,
        limit_price=None,
        state=OrderState.CANCELLED,
    )
    desk.tell(
        p.BrokerSnapshot(taken_at=NOON, orders=(stranger,), executions=(), settlements=(), positions=(), others=())
    )

    assert desk.mail(m.ENGINE, m.Halt)[-1].reason is Reason.RECONCILIATION_BREAK


def _expired_in_the_money(desk: ActorDesk, *others: str) -> p.BrokerSnapshot:
    """Buy a call, let it be exercised, and return what the broker then says it holds."""
    _send_order(desk)
    desk.tell(p.Executed(_execution()), p.Settled("S-1", INTENT.contract, Decimal(7), NOON))
    desk.mail(m.NOTIFIER, m.Alarm)
    return p.BrokerSnapshot(
        taken_at=NOON,
        orders=(),
        executions=(_execution(),),
        settlements=(p.Settled("S-1", INTENT.contract, Decimal(7), NOON),),
        positions=(),
        others=others,
    )


def test_a_future_out_of_an_expiry_halts_at_the_first_look(desk: ActorDesk) -> None:
    """Its loss has no limit: nobody waits for a second look, and the same finding is not another halt."""
    snapshot = _expired_in_the_money(desk, "1 FUT MESM5")
    desk.tell(snapshot, snapshot)

    halts = desk.mail(m.ENGINE, m.Halt)
    assert {(halt.reason, halt.detail) for halt in halts} == {
        (Reason.FUTURE_DELIVERED, "the broker holds 1 MESM5: sell or buy it back")
    }
    assert desk.mail(m.BROKER, m.FlattenFuture) == []


@pytest.mark.parametrize(
    ("others", "orders"),
    [
        (("1 FUT MESM5",), [("MESM5", 1)]),
        (("3 FUT MESM5",), [("MESM5", 1)]),
        (("-1 FUT MESM5",), []),
        (("1 STK MES",), []),
    ],
    ids=["delivered", "more than we brought", "short, where we brought long", "no future"],
)
def test_a_delivered_future_is_ended_once_where_the_settings_say_so(
    others: tuple[str, ...], orders: list[tuple[str, int]]
) -> None:
    """Only what our exercise explains, only once, and written down before it leaves, whoever is killed."""
    book = Ledger.in_memory()
    rules = replace(RULES, flatten_delivered=True)
    desk = ActorDesk(m.LEDGER, lambda: LedgerKeeper(lambda: book, rules), *NAMES)
    snapshot = _expired_in_the_money(desk, *others)
    desk.tell(snapshot, snapshot)

    sent = [told.order for told in desk.mail(m.BROKER, m.FlattenFuture)]
    assert [(order.symbol, order.quantity) for order in sent] == orders
    assert [row.record for row in book.journal(kind=FutureOrdered.__name__)] == sent


def test_books_that_go_on_agreeing_are_shown_and_not_written_again(desk: ActorDesk) -> None:
    """Once a minute would fill the journal with nothing, and ask for the risk book in vain."""
    snapshot = p.BrokerSnapshot(taken_at=NOON, orders=(), executions=(), settlements=(), positions=())
    desk.tell(snapshot)
    desk.mail(m.RISK, m.BookChanged)
    desk.pass_time(60)
    desk.tell(snapshot)

    assert len(_ledger(desk).journal(kind=Reconciled.__name__)) == 1
    assert desk.mail(m.RISK, m.BookChanged) == []
    assert len(desk.mail(m.BROKER, m.BooksCompared)) == 2
    view = desk.runtime.board[m.LEDGER]
    assert isinstance(view, LedgerView)
    assert view.reconciled == Reconciled(at=NOON + timedelta(seconds=60), repaired=(), breaks=())


def test_books_that_agree_again_are_written_down(desk: ActorDesk) -> None:
    """The end of a doubt is news."""
    odd = p.BrokerSnapshot(taken_at=NOON, orders=(), executions=(), settlements=(), positions=(), others=("1 X",))
    desk.tell(odd, replace(odd, others=()), m.RecallBook(ON, 1, "sender"))

    assert len(_ledger(desk).journal(kind=Reconciled.__name__)) == 2
    assert desk.mail("sender", m.BookRecalled)[-1].book.obstacles == ()


def test_an_end_that_came_before_its_last_fill_is_not_believed_yet(desk: ActorDesk) -> None:
    """What is sold next depends on what is held: the books are compared, and the end counts with all its fills."""
    _send_order(desk)
    desk.tell(p.OrderAcknowledged(INTENT.ref, "7", NOON), p.OrderCancelled(INTENT.ref, NOON, filled=1))

    order = _ledger(desk).order(INTENT.ref)
    assert order is not None
    assert order.state is OrderState.UNKNOWN
    assert desk.mail(m.BROKER, m.Resync)

    desk.tell(p.Executed(_execution()))
    order = _ledger(desk).order(INTENT.ref)
    assert order is not None
    assert order.state is OrderState.FILLED


@pytest.mark.parametrize("filled", [None, 0])
def test_an_end_with_all_its_fills_is_believed(desk: ActorDesk, filled: int | None) -> None:
    """As is one of a broker who tells no count."""
    _send_order(desk)
    desk.tell(p.OrderCancelled(INTENT.ref, NOON, filled=filled))

    order = _ledger(desk).order(INTENT.ref)
    assert order is not None
    assert order.state is OrderState.CANCELLED


def test_a_late_fill_of_a_position_that_is_over_gives_it_an_actor_again(desk: ActorDesk) -> None:
    """It is held all the same: somebody must sell it."""
    _send_order(desk)
    abandoned = PositionMoved(
        at=NOON, position_id=INTENT.position_id, trigger="abandon", before="planned", after="abandoned"
    )
    desk.tell(m.Commit("sender", (abandoned,)), p.Executed(_execution()))

    assert desk.mail(m.POSITIONS, m.OpenPosition) == [m.OpenPosition(INTENT.position_id)]


def test_a_question_stands_behind_what_was_written_before_it(desk: ActorDesk) -> None:
    """Whoever lost its memory gets an answer that knows of everything it had sent."""
    note = Noted(at=NOON, actor="sender", kind="test", text="first")
    desk.tell(m.Commit("sender", (PLANNED, note)), m.RecallOpenPositions("sender"))

    assert desk.mail("sender", m.OpenPositionsRecalled) == [m.OpenPositionsRecalled((INTENT.position_id,))]
    assert [row.record for row in _ledger(desk).journal(kind=Noted.__name__)] == [note]
    assert _ledger(desk).journal(kind=OrderMoved.__name__) == ()
