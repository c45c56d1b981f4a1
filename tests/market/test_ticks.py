"""Rounding to the grid of prices."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lottogrid.errors import BadInput
from lottogrid.market.contracts import SPECS
from lottogrid.market.ticks import TickLadder

LADDER = SPECS["MES"].ladder
prices = st.decimals(min_value="0.000001", max_value=200, places=6)
ladders = st.sampled_from([spec.ladder for spec in SPECS.values()])


@given(ladders, prices)
def test_floor_and_ceiling_enclose_the_price(ladder: TickLadder, price: Decimal) -> None:
    """No price is bought above or sold below what was asked: floor <= price <= ceiling."""
    assert ladder.floor(price) <= price <= ladder.ceil(price)


@given(ladders, prices)
def test_rounded_prices_lie_on_the_grid(ladder: TickLadder, price: Decimal) -> None:
    """What rounding gives, an order may carry; only a floor below the lowest price is 0."""
    assert ladder.holds(ladder.ceil(price))
    assert ladder.holds(ladder.floor(price)) or (ladder.floor(price) == 0 and price < ladder.smallest)


@given(ladders, prices)
def test_rounding_moves_by_less_than_a_step(ladder: TickLadder, price: Decimal) -> None:
    """Floor and ceiling are the nearest prices of the grid on either side."""
    assert ladder.ceil(price) - ladder.floor(price) in {Decimal(0), ladder.step(price)}


@given(ladders, prices)
def test_a_price_on_the_grid_stays(ladder: TickLadder, price: Decimal) -> None:
    """Rounding twice is rounding once."""
    on_grid = ladder.ceil(price)

    assert ladder.floor(on_grid) == on_grid == ladder.ceil(on_grid)


@given(ladders, prices, prices)
def test_rounding_keeps_the_order(ladder: TickLadder, one: Decimal, other: Decimal) -> None:
    """A higher price never rounds to a lower one."""
    low, high = sorted((one, other))

    assert ladder.floor(low) <= ladder.floor(high)
    assert ladder.ceil(low) <= ladder.ceil(high)


@given(st.integers(1, 100))
def test_floats_off_by_their_last_digits_are_on_the_grid(steps: int) -> None:
    """A model price such as 0.15000000000000002 is 0.15, not the tick above it."""
    assert LADDER.ceil(steps * 0.05) == LADDER.floor(steps * 0.05) == steps * Decimal("0.05")


def test_the_boundary_lies_on_both_grids() -> None:
    """5.00 is a price of the fine and of the coarse tier, and rounds to itself."""
    edge = Decimal(5)

    assert LADDER.holds(edge)
    assert edge % Decimal("0.05") == edge % Decimal("0.25") == 0
    assert LADDER.floor(edge) == edge == LADDER.ceil(edge)


@pytest.mark.parametrize(
    ("price", "floor", "ceiling"),
    [("4.97", "4.95", "5.00"), ("5.00", "5.00", "5.00"), ("5.01", "5.00", "5.25"), ("19.99", "19.75", "20.00")],
)
def test_the_step_is_chosen_by_the_price_of_the_order(price: str, floor: str, ceiling: str) -> None:
    """Below and at 5.00 steps are 0.05, above 0.25."""
    assert (LADDER.floor(Decimal(price)), LADDER.ceil(Decimal(price))) == (Decimal(floor), Decimal(ceiling))


@pytest.mark.parametrize("price", ["0", "-0.05", "0.01", "5.05", "5.10"])
def test_prices_off_the_grid_are_not_held(price: str) -> None:
    """Nothing, a negative price, a cent, and fine steps in the coarse tier are no prices of an order."""
    assert not LADDER.holds(Decimal(price))


def test_a_worthless_option_has_no_price_below() -> None:
    """The floor under the smallest tick is 0: there is no price to sell at."""
    assert LADDER.smallest == Decimal("0.05")
    assert LADDER.floor(0.04) == 0
    assert LADDER.floor(-1.0) == LADDER.ceil(-1.0) == 0


@pytest.mark.parametrize(
    "tiers",
    [
        (),
        ((Decimal(1), Decimal("0.05")),),
        ((Decimal(0), Decimal(0)),),
        ((Decimal(0), Decimal("0.05")), (Decimal(0), Decimal("0.25"))),
        ((Decimal(0), Decimal("0.05")), (Decimal(5), Decimal("0.25")), (Decimal(3), Decimal("0.10"))),
    ],
)
def test_a_ladder_must_rise_from_zero(tiers: tuple[tuple[Decimal, Decimal], ...]) -> None:
    """A ladder without a beginning, with equal or falling edges or a step of 0 is refused."""
    with pytest.raises(BadInput, match="tick ladder"):
        TickLadder.of(*tiers)
