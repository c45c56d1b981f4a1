"""What is known to go wrong with real gateways, played to an unmodified client library over TCP."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lottogrid.gateway.server import Server
from tests.gateway.conftest import Connect, Serve
from tests.gateway.library import (
    asked,
    bag_of,
    dropped,
    future_of,
    open_orders,
    option_of,
    play,
    resting,
    told,
    until,
)

pytestmark = [
    pytest.mark.sockets,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:eventkit"),
]


@pytest.fixture
def begin(serve: Serve, come_in: Connect, caplog: pytest.LogCaptureFixture) -> Iterator[Connect]:
    """Return what gives a gateway and a client of it; what the library cannot decode fails the test."""

    def both(**options: Any) -> tuple[Server, Any]:
        server = serve(**options)
        return server, come_in(server.port)

    yield both
    wrong = [one for one in caplog.get_records("call") if "ecoder" in one.name and one.levelno >= logging.ERROR]
    assert [one.getMessage() for one in wrong] == []


@pytest.fixture
def codes() -> Callable[[Any], list[tuple[int, int]]]:
    """Return what collects the errors that a client hears from now on: subject and code."""

    def collect(ib: Any) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        ib.errorEvent += lambda subject, code, *_: found.append((subject, code))
        return found

    return collect


def test_a_restart_loses_orders_and_rolls_ids_back(begin: Connect, come_in: Connect, library: Any) -> None:
    """What was written into the dying socket never existed, and its number is free again."""
    server, ib = begin()
    first = resting(ib, library)
    ib.cancelOrder(first.order)
    until(ib, first.isDone)
    play(server, "lose", request="placeOrder")
    play(server, "roll-back-ids", by=3)
    ib.placeOrder(option_of(ib, library), library.LimitOrder("BUY", 1, 0.05, orderRef="LG-2"))
    ib.sleep(0.1)
    dropped(server, ib)

    again = come_in(server.port)

    next_ids = told(again, "nextValidId")
    again.client.reqIds(-1)
    until(again, lambda: next_ids)
    assert next_ids[0][0] < first.order.orderId
    assert [trade.order.orderRef for trade in again.reqAllOpenOrders()] == []
    assert "LG-2" not in {trade.order.orderRef for trade in again.reqCompletedOrders(False)}


def test_a_modification_in_an_outage_is_doubled(begin: Connect, library: Any) -> None:
    """Two orders live under one number, and each has a permId of its own."""
    server, ib = begin()
    trade = resting(ib, library)
    play(server, "lose-broker")
    play(server, "double-modify")

    trade.order.lmtPrice = 0.1
    ib.placeOrder(trade.contract, trade.order)
    until(ib, lambda: asked(server, lambda hub: len(hub.tickets.living())) == 2)
    play(server, "find-broker")

    found = {(order.orderId, order.permId): order.lmtPrice for _, order in open_orders(ib)}
    assert {number for number, _ in found} == {trade.order.orderId}
    assert sorted(found.values()) == [0.05, 0.1]


def test_fills_of_an_outage_are_found_by_asking_alone(begin: Connect, library: Any) -> None:
    """They are never pushed, not even after 1102."""
    server, ib = begin()
    call = option_of(ib, library)
    play(server, "lose-broker")
    trade = ib.placeOrder(call, library.MarketOrder("BUY", 1, orderRef="LG-1"))
    until(ib, lambda: asked(server, lambda hub: hub.fills()))
    play(server, "find-broker")
    ib.sleep(0.1)

    assert trade.fills == []
    assert [fill.execution.orderRef for fill in ib.reqExecutions()] == ["LG-1"]


def test_a_refused_modification_leaves_the_order_working(begin: Connect, library: Any, codes: Any) -> None:
    """The library calls it cancelled; the server still has it."""
    server, ib = begin()
    trade = resting(ib, library)
    heard = codes(ib)
    play(server, "refuse-modify")

    trade.order.lmtPrice = 0.1
    ib.placeOrder(trade.contract, trade.order)
    until(ib, lambda: heard)

    assert heard == [(trade.order.orderId, 201)]
    assert [order.lmtPrice for _, order in open_orders(ib)] == [0.05]


@pytest.mark.parametrize(("code", "how"), [(201, "inactive"), (201, "cancelled"), (103, "error")])
def test_a_new_order_is_refused(begin: Connect, library: Any, codes: Any, code: int, how: str) -> None:
    """As Inactive, as Cancelled, or by a code alone, such as 103."""
    server, ib = begin()
    heard = codes(ib)
    play(server, "refuse-order", code=code, how=how)

    trade = ib.placeOrder(option_of(ib, library), library.LimitOrder("BUY", 1, 0.05))
    until(ib, lambda: heard and trade.orderStatus.status != "PendingSubmit")

    assert heard == [(trade.order.orderId, code)]
    assert trade.orderStatus.status == ("Inactive" if how == "inactive" else "Cancelled")
    assert ib.reqAllOpenOrders() == [] or how == "inactive"


def test_greeks_can_come_later_than_prices(begin: Connect, library: Any) -> None:
    """Whoever waits for them must have a limit to it."""
    server, ib = begin()
    play(server, "hide-greeks")
    line = ib.reqMktData(option_of(ib, library))
    until(ib, line.hasBidAsk)
    assert line.modelGreeks is None

    play(server, "hide-greeks", on=False)

    until(ib, lambda: line.modelGreeks)


def test_details_of_a_combo_are_refused_or_never_come(begin: Connect, library: Any, codes: Any) -> None:
    """321; or silence, for which only the client's own time limit helps."""
    server, ib = begin()
    bag = bag_of(ib, library)
    heard = codes(ib)
    with pytest.raises(Exception, match="valid security type"):
        ib.reqContractDetails(bag)
    assert [code for _, code in heard] == [321]

    play(server, "lose", request="reqContractDetails")
    ib.RequestTimeout = 0.3

    with pytest.raises(TimeoutError):
        ib.reqContractDetails(bag)


def test_old_numbers_of_lines_are_taken_or_unknown_after_a_reconnect(
    begin: Connect, come_in: Connect, library: Any, codes: Any
) -> None:
    """102 where one is opened again, 300 where one is cancelled."""
    server, ib = begin()
    ib.client.updateReqId(100)
    call = option_of(ib, library)
    until(ib, ib.reqMktData(call).hasBidAsk)
    number = next(iter(ib.wrapper.ticker2ReqId["mktData"].values()))
    play(server, "keep-tickers")
    dropped(server, ib)

    again = come_in(server.port)
    heard = codes(again)
    again.client.reqMktData(number, call, "", False, False, [])
    until(again, lambda: heard)
    again.client.cancelMktData(number + 1)
    until(again, lambda: len(heard) == 2)

    assert heard == [(number, 102), (number + 1, 300)]


def test_too_many_messages_are_answered_with_100_and_then_with_a_closed_socket(
    begin: Connect, library: Any, codes: Any
) -> None:
    """The real limit does so by itself; here a scenario does."""
    server, ib = begin()
    heard = codes(ib)

    play(server, "notice", code=100, text="Max rate of messages per second has been exceeded")
    until(ib, lambda: heard)
    dropped(server, ib)

    assert heard[0] == (-1, 100)


def test_a_hung_gateway_takes_connections_and_answers_nobody(begin: Connect, come_in: Connect) -> None:
    """The client's own time limit ends the waiting; once thawed, it may come in."""
    server, _ = begin()
    play(server, "freeze")

    with pytest.raises(TimeoutError):
        come_in(server.port, 8, timeout=0.5)
    play(server, "thaw")

    assert come_in(server.port, 9).isConnected()


def test_several_threads_call_while_events_stream(serve: Serve, library: Any) -> None:
    """Each with a client of its own, trading while its line ticks: it hears of its own orders and of no other's."""
    port = serve().port

    def trade(client_id: int) -> tuple[set[int], int]:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        ib = library.IB()
        try:
            ib.connect("127.0.0.1", port, clientId=client_id, timeout=20)
            call = option_of(ib, library)
            line = ib.reqMktData(call)
            trades = [ib.placeOrder(call, library.MarketOrder("BUY", 1)) for _ in range(10)]
            until(ib, lambda: line.hasBidAsk() and all(one.isDone() and one.fills for one in trades))
            fills = [fill.execution for one in trades for fill in one.fills]
            return {fill.clientId for fill in fills}, len({fill.execId for fill in fills})
        finally:
            ib.disconnect()
            ib.sleep(0.02)
            loop.close()

    with ThreadPoolExecutor(3) as threads:
        found = list(threads.map(trade, (1, 2, 3)))

    assert found == [({1}, 10), ({2}, 10), ({3}, 10)]


def test_a_combo_is_refused_for_want_of_a_parameter(begin: Connect, library: Any, codes: Any) -> None:
    """10043 alone; nothing lives and nothing has traded."""
    server, ib = begin()
    heard = codes(ib)
    play(server, "refuse-order", code=10043, text="Missing or invalid NonGuaranteed value.", how="error")

    trade = ib.placeOrder(bag_of(ib, library), library.MarketOrder("BUY", 1))
    until(ib, lambda: heard)

    assert heard == [(trade.order.orderId, 10043)]
    assert (ib.reqAllOpenOrders(), ib.reqExecutions()) == ([], [])


def test_answers_without_fills_and_references_after_a_reconnect(begin: Connect, come_in: Connect, library: Any) -> None:
    """Filled, and no execution says so; living, and without its name."""
    server, ib = begin()
    bought = ib.placeOrder(option_of(ib, library), library.MarketOrder("BUY", 1, orderRef="LG-0"))
    until(ib, bought.isDone)
    resting(ib, library)
    play(server, "hide-executions")
    play(server, "hide-refs")
    dropped(server, ib)

    again = come_in(server.port)

    assert again.reqExecutions() == []
    assert [(trade.order.orderRef, trade.fills) for trade in again.reqAllOpenOrders()] == [("", [])]
    assert [trade.order.orderRef for trade in again.reqCompletedOrders(False)] == [""]


def test_combo_quotes_die_and_the_legs_tick_on(begin: Connect, library: Any, codes: Any) -> None:
    """Without a code: the strangle must be priced from its legs."""
    server, ib = begin()
    call, bag = option_of(ib, library), bag_of(ib, library)
    leg, combo = ib.reqMktData(call), ib.reqMktData(bag)
    until(ib, lambda: leg.hasBidAsk() and combo.hasBidAsk())
    heard = codes(ib)
    play(server, "kill-lines", combos=True)
    ticks = {id(leg): 0, id(combo): 0}
    for line in (leg, combo):
        line.updateEvent += lambda told: ticks.__setitem__(id(told), ticks[id(told)] + 1)

    until(ib, lambda: ticks[id(leg)] > 2)

    assert ticks[id(combo)] == 0
    assert heard == []


def test_farms_flap_while_orders_go_on(begin: Connect, library: Any, codes: Any) -> None:
    """The order channel needs no new connection."""
    server, ib = begin()
    heard = codes(ib)
    for _ in range(3):
        play(server, "break-farm")
        play(server, "mend-farm")
    trade = ib.placeOrder(option_of(ib, library), library.MarketOrder("BUY", 1))

    until(ib, trade.isDone)

    assert [code for _, code in heard if code < 2106] == [2103, 2104] * 3
    assert (ib.isConnected(), trade.orderStatus.status) == (True, "Filled")


def test_a_client_id_stays_busy_after_a_crash(begin: Connect, come_in: Connect, library: Any) -> None:
    """326, then a closed socket, until it is free."""
    server, ib = begin()
    play(server, "take-id", client=7)
    dropped(server, ib)
    del library

    with pytest.raises((TimeoutError, ConnectionError)):
        come_in(server.port, 7, timeout=1)
    play(server, "free-id", client=7)

    assert come_in(server.port, 7).isConnected()


def test_news_come_shuffled_doubled_and_without_a_status(begin: Connect, library: Any) -> None:
    """In pieces, one fill a contract; executions name each piece once."""
    server, ib = begin()
    play(server, "shuffle")
    play(server, "omit-status")
    pushed = told(ib, "execDetails")
    trades = [ib.placeOrder(option_of(ib, library), library.MarketOrder("BUY", 1, orderRef="LG-1")) for _ in range(6)]

    until(ib, lambda: len({execution.execId for _, _, execution in pushed}) == 6)
    ib.sleep(0.1)

    assert len(pushed) > 6, "some of them twice"
    assert len(ib.reqExecutions()) == 6
    assert {trade.orderStatus.status for trade in trades} == {"PendingSubmit"}


def test_a_what_if_is_answered_without_margins_first(begin: Connect, library: Any) -> None:
    """The library hands the unset number on: `1.7976931348623157E308`."""
    server, ib = begin()
    play(server, "unset-what-if")
    order = library.LimitOrder("BUY", 2, 5)

    unset = ib.whatIfOrder(option_of(ib, library), order)
    later = ib.whatIfOrder(option_of(ib, library), library.LimitOrder("BUY", 2, 5))

    assert float(unset.initMarginChange) > 1e300
    assert float(later.initMarginChange) == 50


def test_half_open_neither_answers_nor_closes(begin: Connect, library: Any) -> None:
    """Only a heartbeat with a time limit notices; what was written meanwhile is read after the thaw."""
    server, ib = begin()
    call = option_of(ib, library)
    play(server, "freeze")
    ib.RequestTimeout = 0.3
    with pytest.raises(TimeoutError):
        ib.reqCurrentTime()
    trade = ib.placeOrder(call, library.MarketOrder("BUY", 1))
    ib.sleep(0.1)
    assert (ib.isConnected(), trade.orderStatus.status) == (True, "PendingSubmit")

    play(server, "thaw")

    until(ib, trade.isDone)


def test_the_future_of_an_expiry_is_seen_and_sold(serve: Serve, come_in: Connect, library: Any) -> None:
    """By an unmodified library: position, order, execution, flat."""
    server = serve()
    ib = come_in(server.port)
    future = future_of(ib, library)
    ib.placeOrder(future, library.MarketOrder("BUY", 2))
    until(ib, lambda: [one.position for one in ib.positions()] == [2])

    sold = ib.placeOrder(future, library.MarketOrder("SELL", 2))
    until(ib, lambda: sold.isDone() and sold.fills and sold.fills[0].commissionReport.execId and not ib.positions())

    assert [fill.contract.secType for fill in ib.reqExecutions()] == ["FUT", "FUT"]
    assert sold.fills[0].commissionReport.realizedPNL == pytest.approx(
        (sold.orderStatus.avgFillPrice - ib.fills()[0].execution.price) * 10 - 2.48
    )
