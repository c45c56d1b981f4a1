"""What a commit writes, leaves out and refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from lottogrid.errors import BadInput, NeedsOperator
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.records import CommissionBooked, DayOpened, DecisionTaken, Noted, OrderIntended, Record
from lottogrid.orders import ExecutionKind, OrderState, OrderType
from lottogrid.positions import PositionState
from lottogrid.references import sale_past_the_bot
from lottogrid.strategies.base import Decision
from tests.ledger.builders import (
    BUY,
    CALL,
    DAY,
    NOON,
    PUT,
    SECOND,
    SELL,
    after,
    booked,
    intended,
    ledger_with,
    leg_moved,
    moved,
    planned,
    position_moved,
    settled,
)

pytestmark = pytest.mark.usefixtures("engine")

BOUGHT = (planned(), intended(), booked(intended(), "E-1", 3))
COMMISSION = CommissionBooked(at=NOON, exec_id="E-1", commission=Decimal("0.62"))


def test_the_journal_holds_every_record_in_order() -> None:
    """What was committed can be read back as it was, numbered from 1."""
    ledger = ledger_with(*BOUGHT)

    assert tuple(row.record for row in ledger.journal()) == BOUGHT
    assert [row.seq for row in ledger.journal()] == [1, 2, 3]
    assert ledger.last_sequence() == 3


def test_an_execution_is_booked_once_and_for_ever() -> None:
    """A fill that comes twice, in one commit or in two, counts once."""
    ledger = ledger_with(*BOUGHT)

    again = ledger.commit([BOUGHT[2], BOUGHT[2]])

    assert again == ()
    assert ledger.holdings() == {CALL: 3}
    assert ledger.last_sequence() == 3


def test_a_duplicate_within_one_commit_is_left_out_and_the_rest_is_written() -> None:
    """The applied records are returned in their order."""
    ledger = Ledger.in_memory()
    note = Noted(at=NOON, actor="a", kind="k", text="t")

    assert ledger.commit([*BOUGHT, BOUGHT[2], note]) == (*BOUGHT, note)


def test_a_commission_is_booked_once_for_each_amount() -> None:
    """The same amount again is no news, in whatever digits; another amount is."""
    ledger = ledger_with(*BOUGHT)

    assert ledger.commit([COMMISSION]) == (COMMISSION,)
    assert ledger.commit([COMMISSION, replace(COMMISSION, commission=Decimal("0.620"))]) == ()
    assert ledger.commit([replace(COMMISSION, commission=Decimal("0.63"))]) != ()
    assert ledger.executions(DAY)[0].commission == Decimal("0.63")


def test_a_baseline_is_set_once() -> None:
    """A restart in the middle of the day does not move the day's beginning."""
    ledger = ledger_with(DayOpened(at=NOON, trading_date=DAY, baseline_usd=Decimal(5000)))

    assert ledger.commit([DayOpened(at=after(60), trading_date=DAY, baseline_usd=Decimal(4000))]) == ()
    assert ledger.baseline(DAY) == Decimal(5000)
    assert ledger.baseline(date(2025, 4, 10)) is None


def test_a_correction_replaces_what_it_corrects() -> None:
    """Same stem, higher number: the holding follows the correction, and the earlier number is no news any more."""
    order = intended()
    first = booked(order, "0000e0d5.67fe667b.01.01", 2, "0.45")
    second = booked(order, "0000e0d5.67fe667b.01.02", 1, "0.40")
    ledger = ledger_with(planned(), order, first)

    assert ledger.commit([second]) == (second,)
    assert ledger.commit([first, second]) == ()
    assert ledger.holdings() == {CALL: 1}
    assert [e.price for e in ledger.executions(DAY)] == [Decimal("0.40")]
    assert ledger.commit([CommissionBooked(at=NOON, exec_id=first.execution.exec_id, commission=Decimal(1))]) == ()


def test_ids_of_another_shape_are_no_corrections() -> None:
    """Only the broker's own form of id carries a correction number."""
    order = intended()
    ledger = ledger_with(planned(), order, booked(order, "fill.1"), booked(order, "fill.2"))

    assert ledger.holdings() == {CALL: 2}


_POISON: dict[str, Record] = {
    "execution of nothing": booked(intended(), "E-2", 0),
    "execution of a negative quantity": booked(intended(), "E-2", -1),
    "execution at NaN": booked(intended(), "E-2", 1, "NaN"),
    "execution at a negative price": booked(intended(), "E-2", 1, "-0.05"),
    "execution without an id": booked(intended(), ""),
    "execution of an unknown order": booked(intended(attempt=9), "E-2"),
    "execution booked to another leg": replace(booked(intended(), "E-2"), leg=2),
    "execution booked to another position": replace(booked(intended(), "E-2"), position_id=SECOND),
    "execution of another contract": booked(intended(option=PUT), "E-2"),
    "settlement of an unknown leg": settled("S-1", 1, position_id=SECOND),
    "settlement under an order": replace(
        booked(intended(), "E-2"), execution=replace(booked(intended(), "E-2").execution, kind=ExecutionKind.EXPIRY)
    ),
    "commission of an unknown execution": replace(COMMISSION, exec_id="E-9"),
    "commission of NaN": replace(COMMISSION, commission=Decimal("NaN")),
    "order of nothing": intended(quantity=0, attempt=2),
    "order of an unknown position": intended(position_id=SECOND),
    "order of another contract": intended(option=PUT, attempt=2),
    "limit order at 0": intended(price="0", attempt=2),
    "market order with a price": replace(
        intended(attempt=2), intent=replace(intended(attempt=2).intent, order_type=OrderType.MARKET)
    ),
    "move of an unknown order": moved(intended(attempt=9), OrderState.INTENDED, OrderState.SENT),
    "move from a state the order is not in": moved(intended(), OrderState.SENT, OrderState.WORKING),
    "move to no state": replace(moved(intended(), OrderState.INTENDED, OrderState.SENT), after="nowhere"),
    "move of an unknown position": position_moved(PositionState.OPEN, PositionState.PLANNED, SECOND),
    "move from a state the position is not in": position_moved(PositionState.CLOSED, PositionState.OPEN),
    "move of an unknown leg": leg_moved("planned", "entering", leg=9),
    "move from a state the leg is not in": leg_moved("held", "closed"),
    "position planned twice": planned(),
    "position without legs": planned(SECOND, contracts=()),
    "position of no quantity": planned(SECOND, quantity=0),
    "position in an unknown product": planned(SECOND, contracts=(replace(CALL, symbol="XYZ"),)),
}


@pytest.mark.parametrize("poison", _POISON.values(), ids=_POISON)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_poison_record_is_refused_and_nothing_is_written(poison: Record, place: int) -> None:
    """Wherever it stands in the commit, its neighbours are not written either."""
    ledger = ledger_with(*BOUGHT)
    before = _picture(ledger)
    batch: list[Record] = [Noted(at=NOON, actor="a", kind="k", text="t"), booked(intended(), "E-8")]
    batch.insert(place, poison)

    with pytest.raises(BadInput, match="expected"):
        ledger.commit(batch)

    assert _picture(ledger) == before
    assert ledger.commit([booked(intended(), "E-8")]) != ()


def test_a_sale_of_more_than_is_held_is_refused() -> None:
    """Nothing held and two held: neither sells three."""
    ledger = ledger_with(planned(), intended())
    for held in (0, 2):
        if held:
            ledger.commit([booked(intended(), "E-1", held)])
        with pytest.raises(NeedsOperator, match=f"WOULD_GO_SHORT.*{held} are held"):
            ledger.commit([intended(SELL, 3, attempt=2)])

    assert ledger.commit([intended(SELL, 2, attempt=2)]) != ()


@pytest.mark.parametrize("state", [OrderState.SENT, OrderState.UNKNOWN, OrderState.WORKING, OrderState.CANCELLING])
def test_sales_that_may_still_trade_count(state: OrderState) -> None:
    """An order of unknown outcome can still fill, so it keeps its contracts."""
    first = intended(SELL, 2, attempt=2)
    ledger = ledger_with(*BOUGHT, first, moved(first, OrderState.INTENDED, state))

    with pytest.raises(NeedsOperator, match="WOULD_GO_SHORT"):
        ledger.commit([intended(SELL, 2, attempt=3)])
    assert ledger.commit([intended(SELL, 1, attempt=3)]) != ()


def test_a_sale_past_the_bot_is_taken_in_beside_what_the_bot_has_on_sale() -> None:
    """It is at the broker already: all that is held and no more; the bot itself sells nothing beside it."""
    first = intended(SELL, 3, attempt=2)
    ledger = ledger_with(*BOUGHT, first)

    def past(quantity: int, number: int) -> OrderIntended:
        ref = sale_past_the_bot(first.intent.position_id, first.intent.leg, number)
        order = intended(SELL, quantity, attempt=3)
        return replace(order, intent=replace(order.intent, ref=ref))

    with pytest.raises(NeedsOperator, match="WOULD_GO_SHORT"):
        ledger.commit([past(4, 1)])
    assert ledger.commit([past(3, 2)]) != ()
    with pytest.raises(NeedsOperator, match="WOULD_GO_SHORT"):
        ledger.commit([intended(SELL, 1, attempt=4)])


def test_a_sale_that_is_over_frees_what_it_did_not_sell() -> None:
    """One of three sold, the order cancelled: two may be sold, three may not."""
    first = intended(SELL, 3, attempt=2)
    ledger = ledger_with(
        *BOUGHT, first, booked(first, "E-2", 1), moved(first, OrderState.INTENDED, OrderState.CANCELLED)
    )

    with pytest.raises(NeedsOperator, match="WOULD_GO_SHORT"):
        ledger.commit([intended(SELL, 3, attempt=3)])
    assert ledger.commit([intended(SELL, 2, attempt=3)]) != ()


def test_what_a_live_sale_has_sold_is_not_counted_twice() -> None:
    """Three held, two on sale, one of them sold: of the two still held one is on sale and one is free."""
    first = intended(SELL, 2, attempt=2)
    ledger = ledger_with(*BOUGHT, first, booked(first, "E-2", 1))

    with pytest.raises(NeedsOperator, match="1 are on sale already and 2 are held"):
        ledger.commit([intended(SELL, 2, attempt=3)])
    assert ledger.commit([intended(SELL, 1, attempt=3)]) != ()


def test_two_sales_in_one_commit_are_seen_together() -> None:
    """The guard looks at the book as it is inside the transaction, and refuses both."""
    ledger = ledger_with(*BOUGHT)

    with pytest.raises(NeedsOperator, match="WOULD_GO_SHORT"):
        ledger.commit([intended(SELL, 2, attempt=2), intended(SELL, 2, attempt=3)])
    assert ledger.order(intended(attempt=2).intent.ref) is None


def test_another_leg_lends_nothing() -> None:
    """What the call leg holds cannot be sold by the put leg, nor by another strangle."""
    ledger = ledger_with(*BOUGHT, planned(SECOND))

    for order in (intended(SELL, 1, leg=2), intended(SELL, 1, position_id=SECOND)):
        with pytest.raises(NeedsOperator, match="WOULD_GO_SHORT"):
            ledger.commit([order])


def test_a_ref_is_intended_once() -> None:
    """An order with a ref that exists is refused, so that nothing is sent twice."""
    ledger = ledger_with(planned(), intended())

    with pytest.raises(NeedsOperator, match="intended before"):
        ledger.commit([intended(quantity=1)])
    with pytest.raises(NeedsOperator, match="intended before"):
        ledger.commit([intended(BUY, 3, attempt=2), intended(BUY, 3, attempt=2)])


def test_the_journal_cannot_be_changed() -> None:
    """Not even by a statement that goes round the ledger."""
    ledger = ledger_with(*BOUGHT)

    for statement in ("UPDATE journal SET payload = ''", "DELETE FROM journal"):
        with pytest.raises(Exception, match="append-only"):
            ledger._sql(statement)
    assert len(ledger.journal()) == len(BOUGHT)


def test_a_decision_points_at_its_own_line_of_the_journal() -> None:
    """Also where a record before it was left out."""
    ledger = ledger_with(*BOUGHT)
    decisions = [Decision(at=after(i), strategy=f"s{i}", underlying=None, verdicts=()) for i in range(3)]
    records: list[Record] = [DecisionTaken(at=d.at, decision=d) for d in decisions]

    ledger.commit([BOUGHT[2], records[0], BOUGHT[2], *records[1:]])

    assert ledger.decisions() == tuple(reversed(decisions))
    assert ledger.decisions(DAY, limit=1) == (decisions[2],)
    assert ledger.decisions(date(2025, 4, 8)) == ()


def _picture(ledger: Ledger) -> Any:
    return (
        ledger.journal(),
        ledger.positions(),
        ledger.live_orders(),
        ledger.holdings(),
        ledger.realised_usd(),
        ledger.cash_usd(Decimal(0)),
    )
