"""Quotes that cannot lie."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lottogrid.errors import BadInput
from lottogrid.market.contracts import OptionContract, Right
from lottogrid.market.quotes import Quote

OPTION = OptionContract(symbol="MES", expiry=date(2025, 4, 9), right=Right.CALL, strike=Decimal(5200))
NOON = datetime(2025, 4, 9, 16, 0, tzinfo=UTC)
prices = st.decimals(min_value="0.05", max_value=100, places=2)


@pytest.mark.parametrize("price", ["NaN", "sNaN", "Infinity", "-Infinity", "0", "-1", "-0.05"])
def test_refuses_what_is_no_price(price: str) -> None:
    """NaN, infinity, 0 and the -1 of a feed never become a bid or an ask."""
    with pytest.raises(BadInput, match="expected a price above 0 or None"):
        Quote(OPTION, NOON, bid=Decimal(price), ask=None)
    with pytest.raises(BadInput, match="expected a price above 0 or None"):
        Quote(OPTION, NOON, bid=None, ask=Decimal(price))


@given(prices, prices)
def test_the_middle_lies_between_and_a_crossed_market_is_refused(bid: Decimal, ask: Decimal) -> None:
    """bid <= mid <= ask, or there is no quote."""
    if bid > ask:
        with pytest.raises(BadInput, match="expected bid <= ask"):
            Quote(OPTION, NOON, bid, ask)
        return

    mid = Quote(OPTION, NOON, bid, ask).mid

    assert mid is not None
    assert bid <= mid <= ask


@pytest.mark.parametrize(("bid", "ask"), [(None, Decimal(1)), (Decimal(1), None), (None, None)])
def test_a_missing_side_has_no_middle(bid: Decimal | None, ask: Decimal | None) -> None:
    """A market of one side has no middle; the absence is not a price."""
    assert Quote(OPTION, NOON, bid, ask).mid is None


def test_refuses_a_naive_time() -> None:
    """A quote whose time has no offset is refused."""
    with pytest.raises(BadInput, match="expected a time with an offset"):
        Quote(OPTION, NOON.replace(tzinfo=None), bid=None, ask=None)


@pytest.mark.parametrize(("age", "fresh"), [(0, True), (5, True), (5.001, False), (-0.001, False)])
def test_is_fresh_up_to_the_limit_and_never_from_the_future(age: float, fresh: bool) -> None:
    """A quote of exactly the limit's age is fresh, an older one and one from the future are not."""
    quote = Quote(OPTION, NOON, bid=None, ask=Decimal(1))

    assert quote.is_fresh(NOON + timedelta(seconds=age), timedelta(seconds=5)) is fresh
