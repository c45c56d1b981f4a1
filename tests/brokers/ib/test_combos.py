"""Two orders that leave as one: what is sent, what is told of each leg, and what a stranger finds of it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lottogrid.brokers import port as p
from lottogrid.brokers.ib.combos import limit_of
from lottogrid.brokers.ib.contracts import Listed
from lottogrid.brokers.ib.order_ids import OrderIds
from lottogrid.brokers.ib.orders import Orders
from lottogrid.market.contracts import spec_of
from lottogrid.orders import BrokerPosition, Combo, OrderState, OrderType, Side, is_combo_ref, leg_ref
from tests.brokers.ib.fakes import FakeTalk, contract_of, contracts_with
from tests.brokers.ib.made import CALL, PUT, Desk, HandClock, desk, intent
from tests.exchange.desk import OPENS, option

POSITION = "LG-20250409-001"
REF = f"{POSITION}-C-1"
LEGS = (f"{POSITION}-1-1", f"{POSITION}-2-1")
CLIENT, PERM_ID = 7, 99
ENOUGH, LITTLE = ("20", "20"), ("0.05", "0.05")


def strangle(limits: tuple[str, str] = ENOUGH, quantity: int = 1) -> Combo:
    """Return a call and a put to be bought as one."""
    call, put = (
        replace(intent(ref, contract, quantity=quantity, limit=limit), leg=number)
        for number, (ref, contract, limit) in enumerate(zip(LEGS, (CALL, PUT), limits, strict=True), start=1)
    )
    return Combo(legs=(call, put))


class TestNames:
    @settings(deadline=None, max_examples=100)
    @given(number=st.integers(1, 999), attempt=st.integers(1, 99), legs=st.integers(2, 6))
    def test_those_of_the_legs_follow_from_that_of_the_whole(self, number: int, attempt: int, legs: int) -> None:
        """Who has forgotten everything finds the orders in the journal by the broker's reference alone."""
        position_id = f"LG-20250409-{number:03d}"
        orders = tuple(
            replace(intent(f"{position_id}-{leg}-{attempt}"), position_id=position_id, leg=leg)
            for leg in range(1, legs + 1)
        )
        combo = Combo.of(orders)

        assert combo is not None
        assert combo.ref == f"{position_id}-C-{attempt}"
        assert [leg_ref(combo.ref, leg) for leg in range(1, legs + 1)] == [order.ref for order in orders]
        assert is_combo_ref(combo.ref)
        assert not any(is_combo_ref(order.ref) for order in orders)

    @pytest.mark.parametrize(
        "change",
        [
            {"side": Side.SELL},
            {"quantity": 2},
            {"ref": f"{POSITION}-3-1"},
            {"ref": f"{POSITION}-2-2"},
            {"order_type": OrderType.MARKET, "limit_price": None},
        ],
    )
    def test_what_does_not_fit_together_leaves_apart(self, change: dict[str, Any]) -> None:
        """Another side, number, leg or attempt, or no limit: these are orders of their own."""
        call, put = strangle().legs

        assert Combo.of((call, put)) == strangle()
        assert Combo.of((call, replace(put, **change))) is None
        assert Combo.of((call,)) is None


class Bench:
    """A combo that was sent, and what is told of it."""

    def __init__(self, folder: Path, limits: tuple[str, str] = ENOUGH) -> None:
        self.told: list[p.BrokerEvent] = []
        self.talk: Any = FakeTalk()
        self.contracts = contracts_with(CALL, PUT)
        for con_id, each in enumerate((CALL, PUT), start=11):
            listed: Any = self.contracts.known(each)
            listed.contract.conId, listed.contract.exchange, listed.contract.currency = con_id, "CME", "USD"
            self.contracts.note(listed.contract)
        self.orders = Orders(self.contracts, OrderIds(folder / "ids"), HandClock(OPENS))
        self.begin()
        self.orders.place(strangle(limits))

    def begin(self) -> None:
        """Connect."""
        self.orders.begin(self.talk, "DU1", CLIENT, emit=self.told.append, spawn=lambda _: None, doubt=lambda: None)

    @property
    def sent(self) -> list[str]:
        return [name for name, _ in self.talk.client.sent]

    @property
    def placed(self) -> tuple[int, Any, Any]:
        """Number, contract and order of the first that was sent."""
        number, contract, order = next(args for name, args in self.talk.client.sent if name == "placeOrder")
        return number, contract, order

    def status(self, status: str, filled: float = 0.0) -> None:
        hear = self.orders.callbacks()["orderStatus"]
        hear(self.placed[0], status, filled, 1 - filled, 0.0, PERM_ID, 0, 0.0, CLIENT, "", 0.0)

    def refs(self, kind: type[Any]) -> list[str]:
        """Return of which references an event was told."""
        return [event.ref for event in self.told if isinstance(event, kind)]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A combo on its way."""
    return Bench(tmp_path)


class TestSending:
    def test_is_one_order_that_names_its_legs(self, bench: Bench) -> None:
        """One contract of each leg, bought, on the legs' exchange; the price is that of both together."""
        _, contract, order = bench.placed

        assert (contract.secType, contract.symbol, contract.exchange, contract.currency) == ("BAG", "MES", "CME", "USD")
        assert [vars(leg) for leg in contract.comboLegs] == [
            {"conId": con_id, "ratio": 1, "action": "BUY", "exchange": "CME"} for con_id in (11, 12)
        ]
        assert vars(order) == {
            "action": "BUY",
            "totalQuantity": 1,
            "orderType": "LMT",
            "tif": "DAY",
            "account": "DU1",
            "orderRef": REF,
            "lmtPrice": 40.0,
        }
        assert bench.sent == ["placeOrder"]

    @pytest.mark.parametrize(
        ("limits", "price"),
        [(("1.65", "2.85"), 4.5), (("2.55", "2.45"), 5.0), (("4.95", "4.95"), 9.75), (("5.25", "0.05"), 5.25)],
    )
    def test_its_price_stands_on_the_grid_and_never_above_the_limits(
        self, tmp_path: Path, limits: tuple[str, str], price: float
    ) -> None:
        """The sum of two prices on a fine grid may lie between two steps of the coarser one."""
        assert Bench(tmp_path, limits).placed[2].lmtPrice == price

    @settings(deadline=None, max_examples=200)
    @given(ticks=st.tuples(st.integers(1, 200), st.integers(1, 200)))
    def test_any_two_limits_come_to_a_price_that_may_be_sent(self, ticks: tuple[int, int]) -> None:
        """On the grid, never above what both may cost, and less than one step below it."""
        spec = spec_of("MES")
        limits = [spec.ladder.floor(Decimal(each) * Decimal("0.05")) for each in ticks]
        listed = [Listed(contract=None, ladder=spec.ladder, last_trade=None)] * 2
        price = limit_of(strangle((str(limits[0]), str(limits[1]))), listed)

        assert price is not None
        assert spec.ladder.holds(price)
        assert 0 <= sum(limits) - price < spec.ladder.step(sum(limits, Decimal(0)))

    def test_is_sent_once(self, bench: Bench) -> None:
        """The same combo again stays here, and so does one of its legs alone."""
        bench.orders.place(strangle())
        bench.orders.place(strangle().legs[1])

        assert bench.sent == ["placeOrder"]

    def test_what_stayed_here_is_told_of_both_legs(self, bench: Bench) -> None:
        """It is certain for the one as for the other."""
        bench.orders.end("the link is down")
        again = tuple(replace(leg, ref=leg.ref[:-1] + "2") for leg in strangle().legs)
        bench.orders.place(Combo(legs=again))

        assert bench.refs(p.OrderNotSent) == [leg.ref for leg in again]
        assert bench.sent == ["placeOrder"]

    def test_one_leg_that_is_cancelled_before_it_left_keeps_both_here(self, bench: Bench) -> None:
        """It waits for its contracts to be found, and is withdrawn."""
        others = tuple(
            replace(leg, ref=leg.ref[:-1] + "2", contract=option(strike))
            for leg, strike in zip(strangle().legs, (6400, 6200), strict=True)
        )
        bench.orders._spawn = lambda work: work.close()
        bench.orders.place(Combo(legs=others))
        bench.orders.cancel(others[1].ref)

        assert bench.refs(p.OrderNotSent) == [leg.ref for leg in others]


class TestHearing:
    def test_a_status_is_told_of_each_leg(self, bench: Bench) -> None:
        """Acknowledged under one number of the broker's, and ended."""
        bench.status("Submitted")
        bench.status("Cancelled")

        assert bench.refs(p.OrderAcknowledged) == list(LEGS)
        assert {event.broker_id for event in bench.told if isinstance(event, p.OrderAcknowledged)} == {str(PERM_ID)}
        assert bench.refs(p.OrderCancelled) == list(LEGS)

    def test_a_refusal_is_told_of_each_leg(self, bench: Bench) -> None:
        """With its reason, where a parameter is wanted that we do not send (10043)."""
        assert bench.orders.on_code(bench.placed[0], 10043, "Missing parameter NonGuaranteed")
        bench.status("Inactive")

        rejected = [event for event in bench.told if isinstance(event, p.OrderRejected)]
        assert [event.ref for event in rejected] == list(LEGS)
        assert all("10043" in event.reason for event in rejected)

    def test_a_refusal_without_a_status_is_proven_by_absence(self, bench: Bench) -> None:
        """Where the broker lists a leg, the combo is there."""
        bench.orders.on_code(bench.placed[0], 201, "margin")
        bench.orders.settle_doubts({LEGS[1]})
        assert bench.told == []
        bench.orders.settle_doubts(set())

        assert bench.refs(p.OrderRejected) == list(LEGS)

    def test_two_cancels_are_one_to_the_broker(self, bench: Bench) -> None:
        """Each leg asks for its own end; a second one of the same leg is a new question."""
        bench.status("Submitted")
        for ref in LEGS:
            bench.orders.cancel(ref)
        assert bench.sent.count("cancelOrder") == 1

        bench.orders.cancel(LEGS[1])
        assert bench.sent.count("cancelOrder") == 2

    def test_a_cancel_that_found_nothing_is_answered_to_who_asked(self, bench: Bench) -> None:
        """A leg that was filled alone has asked for nothing."""
        bench.status("Submitted")
        bench.orders.cancel(LEGS[1])
        bench.orders.on_code(bench.placed[0], 10148, "cannot be cancelled")

        assert bench.refs(p.CancelRefused) == [LEGS[1]]

    def test_an_option_of_it_is_traded_under_the_leg_s_reference(self, bench: Bench) -> None:
        """By any of the names that an execution may leave, and the option."""
        number = bench.placed[0]
        bench.status("Submitted")

        for names in ((REF, 0, 0, 0), ("", PERM_ID, 0, 0), ("", 0, number, CLIENT)):
            assert [bench.orders.ref_of(*names, each) for each in (CALL, PUT)] == list(LEGS)

    def test_it_is_listed_by_its_legs(self, bench: Bench) -> None:
        """Open or over, what a comparison looks at are the orders of the journal, each with its own limit."""
        bench.status("Submitted")
        (known,) = bench.orders._known

        assert [(told.ref, told.contract, told.quantity, told.state) for told in known.as_told()] == [
            (LEGS[0], CALL, 1, OrderState.WORKING),
            (LEGS[1], PUT, 1, OrderState.WORKING),
        ]
        assert [told.limit_price for told in known.as_told()] == [Decimal(20)] * 2

    def test_one_of_ours_that_cannot_be_read_is_no_absent_one(self, bench: Bench) -> None:
        """Its legs are known to be no options of ours: the link ends with it."""
        legs = [SimpleNamespace(conId=con_id, ratio=1, action="BUY") for con_id in (11, 77)]
        bag = SimpleNamespace(secType="BAG", symbol="MES", comboLegs=legs)
        order = SimpleNamespace(
            whatIf=False,
            orderRef="LG-20250409-002-C-1",
            permId=5,
            clientId=CLIENT,
            totalQuantity=1,
            action="BUY",
            lmtPrice=1,
        )
        hear = bench.orders.callbacks()["openOrder"]
        hear(50, bag, order, None)
        assert bench.contracts.take_strange() == [77]
        bench.contracts._numbered[77] = None

        with pytest.raises(Exception, match="expected legs that are options on MES"):
            hear(50, bag, order, None)
        hear(51, bag, SimpleNamespace(**{**vars(order), "orderRef": "", "permId": 6}), None)
        assert [known.ref for known in bench.orders._known] == [REF]


def test_a_bag_s_own_execution_is_no_fill(bench: Bench) -> None:
    """Where the broker reports the combo besides its legs, the legs alone count."""
    assert bench.contracts.option_of(SimpleNamespace(secType="BAG", symbol="MES")) is None
    assert bench.contracts.option_of(contract_of(CALL)) == CALL


@pytest.mark.sockets
@pytest.mark.threads
class TestOverTcp:
    def test_both_legs_are_filled_under_their_own_references(self, made: Desk) -> None:
        """Acknowledged, executed and charged as if they had been sent apart; the gateway has one order."""
        made.port.place_combo(strangle())
        acknowledged = {made.expect(p.OrderAcknowledged).ref for _ in LEGS}
        fills = {made.expect(p.Commissioned).exec_id for _ in LEGS}

        found = made.snapshot()

        assert acknowledged == set(LEGS)
        assert {(each.order_ref, each.contract) for each in found.executions} == set(
            zip(LEGS, (CALL, PUT), strict=True)
        )
        assert {each.exec_id for each in found.executions} == fills
        assert {(order.ref, order.state, order.filled) for order in found.orders} == {
            (ref, OrderState.FILLED, 1) for ref in LEGS
        }
        assert set(found.positions) == {BrokerPosition(contract=each, quantity=1) for each in (CALL, PUT)}
        assert [ticket.order_ref for ticket in made.hub.tickets] == [REF]

    def test_it_is_bought_whole_or_not_at_all(self, made: Desk) -> None:
        """One leg's limit would do for that leg alone; together they are too dear, and it is cancelled by one leg."""
        made.port.place_combo(strangle(("2.00", "0.05")))
        for _ in LEGS:
            made.expect(p.OrderAcknowledged)
        made.wait(120)
        for ref in LEGS:
            made.port.cancel(ref)
        ended = {made.expect(p.OrderCancelled).ref for _ in LEGS}

        assert ended == set(LEGS)
        assert made.snapshot().executions == ()

    @pytest.mark.parametrize("how", ["inactive", "cancelled", "error"])
    def test_tells_why_it_was_refused(self, made: Desk, how: str) -> None:
        """10043 where the broker wants it non-guaranteed; however it ends, both legs are rejected with the reason."""
        made.play("refuse-order", code=10043, text="Missing parameter NonGuaranteed", how=how)
        made.port.place_combo(strangle())
        rejected = [made.expect(p.OrderRejected) for _ in LEGS]

        assert [event.ref for event in rejected] == list(LEGS)
        assert all("10043" in event.reason for event in rejected)

    @pytest.mark.parametrize("limits", [ENOUGH, LITTLE])
    def test_a_new_process_finds_the_legs_and_can_end_them(self, tmp_path: Path, limits: tuple[str, str]) -> None:
        """Filled or working: what another process has sent is split by looking the numbers of its legs up."""
        with desk(tmp_path) as made:
            made.connect()
            made.port.place_combo(strangle(limits))
            for _ in LEGS:
                made.expect(p.Commissioned if limits == ENOUGH else p.OrderAcknowledged)
            made.port.close()
            made.port.join(5)
            successor = Desk(made.hub, made.server, made.clock, made.settings)
            successor.connect()

            found = successor.snapshot()

            state = OrderState.FILLED if limits == ENOUGH else OrderState.WORKING
            assert [(order.ref, order.contract, order.state) for order in found.orders] == [
                (LEGS[0], CALL, state),
                (LEGS[1], PUT, state),
            ]
            assert {each.order_ref for each in found.executions} == (set(LEGS) if limits == ENOUGH else set())
            if limits == LITTLE:
                successor.port.cancel(LEGS[1])
                assert {successor.expect(p.OrderCancelled).ref for _ in LEGS} == set(LEGS)
            successor.port.close()
            assert successor.port.join(5)

    def test_one_whose_acknowledgement_was_swallowed_is_found(self, made: Desk) -> None:
        """It works without a word: the next connection's comparison has both legs."""
        made.play("swallow")
        made.port.place_combo(strangle(LITTLE))
        made.snapshot()
        made.connect()

        assert {(order.ref, order.state) for order in made.snapshot().orders} == {
            (ref, OrderState.WORKING) for ref in LEGS
        }

    def test_a_fill_behind_the_cancel_is_the_leg_s(self, made: Desk) -> None:
        """The end was told before the exchange had heard of it."""
        made.port.place_combo(strangle(("2.00", "0.05")))
        made.expect(p.OrderAcknowledged)
        made.play("cancel-late", seconds=600)
        made.port.cancel(LEGS[0])
        assert {made.expect(p.OrderCancelled).ref for _ in LEGS} == set(LEGS)

        made.let(_cheapen)
        fills = {made.expect(p.Executed).execution.order_ref for _ in LEGS}

        assert fills == set(LEGS)


def _cheapen(hub: Any) -> None:
    """Let what works be worth more than it costs."""
    for ticket in hub.tickets.living():
        hub.desk.modify(ticket, replace(ticket.terms, limit=Decimal(40)))
