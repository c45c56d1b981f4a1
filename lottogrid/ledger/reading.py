"""Rows of the tables as the values the rest of lottogrid works with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any

from lottogrid.ledger.columns import contract_of, decimal_or_none, instant_of
from lottogrid.ledger.writes import Execute
from lottogrid.orders import Execution, ExecutionKind, OrderIntent, OrderState, OrderType, Purpose, Side
from lottogrid.positions import LegPlan, LegRecord, LegState, OrderRecord, PositionRecord, PositionState

_Row = tuple[Any, ...]

_POSITION = (
    "SELECT position_id, trading_date, level, state, planned_at, changed_at, reserved_usd, target_multiple "
    "FROM positions WHERE position_id = ?"
)
_LEGS = (
    "SELECT number, contract, side, quantity, limit_price, target_price, state "
    "FROM legs WHERE position_id = ? ORDER BY number"
)
_ORDER = (
    "SELECT ref, position_id, leg, contract, side, quantity, order_type, limit_price, purpose, created_at, state, "
    "broker_id, changed_at, reason FROM orders "
)
_EXECUTION = (
    "SELECT e.exec_id, e.order_ref, e.contract, e.side, e.quantity, e.price, e.at, e.kind, e.commission "
    "FROM executions e "
)
_EXECUTIONS = (
    "SELECT leg, exec_id, order_ref, contract, side, quantity, price, at, kind, commission FROM executions "
    "WHERE position_id = ? ORDER BY at, exec_id"
)


def read_position(position_id: str, sql: Execute) -> PositionRecord | None:
    """Return the position with all its legs, orders and executions, None where the id is unknown."""
    row = sql(_POSITION, (position_id,)).fetchone()
    if row is None:
        return None
    key, day, level, state, planned_at, changed_at, reserved, multiple = row
    return PositionRecord(
        position_id=key,
        trading_date=date.fromisoformat(day),
        level=Decimal(level),
        state=PositionState(state),
        planned_at=instant_of(planned_at),
        changed_at=instant_of(changed_at),
        reserved_usd=Decimal(reserved),
        target_multiple=Decimal(multiple),
        legs=_legs(position_id, sql),
    )


def read_order(ref: str, sql: Execute) -> OrderRecord | None:
    """Return the order with what was executed under it, None where the ref is unknown."""
    row = sql(_ORDER + "WHERE ref = ?", (ref,)).fetchone()
    return None if row is None else _order(row, _executed_under(ref, sql))


def read_live_orders(sql: Execute) -> tuple[OrderRecord, ...]:
    """Return the orders that may still trade, oldest first."""
    rows = sql(_ORDER + "WHERE is_live ORDER BY rowid", ()).fetchall()
    return tuple(_order(row, _executed_under(row[0], sql)) for row in rows)


def read_executions(trading_date: date, sql: Execute) -> tuple[Execution, ...]:
    """Return what was executed for the positions of a day, oldest first."""
    of_day = "JOIN positions p USING (position_id) WHERE p.trading_date = ? ORDER BY e.at, e.exec_id"
    return tuple(_execution(row) for row in sql(_EXECUTION + of_day, (trading_date.isoformat(),)).fetchall())


def read_executions_by_leg(position_id: str, sql: Execute) -> list[list[Execution]]:
    """Return what was executed for a position: a list a leg, oldest first."""
    rows = sql(
        "SELECT e.leg, e.exec_id, e.order_ref, e.contract, e.side, e.quantity, e.price, e.at, e.kind, e.commission "
        "FROM executions e WHERE e.position_id = ? ORDER BY e.leg, e.at, e.exec_id",
        (position_id,),
    ).fetchall()
    return [[_execution(row[1:]) for row in group] for _, group in groupby(rows, key=itemgetter(0))]


def _legs(position_id: str, sql: Execute) -> tuple[LegRecord, ...]:
    rows = sql(_ORDER + "WHERE position_id = ? ORDER BY rowid", (position_id,)).fetchall()
    executed = [(row[0], _execution(row[1:])) for row in sql(_EXECUTIONS, (position_id,)).fetchall()]
    under: defaultdict[str, list[Execution]] = defaultdict(list)
    for _, execution in executed:
        under[execution.order_ref].append(execution)
    orders = [_order(row, under[row[0]]) for row in rows]
    return tuple(
        LegRecord(
            plan=plan,
            state=state,
            orders=tuple(order for order in orders if order.intent.leg == plan.number),
            settlements=tuple(each for leg, each in executed if leg == plan.number and not each.order_ref),
        )
        for plan, state in (_plan(row) for row in sql(_LEGS, (position_id,)).fetchall())
    )


def _plan(row: _Row) -> tuple[LegPlan, LegState]:
    number, contract, side, quantity, limit, target, state = row
    plan = LegPlan(
        number=number,
        contract=contract_of(contract),
        side=Side(side),
        quantity=quantity,
        limit_price=Decimal(limit),
        target_price=decimal_or_none(target),
    )
    return plan, LegState(state)


def _executed_under(ref: str, sql: Execute) -> list[Execution]:
    rows = sql(_EXECUTION + "WHERE e.order_ref = ? ORDER BY e.at, e.exec_id", (ref,)).fetchall()
    return [_execution(row) for row in rows]


def _order(row: _Row, executions: Iterable[Execution]) -> OrderRecord:
    (ref, position_id, leg, contract, side, quantity, order_type, limit, purpose, created_at) = row[:10]
    state, broker_id, changed_at, reason = row[10:]
    intent = OrderIntent(
        ref=ref,
        position_id=position_id,
        leg=leg,
        contract=contract_of(contract),
        side=Side(side),
        quantity=quantity,
        order_type=OrderType[order_type],
        limit_price=decimal_or_none(limit),
        purpose=Purpose[purpose],
        created_at=instant_of(created_at),
    )
    return OrderRecord(
        intent=intent,
        state=OrderState(state),
        broker_id=broker_id,
        changed_at=instant_of(changed_at),
        reason=reason,
        executions=tuple(executions),
    )


def _execution(row: _Row) -> Execution:
    exec_id, order_ref, contract, side, quantity, price, at, kind, commission = row
    return Execution(
        exec_id=exec_id,
        order_ref=order_ref,
        contract=contract_of(contract),
        side=Side(side),
        quantity=quantity,
        price=Decimal(price),
        at=instant_of(at),
        kind=ExecutionKind[kind],
        commission=decimal_or_none(commission),
    )
