"""What executions come to in dollars: exact, and the same in whatever order they were booked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from lottogrid.market.contracts import spec_of
from lottogrid.orders import Execution, Side

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Money:
    """Dollars of some executions; commissions that the broker has not named yet are in neither number."""

    realised_usd: Decimal = _ZERO
    """What closed contracts brought less what they cost, less every commission."""
    cash_usd: Decimal = _ZERO
    """What was taken in less what was paid out, less every commission."""

    def __add__(self, other: Money) -> Money:
        return Money(self.realised_usd + other.realised_usd, self.cash_usd + other.cash_usd)

    def __sub__(self, other: Money) -> Money:
        return Money(self.realised_usd - other.realised_usd, self.cash_usd - other.cash_usd)


def money_of(legs: Iterable[Sequence[Execution]]) -> Money:
    """Return what the executions of `legs` come to; the executions of one leg stand together, oldest first."""
    return sum((_leg_money(executions) for executions in legs if executions), Money())


def points_closed(executions: Sequence[Execution]) -> Decimal:
    """Return the gain of one leg's closed contracts in points times contracts, first in first out.

    The executions stand oldest first. The first contract sold closes the first bought, so the result is exact (no
    average is taken) and does not depend on how buys and sells interleave.
    """
    buys = [execution for execution in executions if execution.side is Side.BUY]
    sells = [execution for execution in executions if execution.side is Side.SELL]
    closed = min(_quantity(buys), _quantity(sells))
    return _first(closed, sells) - _first(closed, buys)


def _leg_money(executions: Sequence[Execution]) -> Money:
    multiplier = spec_of(executions[0].contract.symbol).multiplier
    flow = sum((_signed(e.side) * e.quantity * e.price for e in executions), _ZERO)
    commission = sum((e.commission for e in executions if e.commission is not None), _ZERO)
    return Money(points_closed(executions) * multiplier - commission, flow * multiplier - commission)


def _signed(side: Side) -> int:
    return 1 if side is Side.SELL else -1


def _quantity(executions: Sequence[Execution]) -> int:
    return sum(execution.quantity for execution in executions)


def _first(count: int, executions: Sequence[Execution]) -> Decimal:
    value = _ZERO
    for execution in executions:
        taken = min(count, execution.quantity)
        value += taken * execution.price
        count -= taken
    return value
