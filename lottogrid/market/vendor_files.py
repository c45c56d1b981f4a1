"""Bars from a file of any known layout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import chain
from pathlib import Path

from lottogrid.errors import BadInput
from lottogrid.market.bars import Bar
from lottogrid.market.reader import COLUMNS, BarChecker
from lottogrid.market.rows import Row, open_table
from lottogrid.market.vendor_plans import Plan, naming, plan_of
from lottogrid.market.vendors import Layout

_ONE_MINUTE = ("33", "ohlcv-1m")
"""What Databento calls bars of a minute."""


@dataclass(frozen=True, slots=True)
class VendorBars:
    """The bars of a file, oldest first, and what had to be put right."""

    layout: Layout
    bars: list[Bar]
    duplicates: int
    """Rows that said again what another row had said."""
    out_of_order: int
    """Rows that stood behind a later one."""


def read_vendor_file(
    path: Path, *, tick: Decimal, layout: str | None = None, zone: str | None = None, symbol: str | None = None
) -> VendorBars:
    """Return the bars of a CSV or Parquet file, gzip allowed; nothing is returned of a file with one fault.

    Args:
        path: the file; rows may be out of order, and may repeat one another.
        tick: smallest step of the prices, points; every price must be a multiple of it.
        layout: a name in `vendors.LAYOUTS`; None tells it from the columns.
        zone: IANA name of the zone of times that carry none, where it is not that of the layout.
        symbol: of several instruments in the file, the one wanted.

    Raises:
        BadInput: the layout is unknown, the zone is left open, two bars of one minute differ, there are several
            instruments, or a row is no one-minute bar; the message names line and reason.
        Missing: the file cannot be opened, or Parquet is asked for and pyarrow is absent.
    """
    with open_table(path, "bars", lambda _: None, blank=COLUMNS) as table:
        try:
            plan = plan_of(table.columns, layout, zone)
        except BadInput as error:
            raise BadInput(f"{path}: {error}") from None
        rows: Iterable[Row] = chain([(1, table.columns)], table.rows) if plan.first_is_data else table.rows
        return _Reader(path, table.unit, tick, plan, symbol).read(rows)


class _Reader:
    def __init__(self, path: Path, unit: str, tick: Decimal, plan: Plan, symbol: str | None) -> None:
        self._path, self._unit, self._plan, self._symbol = path, unit, plan, symbol
        self._checker = BarChecker(path, unit, tick)
        place = {name: number for number, name in enumerate(plan.columns)}
        layout = plan.layout
        self._times = [place[name] for name in layout.times]
        self._prices = [place[name] for name in COLUMNS[1:5]]
        counted = next((names for names in layout.volumes if set(names) <= set(place)), ())
        self._volumes = [place[name] for name in counted]
        self._instrument = place.get(layout.symbol) if layout.symbol else None
        self._kind = place.get("rtype")
        self._texts: dict[str, str] = {}

    def read(self, rows: Iterable[Row]) -> VendorBars:
        """Return what the rows hold."""
        bars: dict[datetime, Bar] = {}
        duplicates = out_of_order = 0
        latest: datetime | None = None
        for bar in self._bars(rows):
            there = bars.setdefault(bar.start, bar)
            if there != bar:
                raise self._checker.refusal(
                    "ts", "one bar a minute", f"{bar.start.isoformat()} again, and other prices"
                )
            if there is not bar:
                duplicates += 1
            elif latest is not None and bar.start < latest:
                out_of_order += 1
            latest = bar.start if latest is None else max(latest, bar.start)
        if not bars:
            of = "" if self._symbol is None else f" of {self._symbol}"
            raise BadInput(f"{self._path}: expected bars{of} below the columns' names, found none")
        return VendorBars(self._plan.layout, [bars[start] for start in sorted(bars)], duplicates, out_of_order)

    def _bars(self, rows: Iterable[Row]) -> Iterator[Bar]:
        instruments: set[str] = set()
        for line, row in rows:
            values = self._plan.values(row)
            if len(values) != len(self._plan.columns):
                raise self._refusal(line, f"{len(self._plan.columns)} values", repr(",".join(row)))
            if self._kind is not None and values[self._kind] not in _ONE_MINUTE:
                raise self._refusal(line, "bars of one minute, rtype 33", f"rtype {values[self._kind]!r}")
            if self._instrument is not None:
                instrument = values[self._instrument]
                if self._symbol not in (None, instrument):
                    continue
                instruments.add(instrument)
                if len(instruments) > 1:
                    named = ", ".join(sorted(instruments))
                    raise self._refusal(line, "one instrument", f"{named!r}; choose one with --symbol")
            yield self._checker.bar((line, self._plain(line, values)))

    def _plain(self, line: int, values: Sequence[str]) -> list[str]:
        """Return a row as the project's own files have it."""
        times = [values[place].strip() for place in self._times]
        try:
            start = self._plan.layout.at(times, self._plan.zone)
        except (ValueError, OverflowError) as error:
            hint = f"; {naming([self._plan.layout])}" if self._plan.zone is None else ""
            raise self._refusal(line, f"a time ({error})", f"{','.join(times)!r}{hint}") from None
        return [start.isoformat(), *(self._price(values[place]) for place in self._prices), self._volume(values)]

    def _price(self, text: str) -> str:
        known = self._texts.get(text)
        if known is None:
            known = self._texts[text] = self._plan.layout.price(text.strip())
        return known

    def _volume(self, values: Sequence[str]) -> str:
        texts = [values[place].strip() for place in self._volumes]
        if len(texts) == 1 or not all(text.isdigit() for text in texts):
            return "".join(texts[:1])
        return str(sum(map(int, texts))) if texts else ""

    def _refusal(self, line: int, expected: str, found: str) -> BadInput:
        return BadInput(f"{self._path} {self._unit} {line}: expected {expected}, found {found}")
