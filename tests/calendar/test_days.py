"""Trading days: their instants, their cut-offs and their clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from lottogrid.calendar import Calendar, NoTrading, TradingDay
from lottogrid.errors import BadInput
from lottogrid.risk.reasons import Reason
from lottogrid.settings import SessionSettings


def traded(calendar: Calendar, on: date) -> TradingDay:
    day = calendar.day(on)
    assert isinstance(day, TradingDay), day
    return day


@pytest.mark.parametrize(
    ("on", "opens", "closes"),
    [
        (date(2025, 3, 7), time(14, 30), time(21, 0)),
        (date(2025, 3, 10), time(13, 30), time(20, 0)),
        (date(2025, 10, 31), time(13, 30), time(20, 0)),
        (date(2025, 11, 3), time(14, 30), time(21, 0)),
    ],
)
def test_daylight_saving_moves_the_session_in_utc(calendar: Calendar, on: date, opens: time, closes: time) -> None:
    """09:30 to 16:00 in New York is an hour earlier in UTC in summer, from the first session after the change."""
    day = traded(calendar, on)

    assert day.opens == datetime.combine(on, opens, tzinfo=UTC)
    assert day.closes == datetime.combine(on, closes, tzinfo=UTC)
    assert day.opens.tzinfo is UTC
    assert day.minutes == 390
    assert not day.is_half_day


@pytest.mark.parametrize(
    ("on", "closes"),
    [
        (date(2024, 12, 24), time(18, 0)),
        (date(2025, 7, 3), time(17, 0)),
        (date(2025, 11, 28), time(18, 0)),
        (date(2026, 11, 27), time(18, 0)),
    ],
)
def test_half_days_end_at_one_and_cut_offs_move_along(calendar: Calendar, on: date, closes: time) -> None:
    """On a half day last entry and flatten keep their distance from the end, which is 13:00 in New York."""
    day = traded(calendar, on)

    assert day.closes == datetime.combine(on, closes, tzinfo=UTC)
    assert day.closes - day.last_entry == timedelta(minutes=30)
    assert day.closes - day.flatten == timedelta(minutes=2)
    assert day.minutes == 210
    assert day.is_half_day


def test_the_eve_of_a_monday_holiday_is_no_half_day(calendar: Calendar) -> None:
    """2027-07-02 is a full session although Independence Day is observed on the Monday after."""
    assert not traded(calendar, date(2027, 7, 2)).is_half_day


@pytest.mark.parametrize(
    ("on", "why"),
    [
        (date(2025, 1, 9), "day of mourning for Jimmy Carter"),
        (date(2018, 12, 5), "NYSE closed"),
        (date(2025, 4, 18), "Good Friday"),
        (date(2026, 12, 25), "Christmas"),
        (date(2025, 4, 19), "Saturday"),
        (date(2025, 4, 20), "Sunday"),
    ],
)
def test_closed_days_say_why(calendar: Calendar, on: date, why: str) -> None:
    """Holidays, days of mourning and weekends are not traded, and carry their name where it is known."""
    assert calendar.day(on) == NoTrading(date=on, reason=Reason.MARKET_CLOSED, detail=why)


def test_the_window_bounds_entries_and_flatten_but_not_expiry() -> None:
    """A window that ends at 15:00 flattens before 15:00; the options still expire at 16:00."""
    day = traded(Calendar(SessionSettings(market_close=time(15, 0))), date(2025, 4, 9))

    assert day.last_entry == datetime(2025, 4, 9, 18, 30, tzinfo=UTC)
    assert day.flatten == datetime(2025, 4, 9, 18, 58, tzinfo=UTC)
    assert day.closes == datetime(2025, 4, 9, 20, 0, tzinfo=UTC)


def test_the_window_cannot_open_before_the_exchange() -> None:
    """The later of the configured and the exchange's open counts."""
    early = traded(Calendar(SessionSettings(market_open=time(8, 0))), date(2025, 4, 9))
    late = traded(Calendar(SessionSettings(market_open=time(10, 0))), date(2025, 4, 9))

    assert early.opens == datetime(2025, 4, 9, 13, 30, tzinfo=UTC)
    assert late.opens == datetime(2025, 4, 9, 14, 0, tzinfo=UTC)


def test_a_half_day_that_ends_before_the_window_opens_is_not_traded() -> None:
    """A window from 13:30 leaves nothing of a day that ends at 13:00."""
    day = Calendar(SessionSettings(market_open=time(13, 30))).day(date(2025, 7, 3))

    assert isinstance(day, NoTrading)
    assert day.reason is Reason.AFTER_LAST_ENTRY
    assert "13:30 ET" in day.detail


def test_minutes_left_runs_down_and_stays_within_the_session(calendar: Calendar) -> None:
    """Before the open all minutes are left, at the close none, and never fewer."""
    day = traded(calendar, date(2025, 4, 9))

    assert day.minutes_left(day.opens - timedelta(hours=5)) == 390
    assert day.minutes_left(day.opens) == 390
    assert day.minutes_left(day.closes - timedelta(seconds=90)) == 1.5
    assert day.minutes_left(day.closes) == 0
    assert day.minutes_left(day.closes + timedelta(days=3)) == 0


def test_neighbours_skip_weekends_and_holidays(calendar: Calendar) -> None:
    """The day after a Thursday before Good Friday is Monday, and back again."""
    assert calendar.next_day(date(2025, 4, 17)).date == date(2025, 4, 21)
    assert calendar.previous_day(date(2025, 4, 21)).date == date(2025, 4, 17)


@pytest.mark.parametrize("on", [date(2015, 12, 31), date(2036, 1, 1), datetime(2025, 4, 9, tzinfo=UTC)])
def test_dates_the_calendar_does_not_know_are_refused(calendar: Calendar, on: date) -> None:
    """A date outside the span, or an instant in place of a date, is an error and never `closed`."""
    with pytest.raises(BadInput, match="expected a date from 2016-01-01 to 2035-12-31"):
        calendar.day(on)


def test_the_search_for_a_neighbour_ends_with_the_calendar(calendar: Calendar) -> None:
    """There is no day after the last one."""
    with pytest.raises(BadInput, match="2035-12-31"):
        calendar.next_day(date(2035, 12, 31))


@given(on=st.dates(date(2016, 1, 1), date(2035, 12, 31)), last=st.integers(3, 120), flatten=st.integers(1, 2))
@hypothesis_settings(deadline=None, max_examples=200)
def test_cut_offs_are_in_order_on_every_day(on: date, last: int, flatten: int) -> None:
    """Open, last entry, flatten and close follow each other on every traded day, weekdays only."""
    day = Calendar(SessionSettings(last_entry_minutes=last, flatten_minutes=flatten)).day(on)

    if isinstance(day, TradingDay):
        assert day.opens < day.last_entry < day.flatten < day.closes
        assert day.is_half_day == (day.minutes == 210)
        assert on.weekday() < 5
