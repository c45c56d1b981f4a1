"""The smile: worked numbers, its clamp, and its agreement with itself."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lottogrid.errors import BadInput
from lottogrid.pricing.black76 import price
from lottogrid.pricing.moves import expected_move
from lottogrid.pricing.smile import FLAT, Smile


def test_worked_multipliers() -> None:
    """The fitted smile at the strategy's two levels, on both sides."""
    found = Smile().multiplier([-1.5, -1.25, 1.25, 1.5])

    assert found == pytest.approx([1.1414, 1.1105, 0.9627, 0.9706], abs=1e-4)


def test_worked_strangles_with_the_smile() -> None:
    """At 6300 and 16 % a session before expiry: 4.824 + 7.012 and 3.299 + 5.399 points."""
    sd = 0.16 / 252**0.5
    z = np.array([1.25, -1.25, 1.5, -1.5])
    found = price(6300, 6300 + z * expected_move(6300, sd), sd * Smile().multiplier(z), z > 0)

    assert found == pytest.approx([4.824, 7.012, 3.299, 5.399], abs=1e-3)
    assert found[:2].sum() == pytest.approx(11.836, abs=1e-3)
    assert found[2:].sum() == pytest.approx(8.699, abs=1e-3)


def test_at_the_money_is_one() -> None:
    """The smile leaves the volatility at the money alone."""
    assert Smile().multiplier_one(0) == 1
    assert FLAT.multiplier([-3, 0, 3]).tolist() == [1, 1, 1]


def test_beyond_the_clamp_it_is_level() -> None:
    """Where there were no quotes to fit, the parabola is not continued."""
    smile = Smile()

    assert smile.multiplier_one(9) == smile.multiplier_one(smile.clamp)
    assert smile.multiplier_one(-math.inf) == smile.multiplier_one(-smile.clamp)


@settings(deadline=None, max_examples=200)
@given(st.floats(-5, 5))
def test_scalar_equals_vector(z: float) -> None:
    """Both paths give the same double."""
    assert Smile().multiplier_one(z) == pytest.approx(float(Smile().multiplier(z)), rel=1e-15)


def test_unknown_distance() -> None:
    """NaN stays NaN in a vector and is refused alone."""
    assert np.isnan(Smile().multiplier([0, math.nan])).tolist() == [False, True]
    with pytest.raises(BadInput, match="nan"):
        Smile().multiplier_one(math.nan)


@pytest.mark.parametrize(
    "numbers", [{"put_slope": math.nan}, {"clamp": 0}, {"put_slope": 0.6}, {"call_slope": -2.0, "call_curve": 0.9}]
)
def test_a_smile_without_volatility_is_refused(numbers: dict[str, float]) -> None:
    """Numbers that are not finite, or that bring a volatility to 0 at the clamp or before it, are an error."""
    with pytest.raises(BadInput, match="smile"):
        Smile(**numbers)
