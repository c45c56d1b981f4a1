"""What the ledger answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from lottogrid.errors import BadInput
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.place import Place
from lottogrid.ledger.queries import EngineRow, Queries
from lottogrid.ledger.records import (
    CommissionBooked,
    DayOpened,
    EngineMoved,
    EquityMarked,
    HaltCleared,
    HaltSet,
    Record,
    RunStarted,
)
from lottogrid.orders import OrderState
from lottogrid.positions import LegState, PositionState
from lottogrid.risk.reasons import Reason
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
    leg_moved,
    moved,
    planned,
    position_moved,
    settled,
)

pytestmark = pytest.mark.usefixtures("engine")

NEXT_DAY = date(2025, 4, 10)


def test_a_position_carries_its_legs_orders_and_executions() -> None:
    """The value equals what was planned, intended, moved and booked."""
    entry, target = intended(), intended(SELL, 3, attempt=2, price="1.80")
    fills = [booked(entry, "E-2", 1, at=after(2)), booked(entry, "E-1", 2, at=after(1))]
    ledger = ledger_with(
        planned(),
        entry,
        moved(entry, OrderState.INTENDED, OrderState.SENT, broker_id="77"),
        *fills,
        moved(entry, OrderState.SENT, OrderState.FILLED, at=after(3), reason="done"),
        leg_moved("planned", "entering"),
        target,
        settled("S/1", 1, at=after(9)),
    )

    position = ledger.position(FIRST)
    call, put = position.legs

    assert (position.state, position.level, position.trading_date) == (PositionState.PLANNED, Decimal("1.25"), DAY)
    assert (position.reserved_usd, position.target_multiple) == (Decimal("20.94"), 4)
    assert (call.plan, put.plan) == planned().proposal.legs
    assert (call.state, put.state) == (LegState.ENTERING, LegState.PLANNED)
    assert [order.intent for order in call.orders] == [entry.intent, target.intent]
    assert call.orders[0].executions == (fills[1].execution, fills[0].execution)
    assert call.orders[0].state is OrderState.FILLED
    assert (call.orders[0].broker_id, call.orders[0].reason) == ("77", "done")
    assert call.orders[0].changed_at == after(3)
    assert (call.held, call.settlements[0].price, put.executions) == (2, 0, ())


def test_a_reader_sees_each_commit_at_once() -> None:
    """What was asked before is not remembered beyond the commit that changes it."""
    entry = intended()
    steps: list[Record] = [
        entry,
        moved(entry, OrderState.INTENDED, OrderState.SENT),
        booked(entry, "E-1", 3),
        CommissionBooked(at=NOON, exec_id="E-1", commission=Decimal("1.86")),
        leg_moved("planned", "entering"),
        position_moved(PositionState.ENTRY_SENT, PositionState.PLANNED),
    ]
    ledger = ledger_with(planned())
    forgetful = Queries(ledger._database, is_only_writer=False)
    for step in steps:
        before = _answers(ledger)
        ledger.commit([step])

        assert _answers(ledger) == _answers(forgetful) != before

    assert ledger.realised_usd(DAY) == Decimal("-1.86")


def test_unknown_references() -> None:
    """An unknown position is refused; an unknown order is None."""
    ledger = Ledger.in_memory()

    with pytest.raises(BadInput, match="LG-1"):
        ledger.position("LG-1")
    assert ledger.order("LG-1-1-1") is None
    assert ledger.engine() is None
    assert (ledger.last_sequence(), ledger.commissions_unknown(), ledger.halts()) == (0, 0, ())
    assert ledger.last_entry_at(DAY) is None
    assert (ledger.realised_usd(DAY), ledger.cash_usd(Decimal(5000))) == (0, 5000)


def test_open_positions_are_those_not_over() -> None:
    """Closed and abandoned ones are asked for by their day."""
    ledger = ledger_with(planned(), planned(SECOND), planned("LG-20250410-001", day=NEXT_DAY))
    ledger.commit([position_moved(PositionState.ABANDONED, PositionState.PLANNED)])

    assert [p.position_id for p in ledger.open_positions()] == [SECOND, "LG-20250410-001"]
    assert [p.position_id for p in ledger.positions(DAY)] == [FIRST, SECOND]
    assert len(ledger.positions()) == 3
    assert [p.position_id for p in ledger.book(DAY).positions] == [FIRST, SECOND, "LG-20250410-001"]
    assert [p.position_id for p in ledger.book(NEXT_DAY).positions] == [SECOND, "LG-20250410-001"]


def test_live_orders_are_those_that_may_still_trade() -> None:
    """An unknown order is live; a cancelled one is not."""
    first, second = intended(), intended(leg=2)
    ledger = ledger_with(planned(), first, second)
    ledger.commit([moved(first, OrderState.INTENDED, OrderState.UNKNOWN)])
    ledger.commit([moved(second, OrderState.INTENDED, OrderState.CANCELLED)])

    assert [order.intent for order in ledger.live_orders()] == [first.intent]


def test_position_ids_count_up_by_day() -> None:
    """Also past ids of another form, and each day from 1."""
    ledger = ledger_with(planned(), planned("LG-20250409-007"), planned("by-hand"))

    assert ledger.next_position_id(DAY) == "LG-20250409-008"
    assert ledger.next_position_id(NEXT_DAY) == "LG-20250410-001"


def test_entries_are_positions_that_were_not_abandoned() -> None:
    """What never bought anything does not use up the day's count."""
    ledger = ledger_with(planned(), planned(SECOND, at=after(1800)))

    assert (ledger.entries(DAY), ledger.last_entry_at(DAY)) == (2, after(1800))
    ledger.commit([position_moved(PositionState.ABANDONED, PositionState.PLANNED, SECOND)])
    assert (ledger.entries(DAY), ledger.last_entry_at(DAY)) == (1, NOON)
    assert ledger.entries(NEXT_DAY) == 0


def test_holdings_net_the_same_contract_over_positions() -> None:
    """Two strangles of one strike are one holding at the broker."""
    first, second, put = intended(), intended(position_id=SECOND), intended(leg=2)
    ledger = ledger_with(planned(), planned(SECOND), first, second, put)
    ledger.commit([booked(first, "E-1", 2), booked(second, "E-2", 1), booked(put, "E-3", 1)])

    assert ledger.holdings() == {CALL: 3, PUT: 1}
    ledger.commit([settled("S/1", 1, leg=2)])
    assert ledger.holdings() == {CALL: 3}


def test_contracts_are_held_by_value() -> None:
    """A strike of 5200.0 is the strike 5200."""
    option = replace(contract(), strike=Decimal("5200.0"))
    ledger = ledger_with(planned(contracts=(option,)))

    assert ledger.position(FIRST).legs[0].plan.contract == CALL


def test_the_engine_is_where_it_moved_last() -> None:
    """With the reason and the instant of the move."""
    ledger = ledger_with(
        EngineMoved(at=NOON, trigger="start", before="stopped", after="starting"),
        EngineMoved(at=after(1), trigger="halt", before="starting", after="halted", reason=Reason.OPERATOR),
    )

    assert ledger.engine() == EngineRow("halted", Reason.OPERATOR, after(1))


def test_halts_stand_until_cleared() -> None:
    """Clearing a reason ends every halt of it and no other."""
    loss = HaltSet(at=NOON, reason=Reason.LOSS_LIMIT, detail="750 dollars", trading_date=DAY)
    hand = HaltSet(at=after(1), reason=Reason.OPERATOR, detail="")
    ledger = ledger_with(loss, hand, hand)

    assert ledger.halts() == (loss, hand, hand)
    ledger.commit([HaltCleared(at=after(2), reason=Reason.OPERATOR, by="me")])
    assert ledger.halts() == (loss,)


def test_a_halt_of_a_day_ends_when_a_later_day_opens() -> None:
    """A halt without a day does not end by itself."""
    loss = HaltSet(at=NOON, reason=Reason.LOSS_LIMIT, detail="", trading_date=DAY)
    broken = HaltSet(at=NOON, reason=Reason.RECONCILIATION_BREAK, detail="")
    ledger = ledger_with(loss, broken, DayOpened(at=after(1), trading_date=DAY, baseline_usd=Decimal(1)))

    assert ledger.halts() == (loss, broken)
    ledger.commit([DayOpened(at=after(80_000), trading_date=NEXT_DAY, baseline_usd=Decimal(1))])
    assert ledger.halts() == (broken,)


def test_equity_is_asked_for_by_the_new_york_day() -> None:
    """Late in the evening in UTC is still the same day in New York."""
    marks = [
        EquityMarked(at=at, realised_usd=Decimal("0.1"), open_value_usd=Decimal(2), equity_usd=Decimal("5000.10"))
        for at in (NOON, after(11 * 3600), after(13 * 3600))
    ]
    ledger = ledger_with(*marks)

    assert ledger.equity(DAY) == tuple(marks[:2])
    assert ledger.equity(NEXT_DAY) == (marks[2],)


def test_the_journal_is_filtered_by_kind_subject_and_place() -> None:
    """Each filter narrows, and the limit cuts the end."""
    entry = intended()
    run = RunStarted(at=NOON, mode="paper", account="DU1", settings_hash="x", version="1")
    records = (run, planned(), entry, moved(entry, OrderState.INTENDED, OrderState.SENT), planned(SECOND))
    ledger = ledger_with(*records)

    assert [row.record for row in ledger.journal(kind="PositionPlanned")] == [records[1], records[4]]
    assert [row.seq for row in ledger.journal(subject=entry.intent.ref)] == [3, 4]
    assert [row.seq for row in ledger.journal(after_seq=3)] == [4, 5]
    assert [row.seq for row in ledger.journal(limit=2)] == [1, 2]
    assert ledger.journal(kind="PositionPlanned", subject=SECOND, after_seq=5) == ()


def _answers(ledger: Queries) -> object:
    return ledger.position(FIRST), ledger.open_positions(), ledger.realised_usd(), ledger.realised_usd(DAY)


def test_a_reader_beside_the_writer_sees_what_was_committed(place: Place) -> None:
    """A second connection, read only, follows without being told."""
    writer = Ledger.open(place, durable=False)
    reader = Ledger.open_read_only(place)
    entry = intended()
    for records in ([planned(), entry], [booked(entry, "E-1", 3, commission="1.86")]):
        writer.commit(records)

        assert reader.position(FIRST) == writer.position(FIRST)
        assert reader.cash_usd(Decimal(5000)) == writer.cash_usd(Decimal(5000))
    assert reader.realised_usd(DAY) == Decimal("-1.86")
    reader.close()
    writer.close()


def test_the_journal_about_several_subjects_is_one_list_in_order() -> None:
    """Every line of each of them once, oldest first; nothing for nobody."""
    entry = intended()
    fill = booked(entry, "E-1", 2, at=after(1))
    ledger = ledger_with(planned(), entry, moved(entry, OrderState.INTENDED, OrderState.SENT), fill)
    ref = entry.intent.ref

    rows = ledger.journal_about([fill.execution.exec_id, ref])

    assert [row.seq for row in rows] == [2, 3, 4]
    assert {row.subject for row in rows} == {ref, fill.execution.exec_id}
    assert ledger.journal_about([]) == ()


def test_an_order_is_told_as_it_stands_after_every_record_about_it() -> None:
    """What the writer remembers of an order is forgotten with each move, fill and commission of it."""
    entry = intended()
    ledger = ledger_with(planned(), entry)
    ref = entry.intent.ref

    def told() -> tuple[OrderState, int, tuple[Decimal | None, ...]]:
        order = ledger.order(ref)
        assert order is not None
        return order.state, order.filled, tuple(each.commission for each in order.executions)

    assert told() == (OrderState.INTENDED, 0, ())
    ledger.commit([moved(entry, OrderState.INTENDED, OrderState.SENT)])
    assert told() == (OrderState.SENT, 0, ())
    ledger.commit([booked(entry, "E-1", 2, at=after(1))])
    assert told() == (OrderState.SENT, 2, (None,))
    ledger.commit([CommissionBooked(at=after(2), exec_id="E-1", commission=Decimal("1.24"))])
    assert told() == (OrderState.SENT, 2, (Decimal("1.24"),))
