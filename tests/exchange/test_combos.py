"""Orders that trade as one at the exchange: together within their limits, or not at all."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from lottogrid.brokers.port import BrokerEvent, OrderCancelled, OrderRejected
from lottogrid.exchange import matching
from lottogrid.exchange.profiles import profile_of
from lottogrid.exchange.store import Store
from lottogrid.exchange.values import VenueOrder
from lottogrid.market.contracts import OptionContract, Right
from lottogrid.market.quotes import Quote
from lottogrid.orders import Combo, OrderState
from tests.exchange.desk import OPENS, Desk, fills, option, order, reasons

CALL, PUT = option(6400), option(6200, Right.PUT)
LEGS = ("LG-20250409-001-1-1", "LG-20250409-001-2-1")
CENT = Decimal("0.05")


def _place(desk: Desk, *limits: Decimal, put: OptionContract = PUT, quantity: int = 1) -> list[BrokerEvent]:
    legs = [
        replace(order(ref, contract, quantity=quantity, limit=str(limit)), leg=number)
        for number, (ref, contract, limit) in enumerate(zip(LEGS, (CALL, put), limits, strict=True), start=1)
    ]
    desk.exchange.place_combo(Combo(legs=(legs[0], legs[1])), desk.now)
    return desk.hear(desk.now)


def _asks(desk: Desk) -> tuple[Decimal, Decimal]:
    return desk.ask(CALL), desk.ask(PUT)


def test_one_leg_may_cost_more_where_the_other_costs_less() -> None:
    """What counts is the sum; each leg pays its own offer."""
    desk = Desk()
    call, put = _asks(desk)

    events = _place(desk, call + CENT, put - CENT)

    assert [(each.order_ref, each.price) for each in fills(events)] == [(LEGS[0], call), (LEGS[1], put)]


def test_nothing_trades_while_together_they_cost_too_much() -> None:
    """Though one leg's own limit is met; with the market they come within it, at the end of a minute."""
    desk = Desk()
    call, put = _asks(desk)

    assert fills(_place(desk, call, put - 6 * CENT)) == []
    assert fills(desk.bar("6300", "6340", "6299", "6300")) == []  # on the way, each leg is cheap once
    for _ in range(60):
        events = desk.bar("6300")
        if fills(events):
            break

    found = {each.order_ref: each.price for each in fills(events)}
    assert found.keys() == set(LEGS)
    assert sum(found.values()) <= call + put - 6 * CENT


def test_the_cancel_of_one_leg_ends_both() -> None:
    """The second leg's own cancel, on its way already, finds them ended and says nothing."""
    desk = Desk()
    _place(desk, CENT, CENT)

    events = desk.cancel(LEGS[0]) + desk.cancel(LEGS[1])

    assert [event.ref for event in events if isinstance(event, OrderCancelled)] == list(LEGS)
    assert len(events) == 2


@pytest.mark.parametrize("profile", ["ideal", "paper"])
def test_a_leg_that_is_refused_refuses_the_other(profile: str) -> None:
    """Whichever comes first: neither works alone."""
    desk = Desk(profile=profile_of(profile))
    events = _place(desk, Decimal(20), Decimal(20), put=option(6262, Right.PUT)) + desk.wait(5)

    assert sorted(event.ref for event in events if isinstance(event, OrderRejected)) == sorted(LEGS)
    assert matching.UNKNOWN_CONTRACT in reasons(events)
    assert fills(events) == []
    assert [desk.state(ref) for ref in LEGS] == [OrderState.REJECTED] * 2


def test_what_one_leg_lacks_trades_later(tmp_path: Path) -> None:
    """A leg may be filled in pieces; what is left of it is still one with the other, also after a restart."""
    store = Store(tmp_path / "account.sqlite")
    desk = Desk(profile=replace(profile_of("paper"), displayed_size=(1, 1)), store=store)
    call, put = _asks(desk)
    _place(desk, call, put, quantity=3)
    desk.wait(0.5)
    assert [desk.held(each) for each in (CALL, PUT)] == [1, 1]

    again = Desk(profile=desk.profile, store=store, now=desk.now)
    again.wait(5)

    assert [again.held(each) for each in (CALL, PUT)] == [3, 3]
    assert [again.state(ref) for ref in LEGS] == [OrderState.FILLED] * 2
    store.close()


def test_legs_filled_at_different_times_stay_within_the_sum() -> None:
    """A leg waits while it costs more than the other has left of it, though both are offered within the sum now."""
    call, put = (
        VenueOrder(
            intent=order(ref, contract, quantity=2, limit="1"),
            arrives_at=OPENS,
            state=OrderState.WORKING,
            combo=",".join(LEGS),
        )
        for ref, contract in zip(LEGS, (CALL, PUT), strict=True)
    )
    call.state, call.filled = OrderState.FILLED, 2
    asks = {CALL: Decimal("0.5"), PUT: Decimal("1.2")}

    def price(paid: str) -> Decimal | None:
        return matching.combo_price(
            put, [call, put], lambda each: Quote(each, OPENS, None, asks[each]), paid=Decimal(paid)
        )

    assert price("1.6") == Decimal("1.2")  # the call was bought at 0.8: 0.8 and 1.2 come to the 2 of the limits
    assert price("1.8") is None
