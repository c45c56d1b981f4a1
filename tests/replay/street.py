"""One position, the real ledger, and a broker of whom only the truth is certain: what he says comes late, twice, or not
at all, but a comparison of the books shows what is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from actors import messages as m
from actors.ledger import LedgerKeeper
from actors.position import Patience, Position
from actors.positions import Positions
from actors.recall import LedgerRules
from actors.runtime.actor import Actor
from actors.runtime.cell import Cell
from actors.runtime.stepped import SteppedRuntime
from lottogrid.brokers import port as p
from lottogrid.calendar import TradingDay
from lottogrid.clock import VirtualClock
from lottogrid.entering import EntryPolicy
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.records import PositionPlanned
from lottogrid.market.contracts import OptionContract, Right, spec_of
from lottogrid.market.quotes import Quote
from lottogrid.orders import BrokerOrder, BrokerPosition, Execution, OrderIntent, OrderState, Side
from lottogrid.positions import LegPlan, PositionRecord, Proposal
from machines.session import SessionState
from tests.replay.bench import Kill, Killed

A = TypeVar("A", bound=Actor)
SPEC = spec_of("MES")
ON = date(2025, 6, 3)
START = datetime(2025, 6, 3, 18, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = TradingDay(
    date=ON,
    opens=START - timedelta(hours=1),
    last_entry=START + timedelta(minutes=90),
    flatten=START + timedelta(minutes=118),
    closes=START + timedelta(minutes=120),
    is_half_day=False,
)
ID = "LG-20250603-001"
COMMISSION = Decimal("0.62")
RESERVED = Decimal(40)
"""For each contract of both legs."""
CONTRACTS = tuple(
    OptionContract(symbol="MES", expiry=ON, right=right, strike=Decimal(strike))
    for right, strike in ((Right.CALL, 6350), (Right.PUT, 6250))
)


class Answering(Actor):
    """Clock and market data in one: answers what a position asks."""

    state = SessionState.TRADING
    bid: Decimal | None = None

    def on_receive(self, message: object) -> None:
        match message:
            case m.TellSession(reply_to=reply_to):
                self.send(reply_to, self.told())
            case m.TellQuotes(contracts=contracts, reply_to=reply_to) if self.bid is not None:
                quotes = tuple(Quote(contract, self.now(), self.bid, self.bid) for contract in contracts)
                self.send(reply_to, m.QuotesTold(quotes))

    def told(self) -> m.SessionChanged:
        """Return what the hour allows."""
        return m.SessionChanged(self.state, DAY, ON, DAY)


@dataclass
class Held:
    """An order as it really is."""

    intent: OrderIntent
    state: OrderState = OrderState.WORKING
    filled: int = 0

    @property
    def remaining(self) -> int:
        """Contracts not executed."""
        return self.intent.quantity - self.filled


class Desk(Actor):
    """Takes orders and cancels in; answers a comparison with the truth, at once."""

    def __init__(self) -> None:
        super().__init__()
        self.in_flight: list[OrderIntent] = []
        self.combos: list[str] = []
        self.cancels: list[str] = []
        self.orders: dict[str, Held] = {}
        self.executions: list[Execution] = []
        self.settlements: list[p.Settled] = []
        self.unheard: list[object] = []
        self.breaks: list[str] = []

    def on_receive(self, message: object) -> None:
        match message:
            case m.PlaceOrder(intent=intent):
                self.in_flight.append(intent)
            case m.PlaceCombo(combo=combo):
                self.combos.append(combo.ref)
                self.in_flight += combo.legs  # whose ends are told apart, as they can be
            case m.CancelOrder(ref=ref):
                self.cancels.append(ref)
            case m.Resync():
                self.send(m.LEDGER, self.snapshot())
            case m.BooksCompared(breaks=breaks, look_again=look_again):
                self.breaks += breaks
                if look_again:
                    self.after(timedelta(seconds=6), m.Resync())

    def holding(self, contract: OptionContract) -> int:
        """Return what is really held; negative is short."""
        signs = {Side.BUY: 1, Side.SELL: -1}
        held = sum(signs[each.side] * each.quantity for each in self.executions if each.contract == contract)
        return 0 if any(settled.contract == contract for settled in self.settlements) else held

    def snapshot(self) -> p.BrokerSnapshot:
        """Return everything as it is."""
        return p.BrokerSnapshot(
            taken_at=self.now(),
            orders=tuple(_report(order) for order in self.orders.values()),
            executions=tuple(replace(execution, commission=COMMISSION) for execution in self.executions),
            settlements=tuple(self.settlements),
            positions=tuple(
                BrokerPosition(contract=contract, quantity=self.holding(contract))
                for contract in CONTRACTS
                if self.holding(contract)
            ),
        )

    def take(self, intent: OrderIntent) -> None:
        """Let an order work."""
        self.orders[intent.ref] = Held(intent)
        self.unheard.append(p.OrderAcknowledged(intent.ref, f"B-{intent.ref}", self.now()))

    def end(self, order: Held, state: OrderState) -> None:
        """End an order."""
        order.state = state
        ref, now = order.intent.ref, self.now()
        match state:
            case OrderState.CANCELLED:
                self.unheard.append(p.OrderCancelled(ref, now, order.filled))
            case OrderState.REJECTED:
                self.unheard.append(p.OrderRejected(ref, "a test", now))
            case OrderState.EXPIRED:
                self.unheard.append(p.OrderExpired(ref, now))

    def answer_cancel(self, ref: str) -> None:
        """Act on a cancel."""
        order = self.orders.get(ref)
        if order is not None and order.state is OrderState.WORKING:
            self.end(order, OrderState.CANCELLED)
        else:
            self.unheard.append(p.CancelRefused(ref, "nothing to cancel", self.now()))

    def fill(self, order: Held, quantity: int) -> None:
        """Execute some of an order, which may have ended before."""
        intent, number = order.intent, len(self.executions) + 1
        assert intent.limit_price is not None
        execution = Execution(
            exec_id=f"E-{number}",
            order_ref=intent.ref,
            contract=intent.contract,
            side=intent.side,
            quantity=quantity,
            price=intent.limit_price,
            at=self.now(),
        )
        order.filled += quantity
        if order.remaining == 0:
            order.state = OrderState.FILLED
        self.executions.append(execution)
        self.unheard += [p.Executed(execution), p.Commissioned(execution.exec_id, COMMISSION, self.now())]

    def settle(self) -> None:
        """End the day: what works expires, what is held is worth nothing."""
        for order in self.orders.values():
            if order.state is OrderState.WORKING:
                self.end(order, OrderState.EXPIRED)
        held = [contract for contract in CONTRACTS if self.holding(contract)]
        self.settlements = [p.Settled(f"S-{contract}", contract, Decimal(0), self.now()) for contract in held]
        self.unheard += self.settlements


class Noticing(SteppedRuntime):
    """Remembers whatever any actor died of, but for what was done to it on purpose."""

    def __init__(self, kill: Kill) -> None:
        super().__init__(VirtualClock(START), interference=kill)
        self.crashes: list[str] = []

    def report_end(self, cell: Cell) -> None:
        """Note why it ended."""
        if cell.error is not None and not isinstance(cell.error, Killed):
            self.crashes.append(f"{cell.name}: {cell.error!r}")
        super().report_end(cell)


@dataclass
class Street:
    """The position and its surroundings."""

    quantity: int
    policy: EntryPolicy = field(default_factory=EntryPolicy)
    has_missed: bool = False
    """Whether an event was lost since the books were compared; a request that is lost must be found out without."""
    kill: Kill = field(default_factory=lambda: Kill(ID, 0, after_effects=False, done=True))

    def __post_init__(self) -> None:
        self.runtime = Noticing(self.kill)
        self.ledger = Ledger.in_memory()
        rules = LedgerRules(
            start_cash_usd=Decimal(5000), answer_within=timedelta(seconds=10), grace=timedelta(seconds=5)
        )
        self._spawn(m.LEDGER, lambda: LedgerKeeper(lambda: self.ledger, rules))
        self.desk = self._spawn(m.BROKER, Desk)
        self.clock = self._spawn(m.CLOCK, Answering)
        self.market = self._spawn(m.MARKET_DATA, Answering)
        self._spawn(m.POSITIONS, lambda: Positions(lambda key: Position(key, SPEC, Patience(), self.policy)))
        planned = PositionPlanned(
            at=START,
            position_id=ID,
            trading_date=ON,
            proposal=proposal(self.quantity),
            reserved_usd=RESERVED * self.quantity,
        )
        self.say(m.LEDGER, m.Commit("risk", (planned,), ((m.POSITIONS, m.OpenPosition(ID)),)))

    def _spawn(self, name: str, factory: Callable[[], A]) -> A:
        cell = self.runtime.spawn(name, factory)
        return cell.actor  # type: ignore[return-value]

    @property
    def position(self) -> PositionRecord:
        """The position as the ledger has it."""
        return self.ledger.position(ID)

    def say(self, target: str, *messages: object) -> None:
        """Send messages and let everybody act on them."""
        for message in messages:
            self.runtime.send(target, message)
            self.runtime.run_until_idle()

    def hear(self, number: int) -> None:
        """Let the ledger hear one of the broker's events."""
        self.say(m.LEDGER, self.desk.unheard.pop(number))

    def flatten(self) -> None:
        """Let the flatten time come."""
        self.clock.state = SessionState.FLATTENING
        self.say(m.POSITIONS, self.clock.told())

    def wait(self, seconds: int) -> None:
        """Let time pass. No request is under way for longer than a second."""
        for _ in range(seconds):
            self.runtime.run_until(self.runtime.clock.now() + SECOND)
            while self.desk.in_flight:
                self.desk.take(self.desk.in_flight.pop(0))
            while self.desk.cancels:
                self.desk.answer_cancel(self.desk.cancels.pop(0))

    def close(self) -> None:
        """End all actors."""
        for name in (m.POSITIONS, m.MARKET_DATA, m.CLOCK, m.BROKER, m.LEDGER):
            self.runtime.terminate(self.runtime.cells[name], SECOND)


def proposal(quantity: int) -> Proposal:
    """Return a strangle at 2 points a leg."""
    return Proposal(
        level=Decimal("1.25"),
        legs=tuple(
            LegPlan(
                number=number,
                contract=contract,
                side=Side.BUY,
                quantity=quantity,
                limit_price=Decimal(2),
                target_price=Decimal(8),
            )
            for number, contract in enumerate(CONTRACTS, 1)
        ),
        premium_usd=Decimal(20) * quantity,
        costs_usd=Decimal("2.48") * quantity,
        target_multiple=Decimal(4),
    )


def _report(order: Held) -> BrokerOrder:
    intent = order.intent
    return BrokerOrder(
        ref=intent.ref,
        broker_id=f"B-{intent.ref}",
        contract=intent.contract,
        side=intent.side,
        quantity=intent.quantity,
        filled=order.filled,
        limit_price=intent.limit_price,
        state=order.state,
    )
