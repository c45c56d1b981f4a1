"""Volatility from real straddles, else from an index, else from the bars."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from lottogrid.errors import BadInput, Missing
from lottogrid.market.day_shape import INDEX_SHAPE, DayShape
from lottogrid.market.forecast import VolatilityForecast
from lottogrid.market.quoted_volatility import QuotedVolatility
from lottogrid.market.volatility_index import VolatilityIndex, read_index
from tests.market.made import MINUTE, MONDAY, flat_bar, trading_day, trading_days, whole_session
from tests.market.quotes import chains, snapshot

DAY = trading_day(MONDAY)
FRIDAY = date(2025, 2, 28)


def source(*quoted: tuple[time, float], index: VolatilityIndex | None = None) -> QuotedVolatility:
    """Return a source with straddles of Monday."""
    made = chains(snapshot(MONDAY, at, volatility) for at, volatility in quoted)
    return QuotedVolatility(made, index, VolatilityForecast(0.3))


def fed(found: QuotedVolatility, minutes: int) -> float:
    """Feed the bars of so many minutes from the open on, and return the volatility."""
    for number in range(minutes):
        found.add(flat_bar(DAY.opens + number * MINUTE), DAY)
    return found.annual_volatility()


def test_a_straddle_counts_from_a_minute_after_its_time() -> None:
    """Quotes that bear the start of their minute are not known before it has ended."""
    before = fed(VolatilityForecast(0.3), 30)  # type: ignore[arg-type]
    assert fed(source((time(10), 0.12)), 30) == before
    assert fed(source((time(10), 0.12)), 31) == pytest.approx(0.12, rel=0.01)


def test_it_is_carried_on_through_the_shape_of_the_day() -> None:
    """From 10:00 to noon the factor falls from 0.553 to 0.500."""
    assert fed(source((time(10), 0.12)), 150) == pytest.approx(0.12 * 0.500 / 0.553, rel=1e-6)


def test_the_last_straddle_wins() -> None:
    """Several that became known within one bar count as the last of them."""
    assert fed(source((time(10), 0.12), (time(10, 1), 0.2)), 32) == pytest.approx(0.2, rel=0.01)


def test_without_a_straddle_the_index_is_scaled_to_the_time_of_day() -> None:
    """VIX 20 on Friday: 0.500 of it at noon on Monday."""
    found = source(index=VolatilityIndex({FRIDAY: 20.0, MONDAY: 80.0}))
    assert fed(found, 150) == pytest.approx(0.2 * 0.500)


def test_without_either_the_bars_say_it() -> None:
    """An index that is eight days old is not that of the day before."""
    old = VolatilityIndex({date(2025, 2, 21): 20.0})
    forecast = VolatilityForecast(0.3)
    assert fed(source(index=old), 150) == fed(forecast, 150)  # type: ignore[arg-type]


def test_each_day_begins_without_the_straddles_of_the_last() -> None:
    """Yesterday's volatility is not today's."""
    found = source((time(10), 0.12))
    assert fed(found, 60) < 0.13
    tuesday = trading_days(2)[1]
    found.start_session(tuesday)
    assert found.annual_volatility() > 0.2


def test_it_says_which_days_it_knows() -> None:
    """A run asks before it begins."""
    found = source((time(10), 0.12), index=VolatilityIndex({FRIDAY: 20.0}))
    assert found.has_quotes(MONDAY)
    assert not found.has_quotes(FRIDAY)
    assert found.has_index(MONDAY)
    assert not found.has_index(FRIDAY)
    assert not source().has_index(MONDAY)


@given(st.integers(1, 389), st.lists(st.floats(0.05, 0.5), min_size=8, max_size=8))
@hypothesis_settings(max_examples=25)
def test_no_later_quote_changes_what_is_known(minute: int, later: list[float]) -> None:
    """Whatever straddles come after an instant, the volatility at it is the same."""
    now = DAY.opens + minute * MINUTE
    times = [time(9, 35), time(10), time(11), time(12), time(13), time(14), time(15), time(15, 30)]
    made = chains(snapshot(MONDAY, at, 0.12 + number / 100) for number, at in enumerate(times))
    other = chains(snapshot(MONDAY, at, volatility) for at, volatility in zip(times, later, strict=True))
    changed = [one if one.at <= now else two for one, two in zip(made, other, strict=True)]
    forecasts = [QuotedVolatility(each, None, VolatilityForecast(0.3)) for each in (made, changed)]
    assert len({fed(each, minute) for each in forecasts}) == 1


def test_a_restart_within_the_day_comes_to_the_same() -> None:
    """Beginning the same session twice changes nothing."""
    once, twice = source((time(10), 0.12)), source((time(10), 0.12))
    for bar in whole_session(DAY)[:200]:
        once.add(bar, DAY)
        twice.start_session(DAY)
        twice.add(bar, DAY)
    assert once.annual_volatility() == twice.annual_volatility()


def test_the_shape_is_linear_between_its_points_and_level_beyond() -> None:
    """As `numpy.interp` has it."""
    shape = DayShape(((60.0, 1.0), (120.0, 2.0)))
    assert [shape.factor(left) for left in (0, 60, 90, 120, 390)] == [1, 1, 1.5, 2, 2]
    assert INDEX_SHAPE.factor(240) == 0.5
    for points in ((), ((60.0, 1.0), (60.0, 2.0)), ((60.0, 0.0),), ((60.0, float("nan")),)):
        with pytest.raises(BadInput, match="rising minutes"):
            DayShape(points)


@pytest.mark.parametrize("names", ["date,open,close", "Date,Open,Close"])
def test_reads_an_index(tmp_path: Path, names: str) -> None:
    """A close is that of the last day before, as a fraction."""
    path = tmp_path / "vix.csv"
    path.write_text(f"{names}\n2025-02-27,1,21.13\n2025-02-28,1,19.63\n")
    found = read_index(path)
    assert found.close_before(MONDAY) == 0.1963
    assert found.close_before(FRIDAY) == 0.2113
    assert found.close_before(date(2025, 2, 27)) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("date,last\n2025-02-28,19\n", "expected columns date and close"),
        ("date,close\n2025-02-28,\n", "line 2: expected a date and a close"),
        ("date,close\n2025-02-28,0.0\n", "line 2: expected one close a day"),
        ("date,close\n2025-02-28,nan\n", "line 2: expected one close a day"),
        ("date,close\n2025-02-28,19\n2025-02-28,20\n", "line 3: expected one close a day"),
        ("date,close\n2025-02-28,19,1\n", "line 2: expected 2 values"),
        ("date,close\n", "found none"),
    ],
)
def test_refuses_what_is_no_index(tmp_path: Path, text: str, said: str) -> None:
    """In one line, with its number."""
    path = tmp_path / "vix.csv"
    path.write_text(text)
    with pytest.raises(BadInput, match=said):
        read_index(path)
    with pytest.raises(Missing):
        read_index(tmp_path / "absent.csv")
