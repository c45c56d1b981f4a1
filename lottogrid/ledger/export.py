"""The ledger's tables as files for other programs: CSV, or Parquet with types."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from lottogrid.errors import BadInput
from lottogrid.ledger.columns import instant_of
from lottogrid.ledger.place import Place
from lottogrid.ledger.tables import CONTENT, Kind, at_one_instant, kinds_of, name_of, rows_of

Format = Literal["csv", "parquet"]
FORMATS: tuple[Format, ...] = ("csv", "parquet")
_DIGITS, _PLACES = 38, 18
"""Of a decimal in Parquet: all that it can hold, and more places than a price or a fee has."""


def export(ledger: Place, folder: Path, form: Format) -> dict[str, int]:
    """Write every table of `ledger` as it stands at one instant into the new `folder`, beside a running writer.

    Instants are UTC, prices in points, money in dollars, decimals exact; an empty field (CSV) or a null is unknown.

    Returns:
        How many rows each table has; its file bears its name.

    Raises:
        Missing: where the ledger is absent.
        BadInput: where the folder exists, or a file is no ledger.
    """
    if folder.exists():
        raise BadInput(f"export: expected a new folder, found {folder}; name another, nothing is overwritten")
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    write = _write_csv if form == "csv" else _write_parquet
    try:
        with at_one_instant(ledger) as database:
            counts = {}
            for table in CONTENT:
                kinds = kinds_of(table)
                rows = [_converted(row, kinds.values()) for row in rows_of(database, table)]
                write(partial / f"{name_of(table)}.{form}", kinds, rows)
                counts[name_of(table)] = len(rows)
        partial.replace(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return counts


def _converted(row: tuple[Any, ...], kinds: Iterable[Kind]) -> list[Any]:
    return [None if value is None else _CONVERT[kind](value) for value, kind in zip(row, kinds, strict=True)]


_CONVERT: Mapping[Kind, Callable[[Any], Any]] = {
    "instant": instant_of,
    "date": date.fromisoformat,
    "decimal": Decimal,
    "flag": bool,
    "number": int,
    "text": str,
}


def _write_csv(path: Path, kinds: Mapping[str, Kind], rows: list[list[Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(kinds)
        writer.writerows([_text(value) for value in row] for row in rows)


def _text(value: Any) -> Any:
    match value:
        case bool():
            return str(value).lower()
        case datetime():
            return value.isoformat(timespec="microseconds")
        case Decimal():
            return f"{value:f}"
        case _:
            return value  # csv writes None as nothing


def _write_parquet(path: Path, kinds: Mapping[str, Kind], rows: list[list[Any]]) -> None:
    import pyarrow as pa  # noqa: PLC0415 - heavy, and CSV needs none of it
    from pyarrow import parquet  # noqa: PLC0415

    types = {
        "instant": pa.timestamp("us", tz="UTC"),
        "date": pa.date32(),
        "decimal": pa.decimal128(_DIGITS, _PLACES),
        "flag": pa.bool_(),
        "number": pa.int64(),
        "text": pa.string(),
    }
    schema = pa.schema([(name, types[kind]) for name, kind in kinds.items()])
    columns = [pa.array([row[place] for row in rows], type=column.type) for place, column in enumerate(schema)]
    parquet.write_table(pa.table(columns, schema=schema), path)
