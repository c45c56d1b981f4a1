"""The account: values, positions, profit, delivery; and the arithmetic behind them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lottogrid.gateway.fields import Message
from lottogrid.gateway.portfolio import Holding
from tests.gateway.made import Made, errors, names, only
from tests.gateway.test_orders import bought

TRADES = st.lists(
    st.tuples(st.integers(-5, 5).filter(bool), st.decimals("0.05", "50", places=2), st.decimals("0", "2", places=2)),
    max_size=12,
)


def values(found: list[tuple[str, Message]]) -> dict[str, Decimal]:
    """Return the account's figures in dollars."""
    told = [m for name, m in found if name in {"accountValue", "accountUpdateMulti"} and m["currency"]]
    return {message["key"]: Decimal(message["value"]) for message in told}


@given(trades=TRADES)
def test_what_is_gained_and_held_adds_up_to_what_was_paid(trades: list[tuple[int, Decimal, Decimal]]) -> None:
    """Whatever the sequence, money is neither made nor lost by the bookkeeping."""
    holding, paid, held = Holding(), Decimal(0), 0
    for quantity, price, fee in trades:
        holding.trade(quantity, price * quantity + fee)
        paid += price * quantity + fee
        held += quantity

    assert holding.quantity == held
    assert holding.cost - holding.realised == pytest.approx(paid, abs=Decimal("1e-15"))


def test_values_follow_a_purchase() -> None:
    """Cash falls by premium and commission, what is held rises by its middle price."""
    made = Made()
    client = made.client()
    before = values(client.ask("reqAccountUpdates", subscribe=1, account="DU1234567"))

    bought(made, client)
    after = values(client.ask("reqAccountUpdatesMulti", reqId=1))

    assert before["NetLiquidation"] == before["TotalCashValue"] == 25000
    assert after["TotalCashValue"] == 25000 - made.ask(made.call()) * 10 - Decimal("1.24")
    mid = (made.bid(made.call()) + made.ask(made.call())) / 2
    assert after["OptionMarketValue"] == (mid * 10).quantize(Decimal("0.01"))


def test_a_subscribed_client_hears_changes_and_only_these() -> None:
    """Until it unsubscribes."""
    made = Made(moves={0: 6310})
    client = made.client()
    client.place(1, made.call(), orderType="MKT")
    client.ask("reqAccountUpdates", subscribe=1)

    made.wait(60)
    moved = client.read()
    client.say("reqAccountUpdates", subscribe=0)
    made.wait(60)

    assert "portfolioValue" in names(moved)
    assert {"AccountType", "TotalCashValue"} & {m.get("key") for _, m in moved} == set()
    assert client.read() == []


def test_positions_are_told_with_their_cost_and_without_an_exchange() -> None:
    """Cost includes multiplier and commission; a client fills the exchange in before it orders."""
    made = Made()
    client = made.client()
    bought(made, client)

    found = client.ask("reqPositions")

    position = only(found, "position")
    assert (position["position"], position["exchange"]) == ("2", "")
    assert Decimal(position["avgCost"]) == made.ask(made.call()) * 5 + Decimal("0.62")
    assert names(found)[-1] == "positionEnd"


def test_a_summary_brings_the_tags_that_were_asked_for() -> None:
    """And no others."""
    found = Made().client().ask("reqAccountSummary", reqId=2, group="All", tags="NetLiquidation,BuyingPower")

    assert [m["tag"] for name, m in found if name == "accountSummary"] == ["NetLiquidation", "BuyingPower"]


def test_profit_and_loss_is_told_and_kept_up_to_date() -> None:
    """Realised and unrealised add up to the day's."""
    made = Made(moves={1: 6320})
    client = made.client()
    bought(made, client)

    first = only(client.ask("reqPnL", reqId=2), "pnl")
    made.wait(120)
    later = client.read("pnl")[-1][1]

    assert Decimal(first["dailyPnL"]) < 0 < Decimal(later["dailyPnL"])
    assert Decimal(later["dailyPnL"]) == Decimal(later["unrealizedPnL"]) + Decimal(later["realizedPnL"])


@pytest.mark.parametrize("name", ["reqAccountUpdates", "reqAccountUpdatesMulti", "reqPnL"])
def test_another_account_is_refused(name: str) -> None:
    """There is one."""
    assert [code for _, code in errors(Made().client().ask(name, reqId=2, account="U1"))] == [321]


@pytest.mark.parametrize(("strike", "future"), [(6280, 2), (6340, 0)])
def test_an_option_in_the_money_ends_as_a_future(strike: int, future: int) -> None:
    """It is delivered at the fixing and worth nothing more then; what is out of the money just ends."""
    made = Made()
    client = made.client()
    client.place(1, made.call(strike), orderType="MKT", totalQuantity=2)
    made.wait(391 * 60)

    positions = [m for name, m in client.ask("reqPositions") if name == "position" and m["position"] != "0"]

    assert [m["position"] for m in positions if m["secType"] == "FUT"] == ([str(future)] if future else [])
    assert [m for m in positions if m["secType"] == "FOP"] == []
    if future:
        (held,) = positions
        assert Decimal(held["avgCost"]) == 6300 * 5


def test_a_put_in_the_money_delivers_a_short_future() -> None:
    """Whoever holds the right to sell has sold."""
    made = Made()
    client = made.client()
    client.place(1, made.put(6320), orderType="MKT")
    made.wait(391 * 60)

    assert made.hub.future_held == -1
