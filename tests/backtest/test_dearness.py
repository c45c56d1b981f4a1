"""Minutes that are passed over unpriced, because every level is surely dearer than the cap."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from math import inf

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from lottogrid.backtest.dearness import dearness
from lottogrid.backtest.engine import Ground, run
from lottogrid.backtest.kernels import Kernel
from lottogrid.backtest.terms import Terms
from lottogrid.cli.research.backtest_work import plan_of
from lottogrid.cli.wiring import forecast_of
from lottogrid.errors import BadInput
from lottogrid.pricing.smile import Smile
from tests.backtest.made import DAYS, days, settings_values
from tests.replay.bench import settings


def terms_of(*values: str, on: date = DAYS[1], seed: int = 1, volatility: float = 0.13) -> Terms:
    chosen = settings(*values)
    sessions = days(chosen, on, seed=seed, volatility=volatility)
    return run(Ground(sessions, forecast_of(chosen), Kernel.NUMPY), plan_of(chosen)).terms


@pytest.mark.slow  # prices whole days
@examples(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(settings_values(), st.integers(0, 10_000), st.sampled_from([0.08, 0.13, 0.4]), st.sampled_from(DAYS))
def test_no_minute_is_passed_over_in_which_a_level_can_be_bought(
    values: list[str], seed: int, volatility: float, on: date
) -> None:
    """Whatever the smile, the spread, the ladder and the multiples: all of them are priced, and cost more."""
    try:
        terms = terms_of(*values, on=on, seed=seed, volatility=volatility)
    except BadInput:
        assume(False)  # the cut-offs contradict each other, or no engine computes it
    screen, rules, dear = terms.screen, terms.rules, dearness(terms)
    places = np.flatnonzero((screen.moves > dear.above) & (screen.moves <= dear.up_to))
    known = places[~np.isnan(screen.total_sd(places))]
    cost = np.array([screen.level(multiple, known).ask.sum(axis=1) for multiple in rules.multiples])

    worst = cost * terms.cents.a_unit * rules.quantity + 4 * terms.cents.of(rules.commission_usd * rules.quantity)
    assert (worst > terms.cents.of(rules.cap_usd * rules.quantity)).all()


def test_much_of_what_is_too_dear_is_passed_over() -> None:
    """On a wild day with the default rule, more than two fifths of it."""
    terms = terms_of("market.prior_volatility=0.3", volatility=0.3)
    screen, dear = terms.screen, dearness(terms)
    places = np.arange(len(screen.rows))
    cost = np.min([screen.level(multiple, places).ask.sum(axis=1) for multiple in terms.rules.multiples], axis=0)
    too_dear = cost * terms.cents.a_unit + 4 * terms.cents.of(terms.rules.commission_usd) > terms.cents.of(
        terms.rules.cap_usd
    )

    passed_over = (screen.moves > dear.above) & (screen.moves <= dear.up_to)
    assert too_dear.sum() > 100
    assert passed_over.sum() > 0.4 * too_dear.sum()


@pytest.mark.parametrize(
    "values", [("max_premium_per_strangle=100000",), ("implied_move_multiplier_2=5", "max_premium_per_strangle=3")]
)
def test_nothing_is_passed_over_where_nothing_is_sure(values: tuple[str, ...]) -> None:
    """With a cap that nothing reaches, and with strikes so far out that nothing is dear."""
    assert dearness(terms_of(*values, "levels=both")).above == inf


def test_a_smile_of_another_kind_is_never_sure() -> None:
    """What is not known gives no bound."""

    class Strange:
        def at(self, annual_volatility: float, minutes_left: float) -> Smile:
            return Smile()

    terms = terms_of()
    screen = terms.screen
    screen.dearness.clear()
    screen.market = replace(screen.market, model=replace(screen.market.model, smile=Strange()))  # type: ignore[arg-type]

    assert dearness(terms).above == inf
