"""Whole tables of a ledger: read as of one instant, copied into another database, and told apart by a digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

from peewee import BooleanField, Database, Field, IntegerField

from lottogrid.errors import BadInput
from lottogrid.ledger.database import connection_of, execute, open_for_reading
from lottogrid.ledger.models import TABLES, Property, Table
from lottogrid.ledger.place import Place

Kind = Literal["instant", "date", "decimal", "flag", "number", "text"]

CONTENT: tuple[type[Table], ...] = tuple(table for table in TABLES if table is not Property)
"""The tables that hold the book; the other says what database this is."""

_DECIMALS = frozenset(
    {
        "baseline_usd",
        "commission",
        "equity_usd",
        "level",
        "limit_price",
        "open_value_usd",
        "price",
        "realised_usd",
        "reserved_usd",
        "target_multiple",
        "target_price",
        "underlying",
    }
)
_DATE = "trading_date"
_INSTANTS = ("at", "since")


@contextmanager
def at_one_instant(ledger: Place) -> Iterator[Database]:
    """Open a ledger of which all tables are read as of the first look, beside a running writer."""
    database = open_for_reading(ledger)
    try:
        execute(database, "BEGIN")
        yield database
        execute(database, "ROLLBACK")
    finally:
        database.close()


def name_of(table: type[Table]) -> str:
    """Return the name of a table in the database."""
    return str(table._meta.table_name)  # noqa: SLF001 - peewee's documented place for it


def kinds_of(table: type[Table]) -> dict[str, Kind]:
    """Return what each column of a table holds, in their order."""
    fields: Iterable[Field[Any]] = table._meta.sorted_fields  # noqa: SLF001 - likewise
    return {str(field.column_name): _kind(field) for field in fields}


def rows_of(database: Database, table: type[Table]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a table in the order of their coming, the same from every kind of database."""
    kinds = kinds_of(table)
    listed = ", ".join(f'"{column}"' for column in kinds)
    flags = [place for place, kind in enumerate(kinds.values()) if kind == "flag"]
    for row in execute(database, f'SELECT {listed} FROM "{name_of(table)}" ORDER BY rowid'):  # noqa: S608 - our own names
        yield _with_flags(row, flags) if flags else tuple(row)


def is_empty(database: Database) -> bool:
    """Return whether nothing was ever booked."""
    return all(next(rows_of(database, table), None) is None for table in CONTENT)


def copy_rows(source: Database, target: Database) -> None:
    """Write every row of `source` into `target`, in one transaction.

    Raises:
        BadInput: where the two do not have the same digest then, as `target` was not empty; it is left as it was.
    """
    connection = connection_of(target)
    connection.execute("BEGIN IMMEDIATE", ())
    try:
        for table in CONTENT:
            columns = kinds_of(table)
            listed, marks = ", ".join(f'"{column}"' for column in columns), ", ".join("?" * len(columns))
            statement = f'INSERT INTO "{name_of(table)}" ({listed}) VALUES ({marks})'  # noqa: S608 - likewise
            connection.executemany(statement, rows_of(source, table))
        _refuse_another(digest_of(source), digest_of(target))
        connection.execute("COMMIT", ())
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK", ())
        raise


def digest_of(database: Database) -> str:
    """Return the SHA-256 of all rows, in hex: of two ledgers it is the same where every value of theirs is."""
    return hashlib.sha256(json.dumps(digests_of(database)).encode()).hexdigest()


def digests_of(database: Database) -> dict[str, str]:
    """Return such a digest of each table, by its name."""
    return {name_of(table): _digest(rows_of(database, table)) for table in CONTENT}


def _refuse_another(expected: str, found: str) -> None:
    if found != expected:
        raise BadInput(f"copy: expected rows of digest {expected}, found {found}; copy into an empty database")


def _digest(rows: Iterable[tuple[Any, ...]]) -> str:
    found = hashlib.sha256()
    for row in rows:
        found.update(json.dumps(row).encode() + b"\n")
    return found.hexdigest()


def _with_flags(row: Iterable[Any], flags: list[int]) -> tuple[Any, ...]:
    # A flag is 0 or 1 in SQLite.
    values = list(row)
    for place in flags:
        values[place] = bool(values[place])
    return tuple(values)


def _kind(field: Field[Any]) -> Kind:
    name = str(field.column_name)
    if name == _DATE:
        return "date"
    if name in _DECIMALS:
        return "decimal"
    if isinstance(field, BooleanField):
        return "flag"
    if isinstance(field, IntegerField):
        return "instant" if name in _INSTANTS or name.endswith("_at") else "number"
    return "text"
