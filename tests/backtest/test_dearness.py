"""Minutes that are passed over unpriced, because every level is surely dearer than the cap."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from lottogrid.backtest.bachelier import at_least, at_most
from lottogrid.backtest.compiled.dearness import least_ask
from lottogrid.backtest.compiled.loops import ladder_of, rule_of, smile_of
from lottogrid.backtest.compiled.records import Options
from lottogrid.backtest.compiled.values import moment
from lottogrid.backtest.dearness import _least_ask, too_dear
from lottogrid.backtest.engine import Ground, run
from lottogrid.backtest.kernels import Kernel
from lottogrid.backtest.terms import Terms
from lottogrid.cli.research.backtest_work import plan_of
from lottogrid.cli.wiring import forecast_of
from lottogrid.errors import BadInput
from lottogrid.pricing.black76 import price_one
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
    screen, rules = terms.screen, terms.rules
    places = np.flatnonzero(too_dear(terms))
    known = places[~np.isnan(screen.total_sd(places))]
    cost = np.array([screen.level(multiple, known).ask.sum(axis=1) for multiple in rules.multiples])

    worst = cost * terms.cents.a_unit * rules.quantity + 4 * terms.cents.of(rules.commission_usd * rules.quantity)
    assert (worst > terms.cents.of(rules.cap_usd * rules.quantity)).all()


def test_much_of_what_is_too_dear_is_passed_over() -> None:
    """On a wild day with the default rule, nearly all of it."""
    terms = terms_of("market.prior_volatility=0.3", volatility=0.3)
    screen = terms.screen
    places = np.arange(len(screen.rows))
    cost = np.min([screen.level(multiple, places).ask.sum(axis=1) for multiple in terms.rules.multiples], axis=0)
    is_dear = cost * terms.cents.a_unit + 4 * terms.cents.of(terms.rules.commission_usd) > terms.cents.of(
        terms.rules.cap_usd
    )

    assert is_dear.sum() > 100
    assert too_dear(terms).sum() > 0.9 * is_dear.sum()


@pytest.mark.parametrize(
    "values", [("max_premium_per_strangle=100000",), ("implied_move_multiplier_2=5", "max_premium_per_strangle=3")]
)
def test_nothing_is_passed_over_where_nothing_is_sure(values: tuple[str, ...]) -> None:
    """With a cap that nothing reaches, and with strikes so far out that nothing is dear."""
    assert not too_dear(terms_of(*values, "levels=both")).any()


@pytest.mark.parametrize("values", [(), ("levels=both", "put_slope_time=0", "call_curve=-0.01"), ("put_slope=0.1",)])
def test_one_moment_after_the_other_costs_at_least_the_same(values: tuple[str, ...]) -> None:
    """What the loops know of a place is what the vectors know of it."""
    terms = terms_of("market.prior_volatility=0.3", *values, volatility=0.3)
    screen, market = terms.screen, terms.market
    places = np.arange(0, len(screen.rows), 7)
    smile = smile_of(market.model.smile)
    assert smile is not None
    options = Options(float(screen.step), ladder_of(market.grid), smile)
    cells = screen.rows[places], screen.columns[places]
    minutes_left = market.tape.minutes_left[cells].astype(np.int64).tolist()
    what = market.tape.close[cells].tolist(), market.volatility[cells].tolist(), minutes_left
    moments = [moment(smile, *each, market.half_spreads[each[-1]]) for each in zip(*what, strict=True)]
    found = [least_ask(options, rule_of(terms), each) for each in moments]

    assert found == pytest.approx(_least_ask(terms, places).tolist(), rel=1e-2)
    assert max(found) > 5


@examples(max_examples=300)
@given(st.floats(1000, 20_000), st.floats(0, 9), st.floats(1e-4, 0.2), st.booleans())
def test_an_option_is_worth_what_lies_between_its_bounds(forward: float, away: float, sd: float, is_call: bool) -> None:
    """From the money to where it is worth nothing; near the money the bounds are close."""
    strike = forward * float(np.exp(away * sd if is_call else -away * sd))
    worth = price_one(forward, strike, sd, is_call)
    arrays = (np.array([each]) for each in (forward, strike, abs(strike - forward), sd))
    low, high = (float(bound(*arguments)[0]) for arguments in [list(arrays)] for bound in (at_least, at_most))

    assert low <= worth + 1e-9
    assert worth <= high + 1e-9
    if away < 2 and sd < 0.05:
        assert high - low < 0.02 * worth


def test_a_smile_of_another_kind_is_never_sure() -> None:
    """What is not known gives no bound."""

    class Strange:
        def at(self, annual_volatility: float, minutes_left: float) -> Smile:
            return Smile()

    terms = terms_of("market.prior_volatility=0.3", volatility=0.3)
    screen = terms.screen
    assert too_dear(terms).any()
    screen._least_asks.clear()
    screen.market = replace(screen.market, model=replace(screen.market.model, smile=Strange()))  # type: ignore[arg-type]

    assert not too_dear(terms).any()
