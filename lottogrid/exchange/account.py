"""What the exchange knows of the account: orders, executions, settlements, holdings, and what falls due."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from lottogrid.brokers.port import BrokerSnapshot, Settled
from lottogrid.clock import trading_date
from lottogrid.exchange.store import Keeper
from lottogrid.exchange.values import Due, Progress, Step, VenueOrder
from lottogrid.market.contracts import OptionContract
from lottogrid.orders import BrokerOrder, BrokerPosition, Execution, OrderIntent, OrderState, Side


class Account:
    """The account's memory; every change is put into the keeper, and lasts from `flush` on.

    Positions are derived from executions and settlements, so they cannot disagree with them.
    """

    def __init__(self, keeper: Keeper, multiplier: Decimal) -> None:
        """Take up what `keeper` holds; `multiplier` is dollars a point."""
        self._keeper = keeper
        self._multiplier = multiplier
        self.progress = next(iter(keeper.load(Progress)), Progress())
        self.orders = {order.ref: order for order in keeper.load(VenueOrder)}
        self.executions = {execution.exec_id: execution for execution in keeper.load(Execution)}
        self.settlements = {settled.settlement_id: settled for settled in keeper.load(Settled)}
        self._agenda = sorted(keeper.load(Due))
        self._reports: dict[str, BrokerOrder] = {}
        """The last report of each order: most stand as they stood."""
        self.holdings: dict[OptionContract, int] = {}
        for execution in self.executions.values():
            self._hold(execution)
        for settled in self.settlements.values():
            self.holdings.pop(settled.contract, None)

    def add(self, intent: OrderIntent, arrives_at: datetime, combo: str = "") -> None:
        """Note an order that is on its way in; `combo` names the legs of the combo that it is one of."""
        order = self.orders[intent.ref] = VenueOrder(intent=intent, arrives_at=arrives_at, combo=combo)
        self._changed(order)

    def accept(self, order: VenueOrder) -> None:
        """Let `order` work, under a number of the exchange's own."""
        self.progress.orders += 1
        order.state = OrderState.WORKING
        order.broker_id = f"B-{trading_date(order.arrives_at):%Y%m%d}-{self.progress.orders}"
        self._changed(order)
        self._moved_on()

    def match_at(self, order: VenueOrder, at: datetime) -> None:
        """Let `order` meet the quotes that stand at `at`."""
        order.is_matching = True
        self._changed(order)
        self.schedule(at, Step.MATCH, order.ref)

    def rest(self, order: VenueOrder) -> None:
        """Let `order` wait in the book."""
        order.is_matching = False
        self._changed(order)

    def end(self, order: VenueOrder, state: OrderState, reason: str = "") -> None:
        """Put `order` into a final state."""
        order.state, order.reason, order.is_matching = state, reason, False
        self._changed(order)

    def working(self) -> list[VenueOrder]:
        """Return the orders that may trade, by arrival and then by reference."""
        found = [order for order in self.orders.values() if order.state is OrderState.WORKING]
        return sorted(found, key=lambda order: (order.arrives_at, order.ref))

    def idle(self) -> list[VenueOrder]:
        """Return the working orders for which nothing is under way, by arrival and then by reference."""
        return [order for order in self.working() if not order.is_matching]

    def together(self, order: VenueOrder) -> list[VenueOrder]:
        """Return the orders that trade as one with `order`, itself included; those not placed yet are missing."""
        return [self.orders[ref] for ref in order.combo.split(",") if ref in self.orders] if order.combo else [order]

    def paid(self, orders: Sequence[VenueOrder]) -> Decimal:
        """Return what was executed under `orders`, points times contracts."""
        refs = {order.ref for order in orders if order.filled}
        found = (each for each in self.executions.values() if each.order_ref in refs) if refs else ()
        return sum((each.price * each.quantity for each in found), Decimal(0))

    def sellable(self, contract: OptionContract) -> int:
        """Return how many of `contract` are held and not yet offered by a working order."""
        offers = (order for order in self.working() if order.intent.side is Side.SELL)
        offered = sum(order.remaining for order in offers if order.intent.contract == contract)
        return self.holdings.get(contract, 0) - offered

    def schedule(self, at: datetime, step: Step, ref: str) -> None:
        """Let `step` fall due for the order `ref`."""
        self.progress.steps += 1
        due = Due(at, step, ref, self.progress.steps)
        heapq.heappush(self._agenda, due)
        self._keeper.put(str(due.number), due)
        self._moved_on()

    def next_due(self) -> datetime | None:
        """Return when the next step falls due."""
        return self._agenda[0].at if self._agenda else None

    def pop(self, until: datetime) -> Due | None:
        """Take the next step off the agenda if it is due by `until`."""
        if not self._agenda or self._agenda[0].at > until:
            return None
        due = heapq.heappop(self._agenda)
        self._keeper.drop(Due, str(due.number))
        return due

    def book(self, order: VenueOrder, quantity: int, price: Decimal, at: datetime) -> Execution:
        """Execute `quantity` of `order` at `price` points; the commission is said later."""
        self.progress.executions += 1
        execution = Execution(
            exec_id=f"E-{trading_date(at):%Y%m%d}-{self.progress.executions}",
            order_ref=order.ref,
            contract=order.intent.contract,
            side=order.intent.side,
            quantity=quantity,
            price=price,
            at=at,
        )
        order.filled += quantity
        if order.remaining:
            self._changed(order)
        else:
            self.end(order, OrderState.FILLED)
        self._hold(execution)
        points = price * quantity if execution.side is Side.SELL else -price * quantity
        self._pay(points * self._multiplier)
        self._keep(execution)
        return execution

    def charge(self, execution: Execution, commission: Decimal) -> None:
        """Take `commission` dollars for `execution`."""
        self._pay(-commission)
        self._keep(replace(execution, commission=commission))

    def settle(self, contract: OptionContract, price: Decimal, at: datetime) -> Settled:
        """End the holding of `contract` at `price` points, in cash."""
        settled = Settled(f"S-{trading_date(at):%Y%m%d}-{contract}", contract, price, at)
        self._pay(price * self._multiplier * self.holdings.pop(contract))
        self.settlements[settled.settlement_id] = settled
        self._keeper.put(settled.settlement_id, settled)
        return settled

    def snapshot(self, now: datetime) -> BrokerSnapshot:
        """Return everything that is kept, oldest first."""
        return BrokerSnapshot(
            taken_at=now,
            orders=tuple(self._report(order) for order in self.orders.values()),
            executions=tuple(self.executions.values()),
            settlements=tuple(self.settlements.values()),
            positions=tuple(BrokerPosition(contract=c, quantity=q) for c, q in self.holdings.items()),
        )

    def _report(self, order: VenueOrder) -> BrokerOrder:
        report = self._reports.get(order.ref)
        if report is None or not order.is_told_by(report):
            report = self._reports[order.ref] = order.report()
        return report

    def begin(self, day: date, closes: datetime) -> None:
        """Begin the session of `day`."""
        progress = self.progress
        progress.trading_date, progress.closes, progress.is_settled = day, closes, False
        progress.orders = progress.executions = 0
        self._moved_on()

    def has_seen(self, end: datetime) -> bool:
        """Return whether the bar that ended at `end` was matched already."""
        return self.progress.last_bar_end is not None and end <= self.progress.last_bar_end

    def see(self, price: Decimal, end: datetime) -> None:
        """Note the last price, points, of the bar that ended at `end`."""
        self.progress.last_price, self.progress.last_bar_end = price, end
        self._moved_on()

    def finish(self) -> None:
        """Note that the session is over and settled."""
        self.progress.is_settled = True
        self._moved_on()

    def forget_before(self, first: date) -> None:
        """Drop what is over and older than the trading date `first`."""
        for ref, order in list(self.orders.items()):
            if order.state.is_final and trading_date(order.intent.created_at) < first:
                del self.orders[ref]
                self._reports.pop(ref, None)
                self._keeper.drop(VenueOrder, ref)
        for kind, kept in ((Execution, self.executions), (Settled, self.settlements)):
            for key in [key for key, value in kept.items() if trading_date(value.at) < first]:
                del kept[key]
                self._keeper.drop(kind, key)

    def flush(self) -> None:
        """Make every change so far lasting."""
        self._keeper.flush()

    def _hold(self, execution: Execution) -> None:
        change = execution.quantity if execution.side is Side.BUY else -execution.quantity
        held = self.holdings.pop(execution.contract, 0) + change
        if held:
            self.holdings[execution.contract] = held

    def _keep(self, execution: Execution) -> None:
        self.executions[execution.exec_id] = execution
        self._keeper.put(execution.exec_id, execution)

    def _changed(self, order: VenueOrder) -> None:
        self._keeper.put(order.ref, order)

    def _moved_on(self) -> None:
        self._keeper.put("", self.progress)

    def _pay(self, dollars: Decimal) -> None:
        self.progress.cash += dollars
        self._moved_on()
