"""The moments of a day that one goes back to: rows of the journal that changed what is held, or who may trade."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from lottogrid.clock import NEW_YORK
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.records import (
    AlarmRaised,
    EngineMoved,
    ExecutionBooked,
    HaltCleared,
    HaltSet,
    PositionMoved,
    PositionPlanned,
    Record,
    RunStarted,
)
from lottogrid.positions import PositionState

_KINDS = (AlarmRaised, EngineMoved, ExecutionBooked, HaltCleared, HaltSet, PositionMoved, PositionPlanned, RunStarted)


@dataclass(frozen=True, slots=True)
class Moment:
    """A row of the journal that is worth a look."""

    sequence: int
    record: Record

    @property
    def at(self) -> datetime:
        """When it was written, by the bot's clock."""
        return self.record.at


def moments(ledger: Ledger, day: date) -> tuple[Moment, ...]:
    """Return the moments of a New York day, oldest first.

    They are the starts of the process, what the engine did, entries, fills, ends of positions, halts and alarms, the
    restarts of actors among them.
    """
    begins = datetime.combine(day, time.min, NEW_YORK)
    ends = datetime.combine(day + timedelta(days=1), time.min, NEW_YORK)
    first, behind = _first_from(ledger, begins), _first_from(ledger, ends)
    rows = [
        row
        for kind in _KINDS
        for row in ledger.journal(after_seq=first - 1, limit=max(behind - first, 1), kind=kind.__name__)
        if row.seq < behind
    ]
    found = (Moment(row.seq, row.record) for row in sorted(rows, key=lambda row: row.seq))
    return tuple(moment for moment in found if _counts(moment.record))


def _counts(record: Record) -> bool:
    """Leave out what a position does between its entry and its end."""
    return not isinstance(record, PositionMoved) or PositionState(record.after).is_final


def _first_from(ledger: Ledger, instant: datetime) -> int:
    """Return the number of the first row from an instant on; one behind the last where there is none."""
    numbers = range(1, ledger.last_sequence() + 1)
    return bisect_left(numbers, instant, key=lambda number: ledger.journal(after_seq=number - 1, limit=1)[0].at) + 1
