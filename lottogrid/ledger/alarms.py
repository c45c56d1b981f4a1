"""The alarms that the journal still has open."""

from __future__ import annotations

from collections.abc import Iterable

from lottogrid.alerts.codes import HALTING
from lottogrid.alerts.standing import Alarms, Standing
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.records import AlarmAcknowledged, AlarmRaised, HaltCleared, Record

_ALL = 10**9


def open_alarms(ledger: Ledger) -> tuple[Standing, ...]:
    """Return what was raised and not acknowledged yet, the most severe first."""
    kinds = (AlarmRaised.__name__, AlarmAcknowledged.__name__, HaltCleared.__name__)
    rows = sorted((row for kind in kinds for row in ledger.journal(kind=kind, limit=_ALL)), key=lambda row: row.seq)
    return tuple(each for each in standing(row.record for row in rows) if each.is_open)


def are_written(ledger: Ledger, records: Iterable[Record]) -> bool:
    """Return whether the journal has every one of `records`, each of which tells its instant."""
    return all(
        any(row.record == record for row in ledger.journal(kind=type(record).__name__, limit=_ALL))
        for record in records
    )


def standing(records: Iterable[Record]) -> tuple[Standing, ...]:
    """Fold records, oldest first, into what stands; those of other kinds change nothing."""
    alarms = Alarms()
    for record in records:
        match record:
            case AlarmRaised(code=code, text=text, at=at):
                alarms.take_raised(code, text, at)
            case AlarmAcknowledged(code=code, by=by, at=at):
                alarms.take_acknowledged(code, by, at)
            case HaltCleared(by=by, at=at):  # also by a command that met no bot: whoever re-arms has looked
                for code in HALTING:
                    alarms.take_acknowledged(code, by, at)
            case _:
                pass
    return alarms.all()
