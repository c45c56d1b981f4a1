"""What should happen next to a leg: pure rules over what the ledger holds of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from lottogrid import planning
from lottogrid.market.contracts import Right, spec_of
from lottogrid.orders import Execution, OrderIntent, OrderState, OrderType, Purpose, Side
from lottogrid.planning import CancelWish
from lottogrid.positions import LegPlan, LegRecord, LegState, OrderRecord
from tests.strategies.made import NOON, option, quote

LADDER = spec_of("MES").ladder
CALL = option(Right.CALL, 6350)
PLAN = LegPlan(
    number=1, contract=CALL, side=Side.BUY, quantity=2, limit_price=Decimal("1.50"), target_price=Decimal("6.00")
)


def _order(attempt: int, purpose: Purpose, state: OrderState, filled: int = 0, price: str = "1.50") -> OrderRecord:
    side = Side.BUY if purpose is Purpose.ENTRY else Side.SELL
    intent = OrderIntent(
        ref=f"LG-20250409-001-1-{attempt}",
        position_id="LG-20250409-001",
        leg=1,
        contract=CALL,
        side=side,
        quantity=2,
        order_type=OrderType.LIMIT,
        limit_price=Decimal(price),
        purpose=purpose,
        created_at=NOON,
    )
    execution = Execution(
        exec_id=f"E-{attempt}",
        order_ref=intent.ref,
        contract=CALL,
        side=side,
        quantity=filled,
        price=Decimal(price),
        at=NOON + timedelta(seconds=attempt),
    )
    executions = (execution,) if filled else ()
    return OrderRecord(intent=intent, state=state, changed_at=NOON, executions=executions)


BOUGHT = _order(1, Purpose.ENTRY, OrderState.FILLED, filled=2)


def _leg(state: LegState, *orders: OrderRecord) -> LegRecord:
    return LegRecord(plan=PLAN, state=state, orders=orders)


def _cancel(leg: LegRecord, *, closing: bool = False, after: float = 0) -> CancelWish | None:
    return planning.cancel_wish(
        leg,
        closing=closing,
        entry_since=timedelta(seconds=30),
        exit_since=timedelta(seconds=15),
        lowest=LADDER.smallest,
        now=NOON + timedelta(seconds=after),
    )


@pytest.mark.parametrize(
    ("leg", "closing", "trigger"),
    [
        (_leg(LegState.PLANNED), False, None),
        (_leg(LegState.PLANNED), True, "never_bought"),
        (_leg(LegState.ENTERING, _order(1, Purpose.ENTRY, OrderState.WORKING, filled=1)), True, None),
        (_leg(LegState.ENTERING, _order(1, Purpose.ENTRY, OrderState.UNKNOWN)), False, "lose_track"),
        (_leg(LegState.ENTRY_UNKNOWN, _order(1, Purpose.ENTRY, OrderState.UNKNOWN)), False, None),
        (_leg(LegState.ENTRY_UNKNOWN, _order(1, Purpose.ENTRY, OrderState.WORKING)), False, "find_track"),
        (_leg(LegState.ENTERING, _order(1, Purpose.ENTRY, OrderState.CANCELLED, filled=1)), False, "bought"),
        (_leg(LegState.ENTERING, _order(1, Purpose.ENTRY, OrderState.REJECTED)), False, "never_bought"),
        (_leg(LegState.EMPTY, _order(1, Purpose.ENTRY, OrderState.CANCELLED, filled=1)), False, "late_fill"),
        (_leg(LegState.TARGET_WORKING, BOUGHT, _order(2, Purpose.TARGET, OrderState.WORKING)), True, None),
        (_leg(LegState.TARGET_WORKING, BOUGHT, _order(2, Purpose.TARGET, OrderState.FILLED, filled=2)), False, "sold"),
        (_leg(LegState.TARGET_WORKING, BOUGHT, _order(2, Purpose.TARGET, OrderState.CANCELLED)), True, "target_gone"),
        (_leg(LegState.TARGET_WORKING, BOUGHT, _order(2, Purpose.TARGET, OrderState.UNKNOWN)), False, "lose_track"),
        (_leg(LegState.EXIT_UNKNOWN, BOUGHT, _order(2, Purpose.TARGET, OrderState.WORKING)), False, "work_target"),
        (_leg(LegState.EXIT_UNKNOWN, BOUGHT, _order(2, Purpose.EXIT, OrderState.WORKING)), True, "find_track"),
        (_leg(LegState.EXITING, BOUGHT, _order(2, Purpose.EXIT, OrderState.CANCELLED, filled=1)), True, "exit_gone"),
        (_leg(LegState.EXITING, BOUGHT, _order(2, Purpose.EXIT, OrderState.FILLED, filled=2)), True, "sold"),
        (_leg(LegState.HELD, BOUGHT), False, None),
    ],
)
def test_the_state_follows_the_facts(leg: LegRecord, closing: bool, trigger: str | None) -> None:
    """Every state asks the orders and executions where it should stand."""
    assert planning.leg_trigger(leg, closing=closing) == trigger


def test_a_target_is_a_multiple_of_what_was_paid_on_the_ladder() -> None:
    """4 x 1.53 average is 6.12, which above 5 points is 6.25 on the ladder."""
    dearer = _order(1, Purpose.ENTRY, OrderState.CANCELLED, filled=1, price="1.55")
    leg = _leg(LegState.HELD, dearer, _order(2, Purpose.ENTRY, OrderState.FILLED, filled=1, price="1.50"))

    wish = planning.target_wish(leg, Decimal(4), LADDER)

    assert wish is not None
    assert (wish.quantity, wish.limit_price) == (2, Decimal("6.25"))


def test_no_second_order_while_one_lives() -> None:
    """Never two live orders of one leg, whatever state it is thought to be in."""
    leg = _leg(LegState.HELD, BOUGHT, _order(2, Purpose.TARGET, OrderState.UNKNOWN))

    assert planning.target_wish(leg, Decimal(4), LADDER) is None
    assert planning.exit_wish(leg, None, LADDER) is None


@pytest.mark.parametrize(
    ("bid", "exits", "price"),
    [("0.80", 0, "0.80"), (None, 0, "0.05"), ("0.80", 1, "0.05")],
    ids=["at the bid", "no bid", "again"],
)
def test_an_exit_begins_at_the_bid_and_then_takes_any_price(bid: str | None, exits: int, price: str) -> None:
    """The second sale stands at the lowest price there is: it trades at the bid, or rests where nobody bids."""
    gone = [_order(2 + n, Purpose.EXIT, OrderState.CANCELLED) for n in range(exits)]
    wish = planning.exit_wish(_leg(LegState.HELD, BOUGHT, *gone), quote(CALL, bid, "0.90"), LADDER)

    assert wish is not None
    assert wish.limit_price == Decimal(price)


@pytest.mark.parametrize(
    ("order", "closing", "after", "cancelled"),
    [
        (_order(1, Purpose.ENTRY, OrderState.WORKING), False, 29, False),
        (_order(1, Purpose.ENTRY, OrderState.WORKING), False, 30, True),
        (_order(1, Purpose.ENTRY, OrderState.WORKING), True, 0, True),
        (_order(1, Purpose.ENTRY, OrderState.SENT), True, 60, False),
        (_order(1, Purpose.ENTRY, OrderState.UNKNOWN), True, 60, False),
        (_order(1, Purpose.ENTRY, OrderState.CANCELLING), True, 60, False),
        (_order(2, Purpose.TARGET, OrderState.WORKING), False, 9999, False),
        (_order(2, Purpose.TARGET, OrderState.WORKING), True, 0, True),
        (_order(2, Purpose.EXIT, OrderState.WORKING, price="0.80"), True, 14, False),
        (_order(2, Purpose.EXIT, OrderState.WORKING, price="0.80"), True, 15, True),
        (_order(2, Purpose.EXIT, OrderState.WORKING, price="0.05"), True, 9999, False),
    ],
)
def test_only_a_working_order_that_stands_in_the_way_is_cancelled(
    order: OrderRecord, closing: bool, after: float, cancelled: bool
) -> None:
    """What has not been answered is not cancelled: its outcome must be known first."""
    state = LegState.ENTERING if order.intent.purpose is Purpose.ENTRY else LegState.EXITING
    entries = () if order.intent.purpose is Purpose.ENTRY else (BOUGHT,)

    assert (_cancel(_leg(state, *entries, order), closing=closing, after=after) is not None) is cancelled


def test_a_target_that_covers_too_little_is_replaced() -> None:
    """A late fill of the entry makes the target too small."""
    late = _order(3, Purpose.ENTRY, OrderState.CANCELLED, filled=1)
    leg = _leg(LegState.TARGET_WORKING, BOUGHT, _order(2, Purpose.TARGET, OrderState.WORKING), late)

    assert _cancel(leg) == CancelWish("LG-20250409-001-1-2")


def test_refused_orders_are_tried_again_after_growing_waits() -> None:
    """5, 10, then every 20 seconds after the last refusal; a filled or cancelled order ends the count."""
    refused = [_order(2 + n, Purpose.TARGET, OrderState.REJECTED) for n in range(7)]
    waits = [planning.retry_at(_leg(LegState.HELD, BOUGHT, *refused[: n + 1])) for n in range(7)]

    assert [(wait - NOON).total_seconds() for wait in waits if wait] == [5, 10, 20, 20, 20, 20, 20]
    assert planning.retry_at(_leg(LegState.HELD, BOUGHT)) is None
    cancelled = replace(refused[-1], state=OrderState.CANCELLED)
    assert planning.retry_at(_leg(LegState.HELD, BOUGHT, *refused[:2], cancelled)) is None
