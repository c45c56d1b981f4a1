"""An emergency stop past the bot: every order cancelled, what is ours sold at any price, and the broker's word for it.

It trusts nothing that the bot has in memory: only what the broker lists now, and the ledger where it can be read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Protocol

from lottogrid.brokers import port as p
from lottogrid.clock import Clock, real_seconds
from lottogrid.control.commands import Step
from lottogrid.market.contracts import ContractSpec, OptionContract
from lottogrid.orders import BrokerOrder, OrderIntent, OrderType, Purpose, Side
from lottogrid.references import leg_named, sale_past_the_bot

OUR_PREFIX = "LG-"
"""With which the references of our orders begin."""
LOOK_EVERY = 0.5
"""Real seconds between two looks at the broker's book."""
CANCEL_EVERY = 2.0
"""Real seconds after which orders that still work are cancelled once more."""


class Port(p.BrokerPort, p.CancelsAll, Protocol):
    """A broker port that can end every order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A leg of which something is held, by the ledger's last word or by the broker's executions."""

    position_id: str
    number: int
    contract: OptionContract
    held: int

    @property
    def name(self) -> tuple[str, int]:
        """Its position, and its number there."""
        return self.position_id, self.number


@dataclass(frozen=True, slots=True)
class Takeover:
    """What came of it."""

    steps: tuple[Step, ...]
    left: tuple[str, ...]
    """What the broker still lists, in words."""
    sold: int
    """Sales that were sent."""


class NotConnected(Exception):  # noqa: N818
    """The broker did not let us in; the text says why."""


class TakingOver:
    """One attempt over one port, which is opened and closed here. Runs on the calling thread."""

    def __init__(
        self,
        port: Port,
        spec: ContractSpec,
        clock: Clock,
        legs: Sequence[Leg],
        *,
        tell: Callable[[str], None],
    ) -> None:
        """Prepare.

        Args:
            port: to the broker, not open yet, under a client id of its own.
            spec: what is traded.
            clock: stamps the orders.
            legs: what the ledger holds by its last word; empty where it cannot be read.
            tell: hears what happens, as it happens.
        """
        self._port = port
        self._spec = spec
        self._clock = clock
        self._legs = tuple(legs)
        self._tell = tell
        self._events: SimpleQueue[p.BrokerEvent] = SimpleQueue()
        self._owned: dict[OptionContract, int] | None = None
        """What was ours when no order worked any more; what the account holds beyond it stays."""
        self._others: dict[OptionContract, int] = {}
        self._sales: dict[str, tuple[OptionContract, Leg | None]] = {}
        """Our sales by reference."""
        self._ended: set[str] = set()
        """Sales that were refused."""

    def run(self, within: float) -> Takeover:
        """Do it within so many real seconds.

        Raises:
            NotConnected: nothing was sent.
        """
        deadline = real_seconds() + within
        self._port.open(self._events.put)
        try:
            self._tell(f"connected to {self._connect(deadline)}")
            return self._flatten(deadline)
        finally:
            self._port.close()

    def _connect(self, deadline: float) -> str:
        while True:
            match self._next(deadline):
                case p.Connected(account=account):
                    return account
                case p.Disconnected(reason=reason):
                    raise NotConnected(reason)
                case None:
                    raise NotConnected("no answer in time")

    def _flatten(self, deadline: float) -> Takeover:
        cancelled_at = float("-inf")
        is_cleared = False
        snapshot: p.BrokerSnapshot | None = None
        while True:
            if not is_cleared and real_seconds() - cancelled_at >= CANCEL_EVERY:
                self._tell("cancelling every order of the login")
                self._port.cancel_all()
                cancelled_at = real_seconds()
            snapshot = self._look(deadline) or snapshot
            if snapshot is not None and not is_cleared and not _live(snapshot):
                is_cleared = True
                self._tell("no order works")
            if snapshot is not None and is_cleared:
                if not _live(snapshot) and not self._held(snapshot):
                    return self._result(snapshot, is_cleared=True)
                self._sell(snapshot)
            if real_seconds() >= deadline:
                return self._result(snapshot, is_cleared=is_cleared)
            self._drain(min(deadline, real_seconds() + LOOK_EVERY))

    def _sell(self, snapshot: p.BrokerSnapshot) -> None:
        """Sell what no order of ours is selling already, at the lowest price: a market order that can also rest."""
        final = {order.ref for order in snapshot.orders if order.state.is_final} | self._ended
        selling = {contract for ref, (contract, _) in self._sales.items() if ref not in final}
        for contract, quantity in self._held(snapshot).items():
            # One whose end is not known may still trade, listed or not.
            if contract in selling:
                continue
            for leg, part in self._parts(snapshot, contract, quantity):
                self._send(contract, leg, part)

    def _send(self, contract: OptionContract, leg: Leg | None, quantity: int) -> None:
        now = self._clock.now()
        number = int(f"{now:%H%M%S}{len(self._sales) + 1:02d}")
        order = OrderIntent(
            ref=f"{OUR_PREFIX}ESTOP-{now:%Y%m%d}-{number}"
            if leg is None
            else sale_past_the_bot(leg.position_id, leg.number, number),
            position_id="" if leg is None else leg.position_id,
            leg=0 if leg is None else leg.number,
            contract=contract,
            side=Side.SELL,
            quantity=quantity,
            order_type=OrderType.LIMIT,
            limit_price=self._spec.ladder.smallest,
            purpose=Purpose.EXIT,
            created_at=now,
        )
        self._tell(f"selling {quantity} of {contract} ({order.ref})")
        self._sales[order.ref] = contract, leg
        self._port.place(order)

    def _parts(
        self, snapshot: p.BrokerSnapshot, contract: OptionContract, quantity: int
    ) -> Iterator[tuple[Leg | None, int]]:
        """Yield how a sale is spread over legs, so that the ledger can book it; None is for what no leg is known of."""
        for leg in self._bought(snapshot, contract):
            part = min(quantity, leg.held - self._sold(snapshot, leg))
            if part > 0:
                quantity -= part
                yield leg, part
        if quantity > 0:
            yield None, quantity

    def _bought(self, snapshot: p.BrokerSnapshot, contract: OptionContract) -> list[Leg]:
        """Return the legs that hold a contract: by today's executions, which know the last fill, else by the ledger."""
        held = Counter[tuple[str, int]]()
        for execution in snapshot.executions:
            named = leg_named(execution.order_ref)
            if execution.contract == contract and named is not None and execution.order_ref not in self._sales:
                held[named] += execution.quantity if execution.side is Side.BUY else -execution.quantity
        if not held:
            return [leg for leg in self._legs if leg.contract == contract]
        return [Leg(position_id=of, number=number, contract=contract, held=n) for (of, number), n in held.items()]

    def _sold(self, snapshot: p.BrokerSnapshot, leg: Leg) -> int:
        refs = {ref for ref, (_, of) in self._sales.items() if of is not None and of.name == leg.name}
        return sum(execution.quantity for execution in snapshot.executions if execution.order_ref in refs)

    def _held(self, snapshot: p.BrokerSnapshot) -> dict[OptionContract, int]:
        """Return what is ours and still to be sold: both the broker's list and its executions must say so.

        The list can lag behind a fill; a second sale for it would go short.
        """
        held = {position.contract: position.quantity for position in snapshot.positions}
        if self._owned is None:
            self._owned = {contract: self._mine(snapshot, contract, quantity) for contract, quantity in held.items()}
            self._others = {contract: held[contract] - self._owned[contract] for contract in held}
        sold = Counter[OptionContract]()
        for execution in snapshot.executions:
            if execution.order_ref in self._sales:
                sold[execution.contract] += execution.quantity
        left = {
            contract: min(held.get(contract, 0) - self._others[contract], owned - sold[contract])
            for contract, owned in self._owned.items()
        }
        return {contract: quantity for contract, quantity in left.items() if quantity > 0}

    def _mine(self, snapshot: p.BrokerSnapshot, contract: OptionContract, held: int) -> int:
        """Return how much of a holding our orders have bought: by today's executions, else by the ledger."""
        ours = [e for e in snapshot.executions if e.contract == contract and e.order_ref.startswith(OUR_PREFIX)]
        by_ledger = sum(leg.held for leg in self._legs if leg.contract == contract)
        net = sum(e.quantity if e.side is Side.BUY else -e.quantity for e in ours)
        return max(min(held, net if ours else by_ledger), 0)

    # --- the broker's word

    def _look(self, deadline: float) -> p.BrokerSnapshot | None:
        self._port.request_snapshot()
        while True:
            match self._next(deadline):
                case p.BrokerSnapshot() as snapshot:
                    return snapshot
                case p.Disconnected(reason=reason):
                    self._tell(f"the link was lost: {reason}")
                    return None
                case p.SnapshotMissed() | None:
                    return None

    def _next(self, deadline: float) -> p.BrokerEvent | None:
        try:
            return self._events.get(timeout=max(deadline - real_seconds(), 0.001))
        except Empty:
            return None

    def _drain(self, until: float) -> None:
        while (event := self._next(until)) is not None:
            if isinstance(event, p.OrderRejected | p.OrderNotSent):
                self._ended.add(event.ref)
                self._tell(f"{event.ref} was refused: {event.reason}")

    def _result(self, snapshot: p.BrokerSnapshot | None, *, is_cleared: bool) -> Takeover:
        if snapshot is None:
            left: tuple[str, ...] = ("orders and holdings unknown: the broker has told nothing",)
        else:
            left = (*_words(_live(snapshot)), *(f"holding {n} of {c}" for c, n in self._held(snapshot).items()))
        steps = (
            Step("every order is cancelled", is_confirmed=is_cleared),
            Step("nothing of ours is held, by the broker's list", is_confirmed=is_cleared and not left),
        )
        more = () if snapshot is None else snapshot.others
        return Takeover(steps, (*left, *(f"not touched: {each}" for each in more)), len(self._sales))


def _live(snapshot: p.BrokerSnapshot) -> list[BrokerOrder]:
    return [order for order in snapshot.orders if not order.state.is_final]


def _words(orders: list[BrokerOrder]) -> list[str]:
    return [f"order {o.ref}: {o.side.value} {o.quantity - o.filled} of {o.contract}, {o.state.value}" for o in orders]
