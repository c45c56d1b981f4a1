"""The future: what an expiry delivers can be sold again, until five in the afternoon, and by another process too."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lottogrid.exchange.store import Store
from lottogrid.gateway.fills import signed
from lottogrid.gateway.hub import GatewayRules
from lottogrid.gateway.listings import Listing
from lottogrid.gateway.statement import figures
from tests.exchange.desk import OPENS
from tests.gateway.made import Client, Made, errors, named, names, only, statuses
from tests.gateway.test_streams import ticks

CLOSE = 391 * 60
"""Seconds from the open to a minute after the fixing at 16:00."""


def front(made: Made) -> Listing:
    """Return the front future."""
    return made.hub.world.underlying


def figure(made: Made, name: str) -> Decimal:
    """Return one of the account's values, dollars."""
    return next(Decimal(value) for key, value, _ in figures(made.hub) if key == name)


def delivered(made: Made, right: str = "C", quantity: int = 2) -> Client:
    """Return a client whose options have turned into futures, a minute after the fixing."""
    client = made.client()
    option = made.call(6280) if right == "C" else made.put(6320)
    client.place(1, option, orderType="MKT", totalQuantity=quantity)
    made.wait(CLOSE)
    client.read()
    return client


def held(client: Client) -> dict[str, str]:
    """Return what the account holds, by kind."""
    found = [m for name, m in client.ask("reqPositions") if name == "position" and m["position"] != "0"]
    return {message["secType"]: message["position"] for message in found}


@pytest.mark.parametrize(("right", "sign", "action", "side"), [("C", "", "SELL", "SLD"), ("P", "-", "BUY", "BOT")])
def test_a_delivered_future_is_brought_back_to_flat(right: str, sign: str, action: str, side: str) -> None:
    """After the options have ended; position, execution, commission and portfolio tell of it."""
    made = Made()
    client = delivered(made, right)
    assert held(client) == {"FUT": f"{sign}2"}
    client.ask("reqAccountUpdates", subscribe=1)

    client.place(2, front(made), action=action, orderType="MKT", totalQuantity=2, orderRef="LG-9")

    found = client.read()
    fill, charge = only(found, "execDetails"), only(found, "commissionReport")
    price = Decimal(6300) if action == "SELL" else Decimal("6300.25")
    assert statuses(found) == ["PreSubmitted", "Submitted", "Filled"]
    assert (fill["secType"], fill["side"], fill["shares"], fill["orderRef"]) == ("FUT", side, "2", "LG-9")
    assert (fill["right"], fill["strike"], Decimal(fill["price"])) == ("", "0", price)
    assert (charge["execId"], charge["commission"]) == (fill["execId"], "1.24")
    gained = -(price - 6300) * 10 - Decimal("1.24")
    assert Decimal(charge["realizedPNL"]) == gained
    (row,) = [m for name, m in found if name == "portfolioValue" and m["secType"] == "FUT"]
    assert (row["position"], Decimal(row["realizedPNL"])) == ("0", gained)
    assert held(client) == {}
    asked = client.ask("reqExecutions", reqId=1, secType="FUT")
    assert only(asked, "execDetails") == {**fill, "reqId": "1"}
    completed = [m["secType"] for name, m in client.ask("reqCompletedOrders") if name == "completedOrder"]
    assert completed == ["FOP", "FUT"]


def test_a_future_costs_margin_and_no_cash_and_gains_with_the_market() -> None:
    """What it has gained is equity at once, and cash when it is closed."""
    made = Made(moves={1: 6310})
    client = made.client()
    cash = made.hub.cash

    client.place(1, front(made), orderType="MKT")
    assert made.hub.cash == cash - Decimal("0.62")
    assert figure(made, "InitMarginReq") == Decimal(6300) * 5 / 10
    made.wait(120)
    mark = Decimal("6310.125")

    assert figure(made, "NetLiquidation") == (made.hub.cash + (mark - Decimal("6300.25")) * 5).quantize(Decimal("0.01"))
    client.place(2, front(made), action="SELL", orderType="MKT")
    assert made.hub.cash == cash + (Decimal(6310) - Decimal("6300.25")) * 5 - Decimal("1.24")
    assert figure(made, "InitMarginReq") == 0


TRADES = st.lists(st.tuples(st.sampled_from(["BUY", "SELL"]), st.integers(1, 3)), max_size=8)


@settings(deadline=None, max_examples=25)
@given(trades=TRADES)
def test_the_account_is_worth_its_start_and_its_profit(trades: list[tuple[str, int]]) -> None:
    """However futures were traded: the two ways to reckon agree."""
    made = Made(moves={minute: 6300 + 10 * (minute % 3) for minute in range(20)})
    client = made.client()
    for number, (action, quantity) in enumerate(trades, start=1):
        client.place(number, front(made), action=action, orderType="MKT", totalQuantity=quantity)
        made.wait(60)

    profit = figure(made, "RealizedPnL") + figure(made, "UnrealizedPnL")
    assert figure(made, "NetLiquidation") == pytest.approx(25_000 + profit, abs=Decimal("0.02"))
    assert made.hub.future_held == sum(signed(fill) for fill in made.hub.fills())


def test_a_limit_waits_for_the_market_and_can_be_changed_and_cancelled() -> None:
    """Like any other order."""
    made = Made(moves={2: 6250})
    client = made.client()
    client.place(1, front(made), lmtPrice="6260")
    assert statuses(client.read()) == ["PreSubmitted", "Submitted"]
    client.place(1, front(made), lmtPrice="6240")
    made.wait(200)
    assert "Filled" not in statuses(client.read())

    client.place(1, front(made), lmtPrice="6255")
    found = client.read()
    assert (statuses(found)[-1], only(found, "execDetails")["price"]) == ("Filled", "6250.25")
    client.place(2, front(made), action="SELL", lmtPrice="6400")
    client.read()
    client.say("cancelOrder", orderId=2)

    assert statuses(client.read()) == ["Cancelled"]


def test_a_stop_in_the_future_triggers() -> None:
    """On its own quotes."""
    made = Made(moves={2: 6250})
    client = made.client()
    client.place(1, front(made), orderType="MKT")
    client.read()
    client.place(2, front(made), action="SELL", orderType="STP", auxPrice="6260")
    assert statuses(client.read()) == ["PreSubmitted"]

    made.wait(200)

    assert statuses(client.read())[-1] == "Filled"
    assert made.hub.future_held == 0


@pytest.mark.parametrize(("hour", "last"), [(16.9, "Filled"), (17.01, "Inactive")])
def test_futures_trade_until_five(hour: float, last: str) -> None:
    """New York."""
    made = Made()
    client = made.client()
    made.wait((hour - 9.5) * 3600)

    client.place(1, front(made), orderType="MKT")

    assert statuses(client.read())[-1] == last


def test_what_rests_in_the_future_ends_at_five_and_not_with_the_options() -> None:
    """A bot that sets a limit after the fixing has an hour."""
    made = Made()
    client = delivered(made)
    client.place(2, front(made), action="SELL", lmtPrice="6500")
    client.place(3, front(made), action="SELL", orderType="STP", auxPrice="6000")
    client.read()
    made.wait(3000)
    assert statuses(client.read()) == []

    made.wait(1000)

    assert statuses(client.read()) == ["Cancelled", "Cancelled"]


def test_the_future_is_quoted_after_the_fixing() -> None:
    """What can be traded must be seen."""
    made = Made()
    client = delivered(made)

    quote = ticks(client.ask("reqMktData", reqId=1, snapshot=1, **named(front(made))))

    assert (quote[1], quote[2]) == ("6300", "6300.25")


@pytest.mark.parametrize("which", ["next", "index"])
def test_only_the_front_future_is_traded(which: str) -> None:
    """The one behind it and the index are listed, and refused with 201."""
    made = Made()
    others = [one for one in made.hub.world.by_id.values() if one.option is None and one is not front(made)]
    listing = others[0] if which == "next" else made.hub.world.index
    client = made.client()

    client.place(1, listing, orderType="MKT")

    assert errors(client.read()) == [(1, 201)]


def test_a_future_off_its_own_grid_is_refused() -> None:
    """Its tick is not the option's."""
    made = Made()
    client = made.client()

    client.place(1, front(made), lmtPrice="6300.05")

    assert errors(client.read()) == [(1, 110)]


def test_a_future_that_the_account_cannot_carry_is_refused_and_a_closing_one_is_not() -> None:
    """A poor account that was delivered one can get rid of it."""
    made = Made()
    client = delivered(made)
    made.hub.rules = GatewayRules(start_cash_usd=Decimal(25_100) - made.hub.cash)
    client.place(2, front(made), orderType="MKT")
    assert errors(client.read()) == [(2, 201)]

    client.place(3, front(made), action="SELL", orderType="MKT", totalQuantity=2)

    assert statuses(client.read())[-1] == "Filled"


def test_delivery_and_sale_outlive_the_process(tmp_path: Path) -> None:
    """The next life knows the future, and sells it; the one after knows that too."""
    lives = []
    for seconds in (0, CLOSE + 60, CLOSE + 120):
        with closing(Store(tmp_path / "a.sqlite")) as store:
            made = Made(keeper=store, starts_at=OPENS + timedelta(seconds=seconds))
            if seconds == 0:
                client = delivered(made)
                before = made.hub.cash
            else:
                client = made.client()
            lives.append((made.hub.future_held, len(names(client.ask("reqExecutions", reqId=1)))))
            if seconds == CLOSE + 60:
                assert made.hub.cash == before
                client.place(2, front(made), action="SELL", orderType="MKT", totalQuantity=2)
                assert statuses(client.read())[-1] == "Filled"
                before = made.hub.cash
        assert made.hub.cash == before

    assert lives == [(2, 3), (2, 3), (0, 5)]


def test_a_resting_order_in_the_future_outlives_the_process(tmp_path: Path) -> None:
    """And fills in the next life."""
    with closing(Store(tmp_path / "a.sqlite")) as store:
        made = Made(moves={2: 6250}, keeper=store)
        made.client().place(1, front(made), lmtPrice="6260")

    with closing(Store(tmp_path / "a.sqlite")) as store:
        made = Made(moves={2: 6250}, keeper=store, starts_at=OPENS + timedelta(seconds=30))
        client = made.client()
        assert only(client.ask("reqOpenOrders"), "openOrder")["secType"] == "FUT"
        made.wait(180)

        assert statuses(client.read()) == ["Filled"]
