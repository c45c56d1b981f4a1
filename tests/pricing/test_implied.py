"""Implied standard deviation: exact, without failures, and silent where there is none."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vollib.black.implied_volatility import implied_volatility_of_undiscounted_option_price as vollib_implied

from lottogrid.errors import BadInput
from lottogrid.pricing.black76 import price, price_one
from lottogrid.pricing.implied import implied_total_sd, implied_total_sd_one
from tests.pricing.oracle import exact_implied, exact_price, sample


def test_root_equals_the_fifty_digit_root() -> None:
    """Given the same double as a price, the answer is within 1e-14 of the exact root: 8 deviations, 1 minute."""
    for option in sample(150, seed=11):
        is_call = option.strike >= option.forward
        quoted = float(exact_price(option.forward, option.strike, option.total_sd, is_call))
        exact = exact_implied(quoted, option.forward, option.strike, is_call, option.total_sd)
        vector = float(implied_total_sd(quoted, option.forward, option.strike, is_call))
        one = implied_total_sd_one(quoted, option.forward, option.strike, is_call)
        assert abs(vector / exact - 1) < 1e-14, option
        assert one is not None
        assert abs(one / exact - 1) < 1e-14, option


def test_grid_round_trip_without_a_failure() -> None:
    """Every minute from 1 to 390, 5 to 150 %, out to 8 deviations: price and back within 1e-12."""
    minutes = np.arange(1, 391)[:, None, None]
    volatility = np.array([0.05, 0.1, 0.16, 0.3, 0.7, 1.5])[:, None]
    z = np.linspace(-8, 8, 65)
    sd = volatility * np.sqrt(minutes / 98_280) * np.ones_like(z)
    strikes = 6300 * np.exp(z * sd)
    found = implied_total_sd(price(6300, strikes, sd, z >= 0), 6300, strikes, z >= 0)

    assert np.abs(found / sd - 1).max() < 1e-12


def test_scalar_equals_vector() -> None:
    """The two paths agree to the last digits, calls and puts, in and out of the money."""
    options = sample(1000, seed=12, deviations=4)
    prices = [price_one(o.forward, o.strike, o.total_sd, o.is_call) for o in options]
    vector = implied_total_sd(
        prices, [o.forward for o in options], [o.strike for o in options], [o.is_call for o in options]
    )

    for option, quoted, found in zip(options, prices, vector, strict=True):
        one = implied_total_sd_one(quoted, option.forward, option.strike, option.is_call)
        assert (math.isnan(found) and one is None) or one == pytest.approx(found, rel=1e-13)


def test_in_the_money_prices_give_what_their_digits_hold() -> None:
    """In the money the answer prices back to the price that was given."""
    strikes = 6300 + np.array([-100.0, -40.0, 40.0, 100.0])
    is_call = strikes < 6300
    quoted = price(6300, strikes, 0.012, is_call)
    found = implied_total_sd(quoted, 6300, strikes, is_call)

    assert price(6300, strikes, found, is_call) == pytest.approx(quoted, abs=1e-12)
    assert found == pytest.approx([0.012] * 4, rel=1e-9)


def test_equals_vollib() -> None:
    """Peter Jaeckel's method, as vollib has it, gives the same volatility."""
    for option in sample(100, seed=13):
        is_call = option.strike >= option.forward
        quoted = float(price(option.forward, option.strike, option.total_sd, is_call))
        years, flag = option.years, "c" if is_call else "p"
        other = vollib_implied(quoted, option.forward, option.strike, years, flag)
        found = float(implied_total_sd(quoted, option.forward, option.strike, is_call)) / years**0.5
        assert found == pytest.approx(other, rel=1e-10)


@pytest.mark.parametrize(
    ("quoted", "strike", "is_call"),
    [
        (0.0, 6400, True),
        (-1.0, 6400, True),
        (100.0, 6200, True),
        (99.0, 6200, True),
        (6300.0, 6400, True),
        (6400.0, 6400, False),
        (math.nan, 6400, True),
        (math.inf, 6400, True),
    ],
)
def test_no_number_where_there_is_none(quoted: float, strike: float, is_call: bool) -> None:
    """At or outside the no-arbitrage bounds, and for NaN: NaN in a vector, None alone, and the neighbours unharmed."""
    found = implied_total_sd([5.0, quoted], 6300, [6350, strike], [True, is_call])

    assert np.isnan(found).tolist() == [False, True]
    assert implied_total_sd_one(quoted, 6300, strike, is_call) is None


def test_unknown_forward_or_strike() -> None:
    """In vectors NaN stays NaN; alone it is refused, like a number not above 0."""
    assert np.isnan(implied_total_sd(5.0, [math.nan, 6300], [6350, math.nan], True)).all()
    for forward, strike in ((math.nan, 6300), (6300, math.nan), (0, 6300), (6300, -5), (math.inf, 6300)):
        with pytest.raises(BadInput):
            implied_total_sd_one(5.0, forward, strike, True)
    with pytest.raises(BadInput):
        implied_total_sd(5.0, [6300, -1], 6350, True)


def test_prices_at_the_forward_itself() -> None:
    """Where strike and forward are one number the answer is still exact."""
    sd = np.array([1e-6, 1e-4, 0.01, 0.09, 0.11, 1.0])

    assert implied_total_sd(price(6300, 6300, sd, True), 6300, 6300, True) == pytest.approx(sd, rel=1e-14)


@settings(deadline=None, max_examples=200)
@given(st.floats(1e-5, 3), st.floats(-8, 8), st.floats(1, 1e5))
def test_round_trip_property(sd: float, z: float, forward: float) -> None:
    """Any out-of-the-money price leads back, also for deviations far above what a session can have."""
    strike = forward * math.exp(z * sd)
    is_call = strike >= forward
    quoted = float(price(forward, strike, sd, is_call))
    vector, one = (
        implied_total_sd(quoted, forward, strike, is_call),
        implied_total_sd_one(quoted, forward, strike, is_call),
    )

    assert float(vector) == pytest.approx(sd, rel=1e-12)
    assert one == pytest.approx(sd, rel=1e-12)


@pytest.mark.parametrize("ratio", [0.5, 1.0, 1.01, 3.0])
def test_extreme_prices_give_a_root_or_none_and_never_a_wrong_number(ratio: float) -> None:
    """A hair above nothing and a hair below the upper bound: what is returned prices back, and both paths are quiet."""
    strike, is_call = 6300 * ratio, ratio >= 1
    bound = min(6300.0, strike)
    quotes = [5e-324, 1e-300, 1e-279, 1e-200, 1e-100, *(bound * (1 - 2.0**-bits) for bits in (10, 20, 30, 40, 50, 52))]
    vector = implied_total_sd(quotes, 6300, strike, is_call)

    for quoted, found in zip(quotes, vector.tolist(), strict=True):
        for root in (found, implied_total_sd_one(quoted, 6300, strike, is_call)):
            if root is not None and not math.isnan(root):
                assert float(price(6300, strike, root, is_call)) == pytest.approx(quoted, rel=1e-9)
    assert np.isfinite(vector[2:9]).all()


@settings(deadline=None, max_examples=200)
@given(st.floats(1e-12, 0.999999), st.floats(0.3, 3))
def test_any_price_inside_the_bounds_has_a_root(share: float, ratio: float) -> None:
    """Whatever share of its upper bound an out-of-the-money price is, the root prices back to it."""
    strike = 6300 * ratio
    is_call = ratio >= 1
    quoted = share * min(6300.0, strike)
    found = implied_total_sd(quoted, 6300, strike, is_call)

    assert float(price(6300, strike, found, is_call)) == pytest.approx(quoted, rel=1e-10)
