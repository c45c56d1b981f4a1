"""The adapter against the paper gateway, over sockets."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from lottogrid.brokers import port as p
from lottogrid.gateway.hub import GatewayRules
from lottogrid.orders import BrokerPosition, Execution, OrderState, Side
from tests.brokers.ib.made import CALL, PUT, Desk, desk, intent
from tests.exchange.desk import OPENS, option

pytestmark = [pytest.mark.sockets, pytest.mark.threads]


class TestConnecting:
    def test_names_the_account(self, tmp_path: Path) -> None:
        """The account of a paper login is taken where none is set."""
        with desk(tmp_path) as made:
            assert made.connect().account == "DU1234567"

    def test_refuses_an_account_that_the_login_does_not_have(self, tmp_path: Path) -> None:
        """Another account than the one that is set is not traded, and the reason names both."""
        with desk(tmp_path, account="DU7654321") as made:
            made.port.open(made.events.put)

            assert "expected DU7654321, found DU1234567" in made.lost().reason

    def test_refuses_a_live_account_in_paper_mode(self, tmp_path: Path) -> None:
        """A gateway on a paper port that is logged in with real money is not traded."""
        with desk(tmp_path, rules=GatewayRules(account="U1234567")) as made:
            made.port.open(made.events.put)

            assert "expected a paper account, found U1234567" in made.lost().reason

    def test_says_that_the_client_id_is_taken_and_comes_back_with_the_same(self, tmp_path: Path) -> None:
        """After a crash the gateway may hold our id for a while: it is waited for, never changed."""
        with desk(tmp_path) as made:
            made.play("take-id", client=made.settings.client_id)
            made.port.open(made.events.put)
            assert "already in use" in made.lost().reason

            made.play("free-id", client=made.settings.client_id)
            made.port.close()
            made.connect()

            assert [session.client_id for session in made.hub.sessions] == [made.settings.client_id]

    def test_says_what_to_do_where_nobody_listens(self, tmp_path: Path) -> None:
        """A port on which no gateway is tells what to start."""
        with desk(tmp_path) as made:
            lonely = made.settings.port
        with desk(tmp_path, port=lonely) as made:
            made.port.open(made.events.put)

            assert "start it, log in, enable the API" in made.lost().reason

    def test_hears_that_the_gateway_is_gone(self, made: Desk) -> None:
        """A socket that closes ends the link."""
        made.play("drop")

        assert "closed" in made.lost().reason

    def test_notices_a_gateway_that_has_frozen(self, tmp_path: Path) -> None:
        """A socket that stays open without a word is found out by the heartbeat."""
        with desk(tmp_path, heartbeat_seconds=0.1, answer_seconds=0.3) as made:
            made.connect()
            made.play("freeze")

            assert "heartbeat" in made.lost().reason

    def test_tells_nothing_after_it_was_closed(self, made: Desk) -> None:
        """Closing is the last word."""
        made.port.close()
        assert made.port.join(5)
        made.heard()

        made.wait(60)

        assert made.heard() == []


class TestMarketData:
    def test_quotes_what_is_subscribed(self, made: Desk) -> None:
        """Each option is quoted at once with both sides, as of our clock."""
        made.port.subscribe(frozenset({CALL, PUT}))

        found = {}
        while len(found) < 2:
            for quote in made.expect(p.Quoted).quotes:
                found[quote.contract] = quote

        assert found.keys() == {CALL, PUT}
        assert all(quote.bid and quote.ask and quote.bid < quote.ask for quote in found.values())
        assert all(quote.bid_size > 0 for quote in found.values())

    def test_tells_the_history_and_then_each_minute(self, made: Desk) -> None:
        """The bars before the connection come as one, those after it one by one, none twice."""
        made.port.request_history()
        history = made.expect(p.BarHistory)
        made.wait(60)
        first = made.expect(p.BarClosed)
        made.wait(60)
        second = made.expect(p.BarClosed)

        assert [bar.start for bar in history.bars] == [OPENS + timedelta(minutes=n) for n in range(-10, 0)]
        assert first.bar.start == OPENS
        assert second.bar.start == OPENS + timedelta(minutes=1)
        assert first.bar.close == Decimal(6300)
        assert first.bar.volume == 7

    def test_confirms_standing_quotes_when_a_minute_has_ended(self, made: Desk) -> None:
        """Only changes travel, so a quote that stands is told again after each bar while the feed lives."""
        made.port.request_history()
        made.expect(p.BarHistory)
        made.port.subscribe(frozenset({CALL}))
        made.expect(p.Quoted)
        made.wait(60)
        made.expect(p.BarClosed)

        quoted = made.expect(p.Quoted)

        assert quoted.at >= OPENS + timedelta(minutes=1)
        assert [quote.contract for quote in quoted.quotes] == [CALL]

    def test_ends_the_lines_that_are_no_longer_wanted(self, made: Desk) -> None:
        """A line is freed for others."""
        made.port.subscribe(frozenset({CALL, PUT}))
        made.expect(p.Quoted, where=lambda told: len(told.quotes) == 2 or told.quotes[0].contract == PUT)
        made.port.subscribe(frozenset({CALL}))
        made.snapshot()
        made.snapshot()

        assert len(made.hub.sessions[0].lines) == 2  # the call and the future

    def test_keeps_within_the_lines_allowed(self, tmp_path: Path) -> None:
        """More options than lines are not all quoted, and the gateway is not asked for more."""
        with desk(tmp_path, market_data_lines=4, lines_in_reserve=1) as made:
            made.connect()
            made.port.subscribe(frozenset(option(strike) for strike in range(6300, 6400, 5)))
            made.expect(p.Quoted)
            made.snapshot()
            made.snapshot()

            assert len(made.hub.sessions[0].lines) <= 3

    def test_trades_nothing_on_delayed_data(self, tmp_path: Path) -> None:
        """Delayed quotes are not told at all."""
        with desk(tmp_path) as made:
            made.play("delay-data")
            made.connect()
            made.port.subscribe(frozenset({CALL}))
            made.wait(60)
            made.snapshot()
            made.snapshot()

            assert [event for event in made.heard() if isinstance(event, p.Quoted)] == []

    @pytest.mark.parametrize(("show", "sides"), [("one-sided", (False, True)), ("empty", (False, False))])
    def test_says_which_side_is_absent(self, tmp_path: Path, show: str, sides: tuple[bool, bool]) -> None:
        """-1 of size 0 is nobody's bid, and no number comes through."""
        with desk(tmp_path) as made:
            made.play("quotes", show=show)
            made.connect()
            made.port.subscribe(frozenset({CALL}))

            quote = made.expect(p.Quoted).quotes[0]

            assert (quote.bid is not None, quote.ask is not None) == sides


class TestOrders:
    def test_fills_and_tells_what_it_cost(self, made: Desk) -> None:
        """Acknowledgement, execution and commission come under our reference."""
        made.port.place(intent("LG-1"))

        assert made.expect(p.OrderAcknowledged).ref == "LG-1"
        execution = made.expect(p.Executed).execution
        cost = made.expect(p.Commissioned)

        assert (execution.order_ref, execution.contract, execution.side) == ("LG-1", CALL, Side.BUY)
        assert execution.quantity == 1
        assert 0 < execution.price < 50
        assert cost == p.Commissioned(execution.exec_id, Decimal("0.62"), cost.at)

    def test_cancels(self, made: Desk) -> None:
        """The end of a resting order is confirmed by its status."""
        made.port.place(intent("LG-1", limit="0.05"))
        made.expect(p.OrderAcknowledged)
        made.port.cancel("LG-1")

        assert made.expect(p.OrderCancelled).ref == "LG-1"

    def test_says_that_there_was_nothing_to_cancel(self, made: Desk) -> None:
        """A cancel that finds a filled order is refused, and so is one of an order that is unknown."""
        made.port.place(intent("LG-1"))
        made.expect(p.Executed)
        made.port.cancel("LG-1")
        filled = made.expect(p.CancelRefused)
        made.port.cancel("LG-2")
        unknown = made.expect(p.CancelRefused)

        assert (filled.ref, unknown.ref) == ("LG-1", "LG-2")
        assert "10148" in filled.reason

    def test_does_not_send_a_price_off_the_grid(self, made: Desk) -> None:
        """The broker's own market rule decides, before anything is sent."""
        made.port.place(intent("LG-1", limit="7.05"))

        refused = made.expect(p.OrderNotSent)

        assert "0.25" in refused.reason
        assert list(made.hub.tickets) == []

    def test_does_not_send_what_is_not_listed(self, made: Desk) -> None:
        """An option that the broker does not have is not guessed."""
        made.port.place(intent("LG-1", option(9999)))

        assert "LG-1" in made.expect(p.OrderNotSent).ref
        assert list(made.hub.tickets) == []

    @pytest.mark.parametrize("how", ["inactive", "cancelled", "error"])
    def test_tells_why_an_order_was_refused(self, made: Desk, how: str) -> None:
        """A refusal may end as Inactive, as Cancelled or with no status: it is a rejection with a reason each time."""
        made.play("refuse-order", how=how)
        made.port.place(intent("LG-1"))

        refused = made.expect(p.OrderRejected)

        assert refused.ref == "LG-1"
        assert "201" in refused.reason

    def test_never_sends_a_reference_twice(self, made: Desk) -> None:
        """The second of two orders with one reference stays here."""
        made.port.place(intent("LG-1", limit="0.05"))
        made.expect(p.OrderAcknowledged)
        made.port.place(intent("LG-1", limit="0.05"))
        made.snapshot()

        assert len(list(made.hub.tickets)) == 1

    def test_gives_out_no_number_twice(self, tmp_path: Path) -> None:
        """The numbers rise over a restart of the bot, also where the gateway has gone back with its own."""
        numbers = []
        for rolled_back in (0, 1000):
            with desk(tmp_path) as made:
                made.play("roll-back-ids", by=rolled_back)
                made.connect()
                made.port.place(intent("LG-1", limit="0.05"))
                made.expect(p.OrderAcknowledged)
                numbers += [ticket.order_id for ticket in made.hub.tickets]

        assert numbers[0] < numbers[1]


class TestSnapshots:
    def test_tells_orders_fills_and_holdings(self, made: Desk) -> None:
        """Open and completed orders, executions with their cost, and what is held."""
        made.port.place(intent("LG-1"))
        made.expect(p.Commissioned)
        made.port.place(intent("LG-2", PUT, limit="0.05"))
        made.expect(p.OrderAcknowledged)

        found = made.snapshot()

        orders = {order.ref: order for order in found.orders}
        assert (orders["LG-1"].state, orders["LG-1"].quantity, orders["LG-1"].filled) == (OrderState.FILLED, 1, 1)
        assert (orders["LG-2"].state, orders["LG-2"].filled) == (OrderState.WORKING, 0)
        assert orders["LG-2"].limit_price == Decimal("0.05")
        assert [execution.commission for execution in found.executions] == [Decimal("0.62")]
        assert found.positions == (BrokerPosition(contract=CALL, quantity=1),)
        assert found.others == ()

    def test_shows_after_a_reconnect_what_a_new_bot_never_heard(self, tmp_path: Path) -> None:
        """Another process finds orders by their reference, and can cancel them."""
        with desk(tmp_path) as made:
            made.connect()
            made.port.place(intent("LG-1"))
            made.expect(p.Executed)
            made.port.place(intent("LG-2", limit="0.05"))
            made.expect(p.OrderAcknowledged)
            made.port.close()
            made.port.join(5)
            successor = Desk(made.hub, made.server, made.clock, made.settings)
            successor.connect()

            found = successor.snapshot()
            successor.port.cancel("LG-2")

            assert {order.ref for order in found.orders} == {"LG-1", "LG-2"}
            assert [execution.order_ref for execution in found.executions] == ["LG-1"]
            assert successor.expect(p.OrderCancelled).ref == "LG-2"
            successor.port.close()
            assert successor.port.join(5)

    def test_resolves_an_order_whose_acknowledgement_was_swallowed(self, made: Desk) -> None:
        """An order that works without a word is in the snapshot of the next connection, under our reference."""
        made.play("swallow")
        made.port.place(intent("LG-1", limit="0.05"))
        made.snapshot()
        made.connect()

        found = made.snapshot()

        assert [(order.ref, order.state) for order in found.orders] == [("LG-1", OrderState.WORKING)]

    def test_says_that_the_account_did_not_hold_still(self, made: Desk) -> None:
        """Executions came in between every time: no snapshot, but the link is sound and answers the next question."""
        listed, count = made.memory.executions.listed, itertools.count()

        async def busy() -> tuple[Execution, ...]:
            (found,) = await listed()
            return (replace(found, exec_id=str(next(count))),)

        made.port.place(intent("LG-1"))
        made.expect(p.Commissioned)
        made.memory.executions.listed = busy  # type: ignore[method-assign]
        made.port.request_snapshot()
        assert "without executions" in made.expect(p.SnapshotMissed).reason

        made.memory.executions.listed = listed  # type: ignore[method-assign]
        assert [execution.order_ref for execution in made.snapshot().executions] == ["LG-1"]

    @pytest.mark.parametrize(
        "request_name", ["reqPositions", "reqCompletedOrders", "reqExecutions", "reqAllOpenOrders"]
    )
    def test_fails_as_a_whole_where_a_part_is_missing(self, tmp_path: Path, request_name: str) -> None:
        """A question without an answer is no empty answer: the link ends."""
        with desk(tmp_path, answer_seconds=0.3) as made:
            made.connect()
            made.play("lose", request=request_name)
            made.port.request_snapshot()

            assert "none within 0.3 s" in made.lost().reason
