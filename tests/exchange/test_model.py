"""Quotes: on the grid, never crossed, dearer with the smile."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lottogrid.errors import BadInput
from lottogrid.exchange.model import SAME_DAY_SPREAD, MarketModel, MarketPoint, SpreadCurve, bid_and_ask
from lottogrid.market.contracts import Right
from lottogrid.pricing.smile import FLAT, Smile
from tests.exchange.desk import SPEC, option

MODEL = MarketModel(SPEC.ladder, Smile())
prices = st.integers(16_000, 32_000).map(lambda ticks: Decimal(ticks) / 4)
volatilities = st.floats(0.05, 1.5)
minutes = st.floats(0, 390)
strikes = st.integers(-60, 60)


def near(point: MarketPoint, steps: int) -> Decimal:
    return Decimal(round(point.forward / 5) * 5 + steps * 5)


def smaller(one: Decimal | None, other: Decimal | None) -> bool:
    return (one or 0) <= (other or 0)


@given(price=prices, volatility=volatilities, left=minutes, steps=strikes, right=st.sampled_from(Right))
@settings(max_examples=200)
def test_quotes_stand_on_the_grid_around_the_value(
    price: Decimal, volatility: float, left: float, steps: int, right: Right
) -> None:
    """Bid and ask lie on the ladder, at least a tick apart, and enclose the model's value."""
    point = MODEL.at(price, volatility, left)
    contract = option(int(near(point, steps)), right)

    bid, ask = point.bid_and_ask(contract)

    assert SPEC.ladder.holds(ask)
    assert bid is None or (SPEC.ladder.holds(bid) and bid < ask)
    assert float(bid or 0) <= point.theo(contract) + 1e-8
    assert point.theo(contract) <= float(ask) + 1e-8


@given(theo=st.floats(0, 0.04999))
def test_nobody_bids_for_less_than_a_tick(theo: float) -> None:
    """An option worth less than a tick has no bid, and is offered at one tick at least."""
    bid, ask = bid_and_ask(theo, 0.0145, SPEC.ladder)

    assert bid is None
    assert ask >= SPEC.ladder.smallest


def test_a_value_on_the_grid_without_a_spread_is_still_one_tick_wide() -> None:
    """Bid and ask are never the same price, on either side of the ladder's edge."""
    assert bid_and_ask(2.0, 0.0, SPEC.ladder) == (Decimal("2.00"), Decimal("2.05"))
    assert bid_and_ask(5.0, 0.0, SPEC.ladder) == (Decimal("5.00"), Decimal("5.25"))


@given(price=prices, volatility=volatilities, left=minutes, steps=strikes)
@settings(max_examples=100)
def test_quotes_are_monotone_in_strike(price: Decimal, volatility: float, left: float, steps: int) -> None:
    """A call is not quoted higher at the higher strike, nor a put at the lower."""
    point = MODEL.at(price, volatility, left)
    low, high = (int(near(point, steps + more)) for more in (0, 1))

    for bid_or_ask in (0, 1):
        call_low, call_high = (point.bid_and_ask(option(strike))[bid_or_ask] for strike in (low, high))
        put_low, put_high = (point.bid_and_ask(option(strike, Right.PUT))[bid_or_ask] for strike in (low, high))
        assert smaller(call_high, call_low)
        assert smaller(put_low, put_high)


@given(price=prices, rise=st.integers(1, 2000), volatility=volatilities, left=minutes, steps=strikes)
@settings(max_examples=200)
def test_a_call_gains_and_a_put_loses_when_the_underlying_rises(
    price: Decimal, rise: int, volatility: float, left: float, steps: int
) -> None:
    """The extreme of a bar in an order's favour decides whether the order is reached at all."""
    below = MODEL.at(price, volatility, left)
    above = MODEL.at(price + Decimal(rise) / 4, volatility, left)
    strike = int(near(below, steps))

    assert below.theo(option(strike)) <= above.theo(option(strike)) + 1e-9
    assert below.theo(option(strike, Right.PUT)) >= above.theo(option(strike, Right.PUT)) - 1e-9


@given(price=prices, volatility=volatilities, left=minutes, steps=strikes, right=st.sampled_from(Right))
@settings(max_examples=200)
def test_a_limit_is_reached_exactly_when_the_quote_says_so(
    price: Decimal, volatility: float, left: float, steps: int, right: Right
) -> None:
    """The quick test for a resting limit agrees with the quote itself, tick by tick."""
    point = MODEL.at(price, volatility, left)
    contract = option(int(near(point, steps)), right)
    bid, ask = point.bid_and_ask(contract)

    for limit in {ask, SPEC.ladder.ceil(ask + SPEC.ladder.smallest)} | ({bid} if bid else set()):
        assert point.bid_reaches(contract, limit) is (bid is not None and bid >= limit)
        assert point.ask_reaches(contract, limit) is (ask <= limit)


def test_the_smile_makes_the_put_wing_dearer() -> None:
    """At the same distance puts gain and calls lose against a flat volatility, as measured on real quotes."""
    smiling = MODEL.at(Decimal(6300), 0.16, 390)
    flat = MarketModel(SPEC.ladder, FLAT).at(Decimal(6300), 0.16, 390)
    call, put = option(6365), option(6235, Right.PUT)

    assert smiling.theo(put) > 1.3 * flat.theo(put)
    assert smiling.theo(call) < flat.theo(call)


def test_a_full_session_is_priced_as_the_worked_example() -> None:
    """16 % at 6300 is an expected move of 50.66 points, and the strangle at 1.25 of them is worth 11.83."""
    point = MODEL.at(Decimal(6300), 0.16, 390)
    away = 1.25 * point.expected_move
    strangle = sum(
        point.theo(option(str(round(6300 + sign * away, 6)), right))
        for sign, right in ((1, Right.CALL), (-1, Right.PUT))
    )

    assert point.expected_move == pytest.approx(50.66, abs=0.005)
    assert strangle == pytest.approx(11.836, abs=0.002)


@pytest.mark.parametrize(
    ("left", "spread"),
    [(390, 0.029), (360, 0.030), (375, 0.0295), (60, 0.067), (30, 0.085), (5, 0.1), (0, 0.1), (400, 0.029)],
)
def test_the_spread_widens_as_measured(left: float, spread: float) -> None:
    """The whole spread is 2.9 % of the mid at the open and 10 % near the close, linear between."""
    assert SAME_DAY_SPREAD.full_spread(left) == pytest.approx(spread)


def test_a_wider_profile_doubles_the_spread_before_rounding() -> None:
    """The spread factor scales the distance of bid and ask from the value."""
    wide = MarketModel(SPEC.ladder, Smile(), spread_factor=2.0).at(Decimal(6300), 0.16, 390)

    assert wide.half_spread == pytest.approx(2 * MODEL.at(Decimal(6300), 0.16, 390).half_spread)


def test_with_no_time_left_an_option_is_its_intrinsic_value() -> None:
    """At the close there is nothing but what exercise is worth."""
    point = MODEL.at(Decimal(6310), 0.16, 0)

    assert point.theo(option(6300)) == 10
    assert point.theo(option(6300, Right.PUT)) == 0


@pytest.mark.parametrize(
    ("price", "volatility", "left"),
    [("6300", math.nan, 60.0), ("6300", -0.1, 60.0), ("0", 0.16, 60.0), ("6300", 0.16, math.nan), ("NaN", 0.16, 60.0)],
)
def test_nonsense_is_refused(price: str, volatility: float, left: float) -> None:
    """A number that is not finite, or of the wrong sign, never becomes a quote."""
    with pytest.raises(BadInput, match="expected a price above 0"):
        MODEL.at(Decimal(price), volatility, left)


@pytest.mark.parametrize("points", [(), ((10.0, 0.1), (5.0, 0.1)), ((10.0, 1.5),), ((10.0, math.nan),)])
def test_a_spread_curve_without_sense_is_refused(points: tuple[tuple[float, float], ...]) -> None:
    """A curve needs rising minutes and fractions below one."""
    with pytest.raises(BadInput, match="spread curve"):
        SpreadCurve(points)
