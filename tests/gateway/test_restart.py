"""The gateway dies and comes back: its orders, numbers and account are those it had."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from lottogrid.exchange.store import Store
from tests.exchange.desk import OPENS
from tests.gateway.made import Made, names, only, statuses
from tests.gateway.test_streams import legs

MOVES = {0: 6310, 2: 6150}


def again(store: Store, seconds: float, **options: str) -> Made:
    """Return the gateway's next life, so many seconds after the open."""
    return Made(moves=MOVES, keeper=store, starts_at=OPENS + timedelta(seconds=seconds), **options)  # type: ignore[arg-type]


def test_orders_fills_and_numbers_outlive_the_process(tmp_path: Path) -> None:
    """A client that comes back finds what it left."""
    with closing(Store(tmp_path / "a.sqlite")) as store:
        made = again(store, 0)
        client = made.client()
        client.place(1, made.call(), orderType="MKT", orderRef="LG-1")
        client.place(2, made.call(6345), lmtPrice="0.50", orderRef="LG-2")
        made.wait(70)
        cash = made.hub.cash

    with closing(Store(tmp_path / "a.sqlite")) as store:
        made = again(store, 80)
        client = made.client()

        assert made.hub.cash == cash
        assert only(client.ask("reqAllOpenOrders"), "openOrder")["orderRef"] == "LG-2"
        assert only(client.ask("reqExecutions", reqId=1), "execDetails")["orderRef"] == "LG-1"
        assert only(client.ask("reqCompletedOrders"), "completedOrder")["orderRef"] == "LG-1"
        assert only(client.ask("reqIds"), "nextValidId")["orderId"] == "3"
        made.wait(120)
        assert statuses(client.read()) == ["Filled"]
        assert only(client.ask("reqPositions"), "positionEnd") == {"version": "1"}


@pytest.mark.parametrize("seconds", [0.01, 0.1, 0.2, 0.5])
def test_what_was_under_way_at_the_death_is_taken_up(tmp_path: Path, seconds: float) -> None:
    """Wherever between order, acknowledgement and fill it came: in the end the order is filled once."""
    with closing(Store(tmp_path / "a.sqlite")) as store:
        made = again(store, 0, profile="paper")
        made.client().place(1, made.call(), orderType="MKT")
        made.wait(seconds)

    with closing(Store(tmp_path / "a.sqlite")) as store:
        made = again(store, 1, profile="paper")
        made.wait(2)
        (ticket,) = made.hub.tickets

        assert (ticket.status.value, ticket.filled) == ("Filled", 1)
        assert sum(held.quantity for held in made.hub.portfolio().options.values()) == 1


@pytest.mark.parametrize(("act", "status"), [("fill", "Filled"), ("cancel", "Cancelled")])
def test_a_combo_whose_end_was_not_heard_before_the_death_is_taken_up(act: str, status: str, tmp_path: Path) -> None:
    """What became of its legs at the exchange is what became of it."""
    with closing(Store(tmp_path / "a.sqlite")) as store:
        made = again(store, 0, profile="paper")
        client = made.client()
        combo = {"symbol": "MES", "secType": "BAG", "comboLegs": legs(made), "orderType": "LMT", "tif": "DAY"}
        client.say("placeOrder", orderId=1, action="BUY", totalQuantity=1, lmtPrice="60", **combo)
        if act == "cancel":
            client.say("cancelOrder", orderId=1)
        made.hub.desk.hear = lambda _: None  # type: ignore[method-assign]
        made.wait(1)
        (ticket,) = made.hub.tickets
        assert not ticket.status.is_final

    with closing(Store(tmp_path / "a.sqlite")) as store:
        made = again(store, 2, profile="paper")
        (ticket,) = made.hub.tickets

        assert ticket.status.value == status
        assert ticket.filled == (1 if act == "fill" else 0)
        assert sum(held.quantity for held in made.hub.portfolio().options.values()) == 2 * ticket.filled


@pytest.mark.parametrize("seconds", [0.01, 0.1, 0.5])
def test_a_modification_under_way_at_the_death_is_finished(tmp_path: Path, seconds: float) -> None:
    """The order lives on with its new terms, and only with these."""
    with closing(Store(tmp_path / "a.sqlite")) as store:
        made = again(store, 0, profile="paper")
        client = made.client()
        client.place(1, made.call(), lmtPrice="0.05")
        made.wait(1)
        client.place(1, made.call(), lmtPrice="0.10")
        made.wait(seconds)

    with closing(Store(tmp_path / "a.sqlite")) as store:
        made = again(store, 3, profile="paper")
        made.wait(1)
        orders = [order for order in made.hub.exchange.snapshot(made.clock.now()).orders if not order.state.is_final]

        assert [order.limit_price for order in orders] == [Decimal("0.10")]
        assert only(made.client().ask("reqAllOpenOrders"), "openOrder")["lmtPrice"] == "0.1"


def test_a_gateway_that_comes_back_after_the_close_finds_the_day_over(tmp_path: Path) -> None:
    """Orders have ended, and the account can still be asked."""
    with closing(Store(tmp_path / "a.sqlite")) as store:
        made = again(store, 0)
        made.client().place(1, made.call(6100), lmtPrice="0.05")

    with closing(Store(tmp_path / "a.sqlite")) as store:
        made = again(store, 391 * 60)
        client = made.client()

        assert names(client.ask("reqAllOpenOrders")) == ["openOrderEnd"]
        assert only(client.ask("reqCompletedOrders"), "completedOrder")["status"] == "Cancelled"
