"""The simulated exchange with bad habits: what a broker does that no client expects."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from lottogrid.brokers.port import CancelRefused, Executed
from lottogrid.calendar import TradingDay
from lottogrid.clock import trading_date
from lottogrid.exchange.account import Account
from lottogrid.exchange.exchange import Exchange
from lottogrid.exchange.store import Forgetful
from lottogrid.exchange.values import Due, Step, VenueOrder
from lottogrid.ledger.corrections import stem_of
from lottogrid.market.bars import Bar
from lottogrid.market.contracts import OptionContract, Right
from lottogrid.market.quotes import Quote
from lottogrid.orders import Execution, OrderIntent, OrderState, Side

FOREIGN = "MANUAL-"
"""How the references of orders begin that are not ours."""
_REFUSALS = ("margin is not available", "the order was placed while the market is closed", "short not available")


_FEW_SELL = 0.7
"""How often a purchase waits while sellers are few."""
_RELENTS = 0.4
"""How often somebody sells to a later order of a leg, where that may happen."""


class NumberedAccount(Account):
    """An account whose execution ids have the shape of Interactive Brokers', so that corrections can be told."""

    def book(self, order: VenueOrder, quantity: int, price: Decimal, at: datetime) -> Execution:
        """Execute; the id is `<number>.<day>.01.01`."""
        booked = super().book(order, quantity, price, at)
        return self.rename(booked, f"{self.progress.executions:08x}.{trading_date(at):%Y%m%d}.01.01")

    def rename(self, booked: Execution, exec_id: str, **changes: Any) -> Execution:
        """Put an execution under another id, with other terms where given."""
        del self.executions[booked.exec_id]
        renamed = replace(booked, exec_id=exec_id, **changes)
        self.executions[exec_id] = renamed
        return renamed


class FaultyExchange(Exchange):
    """An exchange that can be told to misbehave until an instant; `struck` hears of each time it did."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._account: NumberedAccount = NumberedAccount(Forgetful(), self.spec.multiplier)
        self.habits: dict[str, datetime] = {}
        """Until when a class of faults is in force."""
        self.unsold: Right | None = None
        """While F23 is in force: the options of which nobody sells any; None where sellers are few in all."""
        self.relents = False
        """Whether somebody may sell them after all, to one who asks a second time."""
        self._served: dict[str, bool] = {}
        self.random = Random(0)  # noqa: S311 - the day's own is set by its driver
        self.struck: Callable[[str], None] = lambda _: None
        self.on_placed: Callable[[OrderIntent, datetime], None] = lambda *_: None
        self.on_executed: Callable[[Execution, VenueOrder], None] = lambda *_: None
        self.foreign_cash = Decimal(0)
        """Dollars that came in by what was not ours."""
        self._foreign: dict[OptionContract, int] = {}
        self._broker_ids: set[str] = set()
        self._late: dict[str, int] = {}
        self.unannounced: set[str] = set()
        """Executions behind the broker's word that an order had ended without them."""
        self._untold: dict[str, Executed] = {}

    # --- what the world may look at

    @property
    def orders(self) -> dict[str, VenueOrder]:
        """Every order by its reference."""
        return self._account.orders

    @property
    def executions(self) -> dict[str, Execution]:
        """Every execution by its id."""
        return self._account.executions

    @property
    def holdings(self) -> dict[OptionContract, int]:
        """What our own orders hold."""
        found = dict(self._account.holdings)
        for contract, quantity in self._foreign.items():
            found[contract] = found.get(contract, 0) - quantity
        return {contract: quantity for contract, quantity in found.items() if quantity}

    def heal(self) -> None:
        """End what is in force; where nobody sells that goes on, as it is the market's affair and breaks nothing."""
        self.habits = {fault: until for fault, until in self.habits.items() if fault == "F23" and self.unsold}

    def is_misbehaving(self, fault: str) -> bool:
        """Whether a class of faults is in force."""
        until = self.habits.get(fault)
        return until is not None and self._now is not None and self._now < until

    # --- F23, F24, F26, F27, F28, F33

    def place(self, intent: OrderIntent, now: datetime) -> None:
        """Take an order in; the onlooker sees it first."""
        self.on_placed(intent, now)
        super().place(intent, now)

    def quote(self, contract: OptionContract, now: datetime) -> Quote | None:
        """Return no quote while trading is halted."""
        return None if self.is_misbehaving("F33") else super().quote(contract, now)

    def _match_path(self, bar: Bar, day: TradingDay) -> None:
        if self.is_misbehaving("F33"):
            self.struck("F33")
        else:
            super()._match_path(bar, day)

    def _publish(self, contracts: Iterable[OptionContract]) -> None:
        if not self.is_misbehaving("F33"):
            super()._publish(contracts)

    def _refusal(self, intent: OrderIntent, at: datetime) -> str | None:
        reason = super()._refusal(intent, at)
        if reason is None and self.is_misbehaving("F26") and self.random.random() < 0.7:  # noqa: PLR2004
            self.struck("F26")
            return self.random.choice(_REFUSALS)
        return reason

    def _arrive(self, order: VenueOrder, at: datetime) -> None:
        super()._arrive(order, at)
        if order.broker_id in self._broker_ids:
            self.struck("F28")
        if order.broker_id:
            self._broker_ids.add(order.broker_id)

    def reuse_order_numbers(self, back: int) -> None:
        """Let the next orders carry numbers that were given before."""
        self._account.progress.orders = max(self._account.progress.orders - back, 0)

    def _cancelled(self, order: VenueOrder | None, due: Due) -> None:
        if order is not None and not order.state.is_final:
            if self.is_misbehaving("F27"):
                self.struck("F27")
                self._outbox.append(CancelRefused(due.ref, "too late to cancel", due.at))
                return
            if self.is_misbehaving("F24"):
                self._cross(order, due.at)
        super()._cancelled(order, due)

    def _take(self, due: Due) -> None:
        if due.step is Step.MATCH and due.ref in self._untold:
            self._outbox.append(self._untold.pop(due.ref))
        elif due.step is Step.MATCH and due.ref in self._late:
            self._fill_late(self._account.orders[due.ref], due.at)
        else:
            super()._take(due)

    def _cross(self, order: VenueOrder, at: datetime) -> None:
        """Let a fill cross the cancel: the cancel's count has it and its news comes later, or nobody counts it yet.

        Of a sale every broker counts it: whoever believed the end would sell the leg again.
        """
        quantity = self.random.randint(1, max(order.remaining - 1, 1))
        price = self._price(order, at) if order.combo else order.intent.limit_price
        if order.intent.side is Side.BUY and not order.combo and self.random.random() < 0.5:  # noqa: PLR2004
            self._late[order.ref] = quantity
        elif price is not None:
            self.struck("F24")
            execution = self._booked(order, quantity, price, at)
            self._untold[order.ref] = Executed(execution)
        self._account.schedule(at + timedelta(seconds=self.random.uniform(0.05, 3)), Step.MATCH, order.ref)

    def _fill_late(self, order: VenueOrder, at: datetime) -> None:
        quantity = self._late.pop(order.ref)
        limit = order.intent.limit_price
        if limit is None or self._day is None or at >= self._day.closes:
            return
        self.struck("F24")
        ended = order.state
        self._outbox.append(Executed(self._booked(order, quantity, limit, at, is_announced=False)))
        if order.remaining:
            order.state = ended

    def _fill(self, order: VenueOrder, price: Decimal, at: datetime, *, shown_at: datetime) -> None:
        if order.intent.side is Side.BUY and self._finds_no_seller(order):
            return  # the entry rests, and is tried again
        is_thin = self.is_misbehaving("F23") and self.unsold is None
        before, booked = order.remaining, len(self._account.executions)
        kept = self.profile
        if is_thin:
            self.profile = replace(kept, partial_fill_probability=0.95)
        super()._fill(order, price, at, shown_at=shown_at)
        self.profile = kept
        if is_thin and 0 < order.remaining < before:
            self.struck("F23")
        for execution in list(self._account.executions.values())[booked:]:
            self.on_executed(execution, order)

    def _finds_no_seller(self, order: VenueOrder) -> bool:
        if not self.is_misbehaving("F23"):
            return False
        if self.unsold is None:
            return self.random.random() < _FEW_SELL
        if order.intent.contract.right is not self.unsold:
            return False
        if order.ref not in self._served:
            is_first = order.ref.endswith("-1")
            self._served[order.ref] = self.relents and not is_first and self.random.random() < _RELENTS
            if not self._served[order.ref]:
                self.struck("F23")
        return not self._served[order.ref]

    def _booked(
        self, order: VenueOrder, quantity: int, price: Decimal, at: datetime, *, is_announced: bool = True
    ) -> Execution:
        execution = self._account.book(order, quantity, price, at)
        if not is_announced:
            self.unannounced.add(execution.exec_id)
        self._account.charge(execution, self.profile.commission_per_contract * quantity)
        self.on_executed(execution, order)
        return execution

    # --- F29, F30

    def trade_by_hand(self, contract: OptionContract, quantity: int, price: Decimal, now: datetime) -> None:
        """Let somebody else buy in our account, at another screen."""
        self._run_until(now)
        number = len(self._foreign) + 1
        execution = Execution(
            exec_id=f"{number:08x}.ffffffff.01.01",
            order_ref=f"{FOREIGN}{number}",
            contract=contract,
            side=Side.BUY,
            quantity=quantity,
            price=price,
            at=now,
            commission=Decimal(0),
        )
        self._account.executions[execution.exec_id] = execution
        self._account.holdings[contract] = self._account.holdings.get(contract, 0) + quantity
        self._foreign[contract] = self._foreign.get(contract, 0) + quantity
        self._move_foreign(-price * quantity)
        self._outbox.append(Executed(execution))

    def _move_foreign(self, points: Decimal) -> None:
        self._account.progress.cash += points * self.spec.multiplier
        self.foreign_cash += points * self.spec.multiplier

    def correct(self, execution: Execution, price: Decimal) -> Execution:
        """Give an execution another price, under the next number of its id."""
        stem, number = stem_of(execution.exec_id)
        corrected = self._account.rename(execution, f"{stem}.{number + 1:02}", price=price)
        sign = 1 if execution.side is Side.SELL else -1
        self._account.progress.cash += (price - execution.price) * sign * execution.quantity * self.spec.multiplier
        self._outbox.append(Executed(corrected))
        return corrected

    def bust(self, execution: Execution) -> None:
        """Let a trade never have happened; nobody is told, the next look at the books shows it."""
        account = self._account
        del account.executions[execution.exec_id]
        order = account.orders[execution.order_ref]
        order.filled -= execution.quantity
        if order.state is OrderState.FILLED:
            order.state = OrderState.CANCELLED
        sign = 1 if execution.side is Side.BUY else -1
        held = account.holdings.pop(execution.contract, 0) - sign * execution.quantity
        if held:
            account.holdings[execution.contract] = held
        account.progress.cash += sign * execution.price * execution.quantity * self.spec.multiplier
        account.progress.cash += execution.commission or Decimal(0)

    def _finish(self) -> None:
        before = self._account.progress.cash
        held = dict(self._account.holdings)
        super()._finish()
        settled = {each.contract: each.price for each in self._account.settlements.values()}
        if before != self._account.progress.cash or held:
            for contract, quantity in list(self._foreign.items()):
                if contract in held and contract not in self._account.holdings:
                    self.foreign_cash += settled[contract] * quantity * self.spec.multiplier
                    del self._foreign[contract]
