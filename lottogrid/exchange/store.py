"""Keeps the exchange's account through the death of its process, as a real broker would."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Protocol, TypeVar

from lottogrid.errors import BadInput
from lottogrid.exchange.codec import decode, encode

T = TypeVar("T")

_SCHEMA = "CREATE TABLE IF NOT EXISTS kept (kind TEXT, key TEXT, body TEXT NOT NULL, PRIMARY KEY (kind, key))"
_PUT = "INSERT INTO kept (kind, key, body) VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body"
_DROP = "DELETE FROM kept WHERE kind = ? AND key = ?"
_LOAD = "SELECT body FROM kept WHERE kind = ? ORDER BY rowid"


class Keeper(Protocol):
    """Something that keeps dataclass instances by their class and a key."""

    def load(self, kind: type[T]) -> list[T]:
        """Return all instances of `kind`, in the order in which their keys were first put."""
        ...

    def put(self, key: str, value: object) -> None:
        """Keep `value`, in the state it has at the next `flush`."""
        ...

    def drop(self, kind: type, key: str) -> None:
        """Forget the instance of `kind` under `key`."""
        ...

    def flush(self) -> None:
        """Make all that was put and dropped lasting, at once or not at all."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


class Store:
    """A `Keeper` in an SQLite file.

    A flush survives the death of the process, not the loss of power: nobody's money is in it. To be used by one
    thread at a time.
    """

    def __init__(self, path: Path) -> None:
        self._pending: dict[tuple[str, str], object | None] = {}
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = NORMAL")
            self._database.execute(_SCHEMA)
        except sqlite3.DatabaseError as error:
            self._database.close()
            raise BadInput(f"{path}: expected a simulated account, found {error}; move the file away") from error

    def load(self, kind: type[T]) -> list[T]:
        """Return all instances of `kind`, in the order in which their keys were first put."""
        return [decode(kind, body) for (body,) in self._database.execute(_LOAD, (kind.__name__,))]

    def put(self, key: str, value: object) -> None:
        """Keep `value`, in the state it has at the next `flush`."""
        self._pending[type(value).__name__, key] = value

    def drop(self, kind: type, key: str) -> None:
        """Forget the instance of `kind` under `key`."""
        self._pending[kind.__name__, key] = None

    def flush(self) -> None:
        """Write all that was put and dropped in one transaction."""
        if not self._pending:
            return
        drops = [place for place, value in self._pending.items() if value is None]
        puts = [(*place, encode(value)) for place, value in self._pending.items() if value is not None]
        with self._database:
            self._database.execute("BEGIN")
            self._database.executemany(_DROP, drops)
            self._database.executemany(_PUT, puts)
        self._pending.clear()

    def close(self) -> None:
        """Close the file; what was not flushed is lost."""
        self._database.close()


class Forgetful:
    """A `Keeper` that keeps nothing: for replays and backtests."""

    def load(self, kind: type[T]) -> list[T]:  # noqa: ARG002
        """Return nothing, for nothing was kept."""
        return []

    def put(self, key: str, value: object) -> None:
        """Do nothing."""

    def drop(self, kind: type, key: str) -> None:
        """Do nothing."""

    def flush(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""
