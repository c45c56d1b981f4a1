"""Faults in what is booked and compared."""

from __future__ import annotations

from typing import Any

import pytest

from actors import ledger
from actors.ledger import LedgerKeeper
from lottogrid.brokers import port as p
from lottogrid.ledger import derive, indexed, reconcile, write_orders
from lottogrid.ledger.records import CommissionBooked, ExecutionBooked
from lottogrid.orders import Execution, OrderState
from tests.mutants.mutant import mutant


@mutant("executions-booked-again", "an execution that is told twice is booked twice", "I5", "I8", "I18")
def executions_booked_again(patch: pytest.MonkeyPatch) -> None:
    """Leave out the look at what is booked, in the ledger actor and where it writes."""

    def book(self: LedgerKeeper, execution: Execution) -> None:
        order = self._order(execution.order_ref, "execution")
        if order is None:
            return
        trigger = "fill" if execution.quantity >= order.remaining else "partial_fill"
        intent = order.intent
        booked = ExecutionBooked(at=self.now(), position_id=intent.position_id, leg=intent.leg, execution=execution)
        if order.state is OrderState.FILLED:
            self._write(booked)
        else:
            self._write(booked, self._moved(execution.order_ref, order.state, trigger))
        self._tell_position(execution.order_ref)

    written = write_orders.execution_booked

    def write(record: ExecutionBooked, sql: Any) -> bool:
        if written(record, sql):
            return True
        execution = record.execution
        write_orders._count(
            (record.position_id, record.leg), execution.order_ref, execution.side, execution.quantity, sql
        )
        return True

    patch.setattr(LedgerKeeper, "_book", book)
    patch.setitem(derive._WRITERS, ExecutionBooked, write)


@mutant(
    "correction-booked-besides", "a corrected execution is booked beside the one that it corrects", "I5", "I8", "I18"
)
def correction_booked_besides(patch: pytest.MonkeyPatch) -> None:
    """Take the number of the correction for a part of the name."""
    for module in (ledger, write_orders, reconcile, indexed):
        patch.setattr(module, "stem_of", lambda exec_id: (exec_id, 1))


@mutant("late-fill-ignored", "a fill that comes after its order has ended is not booked", "I8", "I11", "I18")
def late_fill_ignored(patch: pytest.MonkeyPatch) -> None:
    """Believe the end of an order more than its executions."""
    written = write_orders.execution_booked

    def write(record: ExecutionBooked, sql: Any) -> bool:
        found = sql("SELECT is_live FROM orders WHERE ref = ?", (record.execution.order_ref,)).fetchone()
        return (found is None or bool(found[0])) and written(record, sql)

    patch.setitem(derive._WRITERS, ExecutionBooked, write)


@mutant("comparison-books-nothing", "what a comparison of the books finds is not booked", "I8", "I11", "I18", "I9")
def comparison_books_nothing(patch: pytest.MonkeyPatch) -> None:
    """Look and leave it."""
    patch.setattr(LedgerKeeper, "_write_bookings", lambda *_: None)


@mutant("commission-not-booked", "a commission that is told is not booked", "I18")
def commission_not_booked(patch: pytest.MonkeyPatch) -> None:
    """Forget it where it would be written."""
    patch.setitem(derive._WRITERS, CommissionBooked, lambda *_: False)


@mutant("settlement-not-booked", "what the exchange settles is not booked", "I8", "I18")
def settlement_not_booked(patch: pytest.MonkeyPatch) -> None:
    """Split a settlement over no leg."""
    patch.setattr(reconcile, "split", lambda *_: iter(()))


@mutant("partial-fill-taken-as-full", "a partial fill ends its order", "I2", "I4", "I8", "I6")
def partial_fill_taken_as_full(patch: pytest.MonkeyPatch) -> None:
    """Fire the wrong trigger."""
    moved = LedgerKeeper._moved

    def always_full(self: LedgerKeeper, ref: str, state: OrderState, trigger: str, *rest: str, **more: str) -> Any:
        return moved(self, ref, state, "fill" if trigger == "partial_fill" else trigger, *rest, **more)

    patch.setattr(LedgerKeeper, "_moved", always_full)


@mutant("rejection-taken-as-fill", "an order that was refused counts as filled", "I8")
def rejection_taken_as_fill(patch: pytest.MonkeyPatch) -> None:
    """Fire the wrong trigger."""
    plain = LedgerKeeper._on_broker

    def on_broker(self: LedgerKeeper, message: object) -> None:
        if isinstance(message, p.OrderRejected):
            self._move_order(message.ref, "fill")
        else:
            plain(self, message)

    patch.setattr(LedgerKeeper, "_on_broker", on_broker)


@mutant("break-halts-nobody", "a difference of the books that nothing explains halts nobody", "I10", "I7")
def break_halts_nobody(patch: pytest.MonkeyPatch) -> None:
    """Forget the breaks on the way out of the comparison."""
    judge = LedgerKeeper._judge

    def no_breaks(self: LedgerKeeper, found: Any, repaired: tuple[str, ...], breaks: Any, **more: bool) -> None:
        del breaks
        judge(self, found, repaired, (), **more)

    patch.setattr(LedgerKeeper, "_judge", no_breaks)


@mutant(
    "no-grace", "an order that a snapshot does not list counts as never sent, however young it is", "I2", "I4", "I8"
)
def no_grace(patch: pytest.MonkeyPatch) -> None:
    """Leave out the time in which a message may be under way."""
    plain = reconcile._Comparing.__init__

    def at_once(self: Any, ours: Any, theirs: Any, now: Any, grace: Any, *_: Any) -> None:
        plain(self, ours, theirs, now, grace * 0, frozenset())

    patch.setattr(reconcile._Comparing, "__init__", at_once)


MUTANTS = (
    executions_booked_again,
    correction_booked_besides,
    late_fill_ignored,
    comparison_books_nothing,
    commission_not_booked,
    settlement_not_booked,
    partial_fill_taken_as_full,
    rejection_taken_as_fill,
    break_halts_nobody,
    no_grace,
)
