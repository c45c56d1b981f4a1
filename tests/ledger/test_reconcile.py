"""Two views in, differences and remedies out."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from lottogrid.brokers.port import BrokerSnapshot, Settled
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.reconcile import Comparison, compare, settle
from lottogrid.ledger.records import OrderIntended
from lottogrid.orders import BrokerOrder, BrokerPosition, Execution, ExecutionKind, OrderState
from machines.order import ORDER
from tests.ledger.builders import (
    CALL,
    DAY,
    FIRST,
    NOON,
    PUT,
    SECOND,
    SELL,
    after,
    booked,
    contract,
    intended,
    ledger_with,
    moved,
    planned,
    settled,
)

GRACE = timedelta(seconds=30)
ENTRY = intended()
I, S, U, W, C = OrderState.INTENDED, OrderState.SENT, OrderState.UNKNOWN, OrderState.WORKING, OrderState.CANCELLING  # noqa: E741
FILLED, GONE, REFUSED = OrderState.FILLED, OrderState.CANCELLED, OrderState.REJECTED
ENDED, ABSENT = OrderState.EXPIRED, OrderState.ABSENT


def reported(order: OrderIntended, state: OrderState, filled: int = 0) -> BrokerOrder:
    intent = order.intent
    return BrokerOrder(
        ref=intent.ref,
        broker_id="77",
        contract=intent.contract,
        side=intent.side,
        quantity=intent.quantity,
        filled=filled,
        limit_price=intent.limit_price,
        state=state,
        reason="said so",
    )


def snapshot(
    *orders: BrokerOrder,
    executions: tuple[Execution, ...] = (),
    settlements: tuple[Settled, ...] = (),
    positions: dict | None = None,
) -> BrokerSnapshot:
    held: Counter = Counter()
    for execution in executions:
        held[execution.contract] += -execution.quantity if execution.side is SELL else execution.quantity
    held = Counter(held if positions is None else positions)
    return BrokerSnapshot(
        taken_at=after(60),
        orders=orders,
        executions=executions,
        settlements=settlements,
        positions=tuple(BrokerPosition(contract=c, quantity=q) for c, q in held.items() if q),
    )


def compared(ledger: Ledger, theirs: BrokerSnapshot) -> Comparison:
    return compare(ledger.book(DAY), theirs, now=after(61), grace=GRACE)


def standing(state: OrderState, at: datetime = NOON) -> Ledger:
    """A ledger whose entry order stands in `state` since `at`."""
    ledger = ledger_with(planned(), replace(ENTRY, at=at))
    if state is not I:
        ledger.commit([moved(ENTRY, I, state, at)])
    return ledger


@pytest.mark.parametrize(
    ("ours", "theirs", "triggers"),
    [
        (I, W, ["send", "acknowledge"]),
        (I, S, ["send"]),
        (I, REFUSED, ["send", "reject"]),
        (I, GONE, ["send", "cancel_confirmed"]),
        (S, W, ["acknowledge"]),
        (U, W, ["acknowledge"]),
        (S, GONE, ["cancel_confirmed"]),
        (U, REFUSED, ["reject"]),
        (W, ENDED, ["expire"]),
        (W, C, ["cancel_sent"]),
        (C, GONE, ["cancel_confirmed"]),
        (C, W, ["time_out", "acknowledge"]),
        (U, None, ["prove_absent"]),
        (I, None, ["prove_absent"]),
        (W, None, ["prove_absent"]),
        (W, W, []),
        (W, S, []),
        (C, C, []),
        (GONE, REFUSED, []),
        (ABSENT, None, []),
    ],
)
def test_an_order_is_told_what_brings_it_where_the_broker_says(
    ours: OrderState, theirs: OrderState | None, triggers: list[str]
) -> None:
    """Each pair of states has its triggers, in the order of their firing."""
    found = compared(standing(ours), snapshot(*([reported(ENTRY, theirs)] if theirs else [])))

    assert [move.trigger for move in found.order_moves] == triggers
    assert (found.breaks, found.undecided) == ((), ())
    assert len(found.differences) == bool(triggers)
    assert {move.broker_id for move in found.order_moves} <= {"77" if theirs else ""}


@pytest.mark.parametrize(
    ("ours", "theirs"), [(S, None), (I, None), (U, S), (C, W), (GONE, W), (U, FILLED), (W, FILLED)]
)
def test_what_may_be_under_way_is_undecided(ours: OrderState, theirs: OrderState | None) -> None:
    """Younger than the grace, or without the execution that explains it: ask again, do nothing."""
    found = compared(standing(ours, at=after(45)), snapshot(*([reported(ENTRY, theirs)] if theirs else [])))

    assert found.undecided == (ENTRY.intent.ref,)
    assert (found.order_moves, found.breaks) == ((), ())


@pytest.mark.parametrize("filled", [0, 1, 3])
@pytest.mark.parametrize("theirs", [None, *OrderState])
@pytest.mark.parametrize("ours", OrderState)
def test_every_remedy_is_allowed_by_the_orders_machine(
    ours: OrderState, theirs: OrderState | None, filled: int
) -> None:
    """Whatever both sides say, the machine takes every trigger, and a second comparison asks for nothing more."""
    executions = (booked(ENTRY, "E-1", filled).execution,) if filled else ()
    view = snapshot(*([reported(ENTRY, theirs, filled)] if theirs else []), executions=executions)
    ledger = standing(ours)
    found = compared(ledger, view)
    ledger.commit(found.bookings)
    life = ORDER.life(ours)

    for move in found.order_moves:
        moment = life.fire(move.trigger)
        ledger.commit([moved(ENTRY, moment.before, moment.after)])

    again = compared(ledger, view)
    assert (again.order_moves, again.bookings) == ((), ())
    assert (len(again.breaks), again.undecided) == (len(found.breaks), found.undecided)


def test_asking_again_does_not_make_an_order_young() -> None:
    """An unknown order whose timeout repeats still comes of age."""
    ledger = standing(U)
    ledger.commit([moved(ENTRY, U, U, after(59))])
    order = ledger.order(ENTRY.intent.ref)

    assert order is not None
    assert order.changed_at == NOON
    assert [move.trigger for move in compared(ledger, snapshot()).order_moves] == ["prove_absent"]


def test_absence_is_proven_only_after_the_grace() -> None:
    """To the microsecond: changed at exactly the grace before the snapshot is not yet old."""
    at_edge, past_edge = (standing(U, after(30) - timedelta(microseconds=more)) for more in (0, 1))

    assert compared(at_edge, snapshot()).undecided == (ENTRY.intent.ref,)
    assert [move.trigger for move in compared(past_edge, snapshot()).order_moves] == ["prove_absent"]


def test_a_clock_put_forward_proves_no_absence() -> None:
    """By the clock the order is old; by the time that passed it is not: the snapshot may not know it yet."""
    ledger, ref = standing(U), ENTRY.intent.ref
    found = compare(ledger.book(DAY), snapshot(), now=after(61), grace=GRACE, in_flight=frozenset({ref}))

    assert found.undecided == (ref,)
    assert found.order_moves == ()


def test_a_filled_status_without_its_execution_moves_nothing() -> None:
    """State comes from executions: a status alone closes no order."""
    found = compared(standing(W), snapshot(reported(ENTRY, GONE, filled=1)))

    assert found.undecided == (ENTRY.intent.ref,)
    assert found.order_moves == ()


def test_an_execution_we_lack_is_booked_to_the_leg_of_its_order() -> None:
    """By the order's ref, and the order is filled when all of it is there."""
    one, two = booked(ENTRY, "E-1", 1), booked(ENTRY, "E-2", 2, "0.40")
    ledger = standing(W)
    ledger.commit([one])

    found = compared(ledger, snapshot(reported(ENTRY, FILLED, 3), executions=(one.execution, two.execution)))

    assert found.bookings == (replace(two, at=after(61)),)
    assert [move.trigger for move in found.order_moves] == ["fill"]
    assert found.breaks == ()


def test_executions_outrank_a_final_status() -> None:
    """A fill after the cancel fills the order."""
    ledger = standing(GONE)
    fill = booked(ENTRY, "E-1", 3)

    found = compared(ledger, snapshot(reported(ENTRY, FILLED, 3), executions=(fill.execution,)))

    assert len(found.bookings) == 1
    assert [move.trigger for move in found.order_moves] == ["fill"]


def test_a_commission_we_lack_is_booked() -> None:
    """And one that is known is not booked again."""
    fill = booked(ENTRY, "E-1", 3)
    ledger = standing(FILLED)
    ledger.commit([fill])
    theirs = snapshot(reported(ENTRY, FILLED, 3), executions=(replace(fill.execution, commission=Decimal("1.86")),))

    found = compared(ledger, theirs)
    ledger.commit(found.commissions)

    assert [record.commission for record in found.commissions] == [Decimal("1.86")]
    assert compared(ledger, theirs).commissions == ()


def test_a_correction_is_booked_in_place_of_what_it_corrects() -> None:
    """Holdings are compared after the correction; the earlier number is not missed."""
    old, new = booked(ENTRY, "0000e0d5.67fe667b.01.01", 3), booked(ENTRY, "0000e0d5.67fe667b.01.02", 2)
    ledger = standing(W)
    ledger.commit([old])
    for executions in ((new.execution,), (old.execution, new.execution)):
        found = compared(ledger, snapshot(reported(ENTRY, W, 2), executions=executions, positions={CALL: 2}))

        assert [booking.execution for booking in found.bookings] == [new.execution]
        assert found.breaks == ()
    ledger.commit(found.bookings)
    assert (
        compared(ledger, snapshot(reported(ENTRY, W, 2), executions=(old.execution,), positions={CALL: 2})).bookings
        == ()
    )


@pytest.mark.parametrize(("price", "kind"), [("0", ExecutionKind.EXPIRY), ("7.25", ExecutionKind.EXERCISE)])
def test_a_settlement_is_split_over_the_legs_that_hold_its_contract(price: str, kind: ExecutionKind) -> None:
    """Each holder by its own id; a leg that holds nothing gets nothing."""
    second = intended(position_id=SECOND)
    fills = (booked(ENTRY, "E-1", 2), booked(second, "E-2", 1))
    ledger = ledger_with(planned(), planned(SECOND), planned("LG-20250409-003"), ENTRY, second, *fills)
    ledger.commit([moved(ENTRY, I, FILLED), moved(second, I, FILLED)])
    settlement = Settled("S-1", CALL, Decimal(price), after(50))
    orders = (reported(ENTRY, GONE, 2), reported(second, GONE, 1))
    theirs = snapshot(*orders, executions=tuple(f.execution for f in fills), settlements=(settlement,), positions={})

    found = compared(ledger, theirs)

    assert [(b.execution.exec_id, b.execution.quantity) for b in found.bookings] == [
        (f"S-1/{FIRST}/1", 2),
        (f"S-1/{SECOND}/1", 1),
    ]
    assert {(b.execution.kind, b.execution.price, b.execution.at) for b in found.bookings} == {
        (kind, Decimal(price), after(50))
    }
    assert found.breaks == ()
    assert found.bookings == settle(settlement, ledger.positions(), now=after(61))
    ledger.commit(found.bookings)
    assert compared(ledger, theirs).differences == ()
    assert settle(settlement, ledger.positions(), now=after(62)) == ()


def test_a_purchase_booked_after_the_settlement_settles_too() -> None:
    """The rest is settled under an id of its own, once."""
    first, late = booked(ENTRY, "E-1", 1), booked(ENTRY, "E-2", 2)
    ledger = ledger_with(planned(), ENTRY, first, settled(f"S-1/{FIRST}/1", 1), moved(ENTRY, I, W))
    theirs = snapshot(
        reported(ENTRY, FILLED, 3),
        executions=(first.execution, late.execution),
        settlements=(Settled("S-1", CALL, Decimal(0), NOON),),
        positions={},
    )

    found = compared(ledger, theirs)
    ledger.commit([*found.bookings, moved(ENTRY, W, FILLED)])

    assert [b.execution.exec_id for b in found.bookings] == ["E-2", f"S-1/{FIRST}/1+1"]
    assert found.breaks == ()
    assert compared(ledger, theirs).differences == ()


STRANGER = intended(position_id="LG-20250409-099")


def test_an_order_that_was_never_written_is_named() -> None:
    """Our own are written before they are sent, so that nothing under way can explain it."""
    assert compared(standing(W), snapshot(reported(STRANGER, W))).never_written == (STRANGER.intent.ref,)


FILL = booked(ENTRY, "E-1", 3)


@pytest.mark.parametrize(
    ("theirs", "subject"),
    [
        (snapshot(positions={CALL: 1}), "holding of MES-20250409-C-5200"),
        (snapshot(positions={contract(strike=9000): -2}), "holding of MES-20250409-C-9000"),
        (snapshot(reported(STRANGER, W)), "order 'LG-20250409-099-1-1'"),
        (snapshot(executions=(booked(STRANGER, "E-7").execution,), positions={}), "execution E-7"),
        (snapshot(executions=(replace(FILL.execution, order_ref=""),), positions={}), "execution E-1"),
        (snapshot(executions=(replace(FILL.execution, contract=PUT),), positions={}), "execution E-1"),
        (snapshot(executions=(replace(FILL.execution, side=SELL),), positions={}), "execution E-1"),
        (snapshot(replace(reported(ENTRY, W), quantity=4)), "order LG-20250409-001-1-1"),
    ],
)
def test_what_nothing_explains_is_a_break(theirs: BrokerSnapshot, subject: str) -> None:
    """Nothing is invented to make the books agree."""
    found = compared(standing(W, at=after(59)), theirs)

    assert [text.split(":")[0] for text in found.breaks] == [subject]
    assert found.bookings == ()
    assert [d.subject for d in found.differences if d.remedy == "a person must look"] == [subject]


@pytest.mark.parametrize(
    "change", [{"quantity": 2}, {"price": Decimal("0.40")}, {"side": SELL}, {"contract": PUT}, {"order_ref": "x"}]
)
def test_an_execution_that_differs_from_the_booked_one_is_a_break(change: dict) -> None:
    """One id, two contents: a person must look."""
    ledger = standing(FILLED)
    ledger.commit([FILL])
    theirs = snapshot(reported(ENTRY, FILLED, 3), executions=(replace(FILL.execution, **change),), positions={CALL: 3})

    found = compared(ledger, theirs)

    assert len(found.breaks) == 1
    assert "execution E-1" in found.breaks[0]


def test_a_holding_that_only_we_know_of_is_a_break() -> None:
    """The broker holds nothing and our executions say three."""
    ledger = standing(FILLED)
    ledger.commit([FILL])

    assert "ours 3 | broker's 0" in compared(ledger, snapshot(reported(ENTRY, FILLED, 3))).breaks[0]


def test_an_order_that_we_think_over_and_the_broker_works_is_a_break() -> None:
    """No trigger leads back from the dead."""
    assert len(compared(standing(ABSENT), snapshot(reported(ENTRY, W))).breaks) == 1


def test_what_happened_after_the_snapshot_is_no_difference() -> None:
    """A fill that came between the broker's answer and its reading."""
    ledger = standing(W)
    ledger.commit([booked(ENTRY, "E-1", 1, at=after(60.5))])

    assert compared(ledger, snapshot(reported(ENTRY, W))).differences == ()


def test_a_difference_reads_as_a_sentence() -> None:
    """Ours, the broker's, the remedy."""
    (difference,) = compared(standing(U), snapshot(reported(ENTRY, W))).differences

    assert str(difference) == (
        "order LG-20250409-001-1-1: ours unknown, 0 of BUY 3 MES-20250409-C-5200 filled | "
        "broker's working, 0 of BUY 3 MES-20250409-C-5200 filled | acknowledge"
    )
