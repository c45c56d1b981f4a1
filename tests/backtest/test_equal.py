"""The engine against the actors: the same trades, in every field."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from lottogrid.cli.feed import from_file
from lottogrid.cli.research.backtest_work import first_difference
from lottogrid.errors import BadInput
from tests.backtest.made import BUSY, DAYS, backtested, days, replayed, settings_values, without
from tests.replay.bench import settings


@pytest.mark.slow  # each example is a day or two through the actors
@examples(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(
    settings_values(),
    st.integers(0, 10_000),
    st.sampled_from([0.08, 0.13, 0.4]),
    st.sets(st.sampled_from(DAYS), min_size=1, max_size=2),
    st.sets(st.integers(0, 119), max_size=2),
)
def test_whatever_the_settings_and_the_days_the_actors_trade_the_same(
    values: list[str], seed: int, volatility: float, dates: set[date], holes: set[int]
) -> None:
    """In every field; the holes lie before the open, as a session has no others."""
    try:
        chosen = settings(*values)
    except BadInput:
        assume(False)  # the cut-offs contradict each other
    sessions = days(chosen, *sorted(dates), seed=seed, volatility=volatility)
    assume(sessions)
    made = [without(session, *holes) for session in sessions]

    assert first_difference(backtested(chosen, made), replayed(chosen, made)) == ""


@pytest.mark.parametrize(
    "values",
    [
        ("levels=both", "min_time_between_trades=1", "profit_target_multiplier=1.05"),
        ("simulator.profile=ideal", "max_open_trades=1", "profit_target_multiplier=1.3", "min_time_between_trades=0"),
        ("max_draw=200", "levels=both", "min_time_between_trades=3"),
        ("simulator.profile=ideal", "last_entry_minutes=11", "flatten_minutes=10", "min_time_between_trades=1"),
        ("simulator.profile=ideal", "risk.quote_stale_seconds=30", "min_time_between_trades=10"),
        ("risk.quote_stale_seconds=0.05", "min_time_between_trades=10"),
        ("simulator.profile=ideal", "quantity=50", "max_draw=90000", "start_cash=900000"),
        ("implied_move_multiplier_1=0.3", "implied_move_multiplier_2=0.3", "min_time_between_trades=5"),
        ("entry_as=combo", "levels=both", "lone_leg=sell", "min_time_between_trades=5"),
        ("entry_reprices=2", "reprice_seconds=1", "max_premium_per_strangle=90", "max_draw=400", "levels=both"),
        ("lone_leg=chase", "entry_timeout_seconds=5", "max_premium_per_strangle=90", "start_cash=350"),
    ],
    ids=lambda values: values[0],
)
def test_what_limits_and_latencies_do_is_the_same(values: tuple[str, ...]) -> None:
    """A fill of the same minute makes room; quotes are too old to sell on; the flatten's bar comes before its hour."""
    chosen = settings(*BUSY, "session.market_open=14:30", *values)
    sessions = days(chosen, date(2025, 6, 3), seed=14, volatility=0.3)
    ours = backtested(chosen, sessions)

    assert len(ours) > 1
    assert first_difference(ours, replayed(chosen, sessions)) == ""


def test_a_target_that_fills_while_it_is_cancelled_holds_up_no_sale() -> None:
    """Its cancel is refused, which the fill explains: nothing is compared, and the other legs are sold at once."""
    many = ("min_time_between_trades=2", "max_trades_per_day=30", "max_open_trades=30", "max_draw=9000")
    chosen = settings(*BUSY, *many, "session.market_open=14:30", "profit_target_multiplier=1.5")
    sessions = days(chosen, date(2025, 6, 3), seed=47, volatility=0.3)
    ours = backtested(chosen, sessions)

    assert {leg.exit_at.second for trade in ours for leg in trade.legs if leg.exit_reason == "flatten"} == {0}
    assert first_difference(ours, replayed(chosen, sessions)) == ""


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("profile", ["paper", "ideal"])
def test_real_days_trade_the_same(profile: str, real_data: Callable[[str], Path]) -> None:
    """The wildest days in years, with caps that let the rule trade in it."""
    chosen = settings("max_premium_per_strangle=150", "max_draw=5000", f"simulator.profile={profile}")
    path = real_data("test_es_1min_2025-03-24_2025-04-25.csv.gz")
    feed = from_file(path, chosen, date(2025, 4, 8), date(2025, 4, 10))
    ours = backtested(chosen, feed.sessions)

    assert len(ours) > 5
    assert first_difference(ours, replayed(chosen, feed.sessions)) == ""
