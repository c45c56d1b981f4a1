"""A folder of bars: one Parquet file a day, each of which `read_bars` can read by itself."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lottogrid.clock import trading_date
from lottogrid.errors import BadInput, Missing
from lottogrid.market.bars import Bar
from lottogrid.market.reader import COLUMNS
from lottogrid.pricing.blocks import Floats

_SUFFIX = ".parquet"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Written:
    """What a write did, in days and bars."""

    days: int
    """New or changed."""
    bars: int
    """That were not there before."""
    known: int
    """Bars that were there already, the same."""


class BarStore:
    """Bars by day (New York) in `YYYY-MM-DD.parquet`. Each file is replaced as a whole, so that none is ever half."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def days(self) -> list[date]:
        """Return the days there are, oldest first; files with other names are not the store's."""
        found = []
        for path in self.folder.glob(f"????-??-??{_SUFFIX}"):
            try:
                found.append(date.fromisoformat(path.stem))
            except ValueError:
                continue
        return sorted(found)

    def read(self, *, tick: Decimal, first: date | None = None, last: date | None = None) -> list[Bar]:
        """Return the bars, oldest first, in UTC.

        Args:
            tick: smallest step of the prices, points; every price must be a multiple of it.
            first: earliest day wanted; the stored day before it comes too where it is not stored itself.
            last: latest day wanted, included; the stored day after it comes too where it is not stored itself.

        Raises:
            BadInput: the store is empty, or a file in it is not what was written there.
            Missing: there is no such folder, or pyarrow is absent.
        """
        if not self.folder.is_dir():
            raise Missing(f"{self.folder}: expected a folder of bars, found none; `lottogrid data import` makes one")
        days = self.days()
        if not days:
            raise BadInput(
                f"{self.folder}: expected bars as YYYY-MM-DD.parquet, found none; `lottogrid data import` writes them"
            )
        begin = 0 if first is None else max(bisect_right(days, first) - 1, 0)
        end = len(days) if last is None else bisect_left(days, last) + 1
        prices: dict[float, Decimal] = {}
        return [bar for day in days[begin:end] for bar in self._read_day(day, tick, prices)]

    def write(self, bars: Sequence[Bar], *, tick: Decimal, replace: bool = False) -> Written:
        """Add bars to the days they belong to.

        Args:
            bars: oldest first, one a minute.
            tick: smallest step of the prices, for the days that are stored already.
            replace: let a new bar take the place of a stored one that differs.

        Raises:
            BadInput: a bar differs from the one stored for its minute; nothing was written then.
            Missing: pyarrow is absent.
        """
        stored = set(self.days())
        changed: dict[date, list[Bar]] = {}
        known = 0
        for day, group in groupby(bars, lambda bar: trading_date(bar.start)):
            coming = {bar.start: bar for bar in group}
            there = {bar.start: bar for bar in self._read_day(day, tick, {})} if day in stored else {}
            same = sum(there.get(start) == bar for start, bar in coming.items())
            differs = next((start for start, bar in coming.items() if there.get(start, bar) != bar), None)
            if differs is not None and not replace:
                raise BadInput(
                    f"{self._path(day)}: expected the stored bar of {differs.isoformat()}, found another: "
                    f"{_prices(there[differs])} is stored, {_prices(coming[differs])} came; --replace takes the new one"
                )
            known += same
            if same < len(coming):
                changed[day] = [bar for _, bar in sorted((there | coming).items())]
        for day, merged in changed.items():
            self._write_day(day, merged)
        return Written(len(changed), len(bars) - known, known)

    def _path(self, day: date) -> Path:
        return self.folder / f"{day}{_SUFFIX}"

    def _read_day(self, day: date, tick: Decimal, prices: dict[float, Decimal]) -> list[Bar]:
        path = self._path(day)
        pa, parquet = _arrow(path)
        try:
            # On files this small threads cost more than they bring.
            source = pa.BufferReader(path.read_bytes())
            table = parquet.ParquetFile(source, pre_buffer=False).read(columns=list(COLUMNS), use_threads=False)
            micros = table.column("ts").to_numpy().astype("datetime64[us]").astype(np.int64)
            columns = [table.column(name).to_numpy() for name in COLUMNS[1:5]]
        except (ValueError, OSError, KeyError) as error:
            reason = str(error).partition("\n")[0]
            raise BadInput(f"{path}: expected bars in Parquet, found: {reason}; import them again") from None
        _check(path, day, micros, columns)
        for number in np.unique(np.concatenate(columns)).tolist():
            if number not in prices:
                prices[number] = _price(path, tick, number)
        times = [_EPOCH + number * _MICROSECOND for number in micros.tolist()]
        exact = [map(prices.__getitem__, column.tolist()) for column in columns]
        return list(map(Bar, times, *exact, table.column("volume").to_pylist()))

    def _write_day(self, day: date, bars: Iterable[Bar]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self._path(day)
        half = path.with_suffix(".half")
        pa, parquet = _arrow(path)
        rows = list(bars)
        made = pa.table(
            {
                "ts": pa.array([bar.start for bar in rows], pa.timestamp("us", tz="UTC")),
                **{name: pa.array([float(getattr(bar, name)) for bar in rows], pa.float64()) for name in COLUMNS[1:5]},
                "volume": pa.array([bar.volume for bar in rows], pa.int64()),
            }
        )
        try:
            parquet.write_table(made, half)
            half.replace(path)
        except OSError as error:
            reason = str(error).partition("\n")[0]
            raise Missing(
                f"{path}: expected room for a day of bars, found: {reason}; days before it are kept, make room and run "
                "the same command again"
            ) from None
        finally:
            half.unlink(missing_ok=True)


def _arrow(path: Path) -> tuple[Any, Any]:
    """Return pyarrow and its module for Parquet."""
    try:
        import pyarrow as pa  # noqa: PLC0415 - heavy, and needed for a store only
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError:
        raise Missing(f"{path}: expected pyarrow to read Parquet, found none; pip install pyarrow") from None
    return pa, parquet


def _check(path: Path, day: date, micros: NDArray[np.int64], columns: Sequence[Floats]) -> None:
    """Refuse times that do not rise within the day, and prices out of order."""
    ends = [trading_date(_EPOCH + int(number) * _MICROSECOND) for number in micros[[0, -1]]] if len(micros) else []
    if ends != [day, day] or not (np.diff(micros) > 0).all():
        raise BadInput(f"{path}: expected rising times of {day}, found {ends or 'no bar'}; import the day again")
    opening, high, low, close = columns
    is_ordered = (low <= np.minimum(opening, close)) & (np.maximum(opening, close) <= high)
    if not is_ordered.all():
        row = int(np.argmin(is_ordered)) + 1
        raise BadInput(f"{path} row {row}: expected low <= open and close <= high; import the day again")


def _price(path: Path, tick: Decimal, number: float) -> Decimal:
    if not 0 < number < math.inf:
        raise BadInput(f"{path}: expected prices above 0, found {number}; import the day again")
    price = Decimal(repr(number).removesuffix(".0"))
    if price % tick:
        raise BadInput(f"{path}: expected multiples of the tick {tick}, found {price}; is it another instrument?")
    return price


def _prices(bar: Bar) -> str:
    return f"{bar.open},{bar.high},{bar.low},{bar.close},{'' if bar.volume is None else bar.volume}"
