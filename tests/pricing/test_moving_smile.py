"""A smile whose slopes change with time and volatility."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from lottogrid.errors import BadInput
from lottogrid.pricing.smile import MovingSmile, Smile

MOVING = MovingSmile(
    middle=Smile(),
    put_slope_time=-0.02,
    call_slope_time=-0.07,
    put_slope_volatility=0.04,
    call_slope_volatility=-0.02,
)


def test_in_the_middle_it_is_the_middle_one() -> None:
    """Half a session before expiry, at 10 %."""
    assert MOVING.at(0.10, 195) == MOVING.middle


def test_slopes_move_with_time_and_volatility() -> None:
    """A whole session against none moves a slope by its number, and so does e times the volatility."""
    early, late = MOVING.at(0.10, 390), MOVING.at(0.10, 0)
    assert early.call_slope - late.call_slope == pytest.approx(-0.07)
    assert early.put_slope - late.put_slope == pytest.approx(-0.02)
    assert MOVING.at(0.10 * math.e, 195).put_slope == pytest.approx(Smile().put_slope + 0.04)
    assert early.put_curve == late.put_curve == Smile().put_curve


def test_beyond_what_was_fitted_it_stands_still() -> None:
    """Where there were no quotes, slopes are not continued."""
    assert MOVING.at(3.0, 100) == MOVING.at(0.5, 100)
    assert MOVING.at(0.0, 100) == MOVING.at(0.05, 100)
    assert MOVING.at(0.1, 1000) == MOVING.at(0.1, 390)


@hypothesis_settings(max_examples=100)
@given(st.floats(-4, 4), st.floats(0, 2), st.floats(0, 400))
def test_one_option_equals_many(z: float, volatility: float, minutes: float) -> None:
    """Both ways to the same number, for the moving smile and for the plain one, which never moves."""
    found = MOVING.multiplier_at([z, z], np.full(2, volatility), np.full(2, minutes))
    assert found.tolist() == pytest.approx([MOVING.at(volatility, minutes).multiplier_one(z)] * 2, rel=1e-14)
    assert Smile().at(volatility, minutes) == Smile()
    assert Smile().multiplier_at([z], np.array([volatility]), np.array([minutes])) == Smile().multiplier([z])


@hypothesis_settings(max_examples=100)
@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(0, 1), st.floats(0, 390), st.floats(-2.25, 2.25))
def test_no_accepted_smile_has_a_multiple_below_zero(
    by_time: float, by_volatility: float, volatility: float, minutes: float, z: float
) -> None:
    """What would be negative somewhere is refused when it is made."""
    try:
        made = MovingSmile(middle=Smile(), put_slope_time=by_time, call_slope_volatility=by_volatility)
    except BadInput:
        return
    assert made.at(volatility, minutes).multiplier_one(z) > 0


def test_unknown_distances_stay_unknown() -> None:
    """NaN in, NaN out."""
    assert np.isnan(MOVING.multiplier_at([0.0, math.nan], np.full(2, 0.1), np.full(2, 100.0))).tolist() == [False, True]


def test_slopes_too_steep_are_refused() -> None:
    """A volatility below zero is no smile."""
    with pytest.raises(BadInput, match="flatten the slopes"):
        MovingSmile(middle=Smile(), put_slope_time=3)
