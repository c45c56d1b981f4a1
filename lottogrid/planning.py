"""What should happen next to a leg, as pure rules over what the ledger holds of it.

Start, restart and ordinary running share this one path: nothing depends on how the leg came to stand where it does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from lottogrid.market.quotes import Quote
from lottogrid.market.ticks import TickLadder
from lottogrid.orders import OrderIntent, OrderState, OrderType, Purpose, Side
from lottogrid.positions import LegRecord, LegState, OrderRecord, PositionRecord, PositionState

_REFUSED = {OrderState.REJECTED, OrderState.ABSENT}
_ENTERING = {LegState.PLANNED, LegState.ENTERING, LegState.ENTRY_UNKNOWN}
_ENTRY = {PositionState.PLANNED, PositionState.ENTRY_SENT, PositionState.ENTRY_UNKNOWN}
_FILLING = {*_ENTRY, PositionState.ONE_LEGGED}
_EXIT = {PositionState.EXIT_SENT, PositionState.EXIT_UNKNOWN}
_RETRY_FIRST = timedelta(seconds=5)
_CANCEL_AGAIN = timedelta(seconds=5)
"""After a cancel that was refused, or not answered in time: an order that works with a reason has seen one of these."""
_RETRY_MOST = timedelta(seconds=20)
"""There are two minutes between the flatten time and the close."""


@dataclass(frozen=True, slots=True)
class OrderWish:
    """An order that a leg should have. Price in points."""

    purpose: Purpose
    side: Side
    quantity: int
    order_type: OrderType
    limit_price: Decimal


@dataclass(frozen=True, slots=True)
class CancelWish:
    """An order that should end."""

    ref: str


def leg_trigger(leg: LegRecord, *, closing: bool, again: bool = False) -> str | None:
    """Return the trigger of the leg machine that the facts call for; None where the state fits them.

    With `again`, a leg whose entry has ended goes on entering: what it lacks is to be ordered once more.
    """
    live = leg.live_orders[-1] if leg.live_orders else None
    match leg.state:
        case LegState.PLANNED:
            return "never_bought" if closing and not leg.orders else None
        case LegState.ENTERING | LegState.ENTRY_UNKNOWN:
            return _entry_trigger(leg, live, again=again)
        case LegState.TARGET_WORKING | LegState.EXITING | LegState.EXIT_UNKNOWN:
            return _sale_trigger(leg, live)
        case LegState.HELD:
            return "sold" if leg.held == 0 else None
        case _:
            return "late_fill" if leg.held > 0 else None


def _entry_trigger(leg: LegRecord, live: OrderRecord | None, *, again: bool) -> str | None:
    if live is None and again:
        return "find_track" if leg.state is LegState.ENTRY_UNKNOWN else None
    if live is None:
        return "bought" if leg.bought > 0 else "never_bought"
    if live.state is OrderState.UNKNOWN:
        return "lose_track" if leg.state is LegState.ENTERING else None
    return "find_track" if leg.state is LegState.ENTRY_UNKNOWN else None


def _sale_trigger(leg: LegRecord, live: OrderRecord | None) -> str | None:
    if leg.held == 0 and live is None:
        return "sold"
    is_target = leg.orders[-1].intent.purpose is Purpose.TARGET
    if live is None:
        if leg.state is LegState.TARGET_WORKING or (leg.state is LegState.EXIT_UNKNOWN and is_target):
            return "target_gone"
        return "exit_gone"
    if live.state is OrderState.UNKNOWN:
        return "lose_track" if leg.state is not LegState.EXIT_UNKNOWN else None
    if leg.state is LegState.EXIT_UNKNOWN:
        return "work_target" if is_target else "find_track"
    return None


def entry_wish(leg: LegRecord) -> OrderWish | None:
    """Return the entry of a planned leg: a limit at what the strategy was ready to pay."""
    if leg.state is not LegState.PLANNED or leg.orders:
        return None
    return OrderWish(Purpose.ENTRY, leg.plan.side, leg.plan.quantity, OrderType.LIMIT, leg.plan.limit_price)


def entry_again_wish(leg: LegRecord, limit_price: Decimal) -> OrderWish | None:
    """Return the entry of what a leg lacks at another limit; None while an order of it lives."""
    lacks = leg.plan.quantity - leg.bought
    if leg.state is not LegState.ENTERING or leg.live_orders or lacks <= 0:
        return None
    return OrderWish(Purpose.ENTRY, leg.plan.side, lacks, OrderType.LIMIT, limit_price)


def target_wish(leg: LegRecord, multiple: Decimal, ladder: TickLadder) -> OrderWish | None:
    """Return the resting sale of a held leg at `multiple` of what it cost, rounded up to the ladder."""
    cost = entry_cost(leg)
    if leg.state is not LegState.HELD or leg.live_orders or leg.held <= 0 or cost is None:
        return None
    return OrderWish(Purpose.TARGET, Side.SELL, leg.held, OrderType.LIMIT, ladder.ceil(cost * multiple))


def exit_wish(leg: LegRecord, quote: Quote | None, ladder: TickLadder) -> OrderWish | None:
    """Return the sale of a held leg that must go: the first at the bid, every later one at the lowest price there is.

    A sale at the lowest price is a market order that also rests where nobody bids.
    """
    if leg.state is not LegState.HELD or leg.live_orders or leg.held <= 0:
        return None
    is_first = not any(order.intent.purpose is Purpose.EXIT for order in leg.orders)
    price = quote.bid if is_first and quote is not None and quote.bid is not None else ladder.smallest
    return OrderWish(Purpose.EXIT, Side.SELL, leg.held, OrderType.LIMIT, price)


def cancel_wish(
    leg: LegRecord,
    *,
    closing: bool,
    entry_since: timedelta,
    exit_since: timedelta,
    lowest: Decimal,
    now: datetime,
    is_bettered: bool = False,
) -> CancelWish | None:
    """Return the order that stands in the way.

    That is an entry or an exit that took too long, an entry that `is_bettered` by a nearer limit or would buy too much
    after a late fill, anything but an exit when the leg must go, or a target that covers less than is held. An exit at
    the `lowest` price there is cannot be bettered and stays.
    """
    for order in leg.live_orders:
        if order.state is not OrderState.WORKING or now < _cancel_again_at(order):
            continue
        age = now - order.intent.created_at
        purpose = order.intent.purpose
        is_too_much = order.remaining > leg.plan.quantity - leg.bought
        late_entry = purpose is Purpose.ENTRY and (closing or is_bettered or is_too_much or age >= entry_since)
        target_in_the_way = purpose is Purpose.TARGET and (closing or order.remaining < leg.held)
        late_exit = purpose is Purpose.EXIT and age >= exit_since and order.intent.limit_price != lowest
        if late_entry or target_in_the_way or late_exit:
            return CancelWish(order.intent.ref)
    return None


def retry_at(leg: LegRecord) -> datetime | None:
    """Return the instant before which a leg whose last orders were refused must not send another; None where it may."""
    refused = 0
    for order in reversed(leg.orders):
        if order.state not in _REFUSED or order.filled:
            break
        refused += 1
    if refused == 0:
        return None
    return leg.orders[-1].changed_at + min(_RETRY_FIRST * (1 << min(refused - 1, 10)), _RETRY_MOST)


def entry_cost(leg: LegRecord) -> Decimal | None:
    """Return the average price paid for a leg, points; None where nothing was bought."""
    bought = [execution for execution in leg.executions if execution.side is Side.BUY]
    quantity = sum(execution.quantity for execution in bought)
    if quantity == 0:
        return None
    return sum((execution.price * execution.quantity for execution in bought), Decimal(0)) / quantity


def as_sent(intent: OrderIntent) -> OrderRecord:
    """Return the record of an order that has just been handed to the ledger."""
    return OrderRecord(intent=intent, state=OrderState.SENT, changed_at=intent.created_at)


def as_cancelling(order: OrderRecord) -> OrderRecord:
    """Return the record of an order whose cancel has just been asked for."""
    return replace(order, state=OrderState.CANCELLING)


def wake_times(leg: LegRecord, *, entry_since: timedelta, exit_since: timedelta) -> list[datetime]:
    """Return the instants at which time alone changes what a leg should do."""
    limits = {Purpose.ENTRY: entry_since, Purpose.EXIT: exit_since}
    instants = [
        order.intent.created_at + limits[order.intent.purpose]
        for order in leg.live_orders
        if order.intent.purpose in limits and not order.state.is_final
    ]
    instants += [_cancel_again_at(order) for order in leg.live_orders if order.state is OrderState.WORKING]
    retry = retry_at(leg)
    if retry is not None and not leg.live_orders:
        instants.append(retry)
    return instants


def _cancel_again_at(order: OrderRecord) -> datetime:
    """Return from when on a working order may be cancelled: a cancel that was just refused is not repeated at once."""
    return order.changed_at + (_CANCEL_AGAIN if order.reason else timedelta(0))


def position_trigger(position: PositionRecord, *, closing: bool, chasing: bool = False) -> str | None:
    """Return the trigger of the position machine that the legs call for; None where the state fits them.

    With `chasing`, a leg is still being entered for the sake of another that was bought.
    """
    state = position.state
    legs = {leg.state for leg in position.legs}
    over = all(leg.is_final for leg in legs)
    if state.is_final:
        return None if over else "late_fill"
    if over:
        return _ending(state, legs)
    if state is PositionState.PLANNED:
        return "enter" if legs != {LegState.PLANNED} else None
    filled = _filled(state, legs, chasing=chasing) if state in _FILLING else None
    if filled is not None:
        return filled
    if closing and state not in _EXIT:
        return "exit"
    unknown = LegState.ENTRY_UNKNOWN if state in _ENTRY else LegState.EXIT_UNKNOWN
    return _sight(state, lost=unknown in legs)


def _filled(state: PositionState, legs: set[LegState], *, chasing: bool) -> str | None:
    """Return what the entries have come to: every leg, or one that stands alone; None while that is open."""
    if legs & _ENTERING and not chasing:
        return None
    if chasing or LegState.EMPTY in legs:
        return "lone" if state in _ENTRY else None
    return "opened"


def _ending(state: PositionState, legs: set[LegState]) -> str:
    if LegState.CLOSED in legs:
        return "enter" if state is PositionState.PLANNED else "close"
    return "abandon"


def _sight(state: PositionState, *, lost: bool) -> str | None:
    if lost:
        return "lose_track" if state in {PositionState.ENTRY_SENT, PositionState.EXIT_SENT} else None
    return "find_track" if state in {PositionState.ENTRY_UNKNOWN, PositionState.EXIT_UNKNOWN} else None
