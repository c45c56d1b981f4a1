"""The greeks: against derivatives of the 50-digit price, and against vollib."""

from __future__ import annotations

import math
from dataclasses import fields

import mpmath as mp
import numpy as np
import pytest
from vollib.black.greeks import analytical

from lottogrid.errors import BadInput
from lottogrid.pricing.black76 import Greeks, greeks
from lottogrid.pricing.time import MINUTES_PER_YEAR
from tests.pricing.oracle import Option, exact_price, sample

# How often the price is differentiated by forward, by volatility and by time to expiry; passing time is the reverse.
ORDERS = {
    "delta": (1, 0, 0),
    "gamma": (2, 0, 0),
    "vega": (0, 1, 0),
    "theta": (0, 0, 1),
    "vanna": (1, 1, 0),
    "volga": (0, 2, 0),
    "charm": (1, 0, 1),
    "veta": (0, 1, 1),
    "speed": (3, 0, 0),
    "zomma": (2, 1, 0),
    "color": (2, 0, 1),
}


def greeks_of(option: Option) -> Greeks:
    return greeks(option.forward, option.strike, option.total_sd, option.years, option.is_call)


def exact_greek(option: Option, name: str) -> float:
    """Differentiate numerically with 50 digits."""

    def value(forward: mp.mpf, volatility: mp.mpf, years: mp.mpf) -> mp.mpf:
        return exact_price(forward, option.strike, volatility * mp.sqrt(years), option.is_call)

    order = ORDERS[name]
    volatility = mp.mpf(option.total_sd) / mp.sqrt(mp.mpf(option.years))
    point = (mp.mpf(option.forward), volatility, mp.mpf(option.years))
    # Steps far below the scale of each argument, and far above the last of 120 digits.
    with mp.workdps(120):
        return float(mp.diff(value, point, order, h=mp.mpf("1e-25"))) * (-1) ** order[2]


@pytest.mark.parametrize("name", [field.name for field in fields(Greeks)])
def test_greek_is_the_derivative_of_the_exact_price(name: str) -> None:
    """Each greek is what differentiating the 50-digit price gives, out to four standard deviations."""
    for option in sample(12, seed=5, deviations=4):
        found = float(getattr(greeks_of(option), name))
        assert found == pytest.approx(exact_greek(option, name), rel=1e-9), option


def test_greeks_equal_vollib() -> None:
    """vollib agrees; its vega is per percentage point and its theta per calendar day."""
    for option in sample(200, seed=6, deviations=5):
        flag = "c" if option.is_call else "p"
        arguments = (flag, option.forward, option.strike, option.years, 0.0, option.volatility)
        found = greeks_of(option)
        assert float(found.delta) == pytest.approx(analytical.delta(*arguments), rel=1e-9, abs=1e-12)
        assert float(found.gamma) == pytest.approx(analytical.gamma(*arguments), rel=1e-9)
        assert float(found.vega) / 100 == pytest.approx(analytical.vega(*arguments), rel=1e-9)
        assert float(found.theta) / 365 == pytest.approx(analytical.theta(*arguments), rel=1e-9)


def test_call_and_put_differ_in_delta_alone() -> None:
    """By parity delta differs by exactly 1, and everything else not at all."""
    call, put = (greeks(6300, [6250, 6300, 6380], 0.01, 1 / 252, is_call) for is_call in (True, False))

    assert call.delta - put.delta == pytest.approx([1, 1, 1], abs=1e-15)
    for name in ORDERS.keys() - {"delta"}:
        assert (getattr(call, name) == getattr(put, name)).all()


def test_theta_per_minute_is_what_a_minute_costs() -> None:
    """Theta a minute is theta a year over 98,280 trading minutes."""
    found = greeks(6300, 6300, 0.01, 1 / 252, True)

    assert float(found.theta_per_minute) * MINUTES_PER_YEAR == pytest.approx(float(found.theta))
    assert float(found.theta) < 0


@pytest.mark.parametrize("arguments", [(6300, 6300, 0, 1), (6300, 6300, 0.01, 0), (0, 1, 1, 1), (1, 1, math.inf, 1)])
def test_greeks_are_refused_at_expiry_and_outside_the_model(arguments: tuple[float, ...]) -> None:
    """There is no gamma at expiry; an error says so instead of a number."""
    with pytest.raises(BadInput):
        greeks(*arguments, True)


def test_unknown_stays_unknown() -> None:
    """NaN in one element makes that element NaN and no other."""
    found = greeks(6300, [6300, math.nan], 0.01, 1 / 252, True)

    assert all(np.isnan(getattr(found, name)).tolist() == [False, True] for name in ORDERS)
