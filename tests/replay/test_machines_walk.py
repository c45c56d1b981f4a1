"""One position's whole life against a broker who may do anything a broker can: nothing is ever short or forgotten."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from decimal import Decimal

from hypothesis import example, given, settings
from hypothesis import strategies as st

from actors import messages as m
from lottogrid.brokers.port import OrderNotSent
from lottogrid.entering import EntryPolicy, LoneLeg
from lottogrid.orders import OrderState, Side
from tests.replay.street import COMMISSION, CONTRACTS, DAY, ID, SPEC, Held, Street

WAITS = (1, 4, 12, 31)
MOST_KILLS = 3
PATIENCE = 180
"""Seconds in which a behaving broker brings order: twice the longest wait after refused orders."""


def working(street: Street) -> list[Held]:
    """Return the orders that may trade."""
    return [order for order in street.desk.orders.values() if order.state is OrderState.WORKING]


def take(street: Street, number: int) -> None:
    """An order arrives and works."""
    if street.desk.in_flight:
        street.desk.take(street.desk.in_flight.pop(number % len(street.desk.in_flight)))


def refuse(street: Street, number: int) -> None:
    """An order arrives and is rejected."""
    if street.desk.in_flight:
        take(street, number)
        street.desk.unheard.pop()
        street.desk.end(list(street.desk.orders.values())[-1], OrderState.REJECTED)


def lose(street: Street, number: int) -> None:
    """An order is lost on its way."""
    if street.desk.in_flight:
        street.desk.in_flight.pop(number % len(street.desk.in_flight))


def stay(street: Street, number: int) -> None:
    """An order does not leave, and that is known."""
    if street.desk.in_flight:
        intent = street.desk.in_flight.pop(number % len(street.desk.in_flight))
        street.say(m.LEDGER, OrderNotSent(intent.ref, "a test", street.runtime.clock.now()))


def fill(street: Street, number: int) -> None:
    """An order trades, in part or in full."""
    orders = working(street)
    if orders:
        order = orders[number % len(orders)]
        street.desk.fill(order, 1 + number % order.remaining)


def fill_late(street: Street, number: int) -> None:
    """An entry trades although it had ended."""
    ended = (OrderState.CANCELLED, OrderState.REJECTED)
    orders = [order for order in street.desk.orders.values() if order.state in ended and order.remaining]
    entries = [order for order in orders if order.intent.side is Side.BUY]
    if entries:
        order = entries[number % len(entries)]
        street.desk.fill(order, 1 + number % order.remaining)


def cancel(street: Street, number: int) -> None:
    """A cancel arrives."""
    if street.desk.cancels:
        street.desk.answer_cancel(street.desk.cancels.pop(number % len(street.desk.cancels)))


def lose_cancel(street: Street, number: int) -> None:
    """A cancel is lost on its way."""
    if street.desk.cancels:
        street.desk.cancels.pop(number % len(street.desk.cancels))


def end(street: Street, number: int) -> None:
    """The broker ends an order without being asked."""
    orders = working(street)
    if orders:
        street.desk.end(orders[number % len(orders)], OrderState.CANCELLED)


def hear(street: Street, number: int) -> None:
    """An event is heard, in any order."""
    if street.desk.unheard:
        street.hear(number % len(street.desk.unheard))


def hear_twice(street: Street, number: int) -> None:
    """An event is heard, and will be again."""
    if street.desk.unheard:
        street.say(m.LEDGER, street.desk.unheard[number % len(street.desk.unheard)])


def miss(street: Street, number: int) -> None:
    """An event is lost, as it may be with the link."""
    if street.desk.unheard:
        street.desk.unheard.pop(number % len(street.desk.unheard))
        street.has_missed = True


def wait(street: Street, number: int) -> None:
    """Time passes."""
    street.wait(WAITS[number % len(WAITS)])


def compare(street: Street, _: int) -> None:
    """The link was lost and is back."""
    street.has_missed = False
    street.say(m.BROKER, m.Resync())
    street.say(m.POSITIONS, m.BrokerStateChanged(True, "a test", street.runtime.clock.now()))


def kill(street: Street, number: int) -> None:
    """The position's actor dies now and then, before or after the effects of a message."""
    if number < 4 and street.runtime.cells[ID].generation <= MOST_KILLS:
        street.kill.at, street.kill.done = street.kill.seen + 1, False
        street.kill.after_effects = bool(number % 2)
        street.say(ID, m.Reconsider())
        street.kill.done = True


def flatten(street: Street, number: int) -> None:
    """Once in a while the flatten time comes, with or without quotes."""
    if number > 1:
        return
    street.market.bid = Decimal(1) if number else None
    street.flatten()


ACTS: tuple[Callable[[Street, int], None], ...] = (
    *(take, take, take, take, fill, fill, fill, hear, hear, hear, hear, hear, hear, cancel, wait, wait),
    *(refuse, lose, stay, fill_late, lose_cancel, end, hear_twice, miss, compare, kill, flatten),
)


def check(street: Street) -> None:
    """Hold what must be true at any moment against the broker's truth and against the ledger."""
    desk = street.desk
    assert street.runtime.crashes == []
    assert desk.breaks == []
    assert "Halt" not in {letter.message for letter in street.runtime.dead_letters}
    live = Counter(order.intent.leg for order in working(street)) + Counter(intent.leg for intent in desk.in_flight)
    assert all(count == 1 for count in live.values()), live
    assert all(desk.holding(contract) >= 0 for contract in CONTRACTS)
    for leg in street.position.legs:
        assert 0 <= leg.held <= leg.plan.quantity
        assert len(leg.live_orders) <= 1
        assert all(order.filled <= order.intent.quantity for order in leg.orders)


def come_to_rest(street: Street, *, buyers: bool) -> None:
    """End the day with a broker who behaves: flatten, close, settlement, and a last look at the books."""
    if street.has_missed:
        compare(street, 0)
    flatten(street, 1)
    for _ in range(PATIENCE):
        street.wait(1)
        for order in working(street):
            if buyers and order.intent.side is Side.SELL:
                street.desk.fill(order, order.remaining)
        while street.desk.unheard:
            street.hear(0)
        check(street)
    live = [order.state for leg in street.position.legs for order in leg.live_orders]
    assert set(live) <= {OrderState.WORKING}, "nothing stays unknown for long"
    assert street.position.state.is_final or not buyers, "what can be sold is sold"
    street.runtime.run_until(DAY.closes)
    street.desk.settle()
    while street.desk.unheard:
        street.hear(0)
    compare(street, 0)
    street.wait(60)
    check(street)


def offer(street: Street, number: int) -> None:
    """The options are offered elsewhere."""
    street.market.bid = Decimal(number + 4) / 4


HELPED = (*(act for act in ACTS if act is not fill_late), offer, offer, end, wait)
"""A fill behind the proof of an end would be a fill too much, once what was left has been ordered again."""

policies = st.builds(
    EntryPolicy,
    as_combo=st.booleans(),
    every=st.sampled_from((timedelta(seconds=5), timedelta(seconds=15))),
    reprices=st.integers(0, 3),
    lone_leg=st.sampled_from(LoneLeg),
    chases=st.integers(0, 3),
    sells_after_chase=st.booleans(),
    commission_usd=st.just(COMMISSION),
)


@given(
    quantity=st.integers(1, 3),
    policy=policies,
    acts=st.lists(st.tuples(st.sampled_from(HELPED), st.integers(0, 11)), min_size=20, max_size=90),
    buyers=st.booleans(),
)
@settings(deadline=None, max_examples=60)
def test_an_entry_that_is_helped_along_pays_no_more_than_was_reserved(
    quantity: int, policy: EntryPolicy, acts: list[tuple[Callable[[Street, int], None], int]], buyers: bool
) -> None:
    """Whatever the policy and whatever the broker does: within the reserve, limits only rise, never two orders."""
    with closing(Street(quantity, policy)) as street:
        for act, number in acts:
            act(street, number)
            check(street)
        come_to_rest(street, buyers=buyers)

        paid = sum(
            each.price * each.quantity * SPEC.multiplier for each in street.desk.executions if each.side is Side.BUY
        )
        assert paid + 4 * quantity * COMMISSION <= street.position.reserved_usd
        assert street.position.state.is_final
        for leg in street.position.legs:
            limits = [order.intent.limit_price or Decimal(0) for order in leg.entries]
            assert limits == sorted(limits)
            assert len(limits) <= 1 + policy.reprices + (policy.chases if policy.lone_leg is LoneLeg.CHASE else 0)


REOPENED = [
    *([(take, 0)] * 4 + [(hear, 0), (flatten, 0), (cancel, 0), (miss, 0), (fill, 0), (hear, 0), (hear, 0), (wait, 1)]),
    *([(fill, 0)] + [(hear, 0)] * 3 + [(fill_late, 0), (hear, 1), (wait, 1), (fill, 0)]),
]
"""A late fill opens what was over; it is sold, and the comparison names a commission before the position has closed."""


@example(quantity=1, acts=REOPENED, buyers=True)
@example(quantity=1, acts=REOPENED, buyers=False)
@given(
    quantity=st.integers(1, 3),
    acts=st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 11)), min_size=20, max_size=90),
    buyers=st.booleans(),
)
@settings(deadline=None, max_examples=100)
def test_whatever_the_broker_does_the_position_ends_flat(
    quantity: int, acts: list[tuple[Callable[[Street, int], None], int]], buyers: bool
) -> None:
    """Never short, never two live orders of a leg, nothing overfilled, no machine refuses a step, and an end to it."""
    with closing(Street(quantity)) as street:
        for act, number in acts:
            act(street, number)
            check(street)
        come_to_rest(street, buyers=buyers)

        position, orders = street.position, [order for leg in street.position.legs for order in leg.orders]
        assert position.state.is_final
        assert all(leg.state.is_final and leg.held == 0 for leg in position.legs)
        assert all(order.state.is_final for order in orders)
        booked = [execution.exec_id for order in orders for execution in order.executions]
        assert sorted(booked) == sorted(execution.exec_id for execution in street.desk.executions)
        assert street.ledger.commissions_unknown() == 0
