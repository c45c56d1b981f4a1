"""How an entry is helped along: pure rules for repricing it, and for a leg that was filled alone.

An entry is never changed while it works: it is cancelled, the proof of its end is waited for, and what it left unfilled
is ordered again, nearer to a fill and never beyond what was reserved for the position when it was decided on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum

from lottogrid.market.contracts import ContractSpec
from lottogrid.orders import OrderState
from lottogrid.positions import LegRecord, LegState, PositionRecord, PositionState

_REFUSED = {OrderState.REJECTED, OrderState.ABSENT}
_ENTERING = {LegState.ENTERING, LegState.ENTRY_UNKNOWN}
_LONELY = {PositionState.ONE_LEGGED, PositionState.EXIT_SENT, PositionState.EXIT_UNKNOWN}


class LoneLeg(Enum):
    """What becomes of a leg that was bought while another was not."""

    KEEP = "keep"
    SELL = "sell"
    CHASE = "chase"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPolicy:
    """How patient an entry is. Durations in the clock's time, money in dollars."""

    as_combo: bool = False
    """Whether the entries of a position leave as one order; what is ordered again later leaves by itself."""
    timeout: timedelta = timedelta(seconds=30)
    """From the first order of a leg to the end of its last, a chase aside."""
    every: timedelta = timedelta(seconds=15)
    """How long a limit stands before a nearer one is tried, and how long each order of a chase works."""
    reprices: int = 0
    """How often a leg's limit is moved within the timeout."""
    lone_leg: LoneLeg = LoneLeg.KEEP
    chases: int = 0
    """How many orders more a leg gets after the timeout for the sake of another; all within that often `every`."""
    sells_after_chase: bool = False
    commission_usd: Decimal = Decimal(0)
    """A contract and side."""

    @property
    def may_pay_more(self) -> bool:
        """Whether an entry may come to cost more than its first limits."""
        return self.reprices > 0 or (self.lone_leg is LoneLeg.CHASE and self.chases > 0)


def is_chase(leg: LegRecord, policy: EntryPolicy) -> bool:
    """Whether the latest entry of a leg was made after the timeout, for the sake of another leg."""
    tried = leg.entries
    return bool(tried) and tried[-1].intent.created_at >= tried[0].intent.created_at + policy.timeout


def lasts(leg: LegRecord, policy: EntryPolicy) -> timedelta:
    """Return how long the latest entry of a leg may work."""
    tried = leg.entries
    if not tried or len(tried) == 1:
        return policy.timeout
    if is_chase(leg, policy):
        return policy.every
    return tried[0].intent.created_at + policy.timeout - tried[-1].intent.created_at


def is_chasing(position: PositionRecord, policy: EntryPolicy) -> bool:
    """Whether a leg is still being entered after its time, because another was bought."""
    return any(
        leg.state in _ENTERING and is_chase(leg, policy) and _has_company(position, leg) for leg in position.legs
    )


def may_try_again(position: PositionRecord, leg: LegRecord, policy: EntryPolicy, now: datetime) -> bool:
    """Whether what a leg lacks may be ordered once more, as far as number and time of the orders say."""
    tried = leg.entries
    if not tried or leg.bought >= leg.plan.quantity or tried[-1].state in _REFUSED:
        return False
    deadline = tried[0].intent.created_at + policy.timeout
    if now < deadline:
        return len(tried) <= policy.reprices
    # Without quotes nothing is ordered, and the number alone would not end the wait for them.
    if now >= deadline + policy.chases * policy.every:
        return False
    if policy.lone_leg is not LoneLeg.CHASE or not _has_company(position, leg):
        return False
    return sum(order.intent.created_at >= deadline for order in tried) < policy.chases


def reprice_at(leg: LegRecord, policy: EntryPolicy) -> datetime | None:
    """Return from when on a nearer limit is looked for while the latest entry works; None where it may not be moved."""
    tried = leg.entries
    if not tried or tried[-1].state is not OrderState.WORKING or len(tried) > policy.reprices:
        return None
    return tried[-1].intent.created_at + policy.every


def _has_company(position: PositionRecord, leg: LegRecord) -> bool:
    others = [other for other in position.legs if other.plan.number != leg.plan.number]
    return any(other.bought >= other.plan.quantity and other.held > 0 for other in others)


def next_limit(
    position: PositionRecord,
    leg: LegRecord,
    ask: Decimal | None,
    *,
    spec: ContractSpec,
    policy: EntryPolicy,
    now: datetime,
) -> Decimal | None:
    """Return the limit for what a leg lacks, points: at the offer, as far as the money reserved reaches.

    None where there is no offer, or no nearer limit is to be had. Within the timeout a limit must be nearer to a fill
    than the last; a chase may repeat it. It never goes back.
    """
    tried = leg.entries
    if ask is None or not tried:
        return None
    last = max(order.intent.limit_price or Decimal(0) for order in tried)
    room = _room(position, leg, spec, policy)
    if room < last:
        return None
    found = max(spec.ladder.floor(min(ask, room)), last)
    is_late = now >= tried[0].intent.created_at + policy.timeout
    return found if found > last or is_late else None


def _room(position: PositionRecord, leg: LegRecord, spec: ContractSpec, policy: EntryPolicy) -> Decimal:
    """Return the most that each contract a leg lacks may cost, points, so that all stays within the reserve."""
    planned = sum(each.plan.quantity for each in position.legs)
    points = (position.reserved_usd - 2 * planned * policy.commission_usd) / spec.multiplier
    committed = sum((_committed(other) for other in position.legs if other.plan.number != leg.plan.number), Decimal(0))
    return (points - committed - _paid(leg)) / (leg.plan.quantity - leg.bought)


def _committed(leg: LegRecord) -> Decimal:
    """Return what a leg has cost and may still cost at its latest limit, points times contracts."""
    if leg.state is LegState.EMPTY:
        return _paid(leg)
    limits = [order.intent.limit_price or Decimal(0) for order in leg.entries]
    return _paid(leg) + max(leg.plan.quantity - leg.bought, 0) * max([leg.plan.limit_price, *limits])


def _paid(leg: LegRecord) -> Decimal:
    bought = [execution for order in leg.entries for execution in order.executions]
    return sum((execution.price * execution.quantity for execution in bought), Decimal(0))


def sells_lone_leg(position: PositionRecord, policy: EntryPolicy) -> bool:
    """Whether what was bought must go because a leg is missing, by the policy."""
    if position.state not in _LONELY or all(leg.state is not LegState.EMPTY for leg in position.legs):
        return False
    return policy.lone_leg is LoneLeg.SELL or (policy.lone_leg is LoneLeg.CHASE and policy.sells_after_chase)
