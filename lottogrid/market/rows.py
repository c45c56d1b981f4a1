"""Rows of text from a CSV or Parquet file, gzip allowed: the edge where all that is no table is refused."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, TypeAlias, cast

from lottogrid.errors import BadInput, Missing

Row: TypeAlias = tuple[int, list[str]]
"""The number of the line (of the row, in Parquet), from 1 on, and the values as text."""
CheckColumns: TypeAlias = Callable[[list[str]], None]
"""Refuses a file by the names of its columns."""

_NOT_GZIP = (EOFError, zlib.error, gzip.BadGzipFile)


@dataclass(frozen=True, slots=True)
class Table:
    """An open file of rows."""

    columns: list[str]
    unit: str
    """What a number counts: `line` or `row`."""
    rows: Iterator[Row]


@contextmanager
def open_table(path: Path, kind: str, check: CheckColumns, blank: Collection[str] = ()) -> Iterator[Table]:
    """Open the table in `path`; its rows are read as they are asked for, and what goes wrong then is told alike.

    Args:
        path: a name ending in `.gz` is unpacked, one ending in `.parquet` (or `.parquet.gz`) read as Parquet, any
            other as CSV with the names of its columns in the first line.
        kind: what the file should hold, for the message, as `bars`.
        check: looks at the names of the columns before any row is read.
        blank: columns of a Parquet file in which an unknown value becomes an empty text, as CSV has it.

    Raises:
        BadInput: the file is no such table.
        Missing: the file cannot be opened, or the package that reads Parquet is absent.
    """
    try:
        with cast("BinaryIO", gzip.open(path)) if path.suffix == ".gz" else path.open("rb") as file:
            if path.name.removesuffix(".gz").endswith(".parquet"):
                yield _parquet(path, file, check, blank)
            else:
                with io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
                    rows = _csv_rows(path, kind, text)
                    _, columns = next(rows)
                    check(columns)
                    yield Table(columns, "line", rows)
    except OSError as error:
        raise Missing(
            f"{path}: expected a readable file of {kind}, found: {error.strerror or error}; check it"
        ) from None


def _csv_rows(path: Path, kind: str, text: io.TextIOWrapper) -> Iterator[Row]:
    lines = csv.reader(text, strict=True)
    try:
        header = next(lines, None)
        if header is None:
            raise BadInput(f"{path} line 1: expected the columns of {kind}, found an empty file")
        yield 1, header
        for row in lines:
            yield lines.line_num, row
    except _NOT_GZIP as error:
        where = f"{path} line {lines.line_num + 1}"
        raise BadInput(f"{where}: expected whole gzip data, found: {error}; fetch the file again") from None
    except UnicodeDecodeError:
        where = f"{path} line {lines.line_num + 1}"
        raise BadInput(f"{where}: expected text in UTF-8, found other bytes; name a gzip file .gz") from None
    except csv.Error as error:
        raise BadInput(f"{path} line {lines.line_num}: expected CSV, found: {error}; correct the file") from None


def _parquet(path: Path, file: BinaryIO, check: CheckColumns, blank: Collection[str]) -> Table:
    try:
        data = io.BytesIO(file.read())
    except _NOT_GZIP as error:
        raise BadInput(f"{path}: expected whole gzip data, found: {error}; fetch the file again") from None
    import pandas as pd  # noqa: PLC0415

    try:
        frame = pd.read_parquet(data)
    except ImportError:
        raise Missing(f"{path}: expected pyarrow to read Parquet, found none; pip install pyarrow") from None
    except (ValueError, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise BadInput(f"{path}: expected Parquet, found: {reason}; write the file again") from None
    columns = [str(column) for column in frame.columns]
    check(columns)
    for column in blank:
        if column in columns:
            frame[column] = frame[column].astype(object).where(frame[column].notna(), "")
    rows = (
        (number, [value.isoformat() if isinstance(value, datetime) else str(value) for value in row])
        for number, row in enumerate(frame.itertuples(index=False, name=None), 1)
    )
    return Table(columns, "row", rows)
