"""Orders against the standing quote: answers, fills, refusals, cancels."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from lottogrid.brokers.port import (
    CancelRefused,
    Commissioned,
    Executed,
    OrderAcknowledged,
    OrderCancelled,
    OrderRejected,
    Quoted,
)
from lottogrid.exchange import matching
from lottogrid.exchange.profiles import profile_of
from lottogrid.market.contracts import Right
from lottogrid.orders import OrderIntent, OrderState, Side
from tests.exchange.desk import DAY, OPENS, Desk, fills, instant, option, order, reasons

CALL = option(6365)
PUT = option(6235, Right.PUT)
PAPER = profile_of("paper")


@pytest.fixture
def desk() -> Desk:
    return Desk()


def holder(quantity: int = 1, **options: Any) -> Desk:
    """Return a desk that has bought calls."""
    desk = Desk(**options)
    desk.place(order("entry", CALL, quantity=quantity))
    desk.wait(30)
    assert desk.held(CALL) == quantity
    return desk


def test_a_market_buy_pays_the_ask_and_a_commission_follows(desk: Desk) -> None:
    """Acknowledgement, fill and commission come in this order, each as an event of its own."""
    ask = desk.ask(CALL)

    acknowledged, executed, commissioned = desk.place(order("a", CALL))

    assert acknowledged == OrderAcknowledged("a", "B-20250409-1", OPENS)
    assert isinstance(executed, Executed)
    assert (executed.execution.exec_id, executed.execution.price) == ("E-20250409-1", ask)
    assert executed.execution.commission is None
    assert commissioned == Commissioned("E-20250409-1", Decimal("0.62"), OPENS)
    assert desk.exchange.cash == -5 * ask - Decimal("0.62")


def test_a_market_sale_takes_the_bid() -> None:
    """What is sold at once is sold to whoever bids."""
    desk = holder()
    bid = desk.bid(CALL)

    (sale,) = fills(desk.place(order("exit", CALL, Side.SELL)))

    assert sale.price == bid
    assert desk.held(CALL) == 0


def test_a_marketable_limit_pays_the_ask_not_its_limit(desk: Desk) -> None:
    """A limit above the ask buys at the ask."""
    ask = desk.ask(CALL)

    (bought,) = fills(desk.place(order("a", CALL, limit="9.00")))

    assert bought.price == ask


def test_a_limit_below_the_ask_rests(desk: Desk) -> None:
    """A limit that nobody meets is worked, and filled by nobody."""
    events = desk.place(order("a", CALL, limit="0.50"))

    assert [type(event) for event in events] == [OrderAcknowledged]
    assert desk.state("a") is OrderState.WORKING


def test_answers_take_their_time() -> None:
    """With latency nothing is said before its time, and the order is on its way in meanwhile."""
    desk = Desk(profile=PAPER)

    assert desk.place(order("a", CALL)) == []
    assert desk.state("a") is OrderState.SENT
    assert desk.exchange.next_due() == OPENS + PAPER.ack_latency
    assert [type(event) for event in desk.wait(0.08)] == [OrderAcknowledged]
    assert [type(event) for event in desk.wait(0.149)] == []
    filled = desk.wait(0.001)
    assert [type(event) for event in filled] == [Executed, Commissioned]
    assert {instant(event) for event in filled} == {OPENS + PAPER.ack_latency + PAPER.fill_latency}
    assert desk.exchange.next_due() is None


def test_a_fill_is_decided_when_it_is_due(desk: Desk) -> None:
    """An order that is marketable when it arrives meets the quote that stands when its fill is due."""
    slow = Desk(profile=replace(PAPER, fill_latency=timedelta(seconds=61)))
    asked = slow.ask(CALL)
    slow.place(order("a", CALL))

    slow.bar("6300", "6310", "6300", "6310")
    (bought,) = fills(slow.wait(5))

    assert bought.price == slow.ask(CALL) > asked


def test_a_limit_that_is_overtaken_before_its_fill_rests() -> None:
    """If the market has gone when the fill is due, the order waits at its limit."""
    desk = Desk(profile=replace(PAPER, fill_latency=timedelta(seconds=61)))
    desk.place(order("a", CALL, limit=str(desk.ask(CALL))))

    desk.bar("6300", "6310", "6300", "6310")

    assert fills(desk.wait(5)) == []
    assert desk.state("a") is OrderState.WORKING


def test_more_than_is_displayed_fills_in_pieces() -> None:
    """A fill takes what is shown; the rest tries again after the refresh, until it is done."""
    desk = Desk(profile=replace(profile_of("ideal"), displayed_size=(2, 2)))

    assert [e.quantity for e in fills(desk.place(order("a", CALL, quantity=5)))] == [2]
    assert desk.state("a") is OrderState.WORKING
    assert [e.quantity for e in fills(desk.wait(5))] == [2, 1]
    assert desk.state("a") is OrderState.FILLED
    assert desk.held(CALL) == 5


def test_partial_fills_by_chance_add_up() -> None:
    """A broker with moods fills in pieces, never more than was ordered, and comes to an end."""
    desk = Desk(profile=replace(profile_of("ideal"), partial_fill_probability=0.9))
    desk.place(order("a", CALL, quantity=20))
    desk.wait(55)

    pieces = [e.quantity for e in fills(desk.heard)]
    assert len(pieces) > 1
    assert sum(pieces) == 20
    assert desk.state("a") is OrderState.FILLED


@pytest.mark.parametrize(
    ("intent", "reason"),
    [
        (order("a", CALL, limit="4.97"), matching.OFF_TICK),
        (order("a", CALL, limit="5.05"), matching.OFF_TICK),
        (order("a", CALL, limit="0"), matching.OFF_TICK),
        (order("a", CALL, limit="NaN"), matching.OFF_TICK),
        (order("a", CALL, quantity=0), matching.BAD_QUANTITY),
        (replace(order("a", CALL), limit_price=Decimal(1)), matching.BAD_PRICE),
        (replace(order("a", CALL, limit="1"), limit_price=None), matching.BAD_PRICE),
        (order("a", option(6365, symbol="ES")), matching.UNKNOWN_CONTRACT),
        (order("a", option(6363)), matching.UNKNOWN_CONTRACT),
        (order("a", option(6365, expiry=date(2025, 4, 10))), matching.UNKNOWN_CONTRACT),
        (order("a", option(6365, expiry=date(2025, 4, 8))), matching.EXPIRED_CONTRACT),
        (order("a", CALL, Side.SELL), matching.WOULD_BE_SHORT),
        (order("a", CALL, Side.SELL, limit="20"), matching.WOULD_BE_SHORT),
    ],
)
def test_an_unsound_order_is_refused_with_its_reason(desk: Desk, intent: OrderIntent, reason: str) -> None:
    """What the exchange would not take never works."""
    events = desk.place(intent)

    assert events == [OrderRejected("a", reason, OPENS)]
    assert desk.state("a") is OrderState.REJECTED


def test_an_order_before_any_price_is_refused() -> None:
    """Without a bar there is no market to trade in."""
    desk = Desk()
    later = replace(DAY, date=DAY.date + timedelta(days=1), closes=DAY.closes + timedelta(days=1))
    desk.exchange.close_session(DAY.closes)
    desk.exchange.start_session(later)
    desk.hear(later.opens)

    assert reasons(desk.place(order("a", option(6365, expiry=later.date)))) == [matching.NO_MARKET]


def test_an_order_after_the_close_is_refused(desk: Desk) -> None:
    """Nobody trades after the close, and nobody is quoted."""
    desk.hear(DAY.closes)

    assert reasons(desk.place(order("a", CALL))) == [matching.CLOSED]
    assert desk.exchange.quote(CALL, desk.now) is None


def test_an_order_in_flight_at_the_close_is_refused() -> None:
    """What arrives after the close comes too late, however early it was sent."""
    desk = Desk(profile=PAPER)
    desk.hear(DAY.closes - timedelta(milliseconds=40))
    desk.place(order("a", CALL))

    assert reasons(desk.wait(1)) == [matching.CLOSED]


def test_a_taken_reference_is_refused_and_the_first_order_goes_on(desk: Desk) -> None:
    """The second order under a reference changes nothing about the first."""
    desk.place(order("a", CALL, limit="0.50"))

    assert reasons(desk.place(order("a", PUT))) == ["duplicate order reference"]
    assert desk.state("a") is OrderState.WORKING
    assert desk.held(PUT) == 0


def test_a_reference_in_flight_is_taken() -> None:
    """The repeat is refused too while the first is on its way."""
    desk = Desk(profile=PAPER)
    desk.place(order("a", CALL), order("a", CALL))

    events = desk.wait(1)

    assert reasons(events) == ["duplicate order reference"]
    assert len(fills(events)) == 1


def test_no_more_is_sold_than_held_net_of_other_offers() -> None:
    """A working sale reserves what it offers."""
    desk = holder(2)
    desk.place(order("target", CALL, Side.SELL, 1, "20"))

    assert reasons(desk.place(order("exit", CALL, Side.SELL, 2))) == [matching.WOULD_BE_SHORT]
    assert reasons(desk.place(order("exit-2", CALL, Side.SELL, 1))) == []
    assert desk.held(CALL) == 1


def test_two_sales_in_flight_together_do_not_go_short() -> None:
    """The second to arrive finds everything offered."""
    desk = holder(profile=PAPER)
    desk.place(order("x", CALL, Side.SELL), order("y", CALL, Side.SELL))

    events = desk.wait(10)

    assert reasons(events) == [matching.WOULD_BE_SHORT]
    assert desk.held(CALL) == 0


def test_a_market_sale_without_a_bid_is_refused() -> None:
    """Nobody bids, so nobody buys."""
    far = option(6900)
    desk = Desk()
    desk.place(order("entry", far))
    assert desk.bid(far) is None

    assert reasons(desk.place(order("exit", far, Side.SELL))) == [matching.NO_BID]


def test_a_market_sale_whose_bid_goes_away_waits_for_the_next() -> None:
    """Acknowledged while there was a bid, it works on without one and sells when one comes."""
    desk = holder(profile=replace(profile_of("ideal"), fill_latency=timedelta(seconds=25)))
    calm, wild = OPENS, OPENS + timedelta(minutes=1)
    desk.forecast.after = {calm: 0.01, wild: 0.16}
    desk.wait(20)
    desk.place(order("exit", CALL, Side.SELL))  # to be filled in 25 seconds, after the next minute

    desk.hear(OPENS + timedelta(seconds=60))
    desk.minute("6300")
    assert desk.bid(CALL) is None
    desk.wait(59)
    assert desk.state("exit") is OrderState.WORKING
    assert fills(desk.heard, "exit") == []
    desk.wait(1)
    desk.minute("6300")

    assert [sale.price for sale in fills(desk.heard, "exit")] == [desk.bid(CALL)]


def test_a_cancel_ends_a_resting_order(desk: Desk) -> None:
    """A cancelled order trades no more."""
    desk.place(order("a", CALL, limit="0.50"))

    assert desk.cancel("a") == [OrderCancelled("a", OPENS, 0)]
    desk.bar("6300", "6300", "6200", "6200")

    assert fills(desk.heard) == []
    assert desk.state("a") is OrderState.CANCELLED


def test_a_fill_that_happened_before_the_cancel_arrives_wins() -> None:
    """Between request and arrival the order is alive."""
    desk = Desk(profile=PAPER)
    desk.place(order("a", CALL))
    desk.wait(0.16)  # acknowledged at 80 ms, filled at 230, the cancel arrives at 240
    desk.cancel("a")

    events = desk.wait(1)

    assert len(fills(events)) == 1
    assert [event for event in events if isinstance(event, CancelRefused)] == [
        CancelRefused("a", "the order is filled", OPENS + timedelta(milliseconds=240))
    ]
    assert desk.state("a") is OrderState.FILLED


def test_a_cancel_that_arrives_before_the_fill_wins() -> None:
    """An order cancelled in time is not filled."""
    desk = Desk(profile=PAPER)
    desk.place(order("a", CALL))
    desk.cancel("a")

    events = desk.wait(1)

    assert [type(event) for event in events] == [OrderAcknowledged, OrderCancelled]
    assert desk.held(CALL) == 0


def test_at_the_same_instant_the_fill_comes_first() -> None:
    """A tie between fill and cancel goes to the fill."""
    desk = Desk(profile=replace(PAPER, fill_latency=PAPER.ack_latency))
    desk.place(order("a", CALL))
    desk.wait(0.08)
    desk.cancel("a")

    assert [type(event) for event in desk.wait(0.08)] == [Executed, Commissioned, CancelRefused]


def test_a_partly_filled_order_can_be_cancelled() -> None:
    """What was executed stays executed, the rest ends."""
    desk = Desk(profile=replace(profile_of("ideal"), displayed_size=(2, 2)))
    desk.place(order("a", CALL, quantity=5))

    assert [type(event) for event in desk.cancel("a")] == [OrderCancelled]
    desk.wait(30)

    assert desk.held(CALL) == 2
    assert desk.state("a") is OrderState.CANCELLED


@pytest.mark.parametrize("ref", ["never-sent", "entry"])
def test_there_is_nothing_to_cancel_about_an_unknown_or_final_order(ref: str) -> None:
    """A cancel without an object is refused."""
    assert [type(event) for event in holder().cancel(ref)] == [CancelRefused]


def test_a_moody_broker_refuses_some_orders_always_the_same() -> None:
    """Refusals by chance depend on the reference and the seed alone."""
    moody = replace(profile_of("ideal"), reject_probability=0.5)

    def refused(seed: int) -> list[str]:
        desk = Desk(profile=moody, seed=seed)
        events = desk.place(*(order(f"r{n}", CALL) for n in range(40)))
        return [event.ref for event in events if isinstance(event, OrderRejected)]

    assert 8 < len(refused(1)) < 32
    assert refused(1) == refused(1) != refused(2)


def test_newly_subscribed_options_are_quoted_at_once(desk: Desk) -> None:
    """The first subscription answers with standing quotes; naming them again does not; new ones alone are told."""
    desk.exchange.subscribe(frozenset({CALL}), desk.now)
    (first,) = desk.hear(desk.now)
    desk.exchange.subscribe(frozenset({CALL, PUT}), desk.now)
    (second,) = desk.hear(desk.now)

    assert isinstance(first, Quoted)
    assert [quote.contract for quote in first.quotes] == [CALL]
    assert isinstance(second, Quoted)
    assert [quote.contract for quote in second.quotes] == [PUT]


def test_every_minute_tells_its_bar_and_all_subscribed_quotes(desk: Desk) -> None:
    """Quotes are stamped with the bar's end, and change with the price."""
    desk.exchange.subscribe(frozenset({CALL, PUT}), desk.now)
    desk.wait(0)

    _, quoted = desk.bar("6300", "6305", "6299", "6304")

    assert isinstance(quoted, Quoted)
    assert quoted.at == OPENS + timedelta(minutes=1)
    assert {quote.contract for quote in quoted.quotes} == {CALL, PUT}
    assert all(quote == desk.exchange.quote(quote.contract, desk.now) for quote in quoted.quotes)
