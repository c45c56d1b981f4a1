"""The unmodified client library against the gateway, over TCP: any decoder error it logs fails the test."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest

from tests.gateway.conftest import Serve
from tests.gateway.library import future_of, option_of, until

pytestmark = [
    pytest.mark.sockets,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:eventkit"),
]


@pytest.mark.parametrize("version", range(157, 177))
def test_every_version_connects_trades_and_reports(connect: Any, library: Any, version: int) -> None:
    """Each message whose layout depends on the version is decoded at that version."""
    ib = connect(version_max=version)
    assert ib.client.serverVersion() == version
    call = option_of(ib, library)

    trade = ib.placeOrder(call, library.MarketOrder("BUY", 1, orderRef="LG-1"))
    until(ib, lambda: trade.isDone() and trade.fills and trade.fills[0].commissionReport.execId)

    assert (trade.orderStatus.status, trade.order.orderRef) == ("Filled", "LG-1")
    assert [order.order.permId for order in ib.reqCompletedOrders(False)] == [trade.order.permId]
    assert [fill.execution.permId for fill in ib.reqExecutions()] == [trade.order.permId]


def test_the_chain_is_discovered(connect: Any, library: Any) -> None:
    """From the future to its options, their classes, and the steps of their price."""
    ib = connect()
    future = future_of(ib, library)

    chains = ib.reqSecDefOptParams("MES", "CME", "FUT", future.conId)
    (details,) = ib.reqContractDetails(option_of(ib, library))
    rule = ib.reqMarketRule(int(details.marketRuleIds))

    assert [chain.tradingClass for chain in chains if "20250409" in chain.expirations] == ["X2C"]
    assert details.underConId == future.conId
    assert [(step.lowEdge, step.increment) for step in rule] == [(0, 0.05), (5, 0.25)]


def test_quotes_stream_with_greeks_and_come_once_on_request(connect: Any, library: Any) -> None:
    """For an option, the future and a combo."""
    ib = connect()
    call, put = option_of(ib, library), option_of(ib, library, 6260, "P")
    legs = [library.ComboLeg(conId=one.conId, ratio=1, action="BUY", exchange="CME") for one in (call, put)]
    bag = library.Bag(symbol="MES", exchange="CME", currency="USD", comboLegs=legs)
    lines = [ib.reqMktData(one) for one in (call, future_of(ib, library), bag)]

    until(ib, lambda: all(line.hasBidAsk() for line in lines) and lines[0].modelGreeks)
    first = lines[1].last
    until(ib, lambda: lines[1].last != first)
    (once,) = ib.reqTickers(call)

    assert lines[0].bid < lines[0].ask < lines[2].ask
    assert 0 < lines[0].modelGreeks.delta < 0.5
    assert once.hasBidAsk()
    assert lines[0].halted == 0


def test_an_order_is_changed_and_cancelled(connect: Any, library: Any) -> None:
    """The library follows it by its number alone."""
    ib = connect()
    call = option_of(ib, library)
    trade = ib.placeOrder(call, library.LimitOrder("BUY", 1, 0.05))
    until(ib, lambda: trade.orderStatus.status == "Submitted")

    trade.order.lmtPrice = 0.1
    ib.placeOrder(call, trade.order)
    until(ib, lambda: any(entry.message == "Modified" for entry in trade.log))
    assert [order.order.lmtPrice for order in ib.reqAllOpenOrders()] == [0.1]
    ib.cancelOrder(trade.order)
    until(ib, trade.isDone)

    assert trade.orderStatus.status == "Cancelled"
    assert ib.reqOpenOrders() == []


def test_positions_portfolio_and_profit_follow_a_round_trip(connect: Any, library: Any) -> None:
    """Bought and sold again, with both commissions."""
    ib = connect()
    call = option_of(ib, library)
    pnl = ib.reqPnL("DU1234567")
    bought = ib.placeOrder(call, library.MarketOrder("BUY", 2))
    until(ib, lambda: any(one.position == 2 for one in ib.positions()) and ib.portfolio())

    sold = ib.placeOrder(call, library.MarketOrder("SELL", 2))
    until(ib, lambda: sold.isDone() and not ib.positions() and all(f.commissionReport.execId for f in sold.fills))
    until(ib, lambda: pnl.realizedPnL < 0)

    spent = bought.orderStatus.avgFillPrice - sold.orderStatus.avgFillPrice
    gained = sum(fill.commissionReport.realizedPNL for fill in sold.fills)
    assert gained == pytest.approx(-spent * 10 - 4 * 0.62)
    assert pnl.realizedPnL == pytest.approx(gained)
    assert {value.tag for value in ib.accountSummary()} >= {"NetLiquidation", "BuyingPower"}


def test_history_comes_in_both_date_formats_and_goes_on(connect: Any, library: Any) -> None:
    """As zoned times and as seconds; a followed request grows."""
    ib = connect()
    future = future_of(ib, library)
    asked = {"durationStr": "600 S", "barSizeSetting": "1 min", "whatToShow": "TRADES", "useRTH": False}

    zoned = ib.reqHistoricalData(future, "", formatDate=1, **asked)
    seconds = ib.reqHistoricalData(future, "", formatDate=2, keepUpToDate=True, **asked)
    until(ib, lambda: len(seconds) > len(zoned))

    assert zoned[-1].date.astimezone(UTC) in {bar.date for bar in seconds}
    ib.cancelHistoricalData(seconds)


def test_a_what_if_tells_the_margin(connect: Any, library: Any) -> None:
    """The library waits for it."""
    ib = connect()

    state = ib.whatIfOrder(option_of(ib, library), library.LimitOrder("BUY", 2, 5))

    assert (float(state.initMarginChange), state.commission) == (50, 1.24)


def test_a_refused_order_tells_why(connect: Any, library: Any) -> None:
    """Nothing is sold that is not held."""
    ib = connect()
    codes: list[int] = []
    ib.errorEvent += lambda _, code, *rest: codes.append(code)

    trade = ib.placeOrder(option_of(ib, library), library.MarketOrder("SELL", 1))
    until(ib, lambda: trade.orderStatus.status == "Inactive")

    assert 201 in codes


def test_a_second_client_sees_all_orders_and_a_taken_id_is_refused(connect: Any, library: Any, serve: Serve) -> None:
    """326 travels before the socket closes."""
    port = serve().port
    first, second = connect(1, port=port), connect(2, port=port)
    first.placeOrder(option_of(first, library), library.LimitOrder("BUY", 1, 0.05, orderRef="LG-1"))
    until(first, lambda: first.openTrades()[0].orderStatus.status == "Submitted")

    assert second.openTrades() == []
    assert [trade.order.orderRef for trade in second.reqAllOpenOrders()] == ["LG-1"]


def test_the_clock_is_told(connect: Any) -> None:
    """A heartbeat of the bot."""
    assert connect().reqCurrentTime().year == 2025
