"""Expected move, straddle and the session clock."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lottogrid.errors import BadInput
from lottogrid.pricing.black76 import price_one
from lottogrid.pricing.moves import expected_move, total_sd_from_straddle
from lottogrid.pricing.time import annual_volatility, total_sd, years


def test_expected_move_of_a_session() -> None:
    """At 6300 and 16 % a whole session is worth 50.66 points, 0.798 F s."""
    sd = total_sd(0.16, 390)

    assert sd == pytest.approx(0.0100791, abs=5e-8)
    assert expected_move(6300, sd) == pytest.approx(50.66, abs=5e-3)
    assert expected_move(6300, sd) == pytest.approx(math.sqrt(2 / math.pi) * 6300 * sd, rel=1e-5)


@pytest.mark.parametrize(("minutes", "factor", "move"), [(385, 0.570, 28.69), (360, 0.552, 26.87), (240, 0.500, 19.87)])
def test_expected_move_later_in_the_day(minutes: int, factor: float, move: float) -> None:
    """VIX 16 times the measured factor gives the worked moves at 09:35, 10:00 and 12:00."""
    assert expected_move(6300, total_sd(0.16 * factor, minutes)) == pytest.approx(move, abs=0.02)


@settings(deadline=None, max_examples=200)
@given(st.floats(1e-4, 0.2), st.floats(-2, 2))
def test_straddle_leads_back_to_its_deviation(sd: float, z: float) -> None:
    """Also where the strike of the straddle is not the forward."""
    strike = 6300 * math.exp(z * sd)
    straddle = price_one(6300, strike, sd, True) + price_one(6300, strike, sd, False)

    assert total_sd_from_straddle(straddle, 6300, strike) == pytest.approx(sd, rel=1e-9)


@pytest.mark.parametrize("straddle", [24.9, 25.0, 0.0, -1.0, math.nan, math.inf])
def test_straddle_without_time_value_is_unknown(straddle: float) -> None:
    """At or below intrinsic value, NaN or infinite: None, never 0."""
    assert total_sd_from_straddle(straddle, 6300, 6325) is None


def test_unusable_numbers_are_refused() -> None:
    """NaN and numbers outside the model never become a move."""
    for forward, sd in ((math.nan, 0.01), (6300, math.nan), (0, 0.01), (6300, -0.01)):
        with pytest.raises(BadInput):
            expected_move(forward, sd)
    for volatility, minutes in ((math.nan, 390), (-0.1, 390), (0.16, math.nan), (0.16, -1)):
        with pytest.raises(BadInput):
            total_sd(volatility, minutes)
    with pytest.raises(BadInput):
        annual_volatility(0.01, 0)


def test_one_clock() -> None:
    """A session is a 252nd of a year, and volatility survives the way there and back."""
    assert years(390) == pytest.approx(1 / 252)
    assert annual_volatility(total_sd(0.23, 77), 77) == pytest.approx(0.23)
