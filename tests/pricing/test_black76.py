"""The price: against 50 digits, against vollib, and against what no price may do."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vollib.black import undiscounted_black

from lottogrid.errors import BadInput
from lottogrid.pricing.black76 import price, price_one
from lottogrid.pricing.blocks import BLOCK
from tests.pricing.oracle import Option, exact_price, sample

forwards = st.floats(100, 20_000)
deviations = st.floats(-9, 9)
sds = st.floats(1e-5, 0.4)


def columns(options: list[Option], *names: str) -> list[np.ndarray]:
    return [np.array([getattr(option, name) for option in options]) for name in names]


def test_price_equals_the_fifty_digit_price_in_every_wing() -> None:
    """The time value keeps 12 digits out to eight standard deviations and down to one minute."""
    options = sample(400, seed=1)
    found = price(*columns(options, "forward", "strike", "total_sd", "is_call"))

    for option, value in zip(options, found, strict=True):
        exact = exact_price(option.forward, option.strike, option.total_sd, option.is_call)
        gain = option.forward - option.strike if option.is_call else option.strike - option.forward
        tolerance = 1e-12 * abs(exact - max(gain, 0)) + 3e-16 * max(gain, 0)
        assert abs(value - exact) <= tolerance, option


def test_price_beyond_the_series_equals_the_fifty_digit_price() -> None:
    """Standard deviations that no session has are priced as well, by the plain formula."""
    for sd in (0.09999, 0.1, 0.10001, 0.25, 0.45, 1.0, 4.0):
        for z in (-5, -1, 0, 0.5, 3):
            strike = 6300 * math.exp(z * sd)
            exact = float(exact_price(6300, strike, sd, z >= 0))
            assert price(6300, strike, sd, z >= 0) == pytest.approx(exact, rel=1e-13)


def test_price_equals_vollib() -> None:
    """The industry's reference says the same, to a rounding error of the forward."""
    options = sample(300, seed=2)
    found = price(*columns(options, "forward", "strike", "total_sd", "is_call"))

    for option, value in zip(options, found, strict=True):
        flag = "c" if option.is_call else "p"
        other = undiscounted_black(option.forward, option.strike, option.volatility, option.years, flag)
        assert value == pytest.approx(other, abs=1e-13 * option.forward)


def test_scalar_price_equals_vector_price() -> None:
    """`price_one` and `price` agree to 1e-13 of the forward, at the smallest and largest inputs too."""
    options = sample(2000, seed=3)
    found = price(*columns(options, "forward", "strike", "total_sd", "is_call"))

    for option, value in zip(options, found, strict=True):
        one = price_one(option.forward, option.strike, option.total_sd, option.is_call)
        assert one == pytest.approx(value, abs=1e-13 * option.forward)


def test_price_of_nothing_left_is_intrinsic() -> None:
    """A total_sd of 0 gives intrinsic value, at the strike too."""
    strikes = np.array([6200.0, 6300.0, 6400.0])

    assert price(6300, strikes, 0, True).tolist() == [100, 0, 0]
    assert price(6300, strikes, 0, False).tolist() == [0, 0, 100]
    assert [price_one(6300, float(strike), 0, False) for strike in strikes] == [0, 0, 100]


def test_unknown_stays_unknown_in_vectors_and_is_refused_alone() -> None:
    """NaN in one element makes that element NaN and no other; a single NaN is an error."""
    found = price([6300, math.nan, 6300, 6300], [6300, 6300, math.nan, 6300], [0.01, 0.01, 0.01, math.nan], True)

    assert np.isnan(found).tolist() == [False, True, True, True]
    for arguments in ((math.nan, 6300, 0.01), (6300, math.nan, 0.01), (6300, 6300, math.nan)):
        with pytest.raises(BadInput, match="wait for a valid quote"):
            price_one(*arguments, True)


@pytest.mark.parametrize(
    "arguments",
    [(0, 6300, 0.01), (-1, 6300, 0.01), (6300, 0, 0.01), (6300, 6300, -0.01), (math.inf, 6300, 0.1), (1, 1, math.inf)],
)
def test_numbers_outside_the_model_are_refused(arguments: tuple[float, float, float]) -> None:
    """A forward or strike not above 0, a negative deviation and infinity raise, also beside valid ones."""
    with pytest.raises(BadInput):
        price_one(*arguments, True)
    with pytest.raises(BadInput):
        price(*([good, bad] for good, bad in zip((6300, 6300, 0.01), arguments, strict=True)), True)


def test_arguments_are_broadcast() -> None:
    """A column of strikes against a row of deviations gives a table; scalars give an array without dimensions."""
    strikes, sds_row = np.array([[6200.0], [6300.0], [6400.0]]), np.array([0.005, 0.01])
    table = price(6300, strikes, sds_row, strikes > 6300)

    assert table.shape == (3, 2)
    assert table[2, 1] == price(6300, 6400, 0.01, True)
    assert price(6300, 6300, 0.01, True).shape == ()
    assert price(6300, [], 0.01, True).shape == (0,)


def test_inputs_are_not_changed_and_block_edges_do_not_show() -> None:
    """Arrays longer than a block are priced like their elements, and the caller's arrays stay as they were."""
    strikes = np.linspace(6000, 6600, 2 * BLOCK + 3)
    before = strikes.copy()
    found = price(6300, strikes, 0.01, True)

    assert (strikes == before).all()
    for index in (0, BLOCK - 1, BLOCK, 2 * BLOCK - 1, 2 * BLOCK, 2 * BLOCK + 2):
        assert found[index] == price(6300, strikes[index], 0.01, True)


@settings(deadline=None, max_examples=200)
@given(forwards, deviations, sds)
def test_put_call_parity(forward: float, z: float, sd: float) -> None:
    """Call less put is forward less strike."""
    strike = forward * math.exp(z * sd)
    call, put = price(forward, strike, sd, [True, False])

    assert call - put == pytest.approx(forward - strike, abs=4e-16 * (forward + strike))
    one = price_one(forward, strike, sd, True) - price_one(forward, strike, sd, False)
    assert one == pytest.approx(forward - strike, abs=1e-15 * (forward + strike))


@settings(deadline=None, max_examples=200)
@given(forwards, deviations, sds, st.floats(1e-3, 1))
def test_price_rises_with_deviation_and_stays_within_its_bounds(
    forward: float, z: float, sd: float, more: float
) -> None:
    """More time or volatility is worth more; the price stays between intrinsic value and forward or strike."""
    strike = forward * math.exp(z * sd)
    for is_call in (True, False):
        low, high = price(forward, strike, [sd, sd * (1 + more)], is_call)
        gain = forward - strike if is_call else strike - forward
        assert low < high or gain > 0
        assert max(gain, 0) <= low <= high <= (forward if is_call else strike)


@settings(deadline=None, max_examples=200)
@given(forwards, st.floats(-4, 9), st.floats(1e-5, 0.2), st.floats(1e-3, 0.5))
def test_price_is_monotone_and_convex_in_the_strike(forward: float, z: float, sd: float, step: float) -> None:
    """A call falls and a put rises with the strike, and a butterfly never costs less than nothing."""
    middle, width = forward * math.exp(z * sd), forward * sd * step
    strikes = np.array([middle - width, middle, middle + width])
    rounding = 1e-15 * forward
    for is_call in (True, False):
        prices = price(forward, strikes, sd, is_call)
        slopes = np.diff(prices) * (-1 if is_call else 1)
        assert (slopes >= -rounding).all()
        assert prices[0] - 2 * prices[1] + prices[2] >= -4 * rounding


def test_worked_strangles() -> None:
    """At 6300 and 16 % a whole session before expiry: flat strangles at 1.25 and 1.5 expected moves."""
    sd, move = 0.16 / 252**0.5, 50.66
    found = [price(6300, [6300 + m * move, 6300 - m * move], sd, [True, False]) for m in (1.25, 1.5)]

    assert found[0].tolist() == pytest.approx([5.395, 5.240], abs=2e-3)
    assert [strangle.sum() for strangle in found] == pytest.approx([10.634, 7.172], abs=2e-3)
