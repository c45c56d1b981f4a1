"""Several sources of one end: who wins, and when the day is refused."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from freezegun import freeze_time

from lottogrid.calendar import Calendar, NoTrading, TradingDay
from lottogrid.calendar.sources import CME_EXCEPTIONS, CmeException, nyse
from lottogrid.clock import NEW_YORK
from lottogrid.errors import BadInput
from lottogrid.risk.reasons import Reason
from lottogrid.settings import SessionSettings

FULL = date(2025, 4, 9)
HALF = date(2025, 7, 3)


def new_york(on: date, hour: int, minute: int = 0) -> datetime:
    return datetime(on.year, on.month, on.day, hour, minute, tzinfo=NEW_YORK)


def test_a_contract_that_ends_with_the_half_day_agrees(calendar: Calendar) -> None:
    """13:00 by the exchange and by the contract is a day to trade; the configured 16:00 is only an upper bound."""
    day = calendar.day(HALF, new_york(HALF, 13))

    assert isinstance(day, TradingDay)
    assert day.closes == new_york(HALF, 13)


@pytest.mark.parametrize(("on", "hour"), [(FULL, 13), (HALF, 16), (FULL, 17)])
def test_a_contract_that_ends_elsewhere_refuses_the_day(calendar: Calendar, on: date, hour: int) -> None:
    """An early close that only one side knows of is a reason not to trade, with both times named."""
    day = calendar.day(on, new_york(on, hour))

    assert isinstance(day, NoTrading)
    assert day.reason is Reason.CALENDAR_DISAGREES
    assert "NYSE" in day.detail
    assert f"contract {on} {hour}:00 ET" in day.detail


def test_the_earliest_of_sources_that_nearly_agree_wins(calendar: Calendar) -> None:
    """Within five minutes the earlier end counts, and the cut-offs follow it; beyond, the day is refused."""
    near = calendar.day(FULL, new_york(FULL, 15, 55))

    assert isinstance(near, TradingDay)
    assert near.closes == new_york(FULL, 15, 55)
    assert near.flatten == new_york(FULL, 15, 53)
    assert isinstance(calendar.day(FULL, new_york(FULL, 15, 54)), NoTrading)


@pytest.mark.parametrize(("ends", "found"), [(time(13, 0), "13:00"), (None, "00:00")])
def test_futures_that_stop_before_the_cash_market_refuse_the_day(ends: time | None, found: str) -> None:
    """A CME halt on a day the NYSE trades is named with its cause."""
    day = Calendar(SessionSettings(), {FULL: CmeException(ends, "flood")}).day(FULL)

    assert isinstance(day, NoTrading)
    assert day.reason is Reason.CALENDAR_DISAGREES
    assert f"CME (flood) {FULL} {found} ET" in day.detail
    assert f"NYSE {FULL} 16:00 ET" in day.detail


def test_futures_that_outlive_the_cash_market_change_nothing() -> None:
    """ES trades to 13:15 on half days: later than the cash close is normal."""
    day = Calendar(SessionSettings(), {HALF: CmeException(time(13, 15), "eve")}).day(HALF)

    assert isinstance(day, TradingDay)
    assert day.closes == new_york(HALF, 13)


def test_no_exception_in_the_table_contradicts_the_nyse(calendar: Calendar) -> None:
    """Each date of the shipped table is a holiday or a half day of the NYSE, so none is refused as a quarrel."""
    for on in CME_EXCEPTIONS:
        day = calendar.day(on)
        if isinstance(day, NoTrading):
            assert day.reason is Reason.MARKET_CLOSED
        else:
            assert day.is_half_day


def test_a_contract_close_without_an_offset_is_refused(calendar: Calendar) -> None:
    """A naive time could mean any zone."""
    with pytest.raises(BadInput, match="expected a time with an offset"):
        calendar.day(FULL, datetime(2025, 4, 9, 16))  # noqa: DTZ001


@pytest.mark.parametrize("today", ["1999-12-31 23:59:59", "2024-02-29", "2040-06-01", "2025-03-09 02:30:00"])
def test_the_calendar_does_not_depend_on_today(today: str) -> None:
    """Built and asked under frozen time, long before and long after its span, it says the same."""
    expected = Calendar(SessionSettings()).day(HALF)
    nyse.cache_clear()

    with freeze_time(today):
        found = Calendar(SessionSettings()).day(date(2025, 7, 3))

    assert found == expected
    assert type(nyse().sessions[HALF][0]) is datetime
    assert nyse().sessions[date(2028, 1, 3)] == (
        datetime(2028, 1, 3, 14, 30, tzinfo=UTC),
        datetime(2028, 1, 3, 21, 0, tzinfo=UTC),
    )


@pytest.mark.data
def test_half_days_agree_with_the_recorded_early_closes(calendar: Calendar, real_data: Callable[[str], Path]) -> None:
    """The half days from 2018 to 2025-09 are those of the record, no more and no fewer, and end when it says."""
    with real_data("nyse_early_closes_2018_2025-09-30.csv").open(encoding="utf-8", newline="") as file:
        recorded = {
            date.fromisoformat(row["date"]): time.fromisoformat(row["close_et"]) for row in csv.DictReader(file)
        }

    span = [on for on in nyse().sessions if date(2018, 1, 1) <= on <= date(2025, 9, 30)]
    days = [day for day in map(calendar.day, span) if isinstance(day, TradingDay)]

    assert len(days) == len(span)
    assert {day.date: day.closes.astimezone(NEW_YORK).time() for day in days if day.is_half_day} == recorded


@pytest.mark.data
def test_sessions_agree_with_the_recorded_es_sessions(calendar: Calendar, real_data: Callable[[str], Path]) -> None:
    """Each trade date of the ES record has as many cash minutes as the calendar says, none where it is closed."""
    with real_data("es_sessions_qc.csv").open(encoding="utf-8", newline="") as file:
        recorded = {
            date.fromisoformat(row["trade_date"]): int(row["expected_cash_min"]) for row in csv.DictReader(file)
        }

    days = {on: calendar.day(on) for on in recorded}

    assert {on: day.minutes if isinstance(day, TradingDay) else 0 for on, day in days.items()} == recorded
