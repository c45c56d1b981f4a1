"""What is wrong with bars."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from lottogrid.calendar import Calendar
from lottogrid.clock import new_york
from lottogrid.errors import BadInput
from lottogrid.market.bars import Bar
from lottogrid.market.generated import generate_sessions
from lottogrid.market.quality import Flag, Quality, quality_of, trade_date
from lottogrid.market.reader import read_bars
from lottogrid.settings import SessionSettings
from tests.market.made import MINUTE, TICK, Weekdays, flat_bar, minutes, trading_days, whole_session


def look(bars: list[Bar], calendar: Weekdays | None = None) -> Quality:
    """Return what is said of some bars."""
    return quality_of(bars, calendar or Weekdays())


def test_whole_sessions_have_no_problem() -> None:
    """One row for each, every cash minute counted."""
    found = look([bar for day in trading_days(3) for bar in whole_session(day)])
    assert [(row.trade_date, row.cash_min, row.flag) for row in found.sessions] == [
        (day.date, 390, Flag.OK) for day in trading_days(3)
    ]
    assert (found.problems, found.jumps, found.minutes_missing) == ([], [], 0)


def test_holes_are_counted_and_named() -> None:
    """In the cash session they are a problem, outside of it they are counted."""
    (day,) = trading_days(1)
    bars = whole_session(day)
    found = look(bars[:10] + bars[15:200] + bars[203:])
    assert found.minutes_missing == 8
    assert found.problems == ["cash minutes are missing on 1 days: 2025-03-03 (387 of 390)"]


def test_half_days_and_holidays_are_told_from_holes() -> None:
    """What the calendar does not trade is not missing."""
    monday, tuesday = trading_days(2)
    bars = minutes(monday.opens, monday.opens + 210 * MINUTE) + minutes(tuesday.opens, tuesday.opens + 90 * MINUTE)
    found = look(bars, Weekdays(half=frozenset({monday.date}), closed=frozenset({tuesday.date})))
    assert [row.flag for row in found.sessions] == [Flag.OK, Flag.NYSE_CLOSED]
    assert [(row.expected_cash_min, row.cash_min) for row in found.sessions] == [(210, 210), (0, 0)]


@pytest.mark.parametrize(
    ("start", "on"),
    [
        (datetime(2025, 3, 3, 22, 59, tzinfo=UTC), date(2025, 3, 3)),
        (datetime(2025, 3, 3, 23, 0, tzinfo=UTC), date(2025, 3, 4)),
        (datetime(2025, 3, 2, 23, 0, tzinfo=UTC), date(2025, 3, 3)),
        (datetime(2025, 3, 9, 22, 0, tzinfo=UTC), date(2025, 3, 10)),
        (datetime(2025, 3, 7, 23, 30, tzinfo=UTC), date(2025, 3, 10)),
    ],
)
def test_a_trade_date_begins_at_six_the_evening_before(start: datetime, on: date) -> None:
    """Sunday's belongs to Monday, in summer as in winter."""
    assert trade_date(start) == on


def test_bars_in_the_break_mean_another_zone() -> None:
    """Nothing trades between 17:00 and 18:00 New York time."""
    (day,) = trading_days(1)
    found = look([*whole_session(day), flat_bar(day.closes + 75 * MINUTE)])
    assert found.problems == ["1 bars lie in the exchange's break, 17:00 to 18:00 New York time: is the zone right?"]


@pytest.mark.parametrize(("minutes_off", "at"), [(1, "09:31"), (-60, "08:30")])
def test_stamps_that_are_off_are_noticed(minutes_off: int, at: str) -> None:
    """The cash open shows in the movement of twenty-five days, wherever the stamps put it."""
    days = trading_days(25)
    bars = [bar for session in generate_sessions(days, seed=1, premarket_minutes=180) for bar in session.bars]
    assert look(bars).problems == []
    moved = [replace(bar, start=bar.start + minutes_off * MINUTE) for bar in bars]
    assert any(f"movement rises most at {at}, not at 09:30" in problem for problem in look(moved).problems)


def test_bars_of_five_minutes_are_noticed() -> None:
    """They are no one-minute bars with holes."""
    (day,) = trading_days(1)
    assert "the nearest 5: are they one-minute bars?" in look(whole_session(day)[::5]).problems[-1]


@pytest.mark.parametrize(("on", "is_roll"), [(date(2025, 3, 17), True), (date(2025, 3, 10), False)])
def test_jumps_between_days_are_named_and_those_of_rolls_told(on: date, is_roll: bool) -> None:
    """A jump in the week of a quarterly expiry may be the next future's."""
    before, after = trading_days(1, on - timedelta(days=3)), trading_days(1, on)
    bars = whole_session(before[0]) + [flat_bar(bar.start, "6030") for bar in whole_session(after[0])]
    (jump,) = look(bars).jumps
    assert (jump.points, jump.share, jump.is_roll) == (30, 0.005, is_roll)
    assert jump.at == after[0].opens - 120 * MINUTE


def test_no_bars_are_refused() -> None:
    """Nothing is not good."""
    with pytest.raises(BadInput, match="found none"):
        look([])


@pytest.mark.data
@pytest.mark.slow
def test_the_real_file_gives_the_table_made_with_it(real_data: Callable[[str], Path]) -> None:
    """All 213 trade dates, and the four rolls among the jumps. Slow: 283,807 bars."""
    bars = read_bars(real_data("bench_es_1min_2024-12-02_2025-09-30.csv.gz"), tick=TICK)
    found = quality_of(bars, Calendar(SessionSettings()))

    mine = [
        {
            "trade_date": str(row.trade_date),
            "first": new_york(row.first).isoformat(),
            "last": new_york(row.last).isoformat(),
            "bars": str(row.bars),
            "nyse_open": str(row.flag is not Flag.NYSE_CLOSED),
            "expected_cash_min": str(row.expected_cash_min),
            "cash_min": str(row.cash_min),
            "flag": row.flag.value,
        }
        for row in found.sessions
    ]
    with real_data("es_sessions_qc.csv").open() as file:
        assert mine == list(csv.DictReader(file))
    rolls = {79.75, 48.25, 22.75, 56.5}
    assert rolls <= {jump.points for jump in found.jumps if jump.is_roll}
    assert len(found.problems) == 1
