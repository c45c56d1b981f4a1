"""How a day ended: by the ledger, by the gateway, and what neither may show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from lottogrid.brokers.ib.positions import UNDECIDED_POINTS
from lottogrid.gateway.hub import Hub
from lottogrid.gateway.tickets import Ticket, execution_id, legs_of
from lottogrid.ledger.corrections import stem_of
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.records import AlarmRaised, HaltSet
from lottogrid.market.contracts import OptionContract
from lottogrid.orders import Execution, ExecutionKind, Purpose, Side, leg_ref
from lottogrid.positions import LegRecord, PositionRecord
from lottogrid.settings import Settings

OURS = "LG-"


@dataclass(frozen=True, kw_only=True)
class Fact:
    """An execution as both books must have it."""

    ref: str
    contract: OptionContract
    side: Side
    quantity: int
    price: Decimal
    commission: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Account:
    """The account as the gateway has it."""

    tickets: tuple[Ticket, ...]
    facts: dict[str, Fact]
    """Executions of our orders, by the stem of their id."""
    trades: tuple[Execution, ...]
    """All executions, ours or not."""
    held: dict[OptionContract, int]
    foreign_cash: Decimal
    """What trades that are not ours have brought, dollars."""
    worth: dict[OptionContract, Decimal]
    """What options were worth at the fixing, points."""
    cash: Decimal
    """Dollars since the start."""

    @classmethod
    def of(cls, hub: Hub) -> Account:
        """Read the account; the gateway's thread must have ended."""
        snapshot = hub.snapshot()
        refs = {fill.exec_id: _ref(hub, fill) for fill in snapshot.executions}
        foreign = Decimal(0)
        facts = {}
        for fill in snapshot.executions:
            if refs[fill.exec_id].startswith(OURS):
                facts[stem_of(execution_id(fill))[0]] = _fact(fill, refs[fill.exec_id])
            else:
                sign = -1 if fill.side is Side.BUY else 1
                foreign += sign * fill.price * fill.quantity * hub.exchange.spec.multiplier - (fill.commission or 0)
        return cls(
            tickets=tuple(hub.tickets),
            facts=facts,
            trades=snapshot.executions,
            held={position.contract: position.quantity for position in snapshot.positions if position.quantity},
            foreign_cash=foreign,
            worth={settled.contract: settled.price for settled in snapshot.settlements},
            cash=hub.cash - hub.rules.start_cash_usd,
        )


@dataclass(frozen=True, kw_only=True)
class End:
    """The end of a day with a scenario."""

    died: str
    """What ended the supervision tree before its time; empty where nothing did."""
    connects: int
    """How often the bot came in."""
    troubles: tuple[str, ...]
    """What the link was down for."""
    positions: tuple[PositionRecord, ...]
    halts: tuple[HaltSet, ...]
    alarms: tuple[str, ...]
    account: Account
    facts: dict[str, Fact]
    """Trades in the ledger, by the stem of their id."""
    live_orders: tuple[str, ...]
    cash: Decimal
    last_price: Decimal
    """The underlying's last price, points."""
    multiplier: Decimal
    """Dollars a point."""
    unplayed: tuple[str, ...]
    """What of the scenario never came to happen: it has tested nothing."""

    @classmethod
    def of(
        cls,
        settings: Settings,
        ledger: Ledger,
        hub: Hub,
        *,
        died: str,
        connects: int,
        troubles: Iterable[str],
        last_price: Decimal,
    ) -> End:
        """Read both books; the actors and the gateway must have ended."""
        positions = ledger.positions()
        return cls(
            died=died,
            connects=connects,
            troubles=tuple(troubles),
            positions=positions,
            halts=ledger.halts(),
            alarms=tuple(record.text for record in _records(ledger) if isinstance(record, AlarmRaised)),
            account=Account.of(hub),
            facts={stem_of(fill.exec_id)[0]: _fact(fill, fill.order_ref) for fill in _trades(positions)},
            live_orders=tuple(order.intent.ref for order in ledger.live_orders()),
            cash=ledger.cash_usd(settings.risk.start_cash) - settings.risk.start_cash,
            last_price=last_price,
            multiplier=hub.exchange.spec.multiplier,
            unplayed=tuple(_unplayed(hub)),
        )

    @property
    def entered(self) -> list[datetime]:
        """When strangles were decided."""
        return [position.planned_at for position in self.positions]

    @property
    def bought(self) -> int:
        """Executions of entries."""
        return sum(fact.side is Side.BUY for fact in self.account.facts.values())

    def broken(self, *, is_undecided: bool = False) -> list[str]:
        """Return what no day may show, whatever went wrong in it.

        With `is_undecided` legs whose strike is too near the fixing are not booked yet, and nothing else is open.
        """
        return [
            *([f"the tree ended: {self.died}"] if self.died else []),
            *(self._not_undecided() if is_undecided else self._not_flat()),
            *self._twice(),
            *self._short(),
            *self._books_differ(),
            *self._cash_differs(),
            *(f"never came to happen: {what}" for what in self.unplayed),
        ]

    def _not_undecided(self) -> Iterator[str]:
        held = [leg for leg in self._legs() if leg.held]
        if not held:
            yield "no leg is undecided"
        for leg in held:
            if abs(leg.plan.contract.strike - self.last_price) > UNDECIDED_POINTS:
                yield f"{leg.plan.contract} is held, and the close was {self.last_price}"
        yield from (f"the gateway holds {held} {contract}" for contract, held in self.account.held.items())
        yield from (f"order {ref} still lives" for ref in self.live_orders)

    def _not_flat(self) -> Iterator[str]:
        foreign = _net(fill for fill in self.account.trades if not self._is_ours(fill))
        for contract, held in self.account.held.items():
            if held != foreign[contract]:
                yield f"the gateway holds {held} {contract}"
        for position in self.positions:
            if not position.state.is_final:
                legs = ", ".join(f"{leg.state.value} {leg.held}" for leg in position.legs)
                yield f"{position.position_id} ended as {position.state.value}: {legs}"
        yield from (f"order {ref} still lives" for ref in self.live_orders)

    def _is_ours(self, fill: Execution) -> bool:
        return stem_of(execution_id(fill))[0] in self.account.facts

    def _twice(self) -> Iterator[str]:
        refs = Counter(ref for ticket in self.account.tickets if ticket.order_ref for ref in _refs(ticket))
        yield from (f"order {ref} is at the gateway {count} times" for ref, count in refs.items() if count > 1)
        written = {order.intent.ref for leg in self._legs() for order in leg.orders}
        yield from (f"order {ref} is not in the ledger" for ref in refs if ref not in written)
        for leg in self._legs():
            entries = [order for order in leg.orders if order.intent.purpose is Purpose.ENTRY and order.executions]
            if len(entries) > 1:
                yield f"{leg.plan.contract} was bought under {len(entries)} entries"

    def _short(self) -> Iterator[str]:
        held: Counter[OptionContract] = Counter()
        for fill in self.account.trades:
            held[fill.contract] += _signed(fill)
            if held[fill.contract] < 0:
                yield f"the gateway held {held[fill.contract]} {fill.contract}"
        for leg in self._legs():
            if leg.held < 0:
                yield f"a leg held {leg.held} {leg.plan.contract}"

    def _books_differ(self) -> Iterator[str]:
        theirs = self.account.facts
        for stem in sorted(self.facts.keys() | theirs.keys()):
            if self.facts.get(stem) != theirs.get(stem):
                yield f"execution {stem}: ledger {self.facts.get(stem)}, gateway {theirs.get(stem)}"

    def _cash_differs(self) -> Iterator[str]:
        theirs = self.account
        unbooked = sum((leg.held * theirs.worth.get(leg.plan.contract, Decimal(0)) for leg in self._legs()), Decimal(0))
        if self.cash + unbooked * self.multiplier != theirs.cash - theirs.foreign_cash:
            foreign = theirs.foreign_cash
            yield f"cash: ledger {self.cash} and {unbooked} points, gateway {theirs.cash}, of it foreign {foreign}"

    def _legs(self) -> Iterator[LegRecord]:
        for position in self.positions:
            yield from position.legs


def _unplayed(hub: Hub) -> Iterator[str]:
    """Yield steps whose occasion never came, and faults that waited for something that never came."""
    yield from (f"{step.on.value} {step.skip + 1} more times" for step in hub._script._waiting if step.on)
    faults = hub.faults
    waiting = {
        "a new order": faults.next_order,
        "a cancellation": faults.next_cancellation or faults.cancels_late_by,
        "an order to swallow": faults.unacknowledged,
        "requests to lose": +faults.lost,
    }
    yield from (name for name, found in waiting.items() if found)


def _ref(hub: Hub, fill: Execution) -> str:
    ticket = hub.tickets.of_exchange(fill.order_ref)
    if ticket is None or not ticket.legs or not ticket.order_ref:
        return "" if ticket is None else ticket.order_ref
    return leg_ref(ticket.order_ref, int(fill.order_ref.rsplit("-", 1)[1]))


def _refs(ticket: Ticket) -> list[str]:
    """Return the orders of the journal that a ticket is: one, or a combo's legs."""
    legs = range(1, len(legs_of(ticket)) + 1)
    return [leg_ref(ticket.order_ref, number) for number in legs] or [ticket.order_ref]


def _fact(fill: Execution, ref: str) -> Fact:
    return Fact(
        ref=ref,
        contract=fill.contract,
        side=fill.side,
        quantity=fill.quantity,
        price=fill.price,
        commission=fill.commission,
    )


def _trades(positions: Iterable[PositionRecord]) -> Iterator[Execution]:
    for position in positions:
        for leg in position.legs:
            yield from (fill for fill in leg.executions if fill.kind is ExecutionKind.TRADE)


def _net(fills: Iterable[Execution]) -> Counter[OptionContract]:
    found: Counter[OptionContract] = Counter()
    for fill in fills:
        found[fill.contract] += _signed(fill)
    return found


def _signed(fill: Execution) -> int:
    return fill.quantity if fill.side is Side.BUY else -fill.quantity


def _records(ledger: Ledger) -> Iterator[object]:
    last = ledger.last_sequence()
    yield from (row.record for row in ledger.journal(after_seq=0, limit=last))
