"""Closed positions as trades: the form in which results are printed, compared and summed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from lottogrid.clock import new_york
from lottogrid.errors import BadInput
from lottogrid.market.contracts import Right, spec_of
from lottogrid.orders import Execution, ExecutionKind, Purpose, Side
from lottogrid.positions import LegRecord, PositionRecord, PositionState

_ZERO = Decimal(0)
_REASON_OF_KIND = {ExecutionKind.EXPIRY: "expired", ExecutionKind.EXERCISE: "exercised"}
_REASON_OF_PURPOSE = {Purpose.TARGET: "target", Purpose.EXIT: "flatten", Purpose.ENTRY: "entry"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeLeg:
    """One leg that was held and is over. Prices in points, averages over the contracts."""

    right: Right
    strike: Decimal
    quantity: int
    entry_price: Decimal
    entry_at: datetime
    """When the first contract was opened."""
    exit_price: Decimal
    exit_at: datetime
    """When the last contract was closed."""
    exit_reason: str
    """How the last contract was closed: target, flatten, expired or exercised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """One position that was held and is over. Money in dollars."""

    id: str
    opened_at: datetime
    closed_at: datetime
    level: Decimal
    legs: tuple[TradeLeg, ...]
    premium: Decimal
    """What the entries cost, without commissions."""
    commission: Decimal | None
    """None while the broker has not named every commission."""
    pnl: Decimal | None
    """Net of commissions; None while they are unknown."""


def trades(positions: Iterable[PositionRecord]) -> list[Trade]:
    """Return the closed ones of `positions` as trades, in their order. What is open or never bought is no trade."""
    return [_trade(position) for position in positions if position.state is PositionState.CLOSED]


def to_json(trade: Trade) -> dict[str, Any]:
    """Return `trade` with times in New York (ISO 8601 with offset) and numbers as exact decimal strings."""
    return {
        "id": trade.id,
        "opened_at": _time(trade.opened_at),
        "closed_at": _time(trade.closed_at),
        "level": _number(trade.level),
        "legs": [
            {
                "right": leg.right.value,
                "strike": _number(leg.strike),
                "quantity": leg.quantity,
                "entry_price": _number(leg.entry_price),
                "entry_at": _time(leg.entry_at),
                "exit_price": _number(leg.exit_price),
                "exit_at": _time(leg.exit_at),
                "exit_reason": leg.exit_reason,
            }
            for leg in trade.legs
        ],
        "premium": _number(trade.premium),
        "commission": _number_or_none(trade.commission),
        "pnl": _number_or_none(trade.pnl),
    }


def digest(trades: Iterable[Trade]) -> str:
    """Return the SHA-256 (hex) of the canonical JSON of `trades` in their order: equal trades, equal digest."""
    canonical = json.dumps([to_json(trade) for trade in trades], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _trade(position: PositionRecord) -> Trade:
    legs = [leg for leg in position.legs if leg.executions]
    if not legs or any(leg.held for leg in legs):
        held = {leg.plan.number: leg.held for leg in position.legs}
        raise BadInput(
            f"position {position.position_id}: expected a closed one to hold nothing, found {held}; reconcile"
        )
    closed = [_leg(leg) for leg in legs]
    commission = _commission(legs)
    gain = sum((_points(leg.executions) * _multiplier(leg) for leg in legs), _ZERO)
    premium = sum((-_points(_entries(leg)) * _multiplier(leg) for leg in legs), _ZERO)
    return Trade(
        id=position.position_id,
        opened_at=min(leg.entry_at for leg in closed),
        closed_at=max(leg.exit_at for leg in closed),
        level=position.level,
        legs=tuple(closed),
        premium=premium,
        commission=commission,
        pnl=None if commission is None else gain - commission,
    )


def _leg(leg: LegRecord) -> TradeLeg:
    entries, exits = _entries(leg), _exits(leg)
    contract = leg.plan.contract
    return TradeLeg(
        right=contract.right,
        strike=contract.strike,
        quantity=sum(execution.quantity for execution in entries),
        entry_price=_average(entries),
        entry_at=entries[0].at,
        exit_price=_average(exits),
        exit_at=exits[-1].at,
        exit_reason=_exit_reason(exits[-1], leg),
    )


def _entries(leg: LegRecord) -> list[Execution]:
    return [execution for execution in leg.executions if execution.side is leg.plan.side]


def _exits(leg: LegRecord) -> list[Execution]:
    return [execution for execution in leg.executions if execution.side is not leg.plan.side]


def _exit_reason(last: Execution, leg: LegRecord) -> str:
    if last.kind is not ExecutionKind.TRADE:
        return _REASON_OF_KIND[last.kind]
    (purpose,) = {order.intent.purpose for order in leg.orders if order.intent.ref == last.order_ref}
    return _REASON_OF_PURPOSE[purpose]


def _average(executions: Sequence[Execution]) -> Decimal:
    value = sum((execution.quantity * execution.price for execution in executions), _ZERO)
    return value / sum(execution.quantity for execution in executions)


def _points(executions: Iterable[Execution]) -> Decimal:
    """Points taken in less points paid out."""
    return sum((e.quantity * (e.price if e.side is Side.SELL else -e.price) for e in executions), _ZERO)


def _multiplier(leg: LegRecord) -> Decimal:
    return spec_of(leg.plan.contract.symbol).multiplier


def _commission(legs: Iterable[LegRecord]) -> Decimal | None:
    total = _ZERO
    for execution in (execution for leg in legs for execution in leg.executions):
        if execution.commission is not None:
            total += execution.commission
        elif execution.kind is ExecutionKind.TRADE:  # A settlement costs nothing where the broker names no cost.
            return None
    return total


def _time(instant: datetime) -> str:
    return new_york(instant).isoformat()


def _number(number: Decimal) -> str:
    # 0.10 and 0.1 are one number and must have one digest.
    return f"{number.normalize():f}" if number else "0"


def _number_or_none(number: Decimal | None) -> str | None:
    return None if number is None else _number(number)
