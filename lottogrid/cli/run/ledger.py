"""The ledger that a run is about to work on: nobody else does, it is of the same account, and how far it has come."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from lottogrid.errors import BadInput, Missing
from lottogrid.ledger.database import exists
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.lock import LedgerLock
from lottogrid.ledger.place import Place
from lottogrid.ledger.records import RunStarted

_RUNS = 100_000
"""More than a ledger will ever have seen."""


@contextmanager
def locked(path: Path) -> Iterator[LedgerLock]:
    """Hold the ledger's lock; BadInput where another process does."""
    lock = LedgerLock(path)
    try:
        lock.acquire()
    except Missing as error:
        # Nothing is out of reach here: this command was given once too often.
        raise BadInput(str(error)) from error
    try:
        yield lock
    finally:
        lock.release()


def refuse_another_account(place: Place, account: str) -> None:
    """Raise BadInput where the ledger keeps the books of another account: every holding would be a difference."""
    if not exists(place):
        return
    with closing(Ledger.open(place)) as ledger:
        runs = [row.record for row in ledger.journal(kind=RunStarted.__name__, limit=_RUNS)]
    found = next((run.account for run in reversed(runs) if isinstance(run, RunStarted)), account)
    if found != account:
        raise BadInput(
            f"ledger {place}: expected the books of {account}, found those of {found}; give another folder with "
            "--ledger, or another storage.database"
        )


def last_recorded(place: Place) -> datetime | None:
    """Return the last instant in the journal; None where it is empty or not there."""
    if not exists(place):
        return None
    with closing(Ledger.open(place)) as ledger:
        last = ledger.journal(after_seq=ledger.last_sequence() - 1, limit=1)
        return last[0].at if last else None
