"""Orders: taken, filled, changed, cancelled, refused, and who hears of it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from lottogrid.gateway.hub import GatewayRules
from tests.gateway.made import Client, Made, errors, names, only, statuses


def bought(made: Made, client: Client, order_id: int = 1, quantity: int = 2) -> None:
    """Let the client buy calls at the market."""
    client.place(order_id, made.call(), orderType="MKT", totalQuantity=quantity, orderRef="LG-1")
    made.wait(1)
    client.read()


def test_an_order_at_the_market_is_acknowledged_filled_and_charged() -> None:
    """In the order in which a real server is known to tell it."""
    made = Made(profile="paper")
    client = made.client()

    client.place(1, made.call(), lmtPrice=made.ask(made.call()), orderRef="LG-1")
    at_once = client.read()
    made.wait(1)
    later = client.read()

    assert names(at_once) == ["openOrder", "orderStatus"]
    assert statuses(at_once + later) == ["PreSubmitted", "Submitted", "Filled"]
    assert names(later) == ["openOrder", "orderStatus", "execDetails", "openOrder", "orderStatus", "commissionReport"]


def test_a_fill_names_its_order_in_every_way() -> None:
    """By the client's number, the gateway's, and the client's reference."""
    made = Made()
    client = made.client()
    client.place(4, made.call(), orderType="MKT", totalQuantity=2, orderRef="LG-1")

    found = client.read()
    fill, charge = only(found, "execDetails"), only(found, "commissionReport")

    assert (fill["orderId"], fill["clientId"], fill["orderRef"], fill["permId"]) == ("4", "1", "LG-1", "1000000001")
    assert (fill["side"], fill["shares"], fill["cumQty"], fill["avgPrice"]) == ("BOT", "2", "2", fill["price"])
    assert fill["conId"] == str(made.call().con_id)
    assert (charge["execId"], charge["commission"]) == (fill["execId"], "1.24")
    assert charge["realizedPNL"] == "1.7976931348623157E308"


def test_closing_says_what_it_brought() -> None:
    """Both commissions counted."""
    made = Made()
    client = made.client()
    bought(made, client)

    client.place(2, made.call(), action="SELL", orderType="MKT", totalQuantity=2)

    gained = Decimal(only(client.read(), "commissionReport")["realizedPNL"])
    assert gained == (made.bid(made.call()) - made.ask(made.call())) * 2 * 5 - Decimal("2.48")


def test_a_limit_below_the_market_rests_and_can_be_cancelled() -> None:
    """The cancellation is told by error 202 and by a status."""
    made = Made(profile="paper")
    client = made.client()
    client.place(1, made.call(), lmtPrice="0.05")
    made.wait(1)
    client.read()

    client.say("cancelOrder", orderId=1)
    assert client.read() == []
    made.wait(1)

    found = client.read()
    assert errors(found) == [(1, 202)]
    assert statuses(found) == ["Cancelled"]


def test_a_resting_order_fills_when_the_market_comes_to_it() -> None:
    """At its own price."""
    made = Made(moves={1: 6150})
    client = made.client()
    client.place(1, made.call(), lmtPrice="0.50")
    client.read()
    made.wait(120)

    assert only(client.read(), "execDetails")["price"] == "0.5"


def test_a_modification_keeps_the_order_s_names() -> None:
    """Though the exchange sees a new order."""
    made = Made(profile="paper")
    client = made.client()
    client.place(1, made.call(), lmtPrice="0.05", totalQuantity=3)
    made.wait(1)
    client.read()

    client.place(1, made.call(), lmtPrice=made.ask(made.call()), totalQuantity=2)
    made.wait(1)

    found = client.read()
    assert {m["permId"] for name, m in found if name == "orderStatus"} == {"1000000001"}
    assert statuses(found)[-1] == "Filled"
    assert only(found, "execDetails")["shares"] == "2"


def test_a_modification_replaces_only_what_is_not_filled() -> None:
    """Never more than was asked for is bought."""
    made = Made(profile="rough")
    client = made.client()
    ask = made.ask(made.call())
    client.place(1, made.call(), lmtPrice=ask, totalQuantity=12)
    made.wait(4)
    client.read()
    filled = next(iter(made.hub.tickets)).filled
    assert 0 < filled < 12

    client.place(1, made.call(), lmtPrice=ask + Decimal("0.25") if ask > 5 else ask + Decimal("0.05"), totalQuantity=12)
    made.wait(120)

    assert sum(held.quantity for held in made.hub.portfolio().options.values()) == 12


def test_a_modification_that_comes_too_late_is_refused() -> None:
    """With 104: the order has traded as it was."""
    made = Made(profile="paper")
    client = made.client()
    ask = made.ask(made.call())
    client.place(1, made.call(), lmtPrice=ask)
    made.wait(0.2)

    client.place(1, made.call(), lmtPrice=ask + Decimal("0.25"))
    made.wait(1)

    found = client.read()
    assert (1, 104) in errors(found)
    assert statuses(found)[-1] == "Filled"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"action": "SELL"}, 105),
        ({"orderType": "MKT"}, 329),
        ({"lmtPrice": "0.07"}, 110),
        ({"totalQuantity": "0"}, 321),
        ({"lmtPrice": "nan"}, 321),
    ],
)
def test_a_senseless_modification_leaves_the_order_as_it_was(change: dict[str, str], code: int) -> None:
    """A refused change never ends an order."""
    made = Made()
    client = made.client()
    client.place(1, made.call(), lmtPrice="0.05")
    client.read()

    client.place(1, made.call(), **{"lmtPrice": "0.10", **change})

    assert errors(client.read()) == [(1, code)]
    assert only(client.ask("reqOpenOrders"), "openOrder")["lmtPrice"] == "0.05"


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"lmtPrice": "0.07"}, 110),
        ({"lmtPrice": ""}, 321),
        ({"lmtPrice": "0.05", "totalQuantity": "1.5"}, 321),
        ({"lmtPrice": "0.05", "action": "SSHORT"}, 321),
        ({"lmtPrice": "0.05", "orderType": "REL"}, 387),
        ({"lmtPrice": "0.05", "tif": "IOC"}, 321),
        ({"lmtPrice": "0.05", "account": "DU7"}, 321),
        ({"lmtPrice": "0.05", "conId": 5}, 200),
    ],
)
def test_an_unsound_order_never_exists(terms: dict[str, str], code: int) -> None:
    """An error names it, and nothing is open."""
    made = Made()
    client = made.client()

    client.place(1, made.call(), **terms)

    assert errors(client.read()) == [(1, code)]
    assert names(client.ask("reqAllOpenOrders")) == ["openOrderEnd"]


def test_a_refusal_of_the_exchange_ends_as_inactive() -> None:
    """Nothing is sold that is not held."""
    made = Made()
    client = made.client()

    client.place(1, made.call(), action="SELL", orderType="MKT")

    found = client.read()
    assert errors(found) == [(1, 201)]
    assert statuses(found) == ["PreSubmitted", "Inactive"]


def test_the_number_of_an_order_that_is_over_is_taken() -> None:
    """103, whatever comes with it; the next one is told on request."""
    made = Made()
    client = made.client()
    bought(made, client, order_id=5)

    client.place(5, made.call(), orderType="MKT")

    assert errors(client.read()) == [(5, 103)]
    assert only(client.ask("reqIds"), "nextValidId")["orderId"] == "6"


def test_a_cancellation_of_nothing_is_refused() -> None:
    """10147 for an unknown order, also another client's; 10148 for one that is over."""
    made = Made()
    client, other = made.client(1), made.client(2)
    bought(made, client)
    client.place(2, made.call(), lmtPrice="0.05")
    client.read()

    assert errors(client.ask("cancelOrder", orderId=9)) == [(9, 10147)]
    assert errors(other.ask("cancelOrder", orderId=2)) == [(2, 10147)]
    assert errors(client.ask("cancelOrder", orderId=1)) == [(1, 10148)]


def test_a_global_cancel_ends_every_client_s_orders() -> None:
    """The one request that reaches over to others."""
    made = Made()
    client, other = made.client(1), made.client(2)
    client.place(1, made.call(), lmtPrice="0.05")
    client.read()

    other.ask("reqGlobalCancel")

    assert statuses(client.read()) == ["Cancelled"]


def test_clients_see_their_own_orders_and_on_request_all() -> None:
    """The master hears everybody's."""
    made = Made(rules=GatewayRules(master_client_id=9))
    client, other, master = made.client(1), made.client(2), made.client(9)
    client.place(1, made.call(), lmtPrice="0.05")

    assert names(other.read()) == []
    assert statuses(master.read()) == ["PreSubmitted", "Submitted"]
    assert names(other.ask("reqOpenOrders")) == ["openOrderEnd"]
    assert only(other.ask("reqAllOpenOrders"), "openOrder")["clientId"] == "1"


def test_completed_orders_tell_quantity_and_end() -> None:
    """A filled one has the quantity 0 and its size beside, as recorded."""
    made = Made()
    client = made.client()
    bought(made, client)
    client.place(2, made.call(), lmtPrice="0.05", orderRef="LG-2")
    client.say("cancelOrder", orderId=2)
    client.read()

    filled, cancelled = (m for name, m in client.ask("reqCompletedOrders", apiOnly=0) if name == "completedOrder")

    assert (filled["status"], filled["totalQuantity"], filled["filledQuantity"]) == ("Filled", "0", "2")
    assert (cancelled["status"], cancelled["totalQuantity"], cancelled["orderRef"]) == ("Cancelled", "1", "LG-2")
    assert filled["completedStatus"] == "Filled Size: 2"


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({}, 2),
        ({"side": "BUY"}, 1),
        ({"side": "SLD"}, 1),
        ({"clientId": 1}, 2),
        ({"clientId": 2}, 0),
        ({"symbol": "ES"}, 0),
        ({"secType": "FOP", "exchange": "CME", "acctCode": "DU1234567"}, 2),
        ({"time": "20250409 09:30:30"}, 1),
        ({"time": "20250409-13:40:00"}, 0),
    ],
)
def test_executions_are_filtered(asked: dict[str, str], count: int) -> None:
    """By every field that a filter has."""
    made = Made()
    client = made.client(1)
    bought(made, client)
    made.wait(60)
    client.place(2, made.call(), action="SELL", orderType="MKT", totalQuantity=2)
    client.read()

    found = names(client.ask("reqExecutions", reqId=8, **asked))

    assert (found.count("execDetails"), found.count("commissionReport")) == (count, count)
    assert found[-1] == "execDetailsEnd"


def test_a_what_if_order_tells_the_margin_and_is_not_placed() -> None:
    """What is bought costs its premium and no more."""
    made = Made()
    client = made.client()
    ask = made.ask(made.call())

    client.place(1, made.call(), lmtPrice=ask, totalQuantity=2, whatIf=1)

    found = only(client.read(), "openOrder")
    assert (found["whatIf"], Decimal(found["initMarginChange"])) == ("1", ask * 10)
    assert (found["commission"], found["commissionCurrency"]) == ("1.24", "USD")
    assert names(client.ask("reqAllOpenOrders")) == ["openOrderEnd"]


def test_orders_end_with_the_session() -> None:
    """Also those that never left the gateway."""
    made = Made()
    client = made.client()
    client.place(1, made.call(6280), lmtPrice="0.05")
    client.place(2, made.call(6280), lmtPrice="0.05", transmit=0)
    made.wait(391 * 60)

    assert [ticket.status.value for ticket in made.hub.tickets] == ["Cancelled", "Cancelled"]
