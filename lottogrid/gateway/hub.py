"""The gateway's middle: one account, one exchange, and all the clients that look at them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from heapq import heappop, heappush
from random import Random

from lottogrid.brokers.port import BarClosed, BrokerEvent, BrokerSnapshot, Settled
from lottogrid.calendar import Calendar
from lottogrid.clock import real_seconds
from lottogrid.exchange.exchange import Exchange
from lottogrid.exchange.store import Forgetful, Keeper
from lottogrid.gateway import announce, history, statement
from lottogrid.gateway.desk import Desk
from lottogrid.gateway.driver import Driver
from lottogrid.gateway.faults import Faults
from lottogrid.gateway.fields import Message
from lottogrid.gateway.fills import Fill
from lottogrid.gateway.floor import Floor
from lottogrid.gateway.futures import FutureEvent, Pit, Variation, deliveries, variation
from lottogrid.gateway.handlers import HANDLERS
from lottogrid.gateway.listings import Listing
from lottogrid.gateway.portfolio import Portfolio, portfolio
from lottogrid.gateway.prices import Prices, Shown
from lottogrid.gateway.script import Occasion, Script, Step
from lottogrid.gateway.session import HIGHEST_VERSION, Handler, Session
from lottogrid.gateway.tickets import Leg, Ticket, Tickets, legs_of
from lottogrid.gateway.world import World
from lottogrid.market import sessions
from lottogrid.orders import Side

_HELD_FOR = timedelta(seconds=1)
_TWICE = 0.5
"""Part of what is mixed up that is sent twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayRules:
    """How the gateway stands towards its clients."""

    account: str = "DU1234567"
    """Paper accounts begin with DU."""
    start_cash_usd: Decimal = Decimal(25_000)
    version_max: int = HIGHEST_VERSION
    """Lower, it lets one client library exercise the older layouts."""
    master_client_id: int | None = None
    """The client that hears of everybody's orders."""
    market_data_lines: int = 100
    """Streams a client may have open."""
    messages_per_second: int = 50
    """Real seconds; more are answered with 100."""


class Hub:
    """Everything behind the sockets. Single-threaded; `advance` moves it on, `serve` answers a client."""

    def __init__(
        self,
        exchange: Exchange,
        session: sessions.Session,
        calendar: Calendar,
        now: Callable[[], datetime],
        *,
        rules: GatewayRules | None = None,
        keeper: Keeper | None = None,
        steps: Sequence[Step] = (),
        real_seconds: Callable[[], float] = real_seconds,
        seed: int = 0,
    ) -> None:
        """Take a trading day up at now.

        Args:
            exchange: just made; `keeper` is the store it was made with, so that both are written together.
            session: the day and its bars.
            calendar: names the expiries after the day.
            now: the gateway's clock, aware.
            rules: towards clients.
            keeper: keeps the orders through the death of the process.
            steps: what goes wrong, and when.
            real_seconds: the machine's monotonic seconds, for pacing; where clients know that the gateway's clock is
                faster, its seconds.
            seed: of faults that draw.
        """
        self.rules = rules or GatewayRules()
        self.exchange = exchange
        self.now = now
        self.real_seconds = real_seconds
        self.faults = Faults()
        self._random = Random(seed)  # noqa: S311 - it hides no secret
        self._keeper = keeper or Forgetful()
        self._timers: list[tuple[datetime, int, Callable[[Hub], None]]] = []
        self._timers_set = 0
        self.driver = Driver(exchange, session)
        self.world = World(exchange.spec, session.day, calendar, session.bars[0].open)
        self.prices = Prices(exchange, self.world, self.driver)
        self.tickets = Tickets(self._keeper)
        self._pit = Pit(
            self._keeper,
            lambda: self.prices.shown(self.world.underlying, now()),
            commission=exchange.profile.commission_per_contract,
            closes=self.world.futures_close,
        )
        floor = Floor(exchange, self._pit, self.prices, world=self.world, tickets=self.tickets, now=now)
        self.desk = Desk(floor, self.tickets, self, now)
        self.sessions: list[Session] = []
        self._script = Script(self, list(steps))
        self.advance()
        self._deliver()
        self.desk.take_up()
        self.desk.expire()

    def join(self) -> Session:
        """Return the conversation of a new connection."""
        session = Session(self, HANDLERS)
        self.sessions.append(session)
        return session

    def left(self, session: Session) -> None:
        """Forget a connection."""
        if session in self.sessions:
            self.sessions.remove(session)
            if self.faults.keeps_tickers and session.client_id is not None:
                self.faults.kept_tickers |= {(session.client_id, request) for request in session.lines.requests()}
            session.lines.clear()

    def serve(self, session: Session, name: str, message: Message, handlers: dict[str, Handler]) -> None:
        """Answer one message, after everything that happened before it."""
        self.advance()
        if not self.faults.loses(name):
            handlers[name](session, message)
            self.advance()

    def advance(self) -> None:
        """Let the market go on to now, tell everybody what came of it, and make it last."""
        now = self.now()
        while self._timers and self._timers[0][0] <= now:
            at, _, act = heappop(self._timers)
            self._move(at)
            act(self)
        self._move(now)
        self._keeper.flush()

    def next_due(self) -> datetime | None:
        """Return when `advance` will have something to do."""
        timer = self._timers[0][0] if self._timers else None
        has_futures = any(ticket.future is not None for ticket in self.tickets.living())
        futures_close = self.world.futures_close if has_futures else None
        return min((at for at in (self.driver.next_due(), timer, futures_close) if at is not None), default=None)

    def later(self, delay: timedelta, act: Callable[[Hub], None]) -> None:
        """Let `act` happen after `delay` on the gateway's clock."""
        self._timers_set += 1
        heappush(self._timers, (self.now() + delay, self._timers_set, act))

    def happened(self, occasion: Occasion) -> None:
        """Let the scenario know."""
        self._script.happened(occasion)

    def connected(self, client_id: int) -> None:
        """Take note of a client that has named itself: what was withheld from its last connection is told again."""
        mine = {ticket.perm_id for ticket in self.tickets if ticket.client_id == client_id}
        self.faults.swallowed -= mine
        self.happened(Occasion.CONNECT)

    def hold_back(self, session: Session, pushed: list[bytes]) -> None:
        """Send what was pushed to a client a second later, mixed up and some of it twice."""
        if not session.held:
            self.later(_HELD_FOR, lambda hub: hub._let_go(session))  # noqa: SLF001 - its own
        session.held += pushed

    def refresh(self) -> None:
        """Tell on every market data line what has changed."""
        for session in self.sessions:
            session.lines.refresh()

    def client(self, client_id: int) -> Session | None:
        """Return the conversation of a client that has named itself so; None where there is none."""
        return next((s for s in self.sessions if s.is_started and s.client_id == client_id), None)

    def shown(self, subject: Listing | tuple[Leg, ...]) -> Shown | None:
        """Return what an instrument or a combo shows now."""
        now = self.now()
        if isinstance(subject, Listing):
            return self.prices.shown(subject, now)
        return self.prices.combo(subject, now)

    def portfolio(self, seen: BrokerSnapshot | None = None) -> Portfolio:
        """Return what the account holds, now or when the exchange was seen last."""
        return portfolio(seen or self.snapshot(), self._pit.book, self.exchange.spec.multiplier)

    def fills(self, seen: BrokerSnapshot | None = None) -> list[Fill]:
        """Return every trade that the exchange remembers, with the corrections, then those in the future."""
        return [*(seen or self.snapshot()).executions, *self._pit.trades]

    def snapshot(self) -> BrokerSnapshot:
        """Return what the exchange knows, with the corrections of executions."""
        found, corrections = self.exchange.snapshot(self.now()), self.faults.corrections
        if not corrections:
            return found
        fills = (replace(fill, price=corrections.get(fill.exec_id, fill.price)) for fill in found.executions)
        return replace(found, executions=tuple(fills))

    @property
    def cash(self) -> Decimal:
        """Dollars in the account."""
        dollars = self.rules.start_cash_usd + self.exchange.cash + self._variation().cash
        for fill in self.exchange.snapshot(self.now()).executions if self.faults.corrections else ():
            more = self.faults.corrections.get(fill.exec_id, fill.price) - fill.price
            sign = -1 if fill.side is Side.BUY else 1
            dollars += sign * more * fill.quantity * self.exchange.spec.multiplier
        return dollars

    @property
    def equity(self) -> Decimal:
        """Dollars that orders can be paid with: cash, and what open futures have gained."""
        last = self.prices.mark(self.world.underlying, self.now())
        return self.cash + self._variation().gain(last, self.exchange.spec.multiplier)

    @property
    def future_held(self) -> int:
        """Futures in the account; negative when short."""
        return sum(holding.quantity for holding in self._variation().held.values())

    def subject_of(self, ticket: Ticket) -> Listing | tuple[Leg, ...]:
        """Return what an order trades."""
        contract = ticket.option or ticket.future
        return tuple(legs_of(ticket)) if contract is None else self.world.of(contract)

    def changed(self, ticket: Ticket) -> None:
        """Tell where an order stands."""
        for session in self._hearers(ticket):
            with session.pushing():
                announce.order(session, ticket)

    def failed(self, ticket: Ticket, code: int, text: str) -> None:
        """Tell that something about an order went wrong."""
        session = self.client(ticket.client_id)
        if session is not None and not self.faults.swallows(ticket.perm_id):
            session.error(ticket.order_id, code, text)

    def executed(self, ticket: Ticket, execution: Fill) -> None:
        """Tell of a fill."""
        self.happened(Occasion.FILL)
        for session in self._hearers(ticket):
            with session.pushing():
                announce.execution(session, ticket, execution)

    def charged(self, ticket: Ticket, fill: Fill, commission: Decimal) -> None:
        """Tell what a fill cost, and what it did to the account."""
        gained = self.portfolio().gains.get(fill.exec_id)
        for session in self._hearers(ticket):
            with session.pushing():
                announce.commission(session, fill, commission, gained)
        self._account_moved()

    def _hearers(self, ticket: Ticket) -> list[Session]:
        if self.faults.swallows(ticket.perm_id):
            return []
        return [session for session in self.sessions if session.is_started and self._hears(session, ticket)]

    def _hears(self, session: Session, ticket: Ticket) -> bool:
        if session.client_id in {ticket.client_id, self.rules.master_client_id}:
            return True
        return session.wants_manual_orders and ticket.order_id == 0

    def _take(self, event: BrokerEvent | FutureEvent) -> None:
        if isinstance(event, BarClosed):
            self.desk.look()
            self.refresh()
            for session in self.sessions:
                history.follow(session, event.bar)
            self._account_moved()
        elif isinstance(event, Settled):
            self._deliver()
            self._account_moved()
        else:
            self.desk.hear(event)

    def _deliver(self) -> None:
        """Let options that ended in the money become futures, where there are such."""
        future = self.world.underlying.future
        if future is not None and not self.exchange.spec.cash_settled:
            self._pit.deliver(deliveries(self.exchange.snapshot(self.now()), future))

    def _variation(self) -> Variation:
        return variation(self._pit.book, self.exchange.spec.multiplier)

    def _account_moved(self) -> None:
        for session in list(self.sessions):
            if session.is_started:
                statement.changes(session)

    def _move(self, to: datetime) -> None:
        # What is told makes the desk send more, which may be answered at once.
        while events := [*self.driver.advance(to), *self._pit.collect(to)]:
            for event in events:
                self._take(event)
        if self.driver.is_closed:
            self.desk.expire()

    def _let_go(self, session: Session) -> None:
        held, session.held = session.held, []
        held += [one for one in held if self._random.random() < _TWICE]
        self._random.shuffle(held)
        session.output += held
