"""The results that are kept: a small database beside the ledger.

It is no part of the ledger, whose one writer is the bot: a backtest must not wait for a bot that runs, nor stand in
its way, and what it holds can be computed again.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from lottogrid.errors import BadInput, Missing

NAME = "research.sqlite"
"""Of the file, in the storage folder."""
_TABLE = """
CREATE TABLE IF NOT EXISTS results (
    number INTEGER PRIMARY KEY,
    kept_at TEXT NOT NULL,
    same TEXT NOT NULL UNIQUE,
    document BLOB NOT NULL,
    page BLOB NOT NULL
)
"""
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Kept:
    """A result that is kept."""

    number: int
    """By which it is asked for."""
    kept_at: datetime
    """When it was computed last, UTC."""
    document: dict[str, Any]
    """As `backtest --json` printed it, without the trades."""


class Shelf:
    """The results of a folder. Made by `open`."""

    def __init__(self, path: Path, database: sqlite3.Connection) -> None:
        self._path = path
        self._database = database

    @classmethod
    @contextmanager
    def open(cls, path: Path, *, must_exist: bool = False) -> Iterator[Shelf]:
        """Open the database, which is made where there is none.

        Raises:
            BadInput: the file is something else, or a later version's.
            Missing: it cannot be written, it is full or locked; or there is none and it must exist.
        """
        if must_exist and not path.exists():
            raise Missing(f"{path}: expected kept results, found none; `lottogrid backtest` keeps what it computes")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            database = sqlite3.connect(path, timeout=10, isolation_level=None)
            try:
                _check(database, path)
                yield cls(path, database)
            finally:
                database.close()
        except sqlite3.OperationalError as error:
            raise Missing(f"{path}: expected to read and write kept results, found: {error}; see to it") from None
        except sqlite3.DatabaseError as error:
            raise BadInput(f"{path}: expected kept results, found another file: {error}; move it away") from None

    def put(self, document: dict[str, Any], page: str, at: datetime) -> Kept:
        """Keep a result. One of the same trades, settings and bars takes the place of the one before."""
        same = "|".join(str(document[key]) for key in ("source", "settings_hash", "digest", "sessions"))
        packed = zlib.compress(json.dumps(document, allow_nan=False).encode()), zlib.compress(page.encode())
        (number,) = self._database.execute(
            "INSERT INTO results (kept_at, same, document, page) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (same) DO UPDATE SET kept_at = excluded.kept_at, document = excluded.document, "
            "page = excluded.page RETURNING number",
            (at.isoformat(), same, *packed),
        ).fetchall()[0]
        return Kept(number, at, document)

    def all(self) -> list[Kept]:
        """Return every result, oldest first."""
        rows = self._database.execute("SELECT number, kept_at, document FROM results ORDER BY number").fetchall()
        return [_kept(row) for row in rows]

    def result(self, number: int) -> Kept:
        """Return a result. BadInput where there is none of that number."""
        return _kept(self._row("number, kept_at, document", number))

    def page(self, number: int) -> str:
        """Return the page about a result, HTML. BadInput where there is none of that number."""
        return zlib.decompress(self._row("page", number)[0]).decode()

    def drop(self, number: int) -> None:
        """Forget a result. BadInput where there is none of that number."""
        self._row("number", number)
        self._database.execute("DELETE FROM results WHERE number = ?", (number,))

    def _row(self, columns: str, number: int) -> tuple[Any, ...]:
        query = f"SELECT {columns} FROM results WHERE number = ?"  # noqa: S608 - columns are ours
        row: tuple[Any, ...] | None = self._database.execute(query, (number,)).fetchone()
        if row is None:
            known = [str(each.number) for each in self.all()]
            found = ", ".join(known) or "none"
            raise BadInput(f"backtests: expected the number of a kept result ({found}), found {number}")
        return row


def _check(database: sqlite3.Connection, path: Path) -> None:
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version > _VERSION:
        raise BadInput(
            f"{path}: expected kept results of version {_VERSION}, found {version}; use the program that made it"
        )
    if version == 0:
        database.execute(_TABLE)
        database.execute(f"PRAGMA user_version = {_VERSION}")


def _kept(row: tuple[Any, ...]) -> Kept:
    number, kept_at, document = row
    return Kept(number, datetime.fromisoformat(kept_at), json.loads(zlib.decompress(document)))
