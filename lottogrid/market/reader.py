"""Bars from a file: all of it is checked before any of it is returned."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from lottogrid.errors import BadInput
from lottogrid.market.bars import Bar
from lottogrid.market.rows import Row, open_table

COLUMNS = ("ts", "open", "high", "low", "close", "volume")

# Plain digits only: Decimal itself would also take nan, 1e3, 1_000 and the digits of every script.
_PRICE = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?", re.ASCII)
_COUNT = re.compile(r"[0-9]{1,15}(\.0)?", re.ASCII)


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
    with open_table(path, "bars", lambda found: _check_columns(path, found), blank=("volume",)) as table:
        return BarChecker(path, table.unit, tick).bars(table.rows)


def _check_columns(path: Path, found: list[str]) -> None:
    if tuple(found) != COLUMNS:
        raise BadInput(
            f"{path} line 1: expected the columns {','.join(COLUMNS)}, found {','.join(found)!r}; rename them"
        )


class BarChecker:
    """Turns rows of text into bars and refuses the first that is not one."""

    def __init__(self, path: Path, unit: str, tick: Decimal) -> None:
        """Prepare; `unit` is what the rows of the file are called: `line` or `row`."""
        self._path = path
        self._unit = unit
        self._tick = tick
        self._prices: dict[str, Decimal] = {}
        self._line = 0

    def bars(self, rows: Iterable[Row]) -> list[Bar]:
        """Return the bars of `rows`, whose times must rise."""
        bars: list[Bar] = []
        last: datetime | None = None
        for row in rows:
            bar = self.bar(row)
            if last is not None and bar.start <= last:
                raise self.refusal("ts", "a time after that of the bar before", row[1][0])
            last = bar.start
            bars.append(bar)
        if not bars:
            raise BadInput(f"{self._path}: expected bars below the columns' names, found none")
        return bars

    def bar(self, numbered: Row) -> Bar:
        """Return the bar in one row, which has the values of `COLUMNS`."""
        self._line, row = numbered
        if len(row) != len(COLUMNS):
            raise self.refusal("columns", f"{len(COLUMNS)} values", ",".join(row))
        start = self._start(row[0])
        known = self._prices
        try:
            opening, high, low, close = known[row[1]], known[row[2]], known[row[3]], known[row[4]]
        except KeyError:
            opening, high, low, close = (self._price(row, column) for column in range(1, 5))
        if not (low <= opening <= high and low <= close <= high):
            raise self.refusal("prices", "low <= open and close <= high", ",".join(row[1:5]))
        return Bar(start, opening, high, low, close, self._volume(row[5]))

    def _start(self, text: str) -> datetime:
        try:
            start = datetime.fromisoformat(text)
        except ValueError:
            raise self.refusal("ts", "an ISO 8601 time", text) from None
        if start.tzinfo is None:
            raise self.refusal("ts", "an offset such as -05:00", text)
        if start.second or start.microsecond:
            raise self.refusal("ts", "a whole minute", text)
        return start.astimezone(UTC)

    def _price(self, row: list[str], column: int) -> Decimal:
        text = row[column]
        price = self._prices.get(text)
        if price is None:
            price = Decimal(text) if _PRICE.fullmatch(text) else Decimal(0)
            if price <= 0:
                raise self.refusal(COLUMNS[column], "a price above 0", text)
            if price % self._tick:
                raise self.refusal(COLUMNS[column], f"a multiple of the tick {self._tick}", text)
            self._prices[text] = price
        return price

    def _volume(self, text: str) -> int | None:
        if not text:
            return None
        if not _COUNT.fullmatch(text):
            raise self.refusal("volume", "a whole number or nothing", text)
        return int(text.removesuffix(".0"))

    def refusal(self, column: str, expected: str, found: str) -> BadInput:
        """Return what is wrong with the row that was taken last."""
        where = f"{self._path} {self._unit} {self._line}"
        return BadInput(f"{where}: {column}: expected {expected}, found {found or 'nothing'!r}; correct the file")
