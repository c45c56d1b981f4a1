"""What is held and what it brought, derived from the executions, so that it cannot disagree with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from lottogrid.brokers.port import BrokerSnapshot, Settled
from lottogrid.gateway.fills import Fill, FutureFill, signed
from lottogrid.gateway.listings import FutureContract
from lottogrid.market.contracts import OptionContract
from lottogrid.orders import Execution


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
    futures: dict[FutureContract, Holding] = field(default_factory=dict)
    gains: dict[str, Decimal] = field(default_factory=dict)
    """Dollars, by execution; an opening one has none."""

    @property
    def realised(self) -> Decimal:
        """Dollars that closed parts brought."""
        holdings = [*self.options.values(), *self.futures.values()]
        return sum((holding.realised for holding in holdings), Decimal(0))


def portfolio(snapshot: BrokerSnapshot, futures: Iterable[FutureFill], multiplier: Decimal) -> Portfolio:
    """Return what the account holds.

    Args:
        snapshot: all executions and settlements in options.
        futures: all fills of futures and deliveries, oldest first.
        multiplier: dollars a point.
    """
    found = Portfolio()
    # Sorting is stable: at the close, what traded comes before what settles.
    events: list[Execution | Settled] = [*snapshot.executions, *snapshot.settlements]
    for event in sorted(events, key=lambda event: event.at):
        if isinstance(event, Execution):
            _trade(found, found.options.setdefault(event.contract, Holding()), event, multiplier)
        elif (held := found.options.get(event.contract)) is not None and held.quantity:
            held.trade(-held.quantity, -event.price * multiplier * held.quantity)
    for fill in futures:
        _trade(found, found.futures.setdefault(fill.contract, Holding()), fill, multiplier)
    return found


def _trade(found: Portfolio, holding: Holding, fill: Fill, multiplier: Decimal) -> None:
    quantity = signed(fill)
    gained = holding.trade(quantity, fill.price * multiplier * quantity + (fill.commission or 0))
    if gained is not None:
        found.gains[fill.exec_id] = gained
