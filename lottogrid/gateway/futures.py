"""The front future: orders in it, what they traded, and what expiries have delivered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from lottogrid.brokers.port import (
    BrokerSnapshot,
    CancelRefused,
    OrderAcknowledged,
    OrderCancelled,
    OrderExpired,
    OrderRejected,
)
from lottogrid.clock import trading_date
from lottogrid.exchange.matching import CLOSED
from lottogrid.exchange.store import Keeper
from lottogrid.gateway.fills import FutureFill, signed
from lottogrid.gateway.listings import FutureContract
from lottogrid.gateway.portfolio import Holding
from lottogrid.gateway.prices import Shown
from lottogrid.market.contracts import Right
from lottogrid.orders import OrderState, Side

_CENT = Decimal("0.01")


FutureEvent: TypeAlias = OrderAcknowledged | OrderRejected | OrderCancelled | CancelRefused | OrderExpired | FutureFill


@dataclass(slots=True, kw_only=True)
class FutureOrder:
    """An order in the future, as the pit keeps it."""

    ref: str
    contract: FutureContract
    side: Side
    quantity: int
    limit: Decimal | None
    """Points; None for an order at the market."""
    ends_at: datetime
    """When it ends, unless it has traded by then."""
    state: OrderState = OrderState.WORKING


class Pit:
    """Where the future trades until it closes: at the standing bid or offer, at once and in one piece.

    Orders and fills are put into the keeper. A delivery is told by nobody: it is there, as after a real expiry.
    """

    def __init__(
        self, keeper: Keeper, quote: Callable[[], Shown | None], *, commission: Decimal, closes: datetime
    ) -> None:
        """Take up what `keeper` holds.

        Args:
            keeper: of orders, fills and deliveries.
            quote: the standing market; None while there is none.
            commission: dollars a contract and side.
            closes: when the last order of the day ends.
        """
        self.closes = closes
        self._keeper = keeper
        self._quote = quote
        self._commission = commission
        self._orders = {order.ref: order for order in keeper.load(FutureOrder)}
        self._fills = {fill.exec_id: fill for fill in keeper.load(FutureFill)}
        self._outbox: list[FutureEvent] = []

    @property
    def book(self) -> list[FutureFill]:
        """Every change of the holding, oldest first."""
        return list(self._fills.values())

    @property
    def trades(self) -> list[FutureFill]:
        """The fills of the day's orders, oldest first."""
        today = trading_date(self.closes)
        return [fill for fill in self._fills.values() if fill.order_ref and trading_date(fill.at) == today]

    def states(self) -> dict[str, OrderState]:
        """Return how every order stands, by reference."""
        return {order.ref: order.state for order in self._orders.values()}

    def place(self, order: FutureOrder, now: datetime) -> None:
        """Take an order in; what comes of it is told by `collect`."""
        self._keep(order)
        if now >= self.closes or self._quote() is None:
            self._end(order, OrderState.REJECTED)
            self._outbox.append(OrderRejected(order.ref, CLOSED, now))
        else:
            self._outbox.append(OrderAcknowledged(order.ref, f"F-{order.ref}", now))

    def cancel(self, ref: str, now: datetime) -> None:
        """End an order, or say that there is nothing to end."""
        order = self._orders.get(ref)
        if order is None or order.state.is_final:
            reason = "no such order" if order is None else f"the order is {order.state.value}"
            self._outbox.append(CancelRefused(ref, reason, now))
            return
        self._end(order, OrderState.CANCELLED)
        self._outbox.append(OrderCancelled(ref, now))

    def deliver(self, fills: Iterable[FutureFill]) -> None:
        """Book what expiries have brought; each counts once, however often it is told."""
        for fill in fills:
            if fill.exec_id not in self._fills:
                self._book(fill)

    def collect(self, now: datetime) -> list[FutureEvent]:
        """Let what works meet the standing market, and return what has happened; each event once."""
        for order in [one for one in self._orders.values() if one.state is OrderState.WORKING]:
            if now >= order.ends_at:
                self._end(order, OrderState.EXPIRED)
                self._outbox.append(OrderExpired(order.ref, order.ends_at))
            elif (price := _taking_price(order, self._quote())) is not None:
                self._outbox.append(self._fill(order, price, now))
        events, self._outbox = self._outbox, []
        return events

    def _fill(self, order: FutureOrder, price: Decimal, now: datetime) -> FutureFill:
        fill = FutureFill(
            exec_id=f"F-{trading_date(now):%Y%m%d}-{len(self.trades) + 1}",
            order_ref=order.ref,
            contract=order.contract,
            side=order.side,
            quantity=order.quantity,
            price=price,
            at=now,
            commission=self._commission * order.quantity,
        )
        self._book(fill)
        self._end(order, OrderState.FILLED)
        return fill

    def _book(self, fill: FutureFill) -> None:
        self._fills[fill.exec_id] = fill
        self._keeper.put(fill.exec_id, fill)

    def _end(self, order: FutureOrder, state: OrderState) -> None:
        order.state = state
        self._keep(order)

    def _keep(self, order: FutureOrder) -> None:
        self._orders[order.ref] = order
        self._keeper.put(order.ref, order)


def deliveries(snapshot: BrokerSnapshot, contract: FutureContract) -> list[FutureFill]:
    """Return the futures that options in the money have turned into.

    Each is opened at the price of the fixing: the difference to the strike was paid in cash.
    """
    held: defaultdict[object, int] = defaultdict(int)
    for fill in snapshot.executions:
        held[fill.contract] += signed(fill)
    found = []
    for settled in snapshot.settlements:
        quantity, is_call = held[settled.contract], settled.contract.right is Right.CALL
        if quantity and settled.price > 0:
            found.append(
                FutureFill(
                    exec_id=f"D-{settled.settlement_id}",
                    order_ref="",
                    contract=contract,
                    side=Side.BUY if (quantity > 0) is is_call else Side.SELL,
                    quantity=abs(quantity),
                    price=settled.contract.strike + (settled.price if is_call else -settled.price),
                    at=settled.at,
                    commission=Decimal(0),
                )
            )
    return found


@dataclass(frozen=True, slots=True)
class Variation:
    """What the changes of a future's price have done to the account."""

    cash: Decimal
    """Dollars that closed parts brought, less commissions."""
    held: dict[FutureContract, Holding]
    """What is held, at the prices it was opened at, without commissions."""

    def gain(self, price: Decimal, multiplier: Decimal) -> Decimal:
        """Return what the open parts have gained at `price` points, dollars: no cash yet, but equity."""
        open_parts = self.held.values()
        return sum((price * multiplier * one.quantity - one.cost for one in open_parts), Decimal(0))


def variation(book: Iterable[FutureFill], multiplier: Decimal) -> Variation:
    """Return what `book`, oldest first, has done to the account; `multiplier` is dollars a point.

    A future costs nothing to hold, so only what closed and what was charged moves cash. Modelled: a real account is
    marked to the market in cash every day.
    """
    held: defaultdict[FutureContract, Holding] = defaultdict(Holding)
    cash = Decimal(0)
    for fill in book:
        quantity = signed(fill)
        cash += held[fill.contract].trade(quantity, fill.price * multiplier * quantity) or 0
        cash -= fill.commission
    return Variation(cash.quantize(_CENT), dict(held))


def _taking_price(order: FutureOrder, shown: Shown | None) -> Decimal | None:
    """Return the price at which an order trades against the standing market, never worse than its limit."""
    price = None if shown is None else shown.ask if order.side is Side.BUY else shown.bid
    if price is None or order.limit is None:
        return price
    return price if (price <= order.limit if order.side is Side.BUY else price >= order.limit) else None
