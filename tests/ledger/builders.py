"""Short ways to say what happened, for the tests of the ledger."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.records import (
    ExecutionBooked,
    LegMoved,
    OrderIntended,
    OrderMoved,
    PositionMoved,
    PositionPlanned,
)
from lottogrid.market.contracts import OptionContract, Right
from lottogrid.orders import Execution, ExecutionKind, OrderIntent, OrderState, OrderType, Purpose, Side
from lottogrid.positions import LegPlan, PositionState, Proposal

DAY = date(2025, 4, 9)
NOON = datetime(2025, 4, 9, 16, tzinfo=UTC)
FIRST, SECOND = "LG-20250409-001", "LG-20250409-002"
BUY, SELL = Side.BUY, Side.SELL


def contract(right: Right = Right.CALL, strike: int = 5200, day: date = DAY) -> OptionContract:
    return OptionContract(symbol="MES", expiry=day, right=right, strike=Decimal(strike))


CALL, PUT = contract(), contract(Right.PUT, 5000)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def planned(
    position_id: str = FIRST,
    quantity: int = 3,
    contracts: tuple[OptionContract, ...] = (CALL, PUT),
    day: date = DAY,
    at: datetime = NOON,
) -> PositionPlanned:
    legs = tuple(
        LegPlan(
            number=number,
            contract=option,
            side=BUY,
            quantity=quantity,
            limit_price=Decimal("0.45"),
            target_price=Decimal("1.80"),
        )
        for number, option in enumerate(contracts, 1)
    )
    proposal = Proposal(
        level=Decimal("1.25"),
        legs=legs,
        premium_usd=Decimal("13.50"),
        costs_usd=Decimal("7.44"),
        target_multiple=Decimal(4),
    )
    return PositionPlanned(
        at=at, position_id=position_id, trading_date=day, proposal=proposal, reserved_usd=Decimal("20.94")
    )


def intended(
    side: Side = BUY,
    quantity: int = 3,
    *,
    leg: int = 1,
    attempt: int = 1,
    position_id: str = FIRST,
    option: OptionContract | None = None,
    purpose: Purpose | None = None,
    price: str | None = "0.45",
    at: datetime = NOON,
) -> OrderIntended:
    intent = OrderIntent(
        ref=f"{position_id}-{leg}-{attempt}",
        position_id=position_id,
        leg=leg,
        contract=option or (CALL, PUT)[leg - 1],
        side=side,
        quantity=quantity,
        order_type=OrderType.MARKET if price is None else OrderType.LIMIT,
        limit_price=None if price is None else Decimal(price),
        purpose=purpose or (Purpose.ENTRY if side is BUY else Purpose.TARGET),
        created_at=at,
    )
    return OrderIntended(at=at, intent=intent)


def moved(order: OrderIntended, before: OrderState, state: OrderState, at: datetime = NOON, **rest: str) -> OrderMoved:
    return OrderMoved(at=at, ref=order.intent.ref, trigger="t", before=before.value, after=state.value, **rest)


def booked(
    order: OrderIntended,
    exec_id: str,
    quantity: int = 1,
    price: str = "0.45",
    *,
    at: datetime = NOON,
    commission: str | None = None,
) -> ExecutionBooked:
    intent = order.intent
    execution = Execution(
        exec_id=exec_id,
        order_ref=intent.ref,
        contract=intent.contract,
        side=intent.side,
        quantity=quantity,
        price=Decimal(price),
        at=at,
        commission=None if commission is None else Decimal(commission),
    )
    return ExecutionBooked(at=at, position_id=intent.position_id, leg=intent.leg, execution=execution)


def settled(
    exec_id: str, quantity: int, price: str = "0", *, leg: int = 1, position_id: str = FIRST, at: datetime = NOON
) -> ExecutionBooked:
    execution = Execution(
        exec_id=exec_id,
        order_ref="",
        contract=(CALL, PUT)[leg - 1],
        side=SELL,
        quantity=quantity,
        price=Decimal(price),
        at=at,
        kind=ExecutionKind.EXERCISE if Decimal(price) else ExecutionKind.EXPIRY,
    )
    return ExecutionBooked(at=at, position_id=position_id, leg=leg, execution=execution)


def position_moved(state: PositionState, before: PositionState, position_id: str = FIRST) -> PositionMoved:
    return PositionMoved(at=NOON, position_id=position_id, trigger="t", before=before.value, after=state.value)


def leg_moved(before: str, state: str, leg: int = 1) -> LegMoved:
    return LegMoved(at=NOON, position_id=FIRST, leg=leg, trigger="t", before=before, after=state)


def ledger_with(*records: object) -> Ledger:
    ledger = Ledger.in_memory()
    ledger.commit(records)  # type: ignore[arg-type]
    return ledger
