"""The shape of a day's variance."""

from __future__ import annotations

from datetime import timedelta
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lottogrid.market.intraday import PREMARKET_FACTOR, VARIANCE_SHAPE, mean_factor, minute_of_day, variance_factor
from tests.market.made import MINUTE, MONDAY, trading_day


def test_the_shape_covers_a_session_and_has_mean_one() -> None:
    """26 quarters of an hour share out the session's variance and add nothing to it."""
    assert len(VARIANCE_SHAPE) * 15 == 390
    assert fmean(VARIANCE_SHAPE) == pytest.approx(1, abs=0.001)


def test_the_day_is_wild_at_both_ends() -> None:
    """Open and close are above the mean, noon below, the pre-market lowest."""
    assert variance_factor(0) > variance_factor(389) > 1 > variance_factor(200) > variance_factor(-1)
    assert variance_factor(-1) == PREMARKET_FACTOR


@given(st.integers(0, 389), st.integers(1, 390))
def test_the_mean_of_a_stretch_is_that_of_its_minutes(begin: int, end: int) -> None:
    """The quick mean over a stretch equals the plain one; of no minutes it is that of the last."""
    stretch = range(begin, end) or [end - 1]

    assert mean_factor(begin, end) == pytest.approx(fmean(map(variance_factor, stretch)))


def test_minutes_count_from_half_past_nine() -> None:
    """The minute of the open is 0, those before it are negative."""
    day = trading_day(MONDAY)

    assert [minute_of_day(day.opens + number * MINUTE, day) for number in (-1, 0, 389)] == [-1, 0, 389]
    assert minute_of_day(day.opens + timedelta(seconds=59), day) == 0


def test_a_late_window_does_not_shift_the_shape() -> None:
    """Where the bot is set to begin at 10:00, 10:00 is still the 30th minute of the market's day."""
    day = trading_day(MONDAY)
    late = type(day)(
        date=day.date,
        opens=day.opens + 30 * MINUTE,
        last_entry=day.last_entry,
        flatten=day.flatten,
        closes=day.closes,
        is_half_day=False,
    )

    assert minute_of_day(late.opens, late) == 30
    assert minute_of_day(day.opens, late) == 0
