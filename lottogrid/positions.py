"""A position as a value: legs with a side and a ratio, so that a strangle is one case of many."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cached_property

from lottogrid.market.contracts import OptionContract
from lottogrid.orders import Execution, OrderIntent, OrderState, Purpose, Side


class PositionState(Enum):
    """Where a position stands in its life."""

    PLANNED = "planned"
    """Checked and reserved; nothing was sent."""
    ENTRY_SENT = "entry_sent"
    """An entry order is on its way or works."""
    ENTRY_UNKNOWN = "entry_unknown"
    """The outcome of an entry order is not known."""
    ONE_LEGGED = "one_legged"
    """A leg was bought and another was not, or is still being chased; the policy says what becomes of it."""
    OPEN = "open"
    """All entry orders have ended, and something of every leg is held."""
    EXIT_SENT = "exit_sent"
    """Everything is being sold."""
    EXIT_UNKNOWN = "exit_unknown"
    """The outcome of a sale is not known."""
    CLOSED = "closed"
    """All that was bought was sold, has expired or was exercised."""
    ABANDONED = "abandoned"
    """Nothing was ever bought."""

    @property
    def is_final(self) -> bool:
        """Whether the position is over."""
        return self in {PositionState.CLOSED, PositionState.ABANDONED}


class LegState(Enum):
    """Where one leg of a position stands."""

    PLANNED = "planned"
    """Nothing was sent."""
    ENTERING = "entering"
    """The entry order is on its way or works."""
    ENTRY_UNKNOWN = "entry_unknown"
    """The outcome of the entry order is not known."""
    HELD = "held"
    """Bought, and no sell order works."""
    TARGET_WORKING = "target_working"
    """Bought, and the target order rests."""
    EXITING = "exiting"
    """Being sold before the target was reached."""
    EXIT_UNKNOWN = "exit_unknown"
    """The outcome of a sell order is not known: no other may be sent."""
    CLOSED = "closed"
    """All that was bought was sold, has expired or was exercised."""
    EMPTY = "empty"
    """Never bought."""

    @property
    def is_final(self) -> bool:
        """Whether the leg is over."""
        return self in {LegState.CLOSED, LegState.EMPTY}


@dataclass(frozen=True, kw_only=True)
class LegPlan:
    """One leg as a strategy proposes it. Prices in points."""

    number: int
    """From 1."""
    contract: OptionContract
    side: Side
    quantity: int
    limit_price: Decimal
    """The most the entry pays (or the least it takes)."""
    target_price: Decimal | None
    """Where the resting exit stands if the entry fills at the limit; moved to the multiple of the real cost."""


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A position that a strategy would open."""

    level: Decimal
    """Distance of the strikes in implied moves."""
    legs: tuple[LegPlan, ...]
    premium_usd: Decimal
    """What the legs cost at their limits, dollars, without costs."""
    costs_usd: Decimal
    """Commissions in and out, dollars."""
    target_multiple: Decimal
    most_usd: Decimal | None = None
    """What a repricing of the entry may bring it to at most, dollars, costs included; None where limits are final."""

    @property
    def worst_case_usd(self) -> Decimal:
        """The most that can be lost, dollars: the premium and every commission."""
        return max(self.premium_usd + self.costs_usd, self.most_usd or Decimal(0))


@dataclass(frozen=True, kw_only=True)
class OrderRecord:
    """An order as the ledger holds it, with what was executed under it."""

    intent: OrderIntent
    state: OrderState
    broker_id: str = ""
    changed_at: datetime
    reason: str = ""
    executions: tuple[Execution, ...] = ()

    @cached_property
    def filled(self) -> int:
        """Contracts executed so far."""
        return sum(execution.quantity for execution in self.executions)

    @property
    def remaining(self) -> int:
        """Contracts not executed."""
        return self.intent.quantity - self.filled


@dataclass(frozen=True, kw_only=True)
class LegRecord:
    """A leg as the ledger holds it: plan, state, orders in the order of their making, settlements."""

    plan: LegPlan
    state: LegState
    orders: tuple[OrderRecord, ...] = ()
    settlements: tuple[Execution, ...] = ()

    @cached_property
    def executions(self) -> tuple[Execution, ...]:
        """All changes of this leg's holding, oldest first."""
        found = [execution for order in self.orders for execution in order.executions]
        return tuple(sorted([*found, *self.settlements], key=lambda execution: (execution.at, execution.exec_id)))

    @cached_property
    def bought(self) -> int:
        """Contracts bought."""
        return sum(e.quantity for e in self.executions if e.side is Side.BUY)

    @cached_property
    def sold(self) -> int:
        """Contracts sold, expired or exercised."""
        return sum(e.quantity for e in self.executions if e.side is Side.SELL)

    @cached_property
    def held(self) -> int:
        """Contracts held now; negative would be short."""
        return self.bought - self.sold

    @cached_property
    def entries(self) -> tuple[OrderRecord, ...]:
        """Entry orders, oldest first."""
        return tuple(order for order in self.orders if order.intent.purpose is Purpose.ENTRY)

    @cached_property
    def live_orders(self) -> tuple[OrderRecord, ...]:
        """Orders that may still trade."""
        return tuple(order for order in self.orders if not order.state.is_final)


@dataclass(frozen=True, kw_only=True)
class PositionRecord:
    """A position as the ledger holds it."""

    position_id: str
    """`LG-20250409-003`: day and number."""
    trading_date: date
    level: Decimal
    state: PositionState
    planned_at: datetime
    changed_at: datetime
    reserved_usd: Decimal
    target_multiple: Decimal
    legs: tuple[LegRecord, ...] = field(default=())
