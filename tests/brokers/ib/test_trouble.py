"""The adapter against the paper gateway, over sockets: what goes wrong, and what it makes of it."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from lottogrid.brokers import port as p
from lottogrid.errors import BadInput
from lottogrid.orders import BrokerPosition, OrderState
from tests.brokers.ib.made import CALL, PUT, Desk, desk, intent
from tests.exchange.desk import option

pytestmark = [pytest.mark.sockets, pytest.mark.threads]


class TestOutages:
    def test_sends_nothing_once_the_gateway_has_lost_the_broker(self, made: Desk) -> None:
        """1100 ends the link; an order that comes before we are closed was certainly not sent."""
        made.play("lose-broker")
        made.lost()
        made.port.place(intent("LG-1"))

        assert made.expect(p.OrderNotSent).ref == "LG-1"
        assert list(made.hub.tickets) == []

    def test_compares_anew_after_1102(self, made: Desk) -> None:
        """Fills of an outage come only by asking, so the link is made anew."""
        made.play("find-broker")

        assert "comparing the books" in made.lost().reason

    def test_subscribes_anew_after_a_farm_came_back_and_keeps_the_socket(self, made: Desk) -> None:
        """A blip of the data farm may kill streams: they are begun again over the same connection."""
        made.port.subscribe(frozenset({CALL}))
        made.expect(p.Quoted)
        session = made.hub.sessions[0]

        made.play("break-farm")
        made.play("mend-farm")

        assert made.expect(p.Quoted).quotes[0].contract == CALL
        assert made.hub.sessions == [session]

    def test_connects_anew_where_the_feed_stays_silent(self, tmp_path: Path) -> None:
        """A feed without a word is subscribed anew, and where that does not help the link ends."""
        with desk(tmp_path, feed_silence_seconds=0.4) as made:
            made.play("silence")
            made.connect()
            while made.events.empty():
                made.wait(0.1)

            assert "stale" in made.lost().reason


class TestExpiry:
    def test_tells_that_an_option_ended_worthless(self, made: Desk) -> None:
        """After the close what was bought and is gone was settled at nothing."""
        made.port.request_history()
        made.expect(p.BarHistory)
        made.port.place(intent("LG-1"))
        made.expect(p.Executed)
        made.snapshot()
        made.wait(60)
        made.expect(p.BarClosed)
        made.wait(390 * 60)

        settled = made.expect(p.Settled)

        assert (settled.contract, settled.price) == (CALL, Decimal(0))
        assert made.snapshot().settlements == (settled,)

    def test_names_the_future_that_an_option_became(self, tmp_path: Path) -> None:
        """An option in the money turns into a future, which the snapshot names beside the options."""
        with desk(tmp_path) as made:
            made.connect()
            made.port.request_history()
            made.expect(p.BarHistory)
            made.port.place(intent("LG-1", option(6280)))
            made.expect(p.Executed)
            made.snapshot()
            made.wait(391 * 60)

            settled = made.expect(p.Settled)
            found = made.snapshot()

            assert settled.price == Decimal(20)
            assert found.positions == ()
            assert [words.split()[:2] for words in found.others] == [["1", "FUT"]]


class TestScenarios:
    def test_tells_each_fill_once_and_whole_though_they_are_shuffled(self, made: Desk) -> None:
        """Callbacks that come late, twice and in any order make no fill twice and lose none."""
        made.play("shuffle")
        made.port.place(intent("LG-1"))
        made.port.place(intent("LG-2", PUT))
        refs = {made.expect(p.Executed).execution.order_ref for _ in range(2)}
        made.play("shuffle", on=False)
        made.wait(5)
        made.snapshot()

        assert refs == {"LG-1", "LG-2"}
        assert [event for event in made.heard() if isinstance(event, p.Executed)] == []

    def test_tells_the_correction_of_a_fill(self, made: Desk) -> None:
        """A correction is an execution of the same stem with a higher number."""
        made.port.place(intent("LG-1"))
        first = made.expect(p.Executed).execution
        made.play("correct", by="0.05")

        corrected = made.expect(p.Executed).execution

        assert corrected.exec_id.rpartition(".")[0] == first.exec_id.rpartition(".")[0]
        assert corrected.exec_id > first.exec_id
        assert corrected.price == first.price + Decimal("0.05")

    def test_knows_its_orders_though_the_reference_is_lost(self, made: Desk) -> None:
        """Some builds leave out orderRef: the broker's own number leads to it."""
        made.play("hide-refs")
        made.port.place(intent("LG-1"))
        execution = made.expect(p.Executed).execution
        found = made.snapshot()

        assert execution.order_ref == "LG-1"
        assert [order.ref for order in found.orders] == ["LG-1"]
        assert [execution.order_ref for execution in found.executions] == ["LG-1"]

    def test_shows_an_order_that_is_not_ours(self, made: Desk) -> None:
        """An order entered by hand is in the snapshot under no reference of ours, and so is its fill."""
        made.play("manual-order", right="C", strike=6340, quantity=2, limit="0.05")
        made.play("manual-order", right="P", strike=6260, quantity=1)
        made.wait(5)

        found = made.snapshot()

        assert [order.ref.partition("-")[0] for order in found.orders] == ["foreign"]
        assert [execution.order_ref for execution in found.executions] == [""]
        assert found.positions == (BrokerPosition(contract=PUT, quantity=1),)

    def test_trades_the_one_contract_that_fits(self, tmp_path: Path) -> None:
        """Event contracts and a class without the strike beside the option do not make it ambiguous."""
        with desk(tmp_path) as made:
            made.connect()
            made.play("add-listings")
            made.port.place(intent("LG-1"))

            assert made.expect(p.Executed).execution.contract == CALL

    @pytest.mark.parametrize("code", [161, 399, 404, 2109, 10349, 99999])
    def test_ends_no_order_on_a_mere_notice(self, made: Desk, code: int) -> None:
        """Notices about a working order change nothing: it can still be cancelled for real."""
        made.port.place(intent("LG-1", limit="0.05"))
        made.expect(p.OrderAcknowledged)
        made.play("notice-order", code=code, text="a notice")
        made.snapshot()
        heard = made.heard()
        made.port.cancel("LG-1")

        assert heard == []
        assert made.expect(p.OrderCancelled).ref == "LG-1"

    def test_ends_the_waiting_for_a_cancel_that_was_answered_with_an_error_alone(self, made: Desk) -> None:
        """10147 says only that there is nothing to cancel; the snapshot then says what the order is."""
        made.port.place(intent("LG-1", limit="0.05"))
        made.expect(p.OrderAcknowledged)
        made.play("answer-cancel", code=10147)
        made.port.cancel("LG-1")

        refused = made.expect(p.CancelRefused)
        made.wait(2)

        assert "10147" in refused.reason
        assert [order.state for order in made.snapshot().orders] == [OrderState.CANCELLED]

    def test_hears_of_fills_without_statuses(self, made: Desk) -> None:
        """A status may be left out: the execution is the truth."""
        made.play("omit-status")
        made.port.place(intent("LG-1"))

        assert made.expect(p.Executed).execution.order_ref == "LG-1"

    @pytest.mark.parametrize("action", ["compete", "halt"])
    def test_tells_no_quotes_that_cannot_be_traded(self, made: Desk, action: str) -> None:
        """Where another login has the data, or trading is halted, what was quoted is not confirmed."""
        made.port.request_history()
        made.expect(p.BarHistory)
        made.port.subscribe(frozenset({CALL}))
        made.expect(p.Quoted)
        made.play(action)
        made.snapshot()
        made.heard()
        made.wait(60)
        made.expect(p.BarClosed)
        made.snapshot()

        assert [event for event in made.heard() if isinstance(event, p.Quoted)] == []

    def test_finds_a_fill_of_an_outage(self, made: Desk) -> None:
        """What traded while the gateway was cut off is never told, and stands in the next snapshot."""
        made.play("lose-broker")
        made.lost()
        made.play("manual-order", right="C", strike=6340, quantity=1)
        made.wait(5)
        made.play("find-broker", data="lost")
        made.connect()

        assert made.snapshot().positions == (BrokerPosition(contract=CALL, quantity=1),)


class TestTrouble:
    def test_a_message_that_cannot_be_read_ends_the_link(self, made: Desk) -> None:
        """The library would only log it, and the event would be lost: asking anew finds what it was about."""
        broken = b"\x00\x00\x00\x06" + b"5\x00x\x00y\x00"
        made.let(lambda hub: hub.sessions[0].output.append(broken))

        assert "could not be read" in made.lost().reason

    def test_a_handler_that_fails_ends_the_link(self, made: Desk) -> None:
        """A fill of half a contract is not understood, and not overlooked."""
        made.memory.executions._read = _fail  # type: ignore[method-assign]
        made.port.place(intent("LG-1"))
        made.expect(p.OrderAcknowledged)
        made.wait(5)

        assert "execDetails: not understood" in made.lost().reason

    def test_a_command_that_fails_ends_the_link(self, made: Desk) -> None:
        """An error on the connection's thread is no line in a log."""
        made.memory.orders.cancel = _fail  # type: ignore[method-assign]
        made.port.cancel("LG-1")

        assert "not understood" in made.lost().reason

    def test_an_order_before_the_connection_is_not_sent(self, tmp_path: Path) -> None:
        """Nothing waits for a connection that may come at a worse time."""
        with desk(tmp_path) as made:
            made.play("freeze")
            made.port.open(made.events.put)
            made.port.place(intent("LG-1"))

            assert made.expect(p.OrderNotSent).reason == "not connected"

    def test_the_library_is_imported_by_the_first_connection(self) -> None:
        """Importing the adapter costs no library, and in a thread without a loop the library cannot be imported."""
        code = (
            "import sys, lottogrid.brokers.ib.port; "
            "assert not {'ib_insync', 'ib_async', 'eventkit', 'pandas', 'scipy'} & set(sys.modules)"
        )

        assert subprocess.run([sys.executable, "-W", "error", "-c", code], check=False).returncode == 0


def _fail(*_: object) -> None:
    raise BadInput("not understood")
