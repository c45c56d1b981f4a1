"""The gateway's middle: one account, one exchange, and all the clients that look at them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from lottogrid.brokers.port import BarClosed, BrokerEvent, Settled
from lottogrid.calendar import Calendar
from lottogrid.exchange.exchange import Exchange
from lottogrid.exchange.store import Forgetful, Keeper
from lottogrid.gateway import announce, history
from lottogrid.gateway.desk import Desk
from lottogrid.gateway.driver import Driver
from lottogrid.gateway.faults import Faults
from lottogrid.gateway.fields import Message
from lottogrid.gateway.handlers import HANDLERS
from lottogrid.gateway.listings import Listing
from lottogrid.gateway.portfolio import Portfolio, portfolio
from lottogrid.gateway.prices import Prices, Shown
from lottogrid.gateway.session import HIGHEST_VERSION, Handler, Session
from lottogrid.gateway.tickets import Leg, Ticket, Tickets
from lottogrid.gateway.world import World
from lottogrid.market import sessions
from lottogrid.orders import Execution


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
    ) -> None:
        self.rules = rules or GatewayRules()
        self.exchange = exchange
        self.now = now
        self.faults = Faults()
        self.driver = Driver(exchange, session)
        self.world = World(exchange.spec, session.day, calendar, session.bars[0].open)
        self.prices = Prices(exchange, self.world, self.driver)
        self.tickets = Tickets(keeper or Forgetful())
        self.desk = Desk(exchange, self.world, self.tickets, self, now)
        self.sessions: list[Session] = []
        self._silent = False
        self._catch_up()

    def join(self) -> Session:
        """Return the conversation of a new connection."""
        session = Session(self, HANDLERS)
        self.sessions.append(session)
        return session

    def left(self, session: Session) -> None:
        """Forget a connection."""
        if session in self.sessions:
            self.sessions.remove(session)
            session.lines.clear()

    def serve(self, session: Session, name: str, message: Message, handlers: dict[str, Handler]) -> None:
        """Answer one message, after everything that happened before it."""
        self.advance()
        if self.faults.loses(name):
            return
        handlers[name](session, message)
        self.advance()

    def advance(self) -> None:
        """Let the market go on to now, and tell everybody what came of it."""
        for event in self.driver.advance(self.now()):
            self._take(event)

    def next_due(self) -> datetime | None:
        """Return when `advance` will have something to do."""
        return self.driver.next_due()

    def client(self, client_id: int) -> Session | None:
        """Return the conversation of a client that has named itself so; None where there is none."""
        return next((s for s in self.sessions if s.is_started and s.client_id == client_id), None)

    def shown(self, subject: Listing | Sequence[Leg]) -> Shown | None:
        """Return what an instrument or a combo shows now."""
        now = self.now()
        if isinstance(subject, Listing):
            return self.prices.shown(subject, now)
        return self.prices.combo(subject, now)

    def portfolio(self) -> Portfolio:
        """Return what the account holds."""
        spec = self.exchange.spec
        snapshot = self.exchange.snapshot(self.now())
        return portfolio(snapshot, spec.multiplier, delivers=not spec.cash_settled)

    def changed(self, ticket: Ticket) -> None:
        """Tell where an order stands."""
        for session in self._hearers(ticket):
            announce.order(session, ticket)

    def failed(self, ticket: Ticket, code: int, text: str) -> None:
        """Tell that something about an order went wrong."""
        session = None if self._silent else self.client(ticket.client_id)
        if session is not None:
            session.error(ticket.order_id, code, text)

    def executed(self, ticket: Ticket, execution: Execution) -> None:
        """Tell of a fill."""
        for session in self._hearers(ticket):
            announce.execution(session, ticket, execution)

    def charged(self, ticket: Ticket, fill: Execution, commission: Decimal) -> None:
        """Tell what a fill cost, and what it did to the account."""
        gained = self.portfolio().gains.get(fill.exec_id)
        for session in self._hearers(ticket):
            announce.commission(session, fill, commission, gained)
        self._account_moved()

    def _hearers(self, ticket: Ticket) -> list[Session]:
        if self._silent:
            return []
        return [session for session in self.sessions if session.is_started and self._hears(session, ticket)]

    def _hears(self, session: Session, ticket: Ticket) -> bool:
        if session.client_id in {ticket.client_id, self.rules.master_client_id}:
            return True
        return session.wants_manual_orders and ticket.order_id == 0

    def _take(self, event: BrokerEvent) -> None:
        if isinstance(event, BarClosed):
            self.desk.look()
            for session in self.sessions:
                session.lines.refresh()
                history.follow(session, event.bar)
            self._account_moved()
        elif isinstance(event, Settled):
            self.desk.expire()
            self._account_moved()
        else:
            self.desk.hear(event)

    def _account_moved(self) -> None:
        for session in list(self.sessions):
            if session.is_started:
                announce.account_changes(session)

    def _catch_up(self) -> None:
        """Take up where an earlier process stopped: what it had told is told again to nobody."""
        self.advance()
