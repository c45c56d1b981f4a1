"""A copy of the ledger while it is written to, and the check that a file is whole."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from lottogrid.errors import BadInput, Missing


def backup(source: Path, target: Path) -> None:
    """Copy the ledger `source` to `target` at one instant, even beside a running writer (SQLite's online backup).

    The copy is checked before it takes its name, so that a file at `target` is always whole.

    Raises:
        Missing: where `source` is absent.
        BadInput: where `target` exists, or `source` is damaged.
    """
    if target.exists():
        raise BadInput(f"backup: expected a new file, found {target}; name another, a backup is never overwritten")
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        with closing(_read_only(source)) as origin, closing(sqlite3.connect(partial)) as copy:
            origin.backup(copy)
            # One file, without a write-ahead log beside it.
            copy.execute("PRAGMA journal_mode = delete")
        check(partial)
        partial.replace(target)
    except sqlite3.DatabaseError as error:
        raise BadInput(f"ledger {source}: expected a whole SQLite database, found: {error}; use a backup") from error
    finally:
        partial.unlink(missing_ok=True)


def check(path: Path) -> None:
    """Return where the database at `path` is whole.

    Raises:
        Missing: where it is absent.
        BadInput: where SQLite's integrity check finds damage, with its first finding.
    """
    try:
        with closing(_read_only(path)) as database:
            (finding,) = database.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        finding = str(error)
    if finding != "ok":
        raise BadInput(f"ledger {path}: expected a whole SQLite database, found: {finding}; restore a backup")


def _read_only(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise Missing(f"ledger: expected a file at {path}, found none; name the ledger's file")
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
