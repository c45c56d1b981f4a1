"""Dollars: exact, and the same in whatever order things were booked."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.records import CommissionBooked, ExecutionBooked
from tests.ledger.builders import (
    BUY,
    DAY,
    FIRST,
    NOON,
    SECOND,
    SELL,
    after,
    booked,
    intended,
    ledger_with,
    planned,
    settled,
)

pytestmark = pytest.mark.usefixtures("engine")

ENTRY = intended()
TARGET = intended(SELL, 3, attempt=2)


def test_a_tenth_and_two_tenths_are_three_tenths() -> None:
    """Money is decimal, not binary."""
    ledger = ledger_with(
        planned(), ENTRY, booked(ENTRY, "E-1", commission="0.1"), booked(ENTRY, "E-2", commission="0.2")
    )

    assert ledger.realised_usd(DAY) == Decimal("-0.3")


def test_realised_is_what_was_sold_less_what_it_cost_and_all_commissions() -> None:
    """Two of three sold: (2.00 - 0.40 + 2.00 - 0.50) x 5 dollars less four commissions."""
    ledger = ledger_with(planned(), ENTRY)
    ledger.commit([booked(ENTRY, "E-1", 1, "0.40", at=after(1), commission="0.62")])
    ledger.commit([booked(ENTRY, "E-2", 2, "0.50", at=after(2), commission="1.24")])
    ledger.commit([TARGET, booked(TARGET, "E-3", 2, "2.00", at=after(3), commission="1.24")])

    assert ledger.realised_usd(DAY) == Decimal("15.50") - Decimal("3.10")
    assert ledger.cash_usd(Decimal(5000)) == Decimal(5000) - 7 + 20 - Decimal("3.10")


def test_what_is_open_is_not_realised() -> None:
    """A purchase costs its commission only, until it is sold or settled."""
    ledger = ledger_with(planned(), ENTRY, booked(ENTRY, "E-1", 3, "0.45", commission="1.86"))

    assert ledger.realised_usd(DAY) == Decimal("-1.86")
    ledger.commit([settled("S/1", 3)])
    assert ledger.realised_usd(DAY) == Decimal("-1.86") - Decimal("6.75")


def test_an_exercise_is_worth_its_price() -> None:
    """In the money at the fixing: sold at what exercise was worth."""
    ledger = ledger_with(planned(), ENTRY, booked(ENTRY, "E-1", 2, "0.45", commission="0"), settled("S/1", 2, "7.25"))

    assert ledger.realised_usd() == Decimal("68.00")


def test_unknown_commissions_are_counted_and_not_guessed() -> None:
    """A settlement without a commission is not waited for."""
    ledger = ledger_with(planned(), ENTRY, booked(ENTRY, "E-1", 2), booked(ENTRY, "E-2", 1), settled("S/1", 3))

    assert ledger.commissions_unknown() == 2
    ledger.commit([CommissionBooked(at=NOON, exec_id="E-1", commission=Decimal("1.24"))])
    assert ledger.commissions_unknown() == 1
    assert ledger.realised_usd() == Decimal("-6.75") - Decimal("1.24")


_FILL = st.tuples(
    st.sampled_from([(FIRST, 1), (FIRST, 2), (SECOND, 1)]),
    st.sampled_from([BUY, SELL]),
    st.integers(1, 3),
    st.integers(1, 200).map(lambda ticks: ticks * Decimal("0.05")),
    st.none() | st.integers(0, 300).map(lambda cents: Decimal(cents) / 100),
)


@settings(deadline=None, max_examples=150)
@given(fills=st.lists(_FILL, max_size=12), data=st.data())
@example(fills=[], data=None)
def test_any_order_and_any_repetition_come_to_the_same(fills: list[tuple], data: st.DataObject | None) -> None:
    """Holdings, realised and cash equal a naive fold, whatever comes twice, late, or in commits of any size."""
    orders = {
        (key, side): intended(side, 99, leg=key[1], position_id=key[0], attempt=1 if side is BUY else 2)
        for key in ((FIRST, 1), (FIRST, 2), (SECOND, 1))
        for side in (BUY, SELL)
    }
    records = [
        booked(orders[key, side], f"E-{i:02}", quantity, str(price), at=after(i), commission=_text(commission))
        for i, (key, side, quantity, price, commission) in enumerate(fills)
    ]
    ledger = _ledger_for(orders)
    stream = data.draw(st.permutations(records + data.draw(st.lists(st.sampled_from(records))))) if records else []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        ledger.commit(stream[:size])
        ledger.cash_usd(Decimal(0))
        stream = stream[size:]

    realised, cash, held = _naive(records)
    assert ledger.realised_usd() == ledger.realised_usd(DAY) == realised
    assert ledger.cash_usd(Decimal(5000)) == 5000 + cash
    assert ledger.holdings() == {contract: quantity for contract, quantity in held.items() if quantity}
    assert ledger.executions(DAY) == tuple(record.execution for record in records)


def _ledger_for(orders: dict) -> Ledger:
    """Orders to buy and sell on three legs; something is held so that selling passes the guard, then given back."""
    ledger = ledger_with(planned(), planned(SECOND))
    for (key, side), order in orders.items():
        if side is SELL:
            ledger._sql("UPDATE legs SET bought = bought + 99 WHERE position_id = ? AND number = ?", key)
        ledger.commit([order])
        if side is SELL:
            ledger._sql("UPDATE legs SET bought = bought - 99 WHERE position_id = ? AND number = ?", key)
    return ledger


def _naive(records: list[ExecutionBooked]) -> tuple[Decimal, Decimal, dict]:
    """Contract by contract: the first sold closes the first bought."""
    lots: dict = {}
    held: dict = {}
    realised = cash = Decimal(0)
    for record in records:
        execution = record.execution
        sign = 1 if execution.side is BUY else -1
        held[execution.contract] = held.get(execution.contract, 0) + sign * execution.quantity
        fee = execution.commission or Decimal(0)
        cash -= sign * execution.quantity * execution.price * 5 + fee
        realised -= fee
        queue = lots.setdefault((record.position_id, record.leg, execution.side), [])
        queue.extend([execution.price] * execution.quantity)
    for (position_id, leg, side), bought in lots.items():
        if side is BUY:
            sold = lots.get((position_id, leg, SELL), [])
            realised += sum((s - b) * 5 for b, s in zip(bought, sold, strict=False))
    return realised, cash, held


def _text(commission: Decimal | None) -> str | None:
    return None if commission is None else str(commission)
