"""What each record does to the tables, and what is refused. All of it runs inside the commit's transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lottogrid.ledger import write_days, write_orders, write_positions
from lottogrid.ledger.records import (
    AlarmAcknowledged,
    AlarmRaised,
    CommissionBooked,
    DayOpened,
    DecisionTaken,
    EngineMoved,
    EquityMarked,
    ExecutionBooked,
    FutureOrdered,
    HaltCleared,
    HaltSet,
    LegMoved,
    Noted,
    OrderIntended,
    OrderMoved,
    PositionMoved,
    PositionPlanned,
    Reconciled,
    Record,
    RunStarted,
)
from lottogrid.ledger.writes import Execute


def derive(record: Record, sql: Execute) -> bool:
    """Write what follows from `record`; return whether it is news: what is booked already is not.

    Raises:
        BadInput: where the record contradicts the book: unknown references, quantities of 0, a stale state.
        NeedsOperator: where an order would sell more than is held, or was intended before.
    """
    return _WRITERS[type(record)](record, sql)


def _journal_only(record: Record, sql: Execute) -> bool:  # noqa: ARG001
    return True


_WRITERS: dict[type[Any], Callable[[Any, Execute], bool]] = {
    RunStarted: write_days.run_started,
    DayOpened: write_days.day_opened,
    DecisionTaken: write_days.decision_taken,
    PositionPlanned: write_positions.position_planned,
    PositionMoved: write_positions.position_moved,
    LegMoved: write_positions.leg_moved,
    OrderIntended: write_orders.order_intended,
    OrderMoved: write_orders.order_moved,
    ExecutionBooked: write_orders.execution_booked,
    CommissionBooked: write_orders.commission_booked,
    EngineMoved: write_days.engine_moved,
    HaltSet: write_days.halt_set,
    HaltCleared: write_days.halt_cleared,
    EquityMarked: write_days.equity_marked,
    Reconciled: _journal_only,
    FutureOrdered: _journal_only,
    AlarmRaised: _journal_only,
    AlarmAcknowledged: _journal_only,
    Noted: _journal_only,
}
