"""Money: what the account cannot pay for is refused, and a what-if says so beforehand."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lottogrid.gateway.fields import Message
from lottogrid.gateway.hub import GatewayRules
from tests.gateway.made import Client, Made, errors, only, statuses
from tests.gateway.test_orders import bought
from tests.gateway.test_streams import legs


def poor(dollars: str) -> Made:
    """Return a gateway whose account has only so much."""
    return Made(rules=GatewayRules(start_cash_usd=Decimal(dollars)))


def told(client: Client) -> tuple[list[tuple[int, int]], list[str]]:
    """Return errors and statuses of what has come."""
    found = client.read()
    return errors(found), statuses(found)


def is_refused(message: Message) -> bool:
    """Return whether a what-if says that the account would not do."""
    return Decimal(message["initMarginAfter"]) > Decimal(message["equityWithLoanAfter"])


@pytest.mark.parametrize(("cash", "status"), [("10.62", "Submitted"), ("10.61", "Inactive")])
def test_an_order_is_taken_if_cash_pays_premium_and_commission(cash: str, status: str) -> None:
    """To the cent: 2 points at 5 dollars, and 0.62 of commission."""
    client = poor(cash).client()

    client.place(1, client.made.call(), lmtPrice="2")

    assert told(client) == ([], ["PreSubmitted", status]) if status == "Submitted" else ([(1, 201)], [status])


def test_a_refusal_names_both_sums_and_leaves_nothing_working() -> None:
    """The order is Inactive, and its number is used."""
    client = poor("10").client()

    client.place(1, client.made.call(), lmtPrice="2")

    text = only(client.read(), "error")["text"]
    assert "[10.00 USD] MUST EXCEED THE INITIAL MARGIN [10.62 USD]" in text
    assert [name for name, _ in client.ask("reqAllOpenOrders")] == ["openOrderEnd"]
    client.place(1, client.made.call(), lmtPrice="0.05")
    assert told(client) == ([(1, 103)], [])


def test_every_working_order_counts_until_it_ends() -> None:
    """Also another client's; what was cancelled no longer does."""
    made = poor("15")
    first, second = made.client(1), made.client(2)
    first.place(1, made.call(), lmtPrice="2")
    first.read()

    second.place(1, made.put(), lmtPrice="1")
    assert told(second) == ([(1, 201)], ["Inactive"])
    first.ask("cancelOrder", orderId=1)
    second.place(2, made.put(), lmtPrice="1")

    assert told(second) == ([], ["PreSubmitted", "Submitted"])


def test_a_dearer_modification_is_refused_and_a_cheaper_one_taken() -> None:
    """The order works on as it was."""
    made = poor("15")
    client = made.client()
    client.place(1, made.call(), lmtPrice="1")
    client.read()

    client.place(1, made.call(), lmtPrice="3")
    assert errors(client.read()) == [(1, 201)]
    assert only(client.ask("reqOpenOrders"), "openOrder")["lmtPrice"] == "1"
    client.place(1, made.call(), lmtPrice="0.50")

    assert only(client.ask("reqOpenOrders"), "openOrder")["lmtPrice"] == "0.5"


def test_what_is_held_can_be_sold_without_a_cent() -> None:
    """A sale asks for nothing, not even for its commission."""
    made = Made()
    client = made.client()
    bought(made, client, quantity=1)
    made.hub.rules = GatewayRules(start_cash_usd=Decimal(25_000) - made.hub.cash)

    client.place(2, made.call(), action="SELL", orderType="MKT")

    assert statuses(client.read())[-1] == "Filled"


def test_a_combo_at_the_market_costs_what_its_legs_are_offered_at() -> None:
    """And two commissions."""
    made = Made()
    needed = (made.ask(made.call()) + made.ask(made.put())) * 5 + Decimal("1.24")
    combo = {"symbol": "MES", "secType": "BAG", "comboLegs": legs(made), "orderType": "MKT"}
    order = {"action": "BUY", "totalQuantity": 1, "tif": "DAY", **combo}
    for cash, last in ((needed, "Filled"), (needed - Decimal("0.01"), "Inactive")):
        client = poor(str(cash)).client()
        client.say("placeOrder", orderId=1, **order)

        assert statuses(client.read())[-1] == last


TERMS = st.tuples(st.integers(1, 6), st.sampled_from(["0.05", "1", "2.5", "7", "30"]), st.sampled_from(["BUY", "SELL"]))


@settings(deadline=None, max_examples=25)
@given(cash=st.decimals("0", "400", places=2), orders=st.lists(TERMS, min_size=1, max_size=5))
def test_a_what_if_and_the_order_itself_agree(cash: Decimal, orders: list[tuple[int, str, str]]) -> None:
    """Whatever works already; and cash never falls below nothing."""
    made = poor(str(cash))
    client = made.client()
    for number, (quantity, limit, action) in enumerate(orders, start=1):
        terms = {"totalQuantity": quantity, "lmtPrice": limit, "action": action}
        client.place(number, made.call(), **terms, whatIf=1)
        asked = only(client.read(), "openOrder")
        client.place(number, made.call(), **terms)
        refused = any("MUST EXCEED" in m["text"] for name, m in client.read() if name == "error")

        assert (refused, bool(asked["warningText"])) == (is_refused(asked) and action == "BUY",) * 2
        assert made.hub.cash >= 0
