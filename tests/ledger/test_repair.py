"""A day with lost messages: whatever was not heard, one comparison repairs it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lottogrid.brokers.port import BrokerSnapshot, Settled
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.reconcile import Comparison, compare, settle
from lottogrid.ledger.records import CommissionBooked, OrderIntended, OrderMoved
from lottogrid.orders import BrokerOrder, BrokerPosition, Execution, OrderState, Side
from tests.ledger.builders import BUY, CALL, DAY, PUT, SECOND, SELL, after, booked, intended, ledger_with, planned

pytestmark = pytest.mark.usefixtures("engine")

_AFTER = {
    "send": OrderState.SENT,
    "acknowledge": OrderState.WORKING,
    "fill": OrderState.FILLED,
    "cancel_sent": OrderState.CANCELLING,
    "cancel_confirmed": OrderState.CANCELLED,
    "reject": OrderState.REJECTED,
    "expire": OrderState.EXPIRED,
    "time_out": OrderState.UNKNOWN,
    "prove_absent": OrderState.ABSENT,
}


@dataclass
class Day:
    """A broker that knows everything and a ledger that misses the messages numbered in `lost`."""

    lost: frozenset[int]
    ledger: Ledger = field(default_factory=lambda: ledger_with(planned(), planned(SECOND)))
    orders: dict[str, BrokerOrder] = field(default_factory=dict)
    executions: list[Execution] = field(default_factory=list)
    settlements: list[Settled] = field(default_factory=list)
    held: Counter = field(default_factory=Counter)
    messages: int = 0
    seconds: int = 0

    def place(self, order: OrderIntended) -> None:
        intent = order.intent
        self.ledger.commit([order])
        self.orders[intent.ref] = BrokerOrder(
            ref=intent.ref,
            broker_id=f"B-{len(self.orders)}",
            contract=intent.contract,
            side=intent.side,
            quantity=intent.quantity,
            filled=0,
            limit_price=intent.limit_price,
            state=OrderState.SENT,
        )
        if self._heard():
            self._fire(intent.ref, "send")

    def status(self, order: OrderIntended, trigger: str) -> None:
        ref = order.intent.ref
        self.orders[ref] = replace(self.orders[ref], state=_AFTER[trigger])
        if self._heard() and not self.ours(ref).is_final:
            self._fire(ref, trigger)

    def fill(self, order: OrderIntended, quantity: int) -> None:
        exec_id, commission = f"E-{len(self.executions)}", Decimal("0.62") * quantity
        record = booked(order, exec_id, quantity, "0.40", at=after(self.seconds))
        broker_order = self.orders[order.intent.ref]
        filled = broker_order.filled + quantity
        is_done = filled == broker_order.quantity
        state = OrderState.FILLED if is_done else broker_order.state
        self.orders[order.intent.ref] = replace(broker_order, filled=filled, state=state)
        self.executions.append(replace(record.execution, commission=commission))
        self.held[order.intent.contract] += quantity if order.intent.side is BUY else -quantity
        is_booked = self._heard()
        if is_booked:
            self.ledger.commit([record])
            found = self.ledger.order(order.intent.ref)
            assert found is not None
            if found.remaining == 0:
                self._fire(order.intent.ref, "fill")
        if self._heard() and is_booked:
            self.ledger.commit([CommissionBooked(at=after(self.seconds), exec_id=exec_id, commission=commission)])

    def settle(self, contract: object, price: str) -> None:
        settlement = Settled(f"S-{contract}", contract, Decimal(price), after(self.seconds))  # type: ignore[arg-type]
        self.settlements.append(settlement)
        self.held[contract] = 0
        if self._heard():
            self.ledger.commit(settle(settlement, self.ledger.positions(), now=after(self.seconds)))

    def reconcile(self) -> Comparison:
        """Compare, apply every remedy, and return what a second comparison finds."""
        self.seconds += 3600
        first = self.compare()
        if not self.lost:
            assert first.differences == ()
        assert first.breaks == ()
        assert first.undecided == ()
        self.ledger.commit([*first.bookings, *first.commissions])
        for move in first.order_moves:
            self._fire(move.ref, move.trigger)
        return self.compare()

    def compare(self) -> Comparison:
        now = after(self.seconds)
        theirs = BrokerSnapshot(
            taken_at=now,
            orders=tuple(self.orders.values()),
            executions=tuple(self.executions),
            settlements=tuple(self.settlements),
            positions=tuple(BrokerPosition(contract=c, quantity=q) for c, q in self.held.items() if q),
        )
        return compare(self.ledger.book(DAY), theirs, now=now, grace=timedelta(seconds=30))

    def ours(self, ref: str) -> OrderState:
        found = self.ledger.order(ref)
        assert found is not None
        return found.state

    def _heard(self) -> bool:
        self.seconds += 1
        self.messages += 1
        return self.messages - 1 not in self.lost

    def _fire(self, ref: str, trigger: str) -> None:
        before = self.ours(ref)
        move = OrderMoved(
            at=after(self.seconds), ref=ref, trigger=trigger, before=before.value, after=_AFTER[trigger].value
        )
        self.ledger.commit([move])


def live_through(lost: frozenset[int]) -> Day:
    """Two strangles in the same call; partial fills, cancel, reject, late fill, target, expiry and exercise."""
    day = Day(lost)
    call, put, other = intended(quantity=2), intended(quantity=2, leg=2), intended(quantity=1, position_id=SECOND)
    refused = intended(quantity=1, leg=2, position_id=SECOND)
    for order in (call, put, other, refused):
        day.place(order)
    day.status(call, "acknowledge")
    day.fill(call, 1)
    day.status(put, "acknowledge")
    day.fill(put, 1)
    day.fill(other, 1)
    day.status(refused, "reject")
    day.status(put, "cancel_sent")
    day.status(put, "cancel_confirmed")
    day.fill(call, 1)
    _agrees(day)

    target = intended(SELL, 2, attempt=2)
    day.place(target)
    day.status(target, "acknowledge")
    day.fill(target, 1)
    _agrees(day)

    day.status(target, "expire")
    _agrees(day)
    day.settle(CALL, "3.25")
    day.settle(PUT, "0")
    _agrees(day)
    return day


def _agrees(day: Day) -> None:
    again = day.reconcile()
    assert again.differences == ()
    assert (again.bookings, again.commissions, again.order_moves, again.undecided, again.breaks) == ((),) * 5
    assert day.ledger.holdings() == {contract: quantity for contract, quantity in day.held.items() if quantity}
    assert {ref: day.ours(ref) for ref in day.orders} == {ref: order.state for ref, order in day.orders.items()}
    assert day.ledger.commissions_unknown() == 0


MESSAGES = 24


def test_a_day_on_which_everything_was_heard_needs_no_repair() -> None:
    """The book of a day without losses is its own mirror; and the count of its messages stands."""
    day = live_through(frozenset())

    assert day.messages == MESSAGES


@pytest.mark.parametrize("lost", range(MESSAGES))
def test_any_one_lost_message_is_repaired(lost: int) -> None:
    """A send, a status, a fill, a commission or a settlement: each alone."""
    assert _book(live_through(frozenset({lost}))) == _book(live_through(frozenset()))


@settings(deadline=None, max_examples=60)
@given(lost=st.frozensets(st.integers(0, MESSAGES - 1)))
def test_any_lost_messages_are_repaired(lost: frozenset[int]) -> None:
    """Also where nothing was heard at all."""
    assert _book(live_through(lost)) == _book(live_through(frozenset()))


def _book(day: Day) -> object:
    executions = day.ledger.executions(DAY)
    return (
        {e.exec_id: (e.quantity, e.price, e.side, e.commission) for e in executions},
        day.ledger.realised_usd(),
        sum(e.quantity * (1 if e.side is Side.BUY else -1) for e in executions),
    )
