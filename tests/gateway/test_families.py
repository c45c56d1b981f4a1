"""Stops, brackets, one-cancels-all groups and combos: what the exchange does not know and the desk does."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.gateway.made import Client, Made, errors, names, statuses
from tests.gateway.test_orders import bought
from tests.gateway.test_streams import legs


def standing(made: Made) -> dict[int, str]:
    """Return the orders' statuses by their numbers."""
    return {ticket.order_id: ticket.status.value for ticket in made.hub.tickets}


def bracket(made: Made, client: Client, limit: Decimal) -> None:
    """Place an order to buy with a target and a stop that are its children."""
    client.place(1, made.call(), lmtPrice=limit, transmit=0)
    client.place(2, made.call(), action="SELL", lmtPrice="20", parentId=1, transmit=0, ocaGroup="out", ocaType=1)
    stop = {"action": "SELL", "orderType": "STP", "auxPrice": "0.50", "parentId": 1, "ocaGroup": "out", "ocaType": 1}
    client.place(3, made.call(), **stop)


@pytest.mark.parametrize(("side", "stop", "moves"), [("BUY", "10", {2: 6330}), ("SELL", "2", {2: 6220})])
def test_a_stop_waits_for_its_price_and_trades_at_the_market(side: str, stop: str, moves: dict[int, int]) -> None:
    """It is PreSubmitted until then."""
    made = Made(moves=moves)
    client = made.client()
    bought(made, client, quantity=1)

    client.place(2, made.call(), action=side, orderType="STP", auxPrice=stop)
    assert standing(made)[2] == "PreSubmitted"
    made.wait(180)

    assert standing(made)[2] == "Filled"


def test_a_stop_limit_rests_at_its_limit_once_triggered() -> None:
    """It may then wait for ever."""
    made = Made(moves={2: 6150})
    client = made.client()
    bought(made, client, quantity=1)
    client.place(2, made.call(), action="SELL", orderType="STP LMT", auxPrice="1", lmtPrice="1")
    made.wait(240)

    assert standing(made)[2] == "Submitted"


def test_a_bracket_waits_for_its_last_part_and_its_children_for_the_parent() -> None:
    """Nothing goes out before the order that transmits the family."""
    made = Made()
    client = made.client()
    client.place(1, made.call(), lmtPrice=made.ask(made.call()), transmit=0)
    assert standing(made) == {1: "PreSubmitted"}
    client.read()

    client.place(1, made.call(), lmtPrice="0.05", transmit=0)
    client.place(2, made.call(), action="SELL", lmtPrice="20", parentId=1)

    assert standing(made) == {1: "Submitted", 2: "PreSubmitted"}


def test_a_filled_parent_lets_its_children_work() -> None:
    """The target at the exchange, the stop at the desk."""
    made = Made()

    bracket(made, made.client(), made.ask(made.call()))

    assert standing(made) == {1: "Filled", 2: "Submitted", 3: "PreSubmitted"}


def test_a_cancelled_parent_takes_its_children_along() -> None:
    """A target without a position would be a short sale."""
    made = Made()
    client = made.client()
    bracket(made, client, Decimal("0.05"))

    client.say("cancelOrder", orderId=1)

    assert standing(made) == {1: "Cancelled", 2: "Cancelled", 3: "Cancelled"}


def test_one_fill_of_a_group_cancels_the_others() -> None:
    """The position is sold once."""
    made = Made(moves={1: 6350})
    client = made.client()
    bracket(made, client, made.ask(made.call()))
    made.wait(180)

    assert standing(made) == {1: "Filled", 2: "Filled", 3: "Cancelled"}
    assert [held.quantity for held in made.hub.portfolio().options.values()] == [0]


def combo(client: Client, made: Made, order_id: int, limit: Decimal, **terms: object) -> None:
    """Place an order for strangles."""
    usual = {"action": "BUY", "totalQuantity": 1, "orderType": "LMT", "lmtPrice": limit, "tif": "DAY"}
    client.say(
        "placeOrder", **{"orderId": order_id, "symbol": "MES", "secType": "BAG", **usual, **terms}, comboLegs=legs(made)
    )


def test_a_combo_trades_both_legs_once_they_are_cheap_enough() -> None:
    """It is filled as often as its slowest leg, and costs what the legs cost."""
    made = Made()
    client = made.client()
    price = made.ask(made.call()) + made.ask(made.put())

    combo(client, made, 1, price, totalQuantity=2)

    found = client.read()
    assert names(found).count("execDetails") == 2
    assert statuses(found)[-1] == "Filled"
    (ticket,) = made.hub.tickets
    assert (ticket.filled, ticket.average_price) == (2, price)


def test_a_combo_below_the_market_waits_at_the_desk_and_can_be_changed_and_cancelled() -> None:
    """No leg is sent alone."""
    made = Made()
    client = made.client()
    combo(client, made, 1, Decimal(1))
    combo(client, made, 1, Decimal(2))
    assert made.hub.exchange.snapshot(made.clock.now()).orders == ()

    client.say("cancelOrder", orderId=1)

    assert standing(made) == {1: "Cancelled"}


def test_selling_a_combo_turns_its_legs_round() -> None:
    """What was bought as one is sold as one."""
    made = Made()
    client = made.client()
    combo(client, made, 1, made.ask(made.call()) + made.ask(made.put()))

    combo(client, made, 2, made.bid(made.call()) + made.bid(made.put()), action="SELL")

    assert standing(made) == {1: "Filled", 2: "Filled"}
    assert all(held.quantity == 0 for held in made.hub.portfolio().options.values())


def test_a_combo_with_a_leg_that_is_not_listed_is_refused() -> None:
    """Or with none at all."""
    made = Made()
    client = made.client()
    bad = [{"conId": 5, "ratio": 1, "action": "BUY", "exchange": "CME"}]
    terms = {"symbol": "MES", "secType": "BAG", "action": "BUY", "totalQuantity": 1, "orderType": "LMT", "lmtPrice": 1}

    client.say("placeOrder", orderId=1, comboLegs=bad, **terms)
    client.say("placeOrder", orderId=2, comboLegs=[], **terms)

    assert errors(client.read()) == [(1, 321), (2, 321)]
