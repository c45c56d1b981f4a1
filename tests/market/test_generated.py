"""Made-up sessions."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import time
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lottogrid.errors import BadInput
from lottogrid.market.generated import generate_sessions, random_walk_sessions
from lottogrid.market.intraday import VARIANCE_SHAPE
from lottogrid.market.sessions import Session, split
from tests.market.made import MONDAY, TICK, Weekdays, trading_day, trading_days

START = Decimal(6300)
MINUTES_PER_YEAR = 98_280
GENERATED_DIGEST = "8e69cd68be7ecdc49d05b8af972c45020135a4619cede4b8e761e70aafc55967"
WALK_DIGEST = "05c4889275845fa30b957e4c2c58c0c7c5ed1b80a15910fde4e02c10cca7d005"


def walk(days: int, seed: int = 1, tick: Decimal = TICK) -> list[Session]:
    return random_walk_sessions(trading_days(days), seed=seed, start_price=START, annual_volatility=0.13, tick=tick)


def cash_returns(sessions: list[Session]) -> NDArray[np.float64]:
    """Return one row of cash minutes' log returns for each session."""
    closes = np.array([[float(bar.close) for bar in session.bars[119:]] for session in sessions])
    return np.diff(np.log(closes), axis=1)


def digest(sessions: list[Session]) -> str:
    text = "\n".join(
        f"{bar.start.isoformat()},{bar.open},{bar.high},{bar.low},{bar.close}" for s in sessions for bar in s.bars
    )
    return hashlib.sha256(text.encode()).hexdigest()


@given(st.integers(0, 2**63), st.booleans(), st.booleans(), st.floats(0.01, 1.5))
@hypothesis_settings(max_examples=40)
def test_bars_are_sound_whatever_the_seed(seed: int, jumps: bool, shape: bool, volatility: float) -> None:
    """Every bar lies on the tick, high and low enclose it, and it opens where the one before closed."""
    (session,) = generate_sessions(
        trading_days(1), seed=seed, annual_volatility=volatility, jumps=jumps, shape=shape, premarket_minutes=30
    )

    for bar in session.bars:
        assert bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high
        assert not any(price % TICK for price in (bar.open, bar.high, bar.low, bar.close))
    assert all(bar.open == before.close for before, bar in pairwise(session.bars))


def test_generated_bars_make_complete_sessions() -> None:
    """Cutting generated bars gives back the very sessions that were generated, a half day among them."""
    days = [*trading_days(3), trading_day(MONDAY.replace(day=6), time(13, 0))]
    sessions = generate_sessions(days, seed=3)

    found, skipped = split([bar for s in sessions for bar in s.bars], Weekdays(half=frozenset({days[-1].date})))

    assert found == sessions
    assert skipped == []
    assert [len(session.bars) for session in found] == [510, 510, 510, 330]


def test_a_day_is_the_same_whichever_days_come_with_it() -> None:
    """A day hangs on seed and date alone, in both kinds of market."""
    days = trading_days(8)

    assert generate_sessions(days, seed=5)[6:] == generate_sessions(days[6:], seed=5)
    assert walk(8)[:2] == walk(2)


def test_seeds_and_days_differ() -> None:
    """Another seed is another market, and no two days are alike."""
    days = trading_days(2)
    one, two = generate_sessions(days, seed=5), generate_sessions(days, seed=6)

    shapes = {tuple(bar.close - session.bars[0].open for bar in session.bars) for session in one + two}

    assert len(shapes) == 4


def test_the_bars_of_a_seed_never_change() -> None:
    """The same seed gives the same bars on every machine and under every version of the libraries."""
    days = trading_days(5)

    assert digest(generate_sessions(days, seed=42)) == GENERATED_DIGEST
    assert digest(walk(5, seed=42)) == WALK_DIGEST


def test_the_walk_has_the_volatility_asked_for() -> None:
    """The variance of a minute is the annual one over 252 x 390, plus what rounding adds: tick^2 / 6."""
    variance = np.mean(cash_returns(walk(120)) ** 2)
    rounding = (0.25 / 6300) ** 2 / 6

    assert variance == pytest.approx(0.13**2 / MINUTES_PER_YEAR + rounding, rel=0.03)


def test_the_walk_has_no_shape_and_no_tails() -> None:
    """Each quarter of an hour is as wild as the next, and returns are normal."""
    returns = cash_returns(walk(120)) / (0.13 / MINUTES_PER_YEAR**0.5)

    quarters = (returns**2).reshape(120, 26, 15).mean(axis=(0, 2))
    assert quarters == pytest.approx(np.ones(26), abs=0.17)
    assert np.mean(returns**4) / np.mean(returns**2) ** 2 == pytest.approx(3, abs=0.15)


@pytest.mark.parametrize("kind", ["walk", "generated"])
def test_the_price_does_not_drift(kind: str) -> None:
    """The mean of close over open is 1 within three standard errors: a fair game before costs."""
    sessions = walk(250, seed=9) if kind == "walk" else generate_sessions(trading_days(250), seed=9)

    growth = np.array([float(s.cash[-1].close / s.cash[0].open) for s in sessions])

    assert abs(growth.mean() - 1) < 3 * growth.std() / len(growth) ** 0.5


def test_the_walk_starts_at_the_price_asked_for() -> None:
    """Every day begins at the start price, two hours before the open."""
    assert {session.bars[0].open for session in walk(5)} == {START}


def test_generated_days_are_as_volatile_as_asked_and_differ() -> None:
    """Root mean variance is near what was asked for; days' volatilities spread and persist as measured on ES."""
    returns = cash_returns(generate_sessions(trading_days(300), seed=2, annual_volatility=0.13))
    daily = np.sqrt((returns**2).mean(axis=1) * MINUTES_PER_YEAR)
    logs = np.log(daily)

    assert np.median(daily) == pytest.approx(0.097, rel=0.25)
    assert np.sqrt((daily**2).mean()) == pytest.approx(0.13, rel=0.25)
    assert logs.std() == pytest.approx(0.54, rel=0.25)
    assert np.corrcoef(logs[1:], logs[:-1])[0, 1] == pytest.approx(0.78, abs=0.12)


def test_generated_days_have_the_measured_shape() -> None:
    """The variance of each quarter of an hour has the factor measured on ES; without shape all are alike."""
    shaped, flat = (
        cash_returns(generate_sessions(trading_days(300), seed=4, shape=shape, jumps=False)) for shape in (True, False)
    )

    def quarters(returns: NDArray[np.float64]) -> NDArray[np.float64]:
        shares = returns**2 / (returns**2).mean(axis=1, keepdims=True)
        return np.asarray(shares.reshape(len(returns), 26, 15).mean(axis=(0, 2)))

    assert quarters(shaped) == pytest.approx(np.array(VARIANCE_SHAPE), rel=0.12)
    assert quarters(flat) == pytest.approx(np.ones(26), rel=0.12)


def test_jumps_are_rare_large_and_can_be_left_out() -> None:
    """With jumps about one session in three has a minute beyond 5 standard deviations; without none has."""
    leaping, calm = (
        cash_returns(generate_sessions(trading_days(300), seed=8, shape=False, jumps=jumps)) for jumps in (True, False)
    )

    def extremes(returns: NDArray[np.float64]) -> int:
        typical = np.median(abs(returns), axis=1, keepdims=True) / 0.6745
        return int((abs(returns) > 5 * typical).sum())

    assert 60 < extremes(leaping) < 150
    assert extremes(calm) < 5


def test_nights_cost_little() -> None:
    """From one day's close to the next day's open the price moves by about a per cent."""
    sessions = generate_sessions(trading_days(200), seed=3)

    gaps = [float(after.bars[0].open / before.bars[-1].close) - 1 for before, after in pairwise(sessions)]

    assert np.std(gaps) == pytest.approx(0.011, abs=0.004)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"seed": -1}, "seed"),
        ({"annual_volatility": 0.0}, "volatility"),
        ({"annual_volatility": float("nan")}, "volatility"),
        ({"annual_volatility": 13.0}, "volatility"),
        ({"tick": Decimal(0)}, "start price"),
        ({"start_price": Decimal("6300.10")}, "start price"),
        ({"start_price": Decimal(0)}, "start price"),
        ({"premarket_minutes": -1}, "minutes before the open"),
    ],
)
def test_impossible_markets_are_refused(wrong: dict[str, object], reason: str) -> None:
    """Arguments out of range are refused by name."""
    with pytest.raises(BadInput, match=reason):
        generate_sessions(trading_days(1), **{"seed": 1, **wrong})  # type: ignore[arg-type]


def test_a_price_that_falls_to_nothing_is_refused() -> None:
    """A market whose price would reach 0 is refused, not clipped: clipping would make it drift."""
    with pytest.raises(BadInput, match="cannot fall to 0"):
        random_walk_sessions(trading_days(60), seed=1, start_price=TICK, annual_volatility=5.0, tick=TICK)


def test_a_late_window_keeps_the_market_day_in_place() -> None:
    """Where the bot begins at 10:00 the pre-market variance is still that before 09:30."""
    late = [replace(day, opens=day.opens.replace(minute=0, hour=day.opens.hour + 1)) for day in trading_days(150)]
    sessions = generate_sessions(late, seed=6, jumps=False, premarket_minutes=60)

    closes = np.log([[float(bar.close) for bar in session.bars[:60]] for session in sessions])
    squares = np.diff(closes, axis=1) ** 2

    assert squares[:, :28].mean() < 0.5 * squares[:, 30:].mean()
