"""Copies of the ledger while it is written to, dated ones of which some are kept, the way back, and their check."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from lottogrid.clock import to_utc
from lottogrid.errors import BadInput, LottogridError, Missing
from lottogrid.ledger.database import open_for_writing
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.place import Place, Server
from lottogrid.ledger.queries import JournalRow
from lottogrid.ledger.tables import at_one_instant, copy_rows, digests_of, is_empty


def backup(source: Place, target: Path) -> None:
    """Copy the ledger `source` to the file `target` at one instant, even beside a running writer.

    The copy is checked before it takes its name, so that a file at `target` is always whole. It is an SQLite ledger,
    whatever `source` is; that of a server is compared with it by the digest of all rows.

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
        if isinstance(source, Server):
            _copy_from_server(source, partial)
        with closing(sqlite3.connect(partial)) as copy:
            if not isinstance(source, Server):
                with closing(_read_only(source)) as origin:
                    origin.backup(copy)
            # One file, without a write-ahead log beside it.
            copy.execute("PRAGMA journal_mode = delete")
        check(partial)
        partial.replace(target)
    except sqlite3.DatabaseError as error:
        raise BadInput(f"ledger {source}: expected a whole SQLite database, found: {error}; use a backup") from error
    finally:
        partial.unlink(missing_ok=True)


def restore(copy: Path, target: Place) -> None:
    """Make a ledger at `target` of a `copy`, where there is none; on a server, with the same digest of all rows.

    Raises:
        Missing: where `copy` is absent, or the server out of reach or another writer's.
        BadInput: where `target` has a ledger, or `copy` is damaged.
    """
    if not isinstance(target, Server):
        backup(copy, target)
        return
    check(copy)
    with at_one_instant(copy) as origin, closing(open_for_writing(target, durable=True)) as database:
        if not is_empty(database):
            raise BadInput(f"restore: expected an empty database, found a ledger at {target}; name another database")
        copy_rows(origin, database)


def _copy_from_server(source: Server, partial: Path) -> None:
    with at_one_instant(source) as origin, closing(open_for_writing(partial, durable=True)) as copy:
        copy_rows(origin, copy)


def backup_dated(source: Place, folder: Path, at: datetime, keep: int | None = None) -> tuple[Path, list[Path]]:
    """Copy the ledger `source` into `folder` under a name that bears the instant `at`, UTC.

    Args:
        source: the ledger.
        folder: made where it is absent.
        at: the present instant, aware.
        keep: how many copies of such a name are left in the folder, the newest; None leaves all. None is deleted
            before the new one is whole.

    Returns:
        The copy, and those that were deleted.

    Raises:
        Missing: where `source` is absent.
        BadInput: where `source` is damaged, or a copy of this second is there.
    """
    stem = "ledger" if isinstance(source, Server) else source.stem
    made = folder / f"{stem}-{to_utc(at):%Y%m%dT%H%M%SZ}.sqlite"
    backup(source, made)
    copies = sorted(folder.glob(f"{stem}-????????T??????Z.sqlite"))
    old = [] if keep is None else copies[:-keep]
    for path in old:
        path.unlink()
    return made, old


def check(place: Place) -> None:
    """Return where the database at `place` is whole: by SQLite's integrity check, or by writing the journal anew.

    Raises:
        Missing: where it is absent.
        BadInput: where damage is found, with the first finding.
    """
    if isinstance(place, Server):
        _check_server(place)
    else:
        _check_file(place)


def _check_server(server: Server) -> None:
    """Read every row, and compare the tables with those that follow from the journal."""
    with at_one_instant(server) as database, closing(Ledger.in_memory()) as anew:
        for row in Ledger(database, is_only_writer=False).journal(limit=_ALL):
            _write_anew(row, anew, server)
        found, expected = digests_of(database), anew.digests()
    wrong = [name for name, digest in found.items() if digest != expected[name]]
    if wrong:
        raise BadInput(
            f"ledger {server}: expected what follows from its journal, found another content of {', '.join(wrong)}; "
            "restore a backup"
        )


def _write_anew(row: JournalRow, anew: Ledger, server: Server) -> None:
    try:
        written = anew.commit([row.record])
    except LottogridError as error:
        raise BadInput(f"ledger {server}, line {row.seq} of its journal: {error}; restore a backup") from error
    if not written:
        where = f"ledger {server}, line {row.seq} of its journal"
        raise BadInput(f"{where}: expected news, found it twice; restore a backup")


def _check_file(path: Path) -> None:
    try:
        with closing(_read_only(path)) as database:
            (finding,) = database.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        finding = str(error)
    if finding != "ok":
        raise BadInput(f"ledger {path}: expected a whole SQLite database, found: {finding}; restore a backup")


_ALL = 10**9
"""Lines: all of the journal."""


def _read_only(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise Missing(f"ledger: expected a file at {path}, found none; name the ledger's file")
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
