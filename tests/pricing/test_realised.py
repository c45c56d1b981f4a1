"""Realised volatility: what counts as a run, and when it is unknown."""

from __future__ import annotations

import csv
import gzip
import math
import statistics
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lottogrid.clock import NEW_YORK
from lottogrid.errors import BadInput
from lottogrid.pricing.realised import RealisedVolatility, minute_sd

START = datetime(2025, 4, 9, 13, 30, tzinfo=UTC)
closes_lists = st.lists(st.floats(5000, 7000), min_size=3, max_size=40)


def fed(closes: list[float], window: int, minimum: int | None = None) -> RealisedVolatility:
    volatility = RealisedVolatility(window, minimum)
    for minute, close in enumerate(closes):
        volatility.add(START + timedelta(minutes=minute), close)
    return volatility


@settings(deadline=None, max_examples=200)
@given(closes_lists)
def test_minute_sd_is_the_sample_deviation_of_log_returns(closes: list[float]) -> None:
    """It equals the standard library's, which divides by one less than the count."""
    returns = [math.log(after / before) for before, after in pairwise(closes)]

    assert minute_sd(closes) == pytest.approx(statistics.stdev(returns), rel=1e-9, abs=1e-15)


@settings(deadline=None, max_examples=100)
@given(closes_lists, st.integers(2, 10))
def test_bar_by_bar_equals_the_last_window_at_once(closes: list[float], window: int) -> None:
    """Feeding bars one by one gives the very number of the last window + 1 closes."""
    volatility = fed(closes, window, minimum=2)

    assert volatility.minute_sd == minute_sd(closes[-window - 1 :])
    assert volatility.samples == min(window, len(closes) - 1)


def test_too_few_samples_are_unknown() -> None:
    """Sixty returns need sixty-one bars; before that it is None, not 0."""
    closes = [6300 + minute % 3 for minute in range(61)]

    assert fed(closes[:60], 60).minute_sd is None
    assert fed(closes, 60).minute_sd is not None
    assert minute_sd([6300, 6301]) is None
    assert minute_sd([]) is None


@pytest.mark.parametrize("gap", [timedelta(minutes=2), timedelta(0), timedelta(minutes=-1), timedelta(seconds=59)])
def test_a_gap_begins_a_new_run(gap: timedelta) -> None:
    """A bar that is not exactly one minute on discards what was held; no return bridges the gap."""
    volatility = fed([6300, 6301, 6302, 6300], window=3)
    assert volatility.minute_sd is not None

    after = START + timedelta(minutes=3) + gap
    volatility.add(after, 9000)
    assert volatility.minute_sd is None
    assert volatility.samples == 0

    for minute, close in enumerate([9001, 9000, 9002], start=1):
        volatility.add(after + timedelta(minutes=minute), close)
    assert volatility.minute_sd == minute_sd([9000, 9001, 9000, 9002])


def test_the_run_is_counted_in_real_time_across_the_clock_change() -> None:
    """The hour that daylight saving skips on the wall is no gap."""
    volatility = RealisedVolatility(2)
    for minute, close in enumerate([6300, 6301, 6300]):
        instant = datetime(2025, 3, 9, 6, 58, tzinfo=UTC) + timedelta(minutes=minute)
        volatility.add(instant.astimezone(NEW_YORK), close)

    assert volatility.minute_sd is not None


def test_a_quiet_market_is_zero_and_not_unknown() -> None:
    """Prices that do not move have a deviation of 0."""
    assert fed([6300] * 5, window=4).minute_sd == 0


@pytest.mark.parametrize("close", [math.nan, math.inf, 0, -1])
def test_a_bad_close_is_refused_and_changes_nothing(close: float) -> None:
    """NaN never passes into the window."""
    volatility = fed([6300, 6301, 6300], window=2)
    before = volatility.minute_sd

    with pytest.raises(BadInput):
        volatility.add(START + timedelta(minutes=3), close)
    with pytest.raises(BadInput):
        minute_sd([6300, close, 6300])
    assert volatility.minute_sd == before


def test_a_naive_time_is_refused() -> None:
    """A bar without an offset could be any hour."""
    with pytest.raises(BadInput, match="naive"):
        RealisedVolatility().add(datetime(2025, 4, 9, 9, 30), 6300)  # noqa: DTZ001


@pytest.mark.parametrize(("window", "minimum"), [(1, None), (60, 1), (60, 61), (0, None)])
def test_windows_that_make_no_sense_are_refused(window: int, minimum: int | None) -> None:
    """Two returns are the fewest that have a deviation, and no more can be asked for than are kept."""
    with pytest.raises(BadInput, match="window"):
        RealisedVolatility(window, minimum)


@pytest.mark.data
def test_real_minutes_of_a_wild_day(real_data: Callable[[str], Path]) -> None:
    """On 2025-04-09, when the market rose 2.6 % in a minute, the window is some multiple of a quiet day's."""
    volatility, highest = RealisedVolatility(), 0.0
    with gzip.open(real_data("test_es_1min_2025-03-24_2025-04-25.csv.gz"), "rt") as file:
        for row in csv.DictReader(file):
            if row["ts"].startswith("2025-04-09"):
                volatility.add(datetime.fromisoformat(row["ts"]), float(row["close"]))
                highest = max(highest, volatility.minute_sd or 0.0)

    assert 0.002 < highest < 0.01
