"""What is held and what it brought, derived from the executions, so that it cannot disagree with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from lottogrid.brokers.port import BrokerSnapshot, Settled
from lottogrid.market.contracts import OptionContract, Right
from lottogrid.orders import Execution, Side


@dataclass(slots=True)
class Holding:
    """One position. `cost` is what is held cost, dollars, commissions included; quantity is negative when short."""

    quantity: int = 0
    cost: Decimal = Decimal(0)
    realised: Decimal = Decimal(0)
    """Dollars that closed parts brought."""

    @property
    def average_cost(self) -> Decimal:
        """Dollars a contract, the multiplier included."""
        return self.cost / self.quantity if self.quantity else Decimal(0)

    def trade(self, quantity: int, dollars: Decimal) -> Decimal | None:
        """Add `quantity` (negative: sold) that cost `dollars`; return what closing brought, None where it opened."""
        if self.quantity * quantity >= 0:
            self.quantity += quantity
            self.cost += dollars
            return None
        closed = min(abs(quantity), abs(self.quantity)) * (1 if quantity > 0 else -1)
        paid = dollars * closed / quantity
        gained = self.average_cost * closed - paid
        self.cost += self.average_cost * closed
        self.quantity += closed
        self.realised += gained
        if quantity != closed:
            self.quantity, self.cost = quantity - closed, dollars - paid
        return gained


@dataclass(slots=True)
class Portfolio:
    """Holdings, and what each closing execution brought."""

    options: dict[OptionContract, Holding] = field(default_factory=dict)
    future: Holding = field(default_factory=Holding)
    """In the underlying, from options that ended in the money."""
    gains: dict[str, Decimal] = field(default_factory=dict)
    """Dollars, by execution; an opening one has none."""

    @property
    def realised(self) -> Decimal:
        """Dollars that closed parts brought."""
        return sum((holding.realised for holding in [*self.options.values(), self.future]), Decimal(0))


def portfolio(snapshot: BrokerSnapshot, multiplier: Decimal, *, delivers: bool) -> Portfolio:
    """Return what the account holds.

    Args:
        snapshot: all executions and settlements.
        multiplier: dollars a point.
        delivers: whether an option in the money ends as a position in the underlying. It is opened at the price of
            the fixing, as the difference to the strike was paid in cash.
    """
    found = Portfolio()
    for event in _in_order(snapshot):
        if isinstance(event, Execution):
            _trade(found, event, multiplier)
        else:
            _settle(found, event, multiplier, delivers=delivers)
    return found


def _in_order(snapshot: BrokerSnapshot) -> Iterable[Execution | Settled]:
    # Sorting is stable: at the close, what traded comes before what settles.
    events: list[Execution | Settled] = [*snapshot.executions, *snapshot.settlements]
    return sorted(events, key=lambda event: event.at)


def _trade(found: Portfolio, execution: Execution, multiplier: Decimal) -> None:
    quantity = execution.quantity if execution.side is Side.BUY else -execution.quantity
    dollars = execution.price * multiplier * quantity + (execution.commission or 0)
    gained = found.options.setdefault(execution.contract, Holding()).trade(quantity, dollars)
    if gained is not None:
        found.gains[execution.exec_id] = gained


def _settle(found: Portfolio, settled: Settled, multiplier: Decimal, *, delivers: bool) -> None:
    holding = found.options.get(settled.contract)
    if holding is None or not holding.quantity:
        return
    quantity = holding.quantity
    holding.trade(-quantity, -settled.price * multiplier * quantity)
    if delivers and settled.price > 0:
        is_call = settled.contract.right is Right.CALL
        fixing = settled.contract.strike + (settled.price if is_call else -settled.price)
        received = quantity if is_call else -quantity
        found.future.trade(received, fixing * multiplier * received)
