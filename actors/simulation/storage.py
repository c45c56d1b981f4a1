"""The ledger on a bad disk: watched at each commit, and killed in the middle of one."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from lottogrid.ledger.database import execute, open_for_writing
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.records import Record


class PowerCut(Exception):  # noqa: N818
    """The process ends here: nothing that would have followed happens."""


class TornWrite(OSError):  # noqa: N818
    """The disk failed in the middle of a transaction."""


class Disk(Protocol):
    """What happens to commits."""

    def before_commit(self, ledger: WatchedLedger) -> None:
        """Called before a transaction begins."""
        ...

    def within_commit(self, number: int) -> None:
        """Called before record `number` (from 0) is written."""
        ...

    def after_commit(self, applied: Sequence[Record]) -> None:
        """Called when a transaction has lasted."""
        ...

    def failed_commit(self, error: Exception) -> None:
        """Called when a transaction was refused or failed."""
        ...


class WatchedLedger(Ledger):
    """The real ledger on a real file, with a disk of which it knows nothing."""

    disk: Disk

    @classmethod
    def on(cls, disk: Disk, path: Path) -> WatchedLedger:
        """Open the ledger at `path`; commits are not forced to the disk, as no power is cut for real."""
        opened = cls.open(path, durable=False)
        opened.disk = disk
        return opened

    def commit(self, records: Sequence[Record]) -> tuple[Record, ...]:
        """Write, with the disk looking on."""
        self._number = 0
        try:
            self.disk.before_commit(self)
            applied = super().commit(records)
        except Exception as error:
            self.disk.failed_commit(error)
            raise
        self.disk.after_commit(applied)
        return applied

    def _write(self, record: Record) -> bool:
        self.disk.within_commit(self._number)
        self._number += 1
        return super()._write(record)

    def set_limit(self, pages: int) -> None:
        """Let the file grow to so many pages at most; 0 for the size it has."""
        size = pages or int(execute(self._database, "PRAGMA page_count").fetchone()[0])
        execute(self._database, f"PRAGMA max_page_count = {size}")

    def wait_for_locks(self, milliseconds: int) -> None:
        """Say how long another's lock is waited for, real time."""
        execute(self._database, f"PRAGMA busy_timeout = {milliseconds}")


def lock(path: Path) -> Callable[[], None]:
    """Hold SQLite's write lock on the file at `path`; return what gives it back."""
    other = open_for_writing(path, durable=False)
    execute(other, "BEGIN IMMEDIATE")

    def release() -> None:
        execute(other, "ROLLBACK")
        other.close()

    return release


def pretend_schema(path: Path, version: int) -> Callable[[], None]:
    """Write `version` into the file as its schema's; return what puts the file back as it was."""
    kept = path.with_name("kept.sqlite")
    shutil.copyfile(path, kept)
    database = open_for_writing(path, durable=False)
    execute(database, "UPDATE meta SET value = ? WHERE key = 'schema'", (str(version),))
    database.close()

    def repair() -> None:
        if kept.exists():
            kept.replace(path)

    return repair
