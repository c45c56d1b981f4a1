"""Bars from a file: all of it is checked before any of it is returned."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO, cast

from lottogrid.errors import BadInput, Missing
from lottogrid.market.bars import Bar

COLUMNS = ("ts", "open", "high", "low", "close", "volume")

# Plain digits only: Decimal itself would also take nan, 1e3, 1_000 and the digits of every script.
_PRICE = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?", re.ASCII)
_COUNT = re.compile(r"[0-9]{1,15}(\.0)?", re.ASCII)

_Row = tuple[int, list[str]]


def read_bars(path: Path, *, tick: Decimal) -> list[Bar]:
    """Return the bars of a CSV or Parquet file, oldest first, in UTC; nothing is returned of a file with one fault.

    Args:
        path: columns `ts,open,high,low,close,volume`; a name ending in `.gz` is unpacked, one ending in `.parquet`
            (or `.parquet.gz`) read as Parquet, any other as CSV. `ts` is the start of the bar, ISO 8601 with an
            offset, on a whole minute. Volume may be empty.
        tick: smallest step of the prices, points; every price must be a multiple of it.

    Raises:
        BadInput: the file breaks one of these rules; the message names line (row, in Parquet) and reason.
        Missing: the file cannot be opened, or Parquet is asked for and the package that reads it is absent.
    """
    name = path.name.removesuffix(".gz")
    try:
        with cast("BinaryIO", gzip.open(path)) if path.suffix == ".gz" else path.open("rb") as file:
            if name.endswith(".parquet"):
                return _Checker(path, "row", tick).bars(_parquet_rows(path, file))
            return _Checker(path, "line", tick).bars(_csv_rows(path, file))
    except OSError as error:
        raise Missing(f"{path}: expected a readable file of bars, found: {error.strerror or error}; check it") from None


def _csv_rows(path: Path, file: BinaryIO) -> Iterator[_Row]:
    with io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
        lines = csv.reader(text, strict=True)
        try:
            header = next(lines, None)
            if header is None:
                raise BadInput(f"{path} line 1: expected the columns {','.join(COLUMNS)}, found an empty file")
            _check_columns(path, header)
            for row in lines:
                yield lines.line_num, row
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            where = f"{path} line {lines.line_num + 1}"
            raise BadInput(f"{where}: expected whole gzip data, found: {error}; fetch the file again") from None
        except UnicodeDecodeError:
            where = f"{path} line {lines.line_num + 1}"
            raise BadInput(f"{where}: expected text in UTF-8, found other bytes; name a gzip file .gz") from None
        except csv.Error as error:
            raise BadInput(f"{path} line {lines.line_num}: expected CSV, found: {error}; correct the file") from None


def _parquet_rows(path: Path, file: BinaryIO) -> Iterator[_Row]:
    try:
        data = io.BytesIO(file.read())
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadInput(f"{path}: expected whole gzip data, found: {error}; fetch the file again") from None
    import pandas as pd  # noqa: PLC0415

    try:
        frame = pd.read_parquet(data)
    except ImportError:
        raise Missing(f"{path}: expected pyarrow to read Parquet, found none; pip install pyarrow") from None
    except (ValueError, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise BadInput(f"{path}: expected Parquet, found: {reason}; write the file again") from None
    _check_columns(path, [str(column) for column in frame.columns])
    frame["volume"] = frame["volume"].astype(object).where(frame["volume"].notna(), "")
    for number, row in enumerate(frame.itertuples(index=False, name=None), 1):
        yield number, [value.isoformat() if isinstance(value, datetime) else str(value) for value in row]


def _check_columns(path: Path, found: list[str]) -> None:
    if tuple(found) != COLUMNS:
        raise BadInput(
            f"{path} line 1: expected the columns {','.join(COLUMNS)}, found {','.join(found)!r}; rename them"
        )


class _Checker:
    """Turns rows of text into bars and refuses the first that is not one."""

    def __init__(self, path: Path, unit: str, tick: Decimal) -> None:
        self._path = path
        self._unit = unit
        self._tick = tick
        self._prices: dict[str, Decimal] = {}
        self._line = 0

    def bars(self, rows: Iterable[_Row]) -> list[Bar]:
        bars: list[Bar] = []
        last: datetime | None = None
        for self._line, row in rows:
            bar = self._bar(row)
            if last is not None and bar.start <= last:
                raise self._refusal("ts", "a time after that of the bar before", row[0])
            last = bar.start
            bars.append(bar)
        if not bars:
            raise BadInput(f"{self._path}: expected bars below the columns' names, found none")
        return bars

    def _bar(self, row: list[str]) -> Bar:
        if len(row) != len(COLUMNS):
            raise self._refusal("columns", f"{len(COLUMNS)} values", ",".join(row))
        start = self._start(row[0])
        known = self._prices
        try:
            opening, high, low, close = known[row[1]], known[row[2]], known[row[3]], known[row[4]]
        except KeyError:
            opening, high, low, close = (self._price(row, column) for column in range(1, 5))
        if not (low <= opening <= high and low <= close <= high):
            raise self._refusal("prices", "low <= open and close <= high", ",".join(row[1:5]))
        return Bar(start, opening, high, low, close, self._volume(row[5]))

    def _start(self, text: str) -> datetime:
        try:
            start = datetime.fromisoformat(text)
        except ValueError:
            raise self._refusal("ts", "an ISO 8601 time", text) from None
        if start.tzinfo is None:
            raise self._refusal("ts", "an offset such as -05:00", text)
        if start.second or start.microsecond:
            raise self._refusal("ts", "a whole minute", text)
        return start.astimezone(UTC)

    def _price(self, row: list[str], column: int) -> Decimal:
        text = row[column]
        price = self._prices.get(text)
        if price is None:
            price = Decimal(text) if _PRICE.fullmatch(text) else Decimal(0)
            if price <= 0:
                raise self._refusal(COLUMNS[column], "a price above 0", text)
            if price % self._tick:
                raise self._refusal(COLUMNS[column], f"a multiple of the tick {self._tick}", text)
            self._prices[text] = price
        return price

    def _volume(self, text: str) -> int | None:
        if not text:
            return None
        if not _COUNT.fullmatch(text):
            raise self._refusal("volume", "a whole number or nothing", text)
        return int(text.removesuffix(".0"))

    def _refusal(self, column: str, expected: str, found: str) -> BadInput:
        where = f"{self._path} {self._unit} {self._line}"
        return BadInput(f"{where}: {column}: expected {expected}, found {found or 'nothing'!r}; correct the file")
