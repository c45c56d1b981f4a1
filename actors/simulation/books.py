"""The journal as an outsider folds it: what the ledger must agree with at every commit, and after every restart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from lottogrid.ledger.corrections import stem_of
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.records import (
    AlarmRaised,
    CommissionBooked,
    EngineMoved,
    ExecutionBooked,
    HaltCleared,
    HaltSet,
    LegMoved,
    OrderIntended,
    OrderMoved,
    PositionMoved,
    PositionPlanned,
    Reconciled,
    Record,
)
from lottogrid.orders import Execution, OrderIntent

_ALL = 1_000_000


@dataclass
class Books:
    """States by what they belong to, folded from the records alone."""

    records: int = 0
    """How many were taken in."""
    intents: dict[str, OrderIntent] = field(default_factory=dict)
    orders: dict[str, str] = field(default_factory=dict)
    legs: dict[tuple[str, int], str] = field(default_factory=dict)
    positions: dict[str, str] = field(default_factory=dict)
    plans: dict[str, PositionPlanned] = field(default_factory=dict)
    executions: dict[str, Execution] = field(default_factory=dict)
    """By the stem of their ids."""
    commissions: dict[str, Decimal] = field(default_factory=dict)
    unknown_since: dict[str, datetime] = field(default_factory=dict)
    engine: str = "stopped"
    engine_at: datetime | None = None
    halts: list[HaltSet] = field(default_factory=list)
    halts_ever: list[HaltSet] = field(default_factory=list)
    alarms: list[AlarmRaised] = field(default_factory=list)
    reconciled: Reconciled | None = None

    def take(self, record: Record) -> None:  # noqa: C901, PLR0912 - one line a kind of record
        """Take in one record that was committed."""
        self.records += 1
        match record:
            case PositionPlanned():
                self.positions[record.position_id] = "planned"
                self.plans[record.position_id] = record
                for leg in record.proposal.legs:
                    self.legs[record.position_id, leg.number] = "planned"
            case OrderIntended(intent=intent):
                self.intents[intent.ref] = intent
                self.orders[intent.ref] = "intended"
            case OrderMoved(ref=ref, after=after):
                self.orders[ref] = after
                if after != "unknown":
                    self.unknown_since.pop(ref, None)
                elif record.before != "unknown":
                    self.unknown_since[ref] = record.at
            case LegMoved():
                self.legs[record.position_id, record.leg] = record.after
            case PositionMoved():
                self.positions[record.position_id] = record.after
            case ExecutionBooked(execution=execution):
                self.executions[stem_of(execution.exec_id)[0]] = execution
            case CommissionBooked():
                self.commissions[stem_of(record.exec_id)[0]] = record.commission
            case EngineMoved():
                self.engine, self.engine_at = record.after, record.at
            case HaltSet():
                self.halts.append(record)
                self.halts_ever.append(record)
            case HaltCleared(reason=reason):
                self.halts = [halt for halt in self.halts if halt.reason is not reason]
            case AlarmRaised():
                self.alarms.append(record)
            case Reconciled():
                self.reconciled = record

    @classmethod
    def of(cls, records: Iterable[Record]) -> Books:
        """Fold records in the order of their writing."""
        books = cls()
        for record in records:
            books.take(record)
        return books

    @classmethod
    def read(cls, ledger: Ledger) -> Books:
        """Fold what a file's journal holds."""
        return cls.of(row.record for row in ledger.journal(limit=_ALL))

    def differences(self, ledger: Ledger) -> list[str]:
        """Return where the tables of `ledger` do not follow from its journal as folded here."""
        found = []
        seen_orders, seen_legs, seen_positions, seen_executions = {}, {}, {}, {}
        for position in ledger.positions():
            seen_positions[position.position_id] = position.state.value
            for leg in position.legs:
                seen_legs[position.position_id, leg.plan.number] = leg.state.value
                for order in leg.orders:
                    seen_orders[order.intent.ref] = order.state.value
                for execution in leg.executions:
                    seen_executions[stem_of(execution.exec_id)[0]] = (execution.quantity, execution.price)
        terms = {stem: (execution.quantity, execution.price) for stem, execution in self.executions.items()}
        for what, folded, stands in (
            ("orders", self.orders, seen_orders),
            ("legs", self.legs, seen_legs),
            ("positions", self.positions, seen_positions),
            ("executions", terms, seen_executions),
        ):
            if folded != stands:
                odd = sorted({str(key) for key, _ in set(folded.items()) ^ set(stands.items())})
                found.append(f"{what} do not follow from the journal: {', '.join(odd[:4])}")
        row = ledger.engine()
        if row is not None and row.state != self.engine:
            found.append(f"the engine's row says {row.state}, the journal {self.engine}")
        return found
