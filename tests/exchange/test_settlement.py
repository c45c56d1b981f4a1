"""The end of a session: what works expires, what is held settles."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from lottogrid.brokers.port import OrderExpired, Settled
from lottogrid.errors import BadInput
from lottogrid.market.contracts import Right
from lottogrid.orders import OrderState, Side
from tests.exchange.desk import DAY, MINUTE, Desk, day_of, option, order

CALL = option(6305)
PUT = option(6295, Right.PUT)


def closed_at(price: str) -> Desk:
    """Return a desk that holds a call and a put, offers the put, and has seen its session end at `price`."""
    desk = Desk()
    desk.place(order("call", CALL, quantity=2), order("put", PUT))
    desk.place(order("target", PUT, Side.SELL, limit="200"))
    desk.now = DAY.closes - MINUTE
    desk.bar(price)
    desk.exchange.close_session(desk.now)
    return desk


def test_an_option_in_the_money_settles_at_what_exercise_is_worth() -> None:
    """The fixing is the last bar's close; every holder is paid in cash."""
    desk = closed_at("6311.25")
    before = desk.exchange.cash

    events = desk.wait(0)

    assert [e for e in events if isinstance(e, Settled)] == [
        Settled(f"S-20250409-{CALL}", CALL, Decimal("6.25"), DAY.closes),
        Settled(f"S-20250409-{PUT}", PUT, Decimal(0), DAY.closes),
    ]
    spent = sum(e.price * e.quantity for e in desk.exchange.snapshot(desk.now).executions)
    assert before == 5 * (2 * Decimal("6.25") - spent) - 3 * Decimal("0.62")


def test_positions_vanish_and_orders_expire() -> None:
    """After the close nothing is held and nothing works."""
    desk = closed_at("6300")

    events = desk.wait(0)
    snapshot = desk.exchange.snapshot(desk.now)

    assert [e for e in events if isinstance(e, OrderExpired)] == [OrderExpired("target", DAY.closes)]
    assert desk.state("target") is OrderState.EXPIRED
    assert snapshot.positions == ()
    assert [settled.price for settled in snapshot.settlements] == [0, 0]


def test_closing_twice_settles_once() -> None:
    """The second close does nothing."""
    desk = closed_at("6300")
    desk.wait(0)
    cash = desk.exchange.cash

    desk.exchange.close_session(desk.now)

    assert desk.wait(0) == []
    assert desk.exchange.cash == cash


def test_a_session_is_not_closed_before_its_time() -> None:
    """Settling early would take options away that still trade."""
    with pytest.raises(BadInput, match="wait for the end of the session"):
        Desk().exchange.close_session(DAY.closes - MINUTE)


def test_a_session_that_was_left_open_is_finished_by_the_next() -> None:
    """A close that nobody called is caught up at the last price, and stays visible for a session."""
    desk = Desk()
    desk.place(order("call", CALL))
    desk.bar("6310")
    tomorrow = day_of(DAY.opens + timedelta(days=1))

    desk.exchange.start_session(tomorrow)
    events = desk.hear(tomorrow.opens)

    assert [e for e in events if isinstance(e, Settled)] == [
        Settled(f"S-20250409-{CALL}", CALL, Decimal(5), DAY.closes)
    ]
    assert desk.exchange.snapshot(desk.now).settlements != ()
    desk.exchange.start_session(day_of(DAY.opens + timedelta(days=2)))
    later = desk.exchange.snapshot(desk.now + timedelta(days=1))
    assert (later.orders, later.executions, later.settlements) == ((), (), ())


def test_a_bar_after_the_close_does_not_move_the_fixing() -> None:
    """The price that settles is the last one of the session."""
    desk = Desk()
    desk.place(order("call", CALL))
    desk.now = DAY.closes - MINUTE
    desk.bar("6310")
    desk.bar("6400")
    desk.exchange.close_session(desk.now)

    assert [e.price for e in desk.wait(0) if isinstance(e, Settled)] == [Decimal(5)]
