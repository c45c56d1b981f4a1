"""The forecast of the implied volatility."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import time
from decimal import Decimal
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from lottogrid.calendar import TradingDay
from lottogrid.errors import BadInput
from lottogrid.market.bars import Bar
from lottogrid.market.forecast import VolatilityForecast
from lottogrid.market.generated import generate_sessions
from lottogrid.market.intraday import VARIANCE_SHAPE
from lottogrid.market.sessions import Session
from tests.market.made import MINUTE, MONDAY, flat_bar, minutes, trading_day, trading_days, whole_session

DAY = trading_day(MONDAY)


def fed(forecast: VolatilityForecast, bars: Iterable[Bar], day: TradingDay = DAY) -> VolatilityForecast:
    for bar in bars:
        forecast.add(bar, day)
    return forecast


def zigzag(day: TradingDay, count: int, points: str = "5") -> list[Bar]:
    """Return cash bars whose closes go up and down by `points`, after one pre-market bar."""
    prices = [Decimal(6000), Decimal(6000) + Decimal(points)]
    return [flat_bar(day.opens + number * MINUTE, str(prices[number % 2])) for number in range(-1, count)]


def test_before_the_first_bar_it_is_the_prior() -> None:
    """At the open nothing is known of the day: prior times premium."""
    forecast = VolatilityForecast(0.13, premium=1.1)
    assert forecast.annual_volatility() == pytest.approx(0.143)

    forecast.start_session(DAY)
    assert forecast.annual_volatility() == pytest.approx(0.143, rel=0.001)


def test_premarket_bars_change_nothing() -> None:
    """What happens before the open only connects to the first cash minute."""
    forecast = fed(VolatilityForecast(0.13), zigzag(DAY, 0, "50"))
    premarket = [flat_bar(DAY.opens - number * MINUTE, str(6000 + number)) for number in range(60, 1, -1)]

    assert fed(VolatilityForecast(0.13), premarket).annual_volatility() == forecast.annual_volatility()
    assert forecast.annual_volatility() == pytest.approx(0.13, rel=0.001)


def test_a_still_market_lowers_it_and_a_wild_one_raises_it() -> None:
    """Today's movement counts, in the right direction."""
    calm = fed(VolatilityForecast(0.13), minutes(DAY.opens, DAY.opens + 60 * MINUTE))
    wild = fed(VolatilityForecast(0.13), zigzag(DAY, 60))

    assert calm.annual_volatility() < 0.10
    assert wild.annual_volatility() > 0.16


def test_it_finds_the_volatility_of_a_known_market() -> None:
    """Fed with returns that follow the usual shape exactly, it forecasts that volatility for the day's rest."""
    sd = 0.20 / sqrt(98_280)
    price, bars = 6000.0, [flat_bar(DAY.opens - MINUTE, "6000")]
    for number in range(195):
        price *= 1 + (-1) ** number * sd * sqrt(VARIANCE_SHAPE[number // 15])
        bars.append(flat_bar(DAY.opens + number * MINUTE, f"{price:.9f}"))
    forecast = fed(VolatilityForecast(0.20), bars)

    rest = sum(VARIANCE_SHAPE[13:]) / 13

    assert forecast.annual_volatility() == pytest.approx(0.20 * sqrt(rest), rel=1e-4)


def test_the_end_of_the_day_is_wilder_than_noon() -> None:
    """With the same movement behind it, the last quarter of an hour is forecast above the early afternoon."""
    forecast = VolatilityForecast(0.13)
    forecast.add(flat_bar(DAY.opens + 240 * MINUTE), DAY)
    noon = forecast.annual_volatility()
    forecast.add(flat_bar(DAY.opens + 374 * MINUTE), DAY)

    assert forecast.annual_volatility() > 1.2 * noon


def test_a_gap_is_never_bridged() -> None:
    """A move across a missing minute is no one-minute return."""
    bars = [flat_bar(DAY.opens, "6000"), flat_bar(DAY.opens + 2 * MINUTE, "6100")]
    same = [flat_bar(DAY.opens, "6100"), flat_bar(DAY.opens + 2 * MINUTE, "6100")]

    jumped, still = (fed(VolatilityForecast(0.13), which).annual_volatility() for which in (bars, same))

    assert jumped == still


def test_the_night_is_never_bridged() -> None:
    """Where a day's first bar is its first cash minute, the move since yesterday does not count."""
    days = trading_days(2)
    outcomes = set()
    for price in ("6000", "9000"):
        forecast = fed(VolatilityForecast(0.13), whole_session(days[0]), days[0])
        forecast.add(flat_bar(days[1].opens, price), days[1])
        outcomes.add(forecast.annual_volatility())

    assert len(outcomes) == 1


def test_one_wild_print_is_not_a_regime() -> None:
    """A return of 50 standard deviations counts as one of 4."""
    start = DAY.opens - MINUTE
    outcomes = []
    for price in ("6020", "6120"):
        forecast = VolatilityForecast(0.13)
        outcomes.append(fed(forecast, [flat_bar(start), flat_bar(DAY.opens, price)]).annual_volatility())

    assert outcomes[0] == outcomes[1] < 0.2


def test_a_session_becomes_part_of_the_prior() -> None:
    """After a wild session the next begins higher, after a calm one lower; both move an eighth of the way."""
    first, second = trading_days(2)
    wild = fed(VolatilityForecast(0.13), zigzag(first, 390), first)
    calm = fed(VolatilityForecast(0.13), whole_session(first), first)
    realised = 5 / 6002.5 * sqrt(98_280)

    for forecast in (wild, calm):
        forecast.start_session(second)

    assert wild.annual_volatility() == pytest.approx(0.8706 * 0.13 + 0.1294 * realised, rel=0.01)
    assert calm.annual_volatility() == pytest.approx(0.8706 * 0.13, rel=0.001)


def test_a_scrap_of_a_session_leaves_the_prior_alone() -> None:
    """Half an hour of bars says too little about a session to be remembered."""
    first, second = trading_days(2)
    forecast = fed(VolatilityForecast(0.13), zigzag(first, 30), first)

    forecast.start_session(second)

    assert forecast.annual_volatility() == pytest.approx(0.13, rel=0.001)


def test_starting_a_session_twice_changes_nothing() -> None:
    """A second start of the same day keeps what the day has shown."""
    forecast = fed(VolatilityForecast(0.13), zigzag(DAY, 60))
    before = forecast.annual_volatility()

    forecast.start_session(DAY)

    assert forecast.annual_volatility() == before


@given(st.integers(1, 389))
@hypothesis_settings(max_examples=30)
def test_it_knows_nothing_of_later_bars(count: int) -> None:
    """The forecast after n bars is the same whatever follows, and repeats exactly."""
    bars = SESSION.bars[: 120 + count]
    later = [replace(bar, close=bar.close + 40) for bar in SESSION.bars[120 + count :]]
    forecast = fed(VolatilityForecast(0.13), bars)
    before = forecast.annual_volatility()
    again = fed(VolatilityForecast(0.13), bars).annual_volatility()
    fed(forecast, later)

    assert before == again
    assert 0 < before < 5


def test_half_days_are_forecast_to_their_own_close() -> None:
    """At 12:45 of a day that ends at 13:00 only a quarter of an hour of noon is left, without the end of a full day."""
    half = trading_day(MONDAY, time(13, 0))
    forecast = VolatilityForecast(0.13)
    forecast.add(flat_bar(half.opens + 194 * MINUTE), half)

    assert forecast.annual_volatility() == pytest.approx(0.13 * sqrt(VARIANCE_SHAPE[13]), rel=1e-6)


def test_after_the_close_it_stays_finite() -> None:
    """A bar past the close neither counts nor breaks the forecast."""
    forecast = fed(VolatilityForecast(0.13), minutes(DAY.closes - MINUTE, DAY.closes + 5 * MINUTE))

    assert 0 < forecast.annual_volatility() < 1


def test_bars_and_days_out_of_order_are_refused() -> None:
    """Time runs one way: an earlier bar or day is an error."""
    first, second = trading_days(2)
    forecast = fed(VolatilityForecast(0.13), [flat_bar(second.opens)], second)

    with pytest.raises(BadInput, match="feed bars in order"):
        forecast.add(flat_bar(second.opens), second)
    with pytest.raises(BadInput, match="feed days in order"):
        forecast.start_session(first)


@pytest.mark.parametrize("wrong", [0.0, -0.1, float("nan"), float("inf")])
def test_impossible_numbers_are_refused(wrong: float) -> None:
    """Neither prior nor premium may be 0, negative or no number."""
    with pytest.raises(BadInput, match="prior volatility"):
        VolatilityForecast(wrong)
    with pytest.raises(BadInput, match="volatility premium"):
        VolatilityForecast(0.13, premium=wrong)


SESSION: Session = generate_sessions([DAY], seed=1)[0]
