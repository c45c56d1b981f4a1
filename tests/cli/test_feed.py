"""Which sessions a command plays."""

from __future__ import annotations

from datetime import date

import pytest

from lottogrid.calendar import Calendar
from lottogrid.cli.feed import days_from, digest_of, generated, trading_day
from lottogrid.errors import BadInput
from lottogrid.settings import Settings, changed
from tests.cli import conftest
from tests.cli.conftest import MONDAY

FRIDAY = date(2026, 1, 2)
SATURDAY = date(2026, 1, 3)


@pytest.fixture
def calendar() -> Calendar:
    """The calendar of the default settings."""
    return Calendar(Settings().session)


def test_days_count_from_the_first_that_is_traded(calendar: Calendar) -> None:
    """Week ends and holidays do not count."""
    assert [day.date for day in days_from(calendar, SATURDAY, None, 2)] == [MONDAY, date(2026, 1, 6)]


def test_the_last_day_bounds_the_count(calendar: Calendar) -> None:
    """It is included."""
    assert [day.date for day in days_from(calendar, FRIDAY, MONDAY, 9)] == [FRIDAY, MONDAY]
    assert [day.date for day in days_from(calendar, FRIDAY, FRIDAY, None)] == [FRIDAY]


@pytest.mark.parametrize(("first", "last"), [(SATURDAY, SATURDAY), (MONDAY, FRIDAY)])
def test_a_span_without_a_trading_day_is_refused(calendar: Calendar, first: date, last: date) -> None:
    """Nothing is never played as if it were something."""
    with pytest.raises(BadInput, match="found none"):
        days_from(calendar, first, last, None)


def test_a_day_without_a_session_names_the_next_that_has_one(calendar: Calendar) -> None:
    """So that the next try succeeds."""
    with pytest.raises(BadInput, match=r"Saturday.*try 2026-01-05"):
        trading_day(calendar, SATURDAY)


def test_the_digest_tells_markets_apart_and_not_runs() -> None:
    """Equal bars, equal digest."""
    days = [conftest.trading_day(MONDAY)]
    one, again = (generated(Settings(), days) for _ in range(2))
    other = generated(changed(Settings(), ["simulator.seed=2"]), days)
    assert digest_of(one.sessions[0]) == digest_of(again.sessions[0]) != digest_of(other.sessions[0])
    assert (one.name, other.name) == ("generated, seed 1", "generated, seed 2")
