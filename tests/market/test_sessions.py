"""Cutting bars into sessions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from lottogrid.calendar import Calendar
from lottogrid.errors import BadInput
from lottogrid.market.bars import Bar
from lottogrid.market.reader import read_bars
from lottogrid.market.sessions import Skipped, split
from tests.market.made import (
    MINUTE,
    MONDAY,
    TICK,
    Weekdays,
    flat_bar,
    minutes,
    trading_day,
    trading_days,
    whole_session,
)

TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)


def bars_of(*dates: date) -> list[Bar]:
    return [bar for on in dates for bar in whole_session(trading_day(on))]


def test_a_complete_session_has_its_premarket_and_every_minute() -> None:
    """Two hours before the open and all minutes to the close belong to the session, and nothing else."""
    day = trading_day(MONDAY)
    bars = minutes(day.opens - 200 * MINUTE, day.closes + 60 * MINUTE)

    (session,), skipped = split(bars, Weekdays())

    assert session.day == day
    assert session.bars == tuple(whole_session(day))
    assert session.cash == tuple(minutes(day.opens, day.closes))
    assert skipped == []


def test_premarket_may_be_thin() -> None:
    """Minutes missing before the open do not spoil a session."""
    day = trading_day(MONDAY)

    (session,), skipped = split(minutes(day.opens, day.closes), Weekdays())

    assert session.bars == session.cash
    assert skipped == []


@pytest.mark.parametrize("hole", [0, 1, 200, 389])
def test_one_missing_minute_spoils_a_session(hole: int) -> None:
    """A session with a hole of a single cash minute is left out, and minute and date are named."""
    missing = trading_day(MONDAY).opens + hole * MINUTE
    bars = [bar for bar in bars_of(MONDAY, TUESDAY) if bar.start != missing]

    sessions, skipped = split(bars, Weekdays())

    assert [session.day.date for session in sessions] == [TUESDAY]
    assert skipped == [
        Skipped(MONDAY, f"1 of 390 one-minute bars missing: {missing - timedelta(hours=5):%H:%M} New York time")
    ]


def test_gaps_are_named_from_to() -> None:
    """The first three gaps are named with begin and end, the others counted."""
    opens = trading_day(MONDAY).opens
    gone = {opens + number * MINUTE for number in (0, 1, 2, 10, 20, 21, 30, 40)}
    bars = [bar for bar in bars_of(MONDAY, TUESDAY) if bar.start not in gone]

    _, (skipped,) = split(bars, Weekdays())

    assert skipped.reason == (
        "8 of 390 one-minute bars missing: 09:30-09:32, 09:40, 09:50-09:51 and 2 gaps more New York time"
    )


def test_a_day_without_any_bar_is_named() -> None:
    """A traded day between others that has no bars is left out by name, not silently."""
    sessions, skipped = split(bars_of(MONDAY, WEDNESDAY), Weekdays())

    assert [session.day.date for session in sessions] == [MONDAY, WEDNESDAY]
    assert [found.date for found in skipped] == [TUESDAY]


def test_days_that_the_file_does_not_reach_are_not_named() -> None:
    """An evening before the first session and after the last make no holes."""
    evening = datetime(2025, 2, 28, 23, 0, tzinfo=UTC)
    bars = [flat_bar(evening), *bars_of(MONDAY), flat_bar(datetime(2025, 3, 4, 1, 0, tzinfo=UTC))]

    sessions, skipped = split(bars, Weekdays())

    assert [session.day.date for session in sessions] == [MONDAY]
    assert skipped == []


def test_a_session_under_way_is_incomplete() -> None:
    """A file that ends at noon has no session on its last day."""
    bars = [bar for bar in bars_of(MONDAY, TUESDAY) if bar.start < trading_day(TUESDAY).opens + 150 * MINUTE]

    sessions, (skipped,) = split(bars, Weekdays())

    assert [session.day.date for session in sessions] == [MONDAY]
    assert skipped == Skipped(TUESDAY, "240 of 390 one-minute bars missing: 12:00-15:59 New York time")


def test_a_half_day_ends_early() -> None:
    """On a half day the minutes to its own close are enough, and later bars are left off."""
    (session,), skipped = split(bars_of(MONDAY), Weekdays(half=frozenset({MONDAY})))

    assert len(session.cash) == 210
    assert skipped == []


def test_a_holiday_is_named_only_where_bars_lie_in_cash_hours() -> None:
    """Weekends are no holes; a closed day with bars in cash hours is left out with the calendar's reason."""
    friday, next_monday = date(2025, 3, 7), date(2025, 3, 10)
    calendar = Weekdays(closed=frozenset({next_monday}))

    _, skipped = split(bars_of(friday, next_monday, date(2025, 3, 11)), calendar)

    assert [found.date for found in skipped] == [next_monday]
    assert "exchange is closed (a holiday), yet 390 bars" in skipped[0].reason


def test_days_may_be_chosen() -> None:
    """First and last day wanted are included, and holes outside them are not reported."""
    bars = bars_of(MONDAY, WEDNESDAY, date(2025, 3, 6))

    sessions, skipped = split(bars, Weekdays(), WEDNESDAY, WEDNESDAY)

    assert [session.day.date for session in sessions] == [WEDNESDAY]
    assert skipped == []


@pytest.mark.parametrize(
    ("first", "last"), [(date(2025, 2, 28), None), (None, date(2025, 3, 5)), (date(2026, 1, 5), None)]
)
def test_a_day_that_is_not_in_the_file_is_refused(first: date | None, last: date | None) -> None:
    """Asking beyond the bars is an error that names their first and last day."""
    with pytest.raises(BadInput, match="2025-03-03 to 2025-03-04"):
        split(bars_of(MONDAY, TUESDAY), Weekdays(), first, last)


def test_days_in_the_wrong_order_are_refused() -> None:
    """A last day before the first is a mistake, not an empty answer."""
    with pytest.raises(BadInput, match="first not after the last"):
        split(bars_of(MONDAY, TUESDAY), Weekdays(), TUESDAY, MONDAY)


def test_no_complete_session_is_an_error() -> None:
    """Where no session is complete the message says why the first is not."""
    day = trading_day(MONDAY)

    with pytest.raises(BadInput, match=r"2025-03-03: 389 of 390 one-minute bars missing: 09:31-15:59"):
        split([flat_bar(day.opens - MINUTE), flat_bar(day.opens)], Weekdays())


def test_bars_without_any_session_are_refused() -> None:
    """A weekend has bars and no session."""
    with pytest.raises(BadInput, match="expected a trading session"):
        split([flat_bar(datetime(2025, 3, 2, 23, 0, tzinfo=UTC))], Weekdays())


def test_no_bars_are_refused() -> None:
    """Nothing is not a market."""
    with pytest.raises(BadInput, match="found none"):
        split([], Weekdays())


def test_five_minute_bars_are_refused() -> None:
    """Trading needs one-minute bars; coarser ones are refused with their step."""
    day = trading_day(MONDAY)

    with pytest.raises(BadInput, match="expected one-minute bars, found steps of 5 minutes"):
        split(minutes(day.opens, day.closes)[::5], Weekdays())


def test_unsorted_bars_are_refused() -> None:
    """Bars out of order are refused; sorting them would hide what else is wrong."""
    with pytest.raises(BadInput, match="expected rising times"):
        split(bars_of(TUESDAY, MONDAY), Weekdays())


@given(st.sets(st.integers(0, 3 * 390 - 1), max_size=6))
@hypothesis_settings(max_examples=50)
def test_every_day_is_a_session_or_named(holes: set[int]) -> None:
    """Whatever minutes are missing, each day is either complete or left out with the right count."""
    days = trading_days(3)
    gone = {days[hole // 390].opens + hole % 390 * MINUTE for hole in holes}
    bars = [bar for bar in bars_of(*(day.date for day in days)) if bar.start not in gone]
    if len({hole // 390 for hole in holes}) == 3:
        with pytest.raises(BadInput):
            split(bars, Weekdays())
        return

    sessions, skipped = split(bars, Weekdays())

    assert {day.date for day in days} == {s.day.date for s in sessions} | {s.date for s in skipped}
    assert all(len(session.cash) == 390 for session in sessions)
    assert sum(int(found.reason.split()[0]) for found in skipped) == len(holes)


@pytest.mark.data
@pytest.mark.slow
def test_the_real_es_file_has_198_sessions_and_its_holes_are_named(real_data: Callable[[str], Path]) -> None:
    """On real bars the complete sessions, the holes and the six holidays with bars come out as known."""
    bars = read_bars(real_data("bench_es_1min_2024-12-02_2025-09-30.csv.gz"), tick=TICK)
    hours = SimpleNamespace(market_open=time(9, 30), market_close=time(16, 0), last_entry_minutes=15, flatten_minutes=2)

    sessions, skipped = split(bars, Calendar(hours))

    assert len(sessions) == 198
    assert (sessions[0].day.date, sessions[-1].day.date) == (date(2024, 12, 3), date(2025, 9, 30))
    holes = {str(found.date) for found in skipped if found.reason.startswith("390 of 390")}
    assert holes == {
        *("2024-12-18", "2025-01-15", "2025-02-12", "2025-03-12"),
        *("2025-04-30", "2025-05-28", "2025-06-25", "2025-07-23"),
    }
    assert {str(found.date) for found in skipped} - holes == {
        *("2025-01-20", "2025-02-17", "2025-05-26", "2025-06-19", "2025-07-04", "2025-09-01"),
    }
