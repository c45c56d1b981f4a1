"""What can go wrong with connections, orders and answers, seen by a client."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lottogrid.errors import BadInput
from lottogrid.gateway.actions import ACTIONS
from tests.gateway.made import Client, Made, do, errors, named, names, only, statuses
from tests.gateway.test_orders import bought

ROOT = Path(__file__).resolve().parents[2]


def working(made: Made, order_id: int = 1, client_id: int = 1) -> Client:
    """Return a client with an order that rests."""
    client = made.client(client_id)
    client.place(order_id, made.call(), lmtPrice="0.05", orderRef="LG-1")
    made.wait(1)
    client.read()
    return client


def test_a_dropped_client_is_gone_without_a_word_and_the_other_stays() -> None:
    """What was queued for it is lost with the socket."""
    made = Made()
    client, other = made.client(1), made.client(2)
    client.say("reqCurrentTime")

    do(made, "drop", client=1)

    assert client.session.closed_for
    assert client.read() == []
    assert other.session.is_started


def test_during_an_outage_fills_happen_and_are_never_told() -> None:
    """Only a request for executions shows them."""
    made = Made(moves={1: 6150})
    client = made.client()
    client.place(1, made.call(), lmtPrice="0.50")
    do(made, "lose-broker")
    client.read()

    made.wait(120)
    assert client.read() == []
    do(made, "find-broker")

    assert errors(client.read()) == [(-1, 1102)]
    assert only(client.ask("reqExecutions", reqId=1), "execDetails")["price"] == "0.5"


def test_a_lost_request_is_never_answered_and_never_done() -> None:
    """The next one of the name is."""
    made = Made()
    client = made.client()
    do(made, "lose", request="placeOrder")

    client.place(1, made.call(), orderType="MKT")
    assert client.read() == []
    assert list(made.hub.tickets) == []

    client.place(1, made.call(), orderType="MKT")
    assert statuses(client.read())[-1] == "Filled"


def test_a_swallowed_order_works_unknown_to_its_client_until_it_connects_again() -> None:
    """Then it is found by its reference."""
    made = Made()
    client = made.client(1)
    do(made, "swallow")
    client.place(1, made.call(), lmtPrice="0.05", orderRef="LG-1")
    made.wait(1)
    assert client.read() == []

    do(made, "drop")
    again = made.client(1)

    assert only(again.ask("reqAllOpenOrders"), "openOrder")["orderRef"] == "LG-1"
    again.say("cancelOrder", orderId=1)
    assert statuses(again.read()) == ["Cancelled"]


@pytest.mark.parametrize(("how", "told"), [("inactive", ["Inactive"]), ("cancelled", ["Cancelled"]), ("error", [])])
def test_a_refused_order_ends_in_one_of_three_ways(how: str, told: list[str]) -> None:
    """The error comes first in all of them."""
    made = Made()
    client = made.client()
    do(made, "refuse-order", code=103, text="Duplicate order id", how=how)

    client.place(1, made.call(), orderType="MKT")

    found = client.read()
    assert errors(found) == [(1, 103)]
    assert statuses(found) == told
    assert made.hub.exchange.snapshot(made.clock.now()).orders == ()


def test_a_refused_modification_leaves_the_order_alive() -> None:
    """As it was."""
    made = Made()
    client = working(made)
    do(made, "refuse-modify")

    client.place(1, made.call(), lmtPrice="0.10")

    assert errors(client.read()) == [(1, 201)]
    assert only(client.ask("reqOpenOrders"), "openOrder")["lmtPrice"] == "0.05"


def test_a_doubled_modification_leaves_two_orders_alive() -> None:
    """Under one number, with two permIds."""
    made = Made()
    client = working(made)
    do(made, "double-modify")

    client.place(1, made.call(), lmtPrice="0.10", orderRef="LG-1")

    orders = [m for name, m in client.ask("reqOpenOrders") if name == "openOrder"]
    assert [(m["orderId"], m["lmtPrice"]) for m in orders] == [("1", "0.05"), ("1", "0.1")]
    assert len({m["permId"] for m in orders}) == 2


def test_a_cancellation_can_be_answered_by_an_error_alone() -> None:
    """The order is gone all the same."""
    made = Made()
    client = working(made)
    do(made, "answer-cancel")

    client.say("cancelOrder", orderId=1)

    assert names(client.read()) == ["error"]
    assert names(client.ask("reqAllOpenOrders")) == ["openOrderEnd"]


def test_a_fill_can_follow_a_cancellation() -> None:
    """The client was told that the order is over, and it was not yet."""
    made = Made(moves={0: 6150})
    client = made.client()
    client.place(1, made.call(), lmtPrice="0.50")
    client.read()
    do(made, "cancel-late", seconds=90)

    client.say("cancelOrder", orderId=1)
    assert statuses(client.read()) == ["Cancelled"]
    made.wait(120)

    assert statuses(client.read()) == ["Filled"]


def test_a_late_cancellation_cancels_at_last() -> None:
    """And says so once more."""
    made = Made()
    client = working(made)
    do(made, "cancel-late", seconds=30)
    client.ask("cancelOrder", orderId=1)

    made.wait(31)

    assert statuses(client.read()) == ["Cancelled"]


def test_a_notice_about_a_living_order_does_not_touch_it() -> None:
    """10349, for one, makes libraries call it cancelled."""
    made = Made()
    client = working(made)

    do(made, "notice-order", code=10349, text="Order TIF was set to DAY")

    assert errors(client.read()) == [(1, 10349)]
    assert only(client.ask("reqOpenOrders"), "orderStatus")["status"] == "Submitted"


def test_shuffled_news_comes_late_twice_and_complete() -> None:
    """Nothing is missing in it."""
    made = Made()
    client = made.client()
    do(made, "shuffle")

    client.place(1, made.call(), orderType="MKT")
    assert client.read() == []
    made.wait(1)

    found = client.read()
    assert {"openOrder", "orderStatus", "execDetails", "commissionReport"} <= set(names(found))
    assert len(found) > 8


def test_status_messages_can_stay_away() -> None:
    """Fills are still told."""
    made = Made()
    client = made.client()
    do(made, "omit-status")

    client.place(1, made.call(), orderType="MKT")

    assert statuses(found := client.read()) == []
    assert "execDetails" in names(found)


def test_executions_and_references_can_be_missing_from_answers() -> None:
    """Some builds lose them."""
    made = Made()
    client = made.client()
    bought(made, client)
    do(made, "hide-executions")
    do(made, "hide-refs")

    assert names(client.ask("reqExecutions", reqId=1)) == ["execDetailsEnd"]
    assert only(client.ask("reqCompletedOrders"), "completedOrder")["orderRef"] == ""


def test_event_contracts_and_second_classes_can_turn_up() -> None:
    """A client must look at type and class."""
    made = Made()
    client = made.client()
    do(made, "add-listings")
    asked = {**named(made.call()), "conId": "", "localSymbol": "", "tradingClass": "", "right": "C"}

    found = client.ask("reqContractDetails", reqId=1, **asked)

    assert [m["secType"] for name, m in found if name == "contractDetails"] == ["FOP", "EC"]


def test_a_what_if_can_be_answered_without_margins_first() -> None:
    """Unset is not nothing."""
    made = Made()
    client = made.client()
    do(made, "unset-what-if")

    client.place(1, made.call(), orderType="MKT", whatIf=1)

    first, second = (m["initMarginChange"] for name, m in client.read() if name == "openOrder")
    assert first == "1.7976931348623157E308"
    assert Decimal(second) > 0


def test_a_corrected_execution_replaces_the_first_everywhere() -> None:
    """Same stem, higher last number; account and executions agree on the new price."""
    made = Made()
    client = made.client()
    bought(made, client)
    cash = made.hub.cash

    do(made, "correct", by="0.05")

    fill = only(client.read(), "execDetails")
    assert fill["execId"].endswith(".02")
    assert only(client.ask("reqExecutions", reqId=1), "execDetails") == {**fill, "reqId": "1"}
    assert made.hub.cash == cash - Decimal("0.05") * 2 * 5


def test_order_ids_can_roll_back() -> None:
    """As after a nightly restart."""
    made = Made()
    client = working(made, order_id=50)
    do(made, "roll-back-ids", by=30)

    assert only(client.ask("reqIds"), "nextValidId")["orderId"] == "21"


def test_a_client_id_can_be_held_busy() -> None:
    """As after a crash."""
    made = Made()
    do(made, "take-id", client=4)
    client = Client(made)
    client.start(4)
    assert errors(client.read()) == [(-1, 326)]

    do(made, "free-id", client=4)
    assert made.client(4).session.is_started


def test_a_manual_order_is_heard_by_client_zero_and_held_by_the_account() -> None:
    """It has neither number nor reference."""
    made = Made()
    first, other = made.client(0), made.client(1)
    first.ask("reqAutoOpenOrders", bind=1)

    do(made, "manual-order", right="C", strike=6340, quantity=1)
    made.hub.advance()

    assert statuses(first.read())[-1] == "Filled"
    assert other.read() == []
    assert only(other.ask("reqPositions"), "position")["position"] == "1"


def test_a_system_notice_reaches_everybody_or_one() -> None:
    """With number -1."""
    made = Made()
    client, other = made.client(1), made.client(2)

    do(made, "notice", code=2110, text="link broken")
    do(made, "notice", code=100, client=2)

    assert errors(client.read()) == [(-1, 2110)]
    assert errors(other.read()) == [(-1, 2110), (-1, 100)]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("explode", {}),
        ("drop", {"client": "x"}),
        ("drop", {"client": True}),
        ("drop", {"clients": 1}),
        ("notice", {}),
        ("quotes", {"show": "odd"}),
        ("find-broker", {"data": "maybe"}),
        ("lose", {"request": "reqNothing"}),
        ("correct", {"by": "much"}),
        ("halt", {"on": 1}),
        ("cancel-late", {"seconds": True}),
    ],
)
def test_a_senseless_action_is_refused_before_anything_happens(name: str, arguments: dict[str, Any]) -> None:
    """A scenario with a slip of the pen must not pass by playing nothing."""
    with pytest.raises(BadInput, match="scenario"):
        do(Made(), name, **arguments)


def test_a_correction_needs_an_execution() -> None:
    """There is nothing to correct before the first."""
    with pytest.raises(BadInput, match="expected an execution"):
        do(Made(), "correct", by=1)


@pytest.mark.parametrize("name", ACTIONS)
def test_every_action_is_in_the_reference(name: str) -> None:
    """With its own words."""
    page = (ROOT / "docs" / "gateway.md").read_text(encoding="utf-8")
    (row,) = [line for line in page.splitlines() if line.startswith(f"| `{name}` |")]

    assert row.endswith(f"| {(ACTIONS[name].__doc__ or '').strip()} |")
