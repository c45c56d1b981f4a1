"""The figures of a result."""

from __future__ import annotations

import json
import warnings
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from lottogrid.backtest.engine import Ground
from lottogrid.backtest.metrics import calmar, drawdown, exposure, figures, sharpe, sortino, summary
from lottogrid.backtest.sweep import Case, Score, score
from lottogrid.cli.research.backtest_work import plan_of
from lottogrid.cli.wiring import forecast_of
from tests.backtest.made import DAYS, backtested, days
from tests.replay.bench import settings

# Computed with empyrical-reloaded 0.7.1: sharpe_ratio and sortino_ratio of the days over 5,000, max_drawdown and
# calmar_ratio of the returns of an account of 5,000.
DAILY = [120.0, -80.5, 33.25, -210.0, 0.0, 95.75, -12.5, 310.0, -45.0, 60.0]
OF_EMPYRICAL = {
    "sharpe": 3.1320843603047575,
    "sortino": 5.922580798609193,
    "max_drawdown_share": 0.0502441406250001,
    "calmar": 55.3589602361746,
}


def test_the_ratios_are_those_that_others_compute() -> None:
    """On days whose figures another library has given."""
    assert sharpe(DAILY) == pytest.approx(OF_EMPYRICAL["sharpe"], rel=1e-12)
    assert sortino(DAILY) == pytest.approx(OF_EMPYRICAL["sortino"], rel=1e-12)
    assert drawdown(np.array(DAILY), 5000.0)[1] == pytest.approx(OF_EMPYRICAL["max_drawdown_share"], rel=1e-12)
    assert calmar(DAILY, 5000.0) == pytest.approx(OF_EMPYRICAL["calmar"], rel=1e-12)


@pytest.fixture(scope="module")
def empyrical() -> Any:
    """Return the library, which cannot be asked for beside our own dependencies: it wants an old peewee."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("empyrical", reason="needs `pip install --no-deps empyrical-reloaded`")


@examples(max_examples=50)
@given(st.lists(st.integers(-20_000, 20_000), min_size=3, max_size=60).filter(lambda cents: len(set(cents)) > 1))
def test_the_ratios_agree_with_empyrical(empyrical: Any, cents: list[int]) -> None:
    """On any days, where that library is installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own, about days that its figures are not defined for
        daily = np.array(cents) / 100
        equity = 50_000 + np.cumsum(daily)
        returns = np.diff(equity, prepend=50_000) / np.concatenate(([50_000], equity[:-1]))

        assert sharpe(daily) == pytest.approx(empyrical.sharpe_ratio(daily / 50_000), rel=1e-6)
        if (daily < 0).any():
            assert sortino(daily) == pytest.approx(empyrical.sortino_ratio(daily / 50_000), rel=1e-9)
        assert drawdown(daily, 50_000.0)[1] == pytest.approx(-empyrical.max_drawdown(returns), rel=1e-6, abs=1e-12)
        if (ratio := calmar(daily, 50_000.0)) is not None:
            assert ratio == pytest.approx(empyrical.calmar_ratio(returns), rel=1e-6)


def test_what_is_not_defined_is_unknown() -> None:
    """Neither 0 nor infinite: no loss has no Sortino ratio, an account that is used up no Calmar ratio."""
    assert sharpe([5.0]) is None
    assert sharpe([0.1, 0.1, 0.1]) is None
    assert sortino([5.0, 0.0]) is None
    assert calmar([5.0, 6.0], 100.0) is None
    assert calmar([5.0, -106.0, 50.0], 100.0) is None
    assert drawdown(np.array([-5.0]), 0.0) == (5.0, None)


def test_the_figures_of_days_by_hand() -> None:
    """They hold the summary, split winners from losers, and count every leg once in each table."""
    chosen = settings("max_premium_per_strangle=60")
    sessions = days(chosen, *DAYS[:3], volatility=0.2)
    trades = backtested(chosen, sessions)
    on = [session.day for session in sessions]
    found = figures(trades, on, Decimal(5000))

    gains = [float(trade.pnl) for trade in trades if trade.pnl is not None]
    won, lost = [gain for gain in gains if gain > 0], [gain for gain in gains if gain < 0]
    assert won
    assert lost
    assert found["average_win"] == pytest.approx(sum(won) / len(won))
    assert found["average_loss"] == pytest.approx(sum(lost) / len(lost))
    assert found["profit_factor"] == pytest.approx(sum(won) / -sum(lost))
    assert sum(found["exits"].values()) == sum(found["multiples"].values()) == 2 * len(trades)
    assert found["multiples"]["4"] >= found["exits"].get("target", 0) > 0
    assert found.items() >= summary(trades, [day.date for day in on], Decimal(5000)).items()
    assert json.loads(json.dumps(found)) == found


def test_exposure_counts_a_minute_once() -> None:
    """However many positions are held in it."""
    chosen = settings("max_premium_per_strangle=700", "min_time_between_trades=5", "max_draw=5000")
    sessions = days(chosen, DAYS[1])
    trades = backtested(chosen, sessions)
    (day,) = [session.day for session in sessions]

    assert len(trades) > 2
    minutes = {
        minute
        for trade in trades
        for minute in range(int(trade.opened_at.timestamp() // 60), int(trade.closed_at.timestamp() // 60))
    }
    assert exposure(trades, [day]) == pytest.approx(len(minutes) / day.minutes, abs=0.01)
    assert exposure([], [day]) == 0
    assert exposure([], []) is None


@pytest.mark.parametrize("values", [(), ("max_premium_per_strangle=90", "profit_target_multiplier=1.5")])
def test_a_sweep_and_a_backtest_tell_the_same(values: tuple[str, ...]) -> None:
    """Trades, profit, wins, Sharpe ratio and drawdown come from arrays in one and from trades in the other."""
    chosen = settings(*values)
    sessions = days(chosen, *DAYS, volatility=0.2)
    found = score(Case("", (), plan_of(chosen)), Ground(sessions, forecast_of(chosen)), "")
    told = summary(backtested(chosen, sessions), [session.day.date for session in sessions], Decimal(5000))

    assert isinstance(found, Score)
    assert found.trades == told["trades"] > 3
    for name in ("pnl", "win_rate", "sharpe", "max_drawdown"):
        assert getattr(found, name) == pytest.approx(told[name], rel=1e-9)


def test_a_date_is_needed_for_every_trade() -> None:
    """A day that is not among the sessions is named."""
    chosen = settings()
    trades = backtested(chosen, days(chosen, DAYS[1]))

    with pytest.raises(Exception, match="2025-06-03"):
        summary(trades, [date(2025, 6, 4)], Decimal(5000))
