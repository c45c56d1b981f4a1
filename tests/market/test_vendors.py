"""Files of bars as vendors write them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from lottogrid.errors import BadInput, LottogridError
from lottogrid.market.bars import Bar
from lottogrid.market.vendor_files import VendorBars, read_vendor_file
from lottogrid.market.vendors import LAYOUTS
from tests.market.made import TICK


def bar(minute: int, close: str, volume: int | None = 12) -> Bar:
    """Return the bar that all the files below hold, at 10:00 New York time plus `minute`."""
    start = datetime(2025, 3, 3, 15, minute, tzinfo=UTC)
    return Bar(start, Decimal("6000.25"), Decimal("6001.5"), Decimal(5999), Decimal(close), volume)


BARS = [bar(0, "6000.5"), bar(1, "6001", 7)]

DATABENTO = (
    "ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume,symbol",
    "2025-03-03T15:00:00.000000000Z,33,1,5602,6000.250000000,6001.500000000,5999.000000000,6000.500000000,12,ESH5",
    "2025-03-03T15:01:00.000000000Z,33,1,5602,6000.250000000,6001.500000000,5999.000000000,6001.000000000,7,ESH5",
)
DATABENTO_RAW = (
    DATABENTO[0],
    "1741014000000000000,33,1,5602,6000250000000,6001500000000,5999000000000,6000500000000,12,ESH5",
    "1741014060000000000,33,1,5602,6000250000000,6001500000000,5999000000000,6001000000000,7,ESH5",
)
FILES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "lottogrid": (
        (
            "ts,open,high,low,close,volume",
            "2025-03-03T10:00:00-05:00,6000.25,6001.50,5999,6000.50,12",
            "2025-03-03T10:01:00-05:00,6000.25,6001.50,5999,6001,7",
        ),
        (),
    ),
    "databento": (DATABENTO, ()),
    "polygon": (
        (
            "ticker,volume,open,close,high,low,window_start,transactions",
            "ES,12,6000.25,6000.5,6001.5,5999,1741014000000000000,3",
            "ES,7,6000.25,6001,6001.5,5999,1741014060000000000,3",
        ),
        (),
    ),
    "polygon-api": (
        (
            "open,high,low,close,volume,vwap,timestamp,transactions",
            "6000.25,6001.5,5999,6000.5,12.0,6000.3,1741014000000,3",
            "6000.25,6001.5,5999,6001,7.0,6000.3,1741014060000,3",
        ),
        (),
    ),
    "yahoo": (
        (
            "Datetime,Adj Close,Close,High,Low,Open,Volume",
            "2025-03-03 10:00:00-05:00,6000.5,6000.5,6001.5,5999.0,6000.25,12",
            "2025-03-03 10:01:00-05:00,6001.0,6001.0,6001.5,5999.0,6000.25,7",
        ),
        (),
    ),
    "firstrate": (
        (
            "timestamp,open,high,low,close,volume",
            "2025-03-03 10:00:00,6000.25,6001.5,5999,6000.5,12",
            "2025-03-03 10:01:00,6000.25,6001.5,5999,6001,7",
        ),
        ("firstrate",),
    ),
    "kibot": (
        (
            "03/03/2025,10:00,6000.25,6001.5,5999,6000.5,12",
            "03/03/2025,10:01,6000.25,6001.5,5999,6001,7",
        ),
        ("kibot",),
    ),
    "tradestation": (
        (
            '"Date","Time","Open","High","Low","Close","Up","Down"',
            "03/03/2025,09:01,6000.25,6001.5,5999,6000.5,8,4",
            "03/03/2025,09:02,6000.25,6001.5,5999,6001,7,0",
        ),
        ("tradestation", "America/Chicago"),
    ),
    "ninjatrader": (
        (
            "20250303 150100;6000.25;6001.5;5999;6000.5;12",
            "20250303 150200;6000.25;6001.5;5999;6001;7",
        ),
        ("ninjatrader",),
    ),
}


def read(folder: Path, lines: tuple[str, ...], *named: str, symbol: str | None = None) -> VendorBars:
    """Write a file and read it."""
    path = folder / "bars.txt"
    path.write_text("\n".join(lines) + "\n")
    layout, zone = (*named, None, None)[:2]
    return read_vendor_file(path, tick=TICK, layout=layout, zone=zone, symbol=symbol)


def refusal(folder: Path, lines: tuple[str, ...], *named: str) -> str:
    """Return why a file is refused, in one line."""
    with pytest.raises(BadInput) as caught:
        read(folder, lines, *named)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_same_two_minutes_in_every_layout(tmp_path: Path, name: str) -> None:
    """Zone, start or end of the minute, order of columns and way of writing prices are each vendor's own."""
    lines, named = FILES[name]
    found = read(tmp_path, lines, *named)
    assert found.bars == BARS
    assert found.layout.name == name


def test_databento_writes_prices_as_whole_numbers_too(tmp_path: Path) -> None:
    """In billionths, and times in nanoseconds."""
    assert read(tmp_path, DATABENTO_RAW).bars == BARS


@pytest.mark.parametrize("name", ["firstrate", "tradestation", "kibot", "ninjatrader"])
def test_a_file_that_leaves_its_zone_open_is_refused_until_it_is_named(tmp_path: Path, name: str) -> None:
    """The message names the layout that it may be, and what that would mean."""
    assert f"--layout {name} " in refusal(tmp_path, FILES[name][0])


def test_a_layout_without_a_usual_zone_needs_one(tmp_path: Path) -> None:
    """TradeStation writes the zone of the chart."""
    assert "--zone" in refusal(tmp_path, FILES["tradestation"][0], "tradestation")


def test_a_zone_given_wins_over_the_vendors(tmp_path: Path) -> None:
    """The same clock time in Chicago is an hour later."""
    found = read(tmp_path, FILES["kibot"][0], "kibot", "America/Chicago")
    assert found.bars[0].start == datetime(2025, 3, 3, 16, 0, tzinfo=UTC)


def test_times_with_an_offset_need_no_name(tmp_path: Path) -> None:
    """Whatever program wrote them: the column is FirstRate's, the time says its zone."""
    header, *rows = FILES["firstrate"][0]
    lines = header, *(row.replace(":00,", ":00-05:00,", 1) for row in rows)
    assert read(tmp_path, lines).bars == BARS


def test_several_instruments_need_a_choice(tmp_path: Path) -> None:
    """Two contracts of a roll are not one series."""
    other = DATABENTO[2].replace("ESH5", "ESM5")
    assert "expected one instrument, found 'ESH5, ESM5'" in refusal(tmp_path, (*DATABENTO[:2], other))
    assert read(tmp_path, (*DATABENTO[:2], other), symbol="ESM5").bars == BARS[1:]
    with pytest.raises(BadInput, match="expected bars of ESU5"):
        read(tmp_path, DATABENTO, symbol="ESU5")


def test_repeated_and_unordered_rows_are_put_right_and_counted(tmp_path: Path) -> None:
    """Files that are glued together overlap."""
    header, first, second = FILES["lottogrid"][0]
    found = read(tmp_path, (header, second, first, second))
    assert found.bars == BARS
    assert (found.duplicates, found.out_of_order) == (1, 1)


HEAD, FIRST, SECOND = FILES["lottogrid"][0]


@pytest.mark.parametrize(
    ("lines", "named", "said"),
    [
        ((HEAD, FIRST, FIRST.replace("6000.50", "6001")), (), "line 3: ts: expected one bar a minute"),
        ((HEAD, FIRST.replace("6000.50", "6000.51")), (), "line 2: close: expected a multiple of the tick"),
        ((HEAD, FIRST.replace("6000.50", "nan")), (), "line 2: close: expected a price above 0, found 'nan'"),
        ((HEAD, FIRST.replace("10:00:00", "10:00:30")), (), "line 2: ts: expected a whole minute"),
        ((HEAD, FIRST.replace("2025", "yes")), (), "line 2: expected a time"),
        ((HEAD, FIRST + ",1"), (), "line 2: expected 6 values"),
        ((HEAD,), (), "expected bars below the columns' names, found none"),
        (("a,b,c", "1,2,3"), (), "expected the columns of lottogrid, databento"),
        ((HEAD, FIRST), ("kibot",), "expected kibot's columns date,time,open"),
        ((HEAD, FIRST), ("bloomberg",), "--layout: expected one of lottogrid"),
        ((DATABENTO[0], DATABENTO[1].replace(",33,", ",34,")), (), "expected bars of one minute, rtype 33"),
        (("03/09/2025,02:30,6000,6000,6000,6000,1",), ("kibot",), "a time that America/New_York has once"),
        (("11/02/2025,01:30,6000,6000,6000,6000,1",), ("kibot",), "a time that America/New_York has once"),
        (("31/03/2025,10:00,6000,6000,6000,6000,1",), ("kibot",), "expected kibot's columns"),
    ],
)
def test_refuses_what_it_cannot_be_sure_of(
    tmp_path: Path, lines: tuple[str, ...], named: tuple[str, ...], said: str
) -> None:
    """With the line and the reason; hours that the change of the clocks makes ambiguous are refused too."""
    assert said in refusal(tmp_path, lines, *named)


@given(st.sampled_from([None, *LAYOUTS]), st.text(max_size=200), st.booleans())
@hypothesis_settings(max_examples=150)
def test_whatever_is_in_the_file_the_answer_is_bars_or_one_clear_line(
    tmp_path_factory: pytest.TempPathFactory, layout: str | None, text: str, after: bool
) -> None:
    """No content of a file makes a layout crash."""
    path = tmp_path_factory.getbasetemp() / "vendor.txt"
    lines = FILES[layout or "databento"][0] if after else ()
    path.write_text("\n".join([*lines, text]))
    complaint: list[str] = []
    try:
        read_vendor_file(path, tick=TICK, layout=layout, zone="UTC")
    except LottogridError as error:
        complaint = str(error).splitlines() or [""]
    assert len(complaint) <= 1
