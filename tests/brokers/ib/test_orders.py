"""Orders, told by statuses and codes in every order they may come in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lottogrid.brokers import port as p
from lottogrid.brokers.ib.codes import REACTIONS, Reaction
from lottogrid.brokers.ib.order_ids import BLOCK, OrderIds
from lottogrid.brokers.ib.orders import Orders
from lottogrid.errors import BadInput
from lottogrid.orders import OrderState
from tests.brokers.ib.fakes import FakeTalk, contract_of, contracts_with
from tests.brokers.ib.made import CALL, HandClock, intent
from tests.exchange.desk import OPENS

CLIENT, PERM_ID = 7, 99


def _no_task(work: Any) -> None:
    work.close()
    pytest.fail("the contract is known: nothing is to be looked up")


class Bench:
    """One order that was sent, and what is told of it."""

    def __init__(self, folder: Path) -> None:
        self.told: list[p.BrokerEvent] = []
        self.doubts = 0
        self.talk: Any = FakeTalk()
        self.orders = Orders(contracts_with(CALL), OrderIds(folder / "ids"), HandClock(OPENS))
        self.orders.begin(self.talk, "DU1", CLIENT, emit=self.told.append, spawn=_no_task, doubt=self.doubt)
        self.place("LG-1")

    def doubt(self) -> None:
        self.doubts += 1

    def place(self, ref: str, **terms: Any) -> None:
        self.orders.place(intent(ref, **terms))

    @property
    def sent(self) -> list[str]:
        return [name for name, _ in self.talk.client.sent]

    @property
    def order_id(self) -> int:
        number: int = next(args[0] for name, args in self.talk.client.sent if name == "placeOrder")
        return number

    def status(self, status: str, filled: float = 0.0) -> None:
        self.orders.callbacks()["orderStatus"](
            self.order_id, status, filled, 1 - filled, 0.0, PERM_ID, 0, 0.0, CLIENT, "", 0.0
        )

    def code(self, code: int, text: str = "words") -> None:
        assert self.orders.on_code(self.order_id, code, text)

    def kinds(self) -> list[str]:
        return [type(event).__name__ for event in self.told]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """An order on its way."""
    return Bench(tmp_path)


@pytest.mark.parametrize(
    ("story", "told"),
    [
        (["PendingSubmit"], []),
        (["PreSubmitted", "Submitted", "Submitted"], ["OrderAcknowledged"]),
        (["Submitted", "PendingCancel", "Cancelled", "Cancelled"], ["OrderAcknowledged", "OrderCancelled"]),
        (["Submitted", "Filled"], ["OrderAcknowledged"]),
        (["Filled", "Submitted"], []),
        (["Inactive"], ["OrderRejected"]),
        ([201, "Inactive", "Cancelled"], ["OrderRejected"]),
        ([201, "Cancelled"], ["OrderRejected"]),
        ([110, "Inactive"], ["OrderRejected"]),
        (["Submitted", 201, "Cancelled"], ["OrderAcknowledged", "OrderCancelled"]),
        ([202, "Cancelled"], ["OrderCancelled"]),
        (["Submitted", "ValidationError", "Submitted"], ["OrderAcknowledged"]),
    ],
)
def test_statuses_become_events(bench: Bench, story: list[str | int], told: list[str]) -> None:
    """Repeated statuses are told once, codes alone tell nothing, and a reason belongs to the status behind it."""
    for word in story:
        bench.code(word) if isinstance(word, int) else bench.status(word)

    assert bench.kinds() == told


@pytest.mark.parametrize("code", [*REACTIONS, 4711])
def test_no_code_ends_an_order(bench: Bench, code: int) -> None:
    """Whatever a code says of a working order, only a status, a fill or a list ends it."""
    bench.status("Submitted")
    bench.told.clear()

    bench.code(code)

    assert bench.told == []
    assert bench.orders._known.get("LG-1").state is OrderState.WORKING


@pytest.mark.parametrize("code", [code for code, reaction in REACTIONS.items() if reaction is Reaction.NOT_CANCELLED])
def test_the_waiting_for_a_cancel_is_ended_once(bench: Bench, code: int) -> None:
    """Codes that find nothing to cancel answer the cancel that was asked for, and no other."""
    bench.status("Submitted")
    bench.orders.cancel("LG-1")
    bench.code(code, "cannot be cancelled")
    bench.code(code, "cannot be cancelled")

    assert bench.kinds() == ["OrderAcknowledged", "CancelRefused"]
    assert bench.sent == ["placeOrder", "cancelOrder"]


def test_a_refusal_without_a_status_is_proven_by_absence(bench: Bench) -> None:
    """A code alone raises a doubt; the order is rejected once the broker does not list it."""
    bench.code(201, "margin")
    assert bench.doubts == 1
    assert bench.told == []

    bench.orders.settle_doubts({"LG-1"})
    assert bench.told == []
    bench.orders.settle_doubts(set())

    assert bench.told == [p.OrderRejected("LG-1", "margin (code 201)", OPENS)]


def test_an_order_that_is_inactive_for_no_reason_is_cancelled_too(bench: Bench) -> None:
    """It might wake up again."""
    bench.status("Inactive")

    assert bench.sent == ["placeOrder", "cancelOrder"]


def test_a_number_used_before_raises_the_next(bench: Bench) -> None:
    """103 is not answered with a second sending, and later numbers are far away."""
    bench.code(103)
    bench.place("LG-2")

    numbers = [args[0] for name, args in bench.talk.client.sent if name == "placeOrder"]
    assert numbers[1] >= numbers[0] + 1000
    assert bench.told == []


def test_nothing_is_sent_while_it_may_not_be(bench: Bench) -> None:
    """What provably stayed here is said to have stayed here."""
    bench.orders.end("the link is down")
    bench.place("LG-2")

    assert bench.told == [p.OrderNotSent("LG-2", "the link is down", OPENS)]
    assert bench.sent == ["placeOrder"]


def test_nothing_is_sent_over_a_dead_socket(bench: Bench) -> None:
    """The library knows first that the socket is gone."""
    bench.talk.client.is_up = False
    bench.place("LG-2")

    assert bench.kinds() == ["OrderNotSent"]


def test_a_price_off_the_grid_is_not_sent(bench: Bench) -> None:
    """The market rule decides by the order's own price."""
    bench.place("LG-2", limit="5.05")

    assert bench.kinds() == ["OrderNotSent"]
    assert bench.sent == ["placeOrder"]


def test_the_order_says_what_was_meant(bench: Bench) -> None:
    """Reference, account, day order, price and contract travel as they were intended."""
    (_, (_, contract, order)) = bench.talk.client.sent[0]

    assert contract == contract_of(CALL)
    assert order == SimpleNamespace(
        action="BUY", totalQuantity=1, orderType="LMT", tif="DAY", account="DU1", orderRef="LG-1", lmtPrice=50.0
    )


def test_a_completed_order_that_filled_has_its_quantity(bench: Bench) -> None:
    """Filled orders are listed with a quantity of 0; unset fills of others are none."""
    bench.talk.requests.is_open = lambda _: True
    added: list[Any] = []
    bench.talk.requests.add = lambda _, item: added.append(item)
    terms = {"orderRef": "LG-9", "permId": 5, "action": "BUY", "lmtPrice": 1.0}
    hear = bench.orders.callbacks()["completedOrder"]
    filled = SimpleNamespace(**terms, totalQuantity=0.0, filledQuantity=3.0)
    ended = SimpleNamespace(**terms, totalQuantity=2.0, filledQuantity=1.7976931348623157e308)
    hear(contract_of(CALL), filled, SimpleNamespace(status="Filled", completedStatus="Filled Size: 3"))
    hear(contract_of(CALL), ended, SimpleNamespace(status="Cancelled", completedStatus="Cancelled by Trader"))
    hear(contract_of(CALL), SimpleNamespace(**{**terms, "orderRef": ""}), SimpleNamespace(status="Filled"))

    assert [(order.quantity, order.filled, order.state) for order in added] == [
        (3, 3, OrderState.FILLED),
        (2, 0, OrderState.CANCELLED),
    ]


def test_a_completed_order_is_told_as_the_broker_has_it(bench: Bench) -> None:
    """One of ours whose number somebody has changed at another screen is no longer what we sent."""
    bench.talk.requests.is_open = lambda _: True
    added: list[Any] = []
    bench.talk.requests.add = lambda _, item: added.append(item)
    terms = {"orderRef": "LG-1", "permId": PERM_ID, "action": "BUY", "lmtPrice": 1.0, "filledQuantity": 0.0}
    ended = SimpleNamespace(status="Cancelled", completedStatus="Cancelled by Trader")
    bench.orders.callbacks()["completedOrder"](contract_of(CALL), SimpleNamespace(**terms, totalQuantity=4.0), ended)

    assert [(order.quantity, str(order.limit_price)) for order in added] == [(4, "1")]


def test_the_reference_is_found_by_any_key(bench: Bench) -> None:
    """orderRef, the broker's number, or our own number with our client id."""
    bench.status("Submitted")
    orders = bench.orders

    assert orders.ref_of("LG-1", 0, 0, 0, CALL) == "LG-1"
    assert orders.ref_of("", PERM_ID, 0, 0, CALL) == "LG-1"
    assert orders.ref_of("", 0, bench.order_id, CLIENT, CALL) == "LG-1"
    assert orders.ref_of("", 0, bench.order_id, CLIENT + 1, CALL) == ""


class TestOrderIds:
    def test_survive_a_crash(self, tmp_path: Path) -> None:
        """What was reserved is never free again, and most numbers need no write."""
        ids = OrderIds(tmp_path / "ids")
        ids.reserve(17)
        written = (tmp_path / "ids").read_text()
        ids.reserve(18)

        assert (tmp_path / "ids").read_text() == written
        assert OrderIds(tmp_path / "ids").first_free == 17 + BLOCK + 1

    @pytest.mark.parametrize("text", ["", "many", "-5", "1.5"])
    def test_refuse_a_file_that_holds_something_else(self, tmp_path: Path, text: str) -> None:
        """A mark that cannot be read is not taken for zero."""
        (tmp_path / "ids").write_text(text)

        with pytest.raises(BadInput, match="order number"):
            OrderIds(tmp_path / "ids")


def test_an_intent_is_replaced_by_nothing(bench: Bench) -> None:
    """The same reference with other terms is not sent either."""
    bench.orders.place(replace(intent("LG-1"), quantity=2))

    assert bench.sent == ["placeOrder"]
