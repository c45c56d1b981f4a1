"""Helping an entry along: pure rules, which never pay beyond the reserve and never go back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lottogrid import entering
from lottogrid.entering import EntryPolicy, LoneLeg
from lottogrid.market.contracts import Right, spec_of
from lottogrid.orders import Execution, OrderIntent, OrderState, OrderType, Purpose, Side
from lottogrid.positions import LegPlan, LegRecord, LegState, OrderRecord, PositionRecord, PositionState
from tests.strategies.made import NOON, ON, option

SPEC = spec_of("MES")
CONTRACTS = (option(Right.CALL, 6350), option(Right.PUT, 6250))
REPRICING = EntryPolicy(reprices=2, every=timedelta(seconds=10), commission_usd=Decimal("0.62"))
CHASING = EntryPolicy(lone_leg=LoneLeg.CHASE, chases=2, commission_usd=Decimal("0.62"))


def _leg(number: int, state: LegState, *orders: OrderRecord, quantity: int = 2) -> LegRecord:
    plan = LegPlan(
        number=number,
        contract=CONTRACTS[number - 1],
        side=Side.BUY,
        quantity=quantity,
        limit_price=Decimal("1.50"),
        target_price=Decimal("6.00"),
    )
    return LegRecord(plan=plan, state=state, orders=orders)


def _entry(
    leg: int, attempt: int, state: OrderState, *, price: str = "1.50", quantity: int = 2, filled: int = 0, at: float = 0
) -> OrderRecord:
    created = NOON + timedelta(seconds=at)
    intent = OrderIntent(
        ref=f"LG-20250409-001-{leg}-{attempt}",
        position_id="LG-20250409-001",
        leg=leg,
        contract=CONTRACTS[leg - 1],
        side=Side.BUY,
        quantity=quantity,
        order_type=OrderType.LIMIT,
        limit_price=Decimal(price),
        purpose=Purpose.ENTRY,
        created_at=created,
    )
    execution = Execution(
        exec_id=f"E-{leg}-{attempt}",
        order_ref=intent.ref,
        contract=intent.contract,
        side=Side.BUY,
        quantity=filled,
        price=intent.limit_price or Decimal(0),
        at=created,
    )
    return OrderRecord(intent=intent, state=state, changed_at=created, executions=(execution,) if filled else ())


def _position(
    *legs: LegRecord, reserved: str = "50", state: PositionState = PositionState.ENTRY_SENT
) -> PositionRecord:
    return PositionRecord(
        position_id="LG-20250409-001",
        trading_date=ON,
        level=Decimal("1.25"),
        state=state,
        planned_at=NOON,
        changed_at=NOON,
        reserved_usd=Decimal(reserved),
        target_multiple=Decimal(4),
        legs=legs,
    )


BOUGHT = _leg(1, LegState.HELD, _entry(1, 1, OrderState.FILLED, filled=2))
MISSED = _leg(2, LegState.ENTERING, _entry(2, 1, OrderState.CANCELLED))


def _again(policy: EntryPolicy, leg: LegRecord, other: LegRecord = BOUGHT, after: float = 0) -> bool:
    return entering.may_try_again(_position(other, leg), leg, policy, NOON + timedelta(seconds=after))


def test_by_default_an_entry_has_one_order() -> None:
    """Neither within its timeout nor for the sake of the other leg is there another."""
    assert not _again(EntryPolicy(), MISSED, after=5)
    assert not _again(EntryPolicy(), MISSED, after=31)
    assert not EntryPolicy().may_pay_more


def test_a_limit_is_moved_as_often_as_the_policy_says_and_within_the_timeout() -> None:
    """Two reprices make three orders."""
    orders = [_entry(2, n + 1, OrderState.CANCELLED, at=10 * n) for n in range(3)]

    assert [_again(REPRICING, _leg(2, LegState.ENTERING, *orders[: n + 1]), after=20) for n in range(3)] == [1, 1, 0]
    assert not _again(REPRICING, _leg(2, LegState.ENTERING, orders[0]), after=30)


def test_a_missing_leg_is_chased_only_for_one_that_is_held() -> None:
    """Alone, both legs time out; and what was sold meanwhile needs no company."""
    missed_too = _leg(1, LegState.ENTERING, _entry(1, 1, OrderState.CANCELLED))
    sale = replace(BOUGHT.executions[0], exec_id="S", side=Side.SELL, order_ref="")

    assert _again(CHASING, MISSED, after=30)
    assert not _again(CHASING, MISSED, after=29)
    assert not _again(CHASING, MISSED, missed_too, after=30)
    assert not _again(CHASING, MISSED, replace(BOUGHT, settlements=(sale,)), after=30)


def test_a_chase_has_an_end() -> None:
    """Two orders after the timeout, and no more."""
    late = [_entry(2, 2 + n, OrderState.CANCELLED, at=30 + 15 * n) for n in range(2)]

    assert _again(CHASING, _leg(2, LegState.ENTERING, *MISSED.orders, late[0]), after=45)
    assert not _again(CHASING, _leg(2, LegState.ENTERING, *MISSED.orders, *late), after=59)


def test_a_chase_without_an_offer_ends_when_its_orders_would_have() -> None:
    """A clock that was put forward and right again makes minutes of it, and prices of another market."""
    assert _again(CHASING, MISSED, after=59)
    assert not _again(CHASING, MISSED, after=60)


@pytest.mark.parametrize("state", [OrderState.REJECTED, OrderState.ABSENT])
def test_what_was_refused_is_not_repriced(state: OrderState) -> None:
    """A nearer price would not have helped it."""
    assert not _again(REPRICING, _leg(2, LegState.ENTERING, _entry(2, 1, state)), after=5)


def test_the_last_order_ends_with_the_timeout_of_the_first() -> None:
    """Repricing gives an entry no more time; the orders of a chase have one of their own."""
    repriced = _leg(2, LegState.ENTERING, *MISSED.orders, _entry(2, 2, OrderState.WORKING, at=12))
    chased = _leg(2, LegState.ENTERING, *MISSED.orders, _entry(2, 2, OrderState.WORKING, at=31))

    assert entering.lasts(MISSED, REPRICING) == timedelta(seconds=30)
    assert entering.lasts(repriced, REPRICING) == timedelta(seconds=18)
    assert entering.lasts(chased, CHASING) == CHASING.every


@pytest.mark.parametrize(
    ("ask", "reserved", "limit"),
    [
        ("1.60", "50", "1.60"),
        ("1.60", "35.40", "1.50"),
        ("2.90", "50", "2.90"),
        ("9.00", "50", "3.00"),
        ("1.40", "50", "1.50"),
        ("9.00", "34.95", None),
        (None, "50", None),
    ],
    ids=["the offer", "what is left reaches no step", "far", "the reserve", "never back", "spent", "no offer"],
)
def test_a_chase_goes_to_the_offer_within_the_reserve(ask: str | None, reserved: str, limit: str | None) -> None:
    """$50 less 8 commissions of $0.62 and less $15 for the other leg leave 3.004 points for each of two contracts."""
    offer = None if ask is None else Decimal(ask)
    position = _position(BOUGHT, MISSED, reserved=reserved)
    found = entering.next_limit(position, MISSED, offer, spec=SPEC, policy=CHASING, now=NOON + timedelta(seconds=30))

    assert found == (None if limit is None else Decimal(limit))


def test_within_the_timeout_the_same_limit_is_no_news() -> None:
    """A working order is not cancelled for another of its kind: it would lose its place in the queue."""
    position = _position(BOUGHT, MISSED)
    now = NOON + timedelta(seconds=10)

    assert entering.next_limit(position, MISSED, Decimal("1.50"), spec=SPEC, policy=REPRICING, now=now) is None


steps = st.integers(1, 80)


@given(
    first=steps,
    ask=steps,
    filled=st.integers(0, 1),
    spare=st.integers(0, 4000),
    other=st.integers(0, 2),
    late=st.booleans(),
)
@settings(deadline=None, max_examples=200)
def test_whatever_the_offer_the_reserve_is_never_passed(
    *, first: int, ask: int, filled: int, spare: int, other: int, late: bool
) -> None:
    """With everything filled at its limit, and every commission, a position costs what was reserved at most."""
    limit = str(first * Decimal("0.05"))
    cost = (2 * first + 2 * 30) * Decimal("0.05") * SPEC.multiplier + 8 * REPRICING.commission_usd
    alone = _leg(2, LegState.ENTERING, _entry(2, 1, OrderState.CANCELLED, price=limit, filled=filled))
    state = OrderState.FILLED if other == 2 else OrderState.WORKING
    beside = _leg(1, LegState.ENTERING, _entry(1, 1, state, filled=other))
    position = _position(beside, alone, reserved=str(cost + Decimal(spare) / 100))
    now = NOON + timedelta(seconds=30 if late else 10)

    found = entering.next_limit(position, alone, ask * Decimal("0.05"), spec=SPEC, policy=REPRICING, now=now)

    if found is not None:
        worst = 2 * Decimal("1.50") + filled * Decimal(limit) + (2 - filled) * found
        assert worst * SPEC.multiplier + 8 * REPRICING.commission_usd <= position.reserved_usd
        assert found >= Decimal(limit)
        assert found <= max(ask * Decimal("0.05"), Decimal(limit))
        assert SPEC.ladder.holds(found)


@pytest.mark.parametrize(
    ("policy", "missing", "state", "sells"),
    [
        (EntryPolicy(), LegState.EMPTY, PositionState.ONE_LEGGED, False),
        (EntryPolicy(lone_leg=LoneLeg.SELL), LegState.EMPTY, PositionState.ONE_LEGGED, True),
        (EntryPolicy(lone_leg=LoneLeg.SELL), LegState.EMPTY, PositionState.EXIT_SENT, True),
        (EntryPolicy(lone_leg=LoneLeg.SELL), LegState.HELD, PositionState.OPEN, False),
        (CHASING, LegState.EMPTY, PositionState.ONE_LEGGED, False),
        (replace(CHASING, sells_after_chase=True), LegState.EMPTY, PositionState.ONE_LEGGED, True),
        (replace(CHASING, sells_after_chase=True), LegState.ENTERING, PositionState.ONE_LEGGED, False),
    ],
)
def test_a_lone_leg_goes_by_the_policy(
    policy: EntryPolicy, missing: LegState, state: PositionState, sells: bool
) -> None:
    """Kept by default; sold at once, or after the chase; a process that starts again in the middle goes on selling."""
    position = _position(BOUGHT, replace(MISSED, state=missing), state=state)

    assert entering.sells_lone_leg(position, policy) is sells
