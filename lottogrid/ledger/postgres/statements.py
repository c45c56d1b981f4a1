"""The ledger's statements on a connection to PostgreSQL: as `sqlite3.Connection` runs them, in the other dialect."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NoReturn

import psycopg
from psycopg.errors import InsufficientPrivilege, ReadOnlySqlTransaction
from psycopg.pq import TransactionStatus

from lottogrid.errors import BadInput, LottogridError, Missing

_IN_WORDS = {
    # Nobody else writes: the lock on the whole ledger has seen to it.
    "BEGIN IMMEDIATE": "BEGIN",
    # A reader sees all tables as of its first look, as in SQLite.
    "BEGIN": "BEGIN ISOLATION LEVEL REPEATABLE READ",
}


class Statements:
    """One connection; what a lost one raises is Missing, whatever was under way."""

    def __init__(self, connection: psycopg.Connection[Any], where: str) -> None:
        self.connection = connection
        self._where = where

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> psycopg.Cursor[Any]:
        """Run one statement with `?` for each parameter and return its cursor.

        Raises:
            Missing: the connection is lost, or the user may not do this. Whether a commit that was under way was
                carried out is then unknown: open the ledger anew, and read it.
            BadInput: a value is none that PostgreSQL can hold.
        """
        try:
            cursor = self.connection.execute(translated(statement), parameters)
        except psycopg.Error as error:
            self._raise(error)
        if statement == "COMMIT" and cursor.statusmessage != "COMMIT":
            raise Missing(
                f"ledger {self._where}: expected a commit, found the transaction undone ({cursor.statusmessage}); "
                "open it again"
            )
        return cursor

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each of `rows`; raises as `execute`."""
        try:
            with self.connection.cursor() as cursor:
                cursor.executemany(translated(statement), rows)
        except psycopg.Error as error:
            self._raise(error)

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open, a failed one too; none is on a lost connection."""
        return self.connection.info.transaction_status in {
            TransactionStatus.ACTIVE,
            TransactionStatus.INTRANS,
            TransactionStatus.INERROR,
        }

    def _raise(self, error: psycopg.Error) -> NoReturn:
        known = in_our_words(error, self._where)
        if known is not None:
            raise known from error
        raise error


@lru_cache(maxsize=256)
def translated(statement: str) -> str:
    """Return a statement that was written for SQLite as PostgreSQL takes it."""
    return _IN_WORDS.get(statement) or statement.replace("?", "%s")


def in_our_words(error: psycopg.Error, where: str) -> LottogridError | None:
    """Return what an error means for the ledger at `where`; None for one that only a mistake of ours explains."""
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return Missing(
            f"ledger {where}: expected the server to answer, found: {one_line(error)}; see to the server and the way "
            "to it"
        )
    if isinstance(error, InsufficientPrivilege | ReadOnlySqlTransaction):
        return Missing(
            f"ledger {where}: expected the right to do this, found: {one_line(error)}; see to the user's rights"
        )
    if isinstance(error, psycopg.DataError):
        return BadInput(f"ledger {where}: expected values that it can hold, found: {one_line(error)}; correct them")
    return None


def one_line(error: psycopg.Error) -> str:
    """Return what the server or its library said, on one line."""
    return "; ".join(line.strip() for line in str(error).splitlines() if line.strip()) or type(error).__name__
