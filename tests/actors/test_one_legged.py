"""A leg that was filled alone, and an entry that is helped along: the real position and ledger, a broker by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

from lottogrid.entering import EntryPolicy, LoneLeg
from lottogrid.ledger.records import PositionMoved
from lottogrid.orders import OrderState, Purpose
from lottogrid.positions import LegState, PositionState
from lottogrid.risk.reasons import Reason
from tests.replay.street import COMMISSION, Street

CALL, PUT = 0, 1


@contextmanager
def _street(policy: EntryPolicy, quantity: int = 1) -> Iterator[Street]:
    """Yield a position whose two entries work at the broker, at 2 points each."""
    street = Street(quantity, policy)
    street.wait(1)
    _hear(street)
    yield street
    street.close()


def _hear(street: Street) -> None:
    while street.desk.unheard:
        street.hear(0)


def _wait(street: Street, seconds: int) -> None:
    for _ in range(seconds):
        street.wait(1)
        _hear(street)


def _fill(street: Street, leg: int, quantity: int = 1) -> None:
    ref = street.position.legs[leg].orders[-1].intent.ref
    street.desk.fill(street.desk.orders[ref], quantity)
    _hear(street)


def _limits(street: Street, leg: int) -> list[tuple[int, Decimal | None]]:
    return [(order.intent.quantity, order.intent.limit_price) for order in street.position.legs[leg].entries]


def _moves(street: Street) -> list[str]:
    return [row.record.trigger for row in street.ledger.journal(kind=PositionMoved.__name__)]  # type: ignore[union-attr]


def test_by_default_a_lone_leg_is_kept_with_its_target() -> None:
    """It is a state of its own that lasts; nothing is sent for the missing leg."""
    with _street(EntryPolicy()) as street:
        _fill(street, CALL)
        assert street.position.state is PositionState.ENTRY_SENT
        _wait(street, 120)

        assert street.position.state is PositionState.ONE_LEGGED
        assert [leg.state for leg in street.position.legs] == [LegState.TARGET_WORKING, LegState.EMPTY]
        assert _limits(street, PUT) == [(1, Decimal(2))]


def test_a_late_fill_makes_a_lone_leg_a_strangle_again() -> None:
    """The broker's fill behind the end of the order is a leg like any other."""
    with _street(EntryPolicy()) as street:
        _fill(street, CALL)
        _wait(street, 40)
        _fill(street, PUT)

        assert street.position.state is PositionState.OPEN


def test_a_lone_leg_is_sold_where_the_policy_says_so() -> None:
    """Its target is cancelled, the proof waited for, and it goes at the bid; the journal says why."""
    with _street(EntryPolicy(lone_leg=LoneLeg.SELL)) as street:
        street.market.bid = Decimal("1.50")
        _fill(street, CALL)
        _wait(street, 40)

        sale = street.position.legs[CALL].orders[-1].intent
        assert (sale.purpose, sale.limit_price) == (Purpose.EXIT, Decimal("1.50"))
        assert street.position.legs[CALL].orders[-2].state is OrderState.CANCELLED
        _fill(street, CALL)
        assert street.position.state is PositionState.CLOSED
        exits = [row.record for row in street.ledger.journal(kind=PositionMoved.__name__)]
        assert [each.reason for each in exits if isinstance(each, PositionMoved) and each.trigger == "exit"] == [
            Reason.LONE_LEG
        ]


def test_two_legs_that_were_bought_are_not_sold_by_that_policy() -> None:
    """It speaks of lone legs."""
    with _street(EntryPolicy(lone_leg=LoneLeg.SELL)) as street:
        _fill(street, CALL)
        _fill(street, PUT)
        _wait(street, 40)

        assert street.position.state is PositionState.OPEN


def test_a_missing_leg_is_chased_to_the_offer_and_the_strangle_is_whole() -> None:
    """After the timeout, one order after the other at what it is offered at, until it is filled."""
    policy = EntryPolicy(lone_leg=LoneLeg.CHASE, chases=3, every=timedelta(seconds=10), commission_usd=COMMISSION)
    with _street(policy) as street:
        _fill(street, CALL)
        street.market.bid = Decimal("2.25")
        _wait(street, 36)
        assert street.position.state is PositionState.ONE_LEGGED
        street.market.bid = Decimal("3.00")
        _wait(street, 10)
        _fill(street, PUT)

        assert _limits(street, PUT) == [(1, Decimal(2)), (1, Decimal("2.25")), (1, Decimal("3.00"))]
        assert street.position.state is PositionState.OPEN
        assert [leg.state for leg in street.position.legs] == [LegState.TARGET_WORKING] * 2
        assert _moves(street)[-2:] == ["lone", "opened"]


def test_after_a_combo_a_missing_leg_is_chased_by_itself() -> None:
    """Both entries leave as one; the leg that its end has left without a fill gets an order of its own."""
    policy = EntryPolicy(
        as_combo=True, lone_leg=LoneLeg.CHASE, chases=3, every=timedelta(seconds=10), commission_usd=COMMISSION
    )
    with _street(policy) as street:
        assert street.desk.combos == [f"{street.position.position_id}-C-1"]
        _fill(street, CALL)
        street.market.bid = Decimal("2.25")
        _wait(street, 36)
        _fill(street, PUT)

        assert _limits(street, PUT) == [(1, Decimal(2)), (1, Decimal("2.25"))]
        assert street.position.state is PositionState.OPEN
        assert len(street.desk.combos) == 1


def test_a_chase_in_vain_ends_in_a_sale_where_the_policy_says_so() -> None:
    """So many orders, each for so long; then what is held goes."""
    policy = EntryPolicy(
        lone_leg=LoneLeg.CHASE, chases=2, every=timedelta(seconds=10), sells_after_chase=True, commission_usd=COMMISSION
    )
    with _street(policy) as street:
        street.market.bid = Decimal("2.25")
        _fill(street, CALL)
        _wait(street, 75)

        assert _limits(street, PUT) == [(1, Decimal(2)), (1, Decimal("2.25")), (1, Decimal("2.25"))]
        assert street.position.state is PositionState.EXIT_SENT
        assert street.position.legs[CALL].orders[-1].intent.purpose is Purpose.EXIT


def test_a_chase_without_an_offer_is_given_up() -> None:
    """What it would cost is not known: nothing is sent blindly."""
    with _street(EntryPolicy(lone_leg=LoneLeg.CHASE, chases=3)) as street:
        _fill(street, CALL)
        _wait(street, 45)

        assert _limits(street, PUT) == [(1, Decimal(2))]
        assert street.position.legs[PUT].state is LegState.EMPTY


def test_a_repriced_entry_replaces_what_was_left_unfilled() -> None:
    """Cancelled, its end proven, and only then what is missing at the present offer; the filled part counts."""
    with _street(EntryPolicy(reprices=1, every=timedelta(seconds=10), commission_usd=COMMISSION), quantity=2) as street:
        _fill(street, CALL)
        street.market.bid = Decimal("2.25")
        _wait(street, 14)

        assert _limits(street, CALL) == [(2, Decimal(2)), (1, Decimal("2.25"))]
        assert _limits(street, PUT) == [(2, Decimal(2)), (2, Decimal("2.25"))]
        assert [leg.orders[0].state for leg in street.position.legs] == [OrderState.CANCELLED] * 2
        _wait(street, 40)
        assert street.position.legs[CALL].state is LegState.TARGET_WORKING
        assert street.position.legs[CALL].held == 1
        assert street.position.legs[PUT].state is LegState.EMPTY


def test_nothing_is_ordered_again_before_the_end_of_the_first_is_proven() -> None:
    """A cancel that is not answered is no end."""
    with _street(EntryPolicy(reprices=1, every=timedelta(seconds=5))) as street:
        street.market.bid = Decimal("2.25")
        start = street.runtime.clock.now()
        street.runtime.run_until(start + timedelta(seconds=8))

        assert len(street.desk.cancels) == 2
        assert [leg.orders[-1].state for leg in street.position.legs] == [OrderState.CANCELLING] * 2
        assert all(len(leg.orders) == 1 for leg in street.position.legs)


def test_an_entry_whose_offer_stands_is_left_alone() -> None:
    """No nearer limit is to be had: it keeps its place until the timeout."""
    with _street(EntryPolicy(reprices=3, every=timedelta(seconds=5))) as street:
        street.market.bid = Decimal(2)
        _wait(street, 25)

        assert [order.state for leg in street.position.legs for order in leg.orders] == [OrderState.WORKING] * 2
