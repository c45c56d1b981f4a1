"""Resting orders against the path of a bar."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from lottogrid.brokers.port import BarClosed
from lottogrid.errors import BadInput
from lottogrid.exchange import matching
from lottogrid.exchange.exchange import Exchange
from lottogrid.exchange.profiles import profile_of
from lottogrid.market.bars import Bar
from lottogrid.market.contracts import OptionContract, Right
from lottogrid.orders import OrderState, Side
from lottogrid.pricing.smile import Smile
from tests.exchange.desk import DAY, MINUTE, OPENS, SPEC, Desk, FixedForecast, fills, option, order

CALL = option(6365)
PUT = option(6235, Right.PUT)


def bar(*prices: str) -> Bar:
    opened, high, low, close = map(Decimal, prices)
    return Bar(OPENS, opened, high, low, close)


def with_target(contract: OptionContract = CALL, limit: str = "20", **options: Any) -> Desk:
    """Return a desk that holds an option and offers it at `limit`."""
    desk = Desk(**options)
    desk.place(order("entry", contract))
    desk.wait(0)
    desk.place(order("target", contract, Side.SELL, limit=limit))
    return desk


def test_the_path_visits_the_far_extreme_first() -> None:
    """A rising minute falls first, a falling minute rises first."""
    assert matching.path(bar("2", "4", "1", "3")) == tuple(map(Decimal, "2143"))
    assert matching.path(bar("3", "4", "1", "2")) == tuple(map(Decimal, "3412"))
    assert matching.path(bar("2", "4", "1", "2")) == tuple(map(Decimal, "2142"))


@pytest.mark.parametrize(
    ("contract", "prices"),
    [(CALL, ("6300", "6457.50", "6300", "6310")), (PUT, ("6300", "6300", "6142.50", "6290"))],
)
def test_the_extreme_of_a_wild_minute_fills_a_target(contract: OptionContract, prices: tuple[str, ...]) -> None:
    """A spike of 2.5 % within a minute reaches the target, though the close is nowhere near."""
    desk = with_target(contract)

    events = desk.bar(*prices)

    (sale,) = fills(events)
    assert (sale.order_ref, sale.price, sale.at) == ("target", Decimal(20), OPENS + MINUTE)
    assert desk.state("target") is OrderState.FILLED
    assert isinstance(events[-1], BarClosed)


def test_a_target_that_is_not_reached_rests() -> None:
    """A quiet minute leaves it alone."""
    desk = with_target()

    assert fills(desk.bar("6300", "6310", "6290", "6300")) == []
    assert desk.state("target") is OrderState.WORKING


def test_the_bid_decides_about_a_target_not_the_value() -> None:
    """A sale fills at the tick the bid reaches, and not one above."""
    desk = with_target(limit="20")
    model = desk.exchange._model.at(Decimal(6350), 0.16, DAY.minutes_left(OPENS + MINUTE))
    bid, _ = model.bid_and_ask(CALL)
    assert bid is not None

    reached = with_target(limit=str(bid))
    missed = with_target(limit=str(SPEC.ladder.ceil(bid + Decimal("0.05"))))

    assert len(fills(reached.bar("6300", "6350", "6300", "6300"))) == 1
    assert fills(missed.bar("6300", "6350", "6300", "6300")) == []


def test_a_resting_buy_fills_at_its_limit_when_the_ask_comes_down() -> None:
    """A buy waits for the offer."""
    desk = Desk()
    desk.place(order("a", CALL, limit="2.00"))

    (bought,) = fills(desk.bar("6300", "6300", "6240", "6299"))

    assert (bought.price, bought.at) == (Decimal("2.00"), OPENS + MINUTE)


def test_extremes_are_priced_with_the_volatility_known_before_the_bar() -> None:
    """What the bar itself teaches about volatility does not fill the orders of that bar."""
    desk = with_target(limit="8.00")
    desk.forecast.after = {OPENS: 0.9}

    assert fills(desk.bar("6300")) == []
    assert (desk.bid(CALL) or 0) > Decimal("8.00")
    assert len(fills(desk.bar("6300"))) == 1


def test_an_order_that_came_within_the_minute_meets_its_close_only() -> None:
    """A spike before the order arrived is not its business."""
    desk = Desk()
    desk.place(order("entry", CALL))
    desk.wait(20)
    desk.place(order("target", CALL, Side.SELL, limit="20"))
    desk.wait(40)

    assert fills(desk.minute("6300", "6457.50", "6300", "6310")) == []
    assert len(fills(desk.bar("6310", "6457.50", "6310", "6310"))) == 1


def test_fills_of_one_bar_come_in_the_order_of_the_path() -> None:
    """The put's target is met on the way down, before the call's on the way up."""
    desk = with_target()
    desk.place(order("put", PUT))
    desk.place(order("a-put-target", PUT, Side.SELL, limit="20"))

    rising = fills(desk.bar("6300", "6457.50", "6142.50", "6310"))

    assert [execution.order_ref for execution in rising] == ["a-put-target", "target"]


def test_targets_met_together_fill_by_arrival_then_by_reference() -> None:
    """Of orders that came at one instant the lower reference is first, whoever was called first."""
    desk = Desk()
    desk.place(order("entry", CALL, quantity=2))
    desk.place(order("z", CALL, Side.SELL, limit="20"), order("y", CALL, Side.SELL, limit="20"))

    sales = fills(desk.bar("6300", "6457.50", "6300", "6310"))

    assert [sale.order_ref for sale in sales] == ["y", "z"]


def test_a_reached_target_fills_what_is_displayed_each_minute() -> None:
    """A large resting order is filled in pieces, once a minute."""
    desk = Desk(profile=replace(profile_of("ideal"), displayed_size=(2, 2)))
    desk.place(order("entry", CALL, quantity=5))
    desk.wait(3)
    desk.now = OPENS + timedelta(seconds=60)
    desk.minute("6300")
    desk.place(order("target", CALL, Side.SELL, 5, "20"))

    pieces = [[e.quantity for e in fills(desk.bar("6300", "6457.50", "6300", "6310"))] for _ in range(3)]

    assert pieces == [[2], [2], [1]]
    assert desk.held(CALL) == 0


def test_the_last_minute_is_priced_without_time_value() -> None:
    """At the close an option is worth its exercise, so a target out of the money stays unfilled."""
    desk = with_target(limit="3.00")
    desk.now = DAY.closes - MINUTE

    assert fills(desk.bar("6300", "6364", "6300", "6364")) == []


def test_history_holds_the_last_two_hours() -> None:
    """Bars older than 120 minutes are left out."""
    desk = Desk()
    for _ in range(130):
        desk.bar("6300")

    bars = desk.exchange.history(desk.now).bars

    assert len(bars) == 120
    assert bars[-1].start == desk.now - MINUTE


def test_a_bar_is_taken_once_and_in_order() -> None:
    """A repeated or older bar is refused."""
    desk = Desk()

    with pytest.raises(BadInput, match="feed each once"):
        desk.minute("6300")


def test_nothing_moves_without_a_session() -> None:
    """Bars and closes need a session."""
    exchange = Exchange(SPEC, profile_of("ideal"), 1, Smile(), FixedForecast())

    with pytest.raises(BadInput, match="start_session"):
        exchange.advance(bar("1", "1", "1", "1"), OPENS)
    with pytest.raises(BadInput, match="start_session"):
        exchange.close_session(DAY.closes)
