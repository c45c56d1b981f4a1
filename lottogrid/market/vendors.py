"""The layouts in which vendors and platforms write one-minute bars, and how each is read.

A file whose times carry an offset, or count from 1970, is recognised by its columns. One that leaves its zone open is
refused until its layout is named: many programs write the same columns and mean other hours, or the end of the minute
instead of its start. What a layout says of its zone and its stamps is what its vendor documents.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from lottogrid.market.reader import COLUMNS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_FIXED_POINT = 10
"""Digits from which on a whole number is one of Databento's, in billionths: no index is that high."""

ReadTime = Callable[[Sequence[str]], datetime]
"""Returns a time from the texts of its columns, aware or, where the file leaves the zone open, naive."""


def _iso(texts: Sequence[str]) -> datetime:
    return datetime.fromisoformat(texts[0])


def _iso_or_nanoseconds(texts: Sequence[str]) -> datetime:
    return _nanoseconds(texts) if texts[0].isdigit() else datetime.fromisoformat(_without_nanoseconds(texts[0]))


def _nanoseconds(texts: Sequence[str]) -> datetime:
    return _EPOCH + timedelta(microseconds=int(texts[0]) / 1000)


def _milliseconds(texts: Sequence[str]) -> datetime:
    return _EPOCH + timedelta(milliseconds=int(texts[0]))


def _american(texts: Sequence[str]) -> datetime:
    month, day, year = texts[0].split("/")
    return datetime.combine(date(int(year), int(month), int(day)), time.fromisoformat(_two_digits(texts[1])))


def _compact(texts: Sequence[str]) -> datetime:
    return datetime.fromisoformat(texts[0].replace(" ", "T"))


def _two_digits(text: str) -> str:
    return text if text[1:2] != ":" else f"0{text}"


def _without_nanoseconds(text: str) -> str:
    """Return an ISO time whose fraction, of which minutes have none, is cut off."""
    head, dot, tail = text.partition(".")
    return head + tail.lstrip("0123456789") if dot else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How one kind of file is laid out."""

    name: str
    description: str
    times: tuple[str, ...]
    """Columns that make up the time."""
    read_time: ReadTime
    zone: str | None = None
    """Of naive times, where the vendor documents it."""
    stamps_end: bool = False
    """Whether a time is the end of its minute."""
    marks: tuple[str, ...] = ()
    """Columns besides time and prices that tell the layout from others."""
    columns: tuple[str, ...] = ()
    """By place, where a file has no header."""
    has_header: bool = True
    """Whether a file may have one."""
    separator: str = ","
    symbol: str | None = None
    """Column that says which instrument a row is of."""
    volumes: tuple[tuple[str, ...], ...] = (("volume",),)
    """Columns whose sum is the volume, by preference."""
    is_billionths: bool = False
    """Whether whole numbers of ten digits and more are prices in billionths."""

    def fits(self, header: Sequence[str]) -> bool:
        """Return whether a header, in small letters, has what this layout needs."""
        return self.has_header and {*self.times, *COLUMNS[1:5], *self.marks} <= set(header)

    def at(self, texts: Sequence[str], zone: str | None) -> datetime:
        """Return the start of the minute in UTC; a naive time is one of `zone`.

        Raises:
            ValueError: the texts are no time, or a naive one without a zone, or one that the change of the clocks
                makes ambiguous or skips.
        """
        found = self.read_time(texts)
        if found.tzinfo is None:
            found = _localised(found, zone)
        return found.astimezone(UTC) - (_MINUTE if self.stamps_end else timedelta(0))

    def price(self, text: str) -> str:
        """Return a price as plain digits, without zeros behind the point."""
        try:
            price = Decimal(text)
        except InvalidOperation:
            return text
        if self.is_billionths and len(text) >= _FIXED_POINT and text.isdigit():
            price = price.scaleb(-9)
        return f"{price.normalize():f}" if price.is_finite() else text


def _localised(naive: datetime, zone: str | None) -> datetime:
    if zone is None:
        raise ValueError("a time with its offset")
    local = naive.replace(tzinfo=ZoneInfo(zone))
    if local.utcoffset() != local.replace(fold=1).utcoffset():
        raise ValueError(f"a time that {zone} has once, as the clocks are changed then")
    return local


_OHLCV = COLUMNS[1:]

LAYOUTS: dict[str, Layout] = {
    layout.name: layout
    for layout in (
        Layout(name="lottogrid", description="the project's own: ISO 8601 with offset", times=("ts",), read_time=_iso),
        Layout(
            name="databento",
            description="Databento's ohlcv-1m as CSV: UTC, plain or as whole numbers",
            times=("ts_event",),
            read_time=_iso_or_nanoseconds,
            symbol="symbol",
            is_billionths=True,
        ),
        Layout(
            name="polygon",
            description="Polygon's flat files of minute aggregates: nanoseconds from 1970",
            times=("window_start",),
            read_time=_nanoseconds,
            symbol="ticker",
        ),
        Layout(
            name="polygon-api",
            description="Polygon's aggregates as its client writes them: milliseconds from 1970",
            times=("timestamp",),
            read_time=_milliseconds,
            marks=("vwap",),
        ),
        Layout(
            name="yahoo",
            description="yfinance's intraday CSV: ISO 8601 with offset",
            times=("datetime",),
            read_time=_iso,
        ),
        Layout(
            name="firstrate",
            description="FirstRate Data: New York time, start of the minute",
            times=("timestamp",),
            read_time=_iso,
            zone="America/New_York",
            columns=("timestamp", *_OHLCV),
        ),
        Layout(
            name="tradestation",
            description="TradeStation's export: the zone of the chart, which must be named; end of the minute",
            times=("date", "time"),
            read_time=_american,
            stamps_end=True,
            volumes=(("vol",), ("volume",), ("up", "down")),
        ),
        Layout(
            name="kibot",
            description="Kibot, no header: MM/DD/YYYY,HH:MM in New York time, start of the minute",
            times=("date", "time"),
            read_time=_american,
            zone="America/New_York",
            columns=("date", "time", *_OHLCV),
            has_header=False,
        ),
        Layout(
            name="ninjatrader",
            description="NinjaTrader 8's export, no header: YYYYMMDD HHMMSS;... in UTC, end of the minute",
            times=("time",),
            read_time=_compact,
            zone="UTC",
            stamps_end=True,
            columns=("time", *_OHLCV),
            has_header=False,
            separator=";",
        ),
    )
}
