"""What a ground has learned from earlier settings changes the speed of later ones, and nothing else."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from lottogrid.backtest import bids
from lottogrid.backtest.engine import Ground, Plan, run
from lottogrid.backtest.sweep import fingerprint
from lottogrid.cli.research.backtest_work import plan_of
from lottogrid.cli.wiring import forecast_of
from lottogrid.errors import BadInput
from tests.backtest.made import BUSY, DAYS, days, settings_values
from tests.replay.bench import settings

OTHERS = (
    ("profit_target_multiplier=1.3", "volatility_threshold=0.5"),
    ("profit_target_multiplier=2", "max_premium_per_strangle=40", "min_time_between_trades=1"),
    ("levels=both", "max_open_trades=2", "simulator.profile=ideal"),
    ("strategy.realised_window=20", "strategy.entry_measure=annualised"),
)


def other_plans(*values: str) -> list[Plan]:
    """Return plans that differ from the one with these values in what a sweep tries."""
    return [plan_of(settings(*BUSY, *values, *other)) for other in OTHERS]


@examples(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(settings_values(), st.integers(0, 1000), st.sampled_from(DAYS))
def test_a_plan_comes_to_the_same_after_others(values: list[str], seed: int, on: date) -> None:
    """Also once so many plans have walked over the ground that every minute of it is priced."""
    try:
        chosen = settings(*values)
    except BadInput:
        assume(False)  # the cut-offs contradict each other
    sessions, plan = days(chosen, on, seed=seed, volatility=0.2), plan_of(chosen)
    assume(sessions)
    ground = Ground(sessions, forecast_of(chosen))
    first = fingerprint(run(ground, plan))
    for other in other_plans(*(each for each in values if each.startswith(("session.", "market.", "strategy.impl")))):
        run(ground, other)

    assert fingerprint(run(ground, plan)) == first
    assert fingerprint(run(ground, plan)) == first


def test_the_same_minutes_are_found_with_all_of_them_known() -> None:
    """The index says of each minute what looking at it says, where levels exclude each other and limits bind."""
    equal_levels = ("implied_move_multiplier_1=0.3", "implied_move_multiplier_2=0.3", "levels=both")
    for values in ((), ("max_draw=200", "max_open_trades=3"), equal_levels, ("max_premium_per_strangle=20",)):
        chosen = settings(*BUSY, *values)
        ground = Ground(days(chosen, *DAYS), forecast_of(chosen))
        found = [fingerprint(run(ground, plan_of(chosen))) for _ in range(4)]

        assert len(set(found)) == 1
        assert len(run(ground, plan_of(chosen)).positions) > len(DAYS)


def test_bids_that_were_forgotten_are_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long sweep asks for more options than are remembered."""
    chosen = settings(*BUSY, "profit_target_multiplier=1.5")
    ground = Ground(days(chosen, *DAYS), forecast_of(chosen))
    kept = [fingerprint(run(ground, plan)) for plan in (plan_of(chosen), *other_plans())]
    monkeypatch.setattr(bids, "_MOST_BLOCKS", 0)
    again = Ground(ground.tape, ground.volatility)

    assert [fingerprint(run(again, plan)) for plan in (plan_of(chosen), *other_plans())] == kept
