"""A small dealing desk around an exchange: contracts, orders and minutes in one line each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from lottogrid.brokers.port import (
    BrokerEvent,
    CancelRefused,
    Commissioned,
    Executed,
    OrderAcknowledged,
    OrderCancelled,
    OrderExpired,
    OrderRejected,
    Settled,
)
from lottogrid.calendar import TradingDay
from lottogrid.exchange.exchange import Exchange
from lottogrid.exchange.profiles import BrokerProfile, profile_of
from lottogrid.exchange.store import Keeper
from lottogrid.market.bars import Bar
from lottogrid.market.contracts import OptionContract, Right, spec_of
from lottogrid.orders import Execution, OrderIntent, OrderState, OrderType, Purpose, Side
from lottogrid.pricing.smile import Smile

OPENS = datetime(2025, 4, 9, 13, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SPEC = spec_of("MES")
ORDER_EVENTS = (
    OrderAcknowledged,
    OrderRejected,
    OrderCancelled,
    CancelRefused,
    OrderExpired,
    Executed,
    Commissioned,
    Settled,
)


def day_of(opens: datetime = OPENS) -> TradingDay:
    """Return a full session that begins at `opens`."""
    return TradingDay(
        date=opens.date(),
        opens=opens,
        last_entry=opens + 360 * MINUTE,
        flatten=opens + 388 * MINUTE,
        closes=opens + 390 * MINUTE,
        is_half_day=False,
    )


DAY = day_of()


def option(
    strike: int | str, right: Right = Right.CALL, expiry: date = DAY.date, symbol: str = "MES"
) -> OptionContract:
    """Return an option on the desk's underlying."""
    return OptionContract(symbol=symbol, expiry=expiry, right=right, strike=Decimal(strike))


def order(
    ref: str,
    contract: OptionContract,
    side: Side = Side.BUY,
    quantity: int = 1,
    limit: str | None = None,
    *,
    at: datetime = OPENS,
) -> OrderIntent:
    """Return an order; without a limit it is a market order."""
    return OrderIntent(
        ref=ref,
        position_id="LG-20250409-001",
        leg=1,
        contract=contract,
        side=side,
        quantity=quantity,
        order_type=OrderType.MARKET if limit is None else OrderType.LIMIT,
        limit_price=None if limit is None else Decimal(limit),
        purpose=Purpose.ENTRY if side is Side.BUY else Purpose.TARGET,
        created_at=at,
    )


class FixedForecast:
    """Says the volatility it is told, until it has seen `then` bars; a bar can change it."""

    def __init__(self, volatility: float = 0.16) -> None:
        self.volatility = volatility
        self.after: dict[datetime, float] = {}
        self.fed: list[Bar] = []

    def start_session(self, day: TradingDay) -> None:
        """Do nothing."""

    def add(self, bar: Bar, day: TradingDay) -> None:
        """Remember the bar, and change the volatility where told so."""
        self.fed.append(bar)
        self.volatility = self.after.get(bar.start, self.volatility)

    def annual_volatility(self) -> float:
        """Return the present volatility."""
        return self.volatility


@dataclass
class Desk:
    """An exchange in its first session, quoting at 6300 with the minute before the open behind it."""

    profile: BrokerProfile = field(default_factory=lambda: profile_of("ideal"))
    seed: int = 1
    store: Keeper | None = None
    forecast: FixedForecast = field(default_factory=FixedForecast)
    now: datetime = OPENS
    heard: list[BrokerEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.exchange = Exchange(SPEC, self.profile, self.seed, Smile(), self.forecast, store=self.store)
        self.exchange.start_session(DAY)
        self.minute("6300")

    def minute(self, *prices: str) -> list[BrokerEvent]:
        """Let a minute end now with these prices: close, or open, high, low, close; then go on for a minute."""
        opened, high, low, close = prices * 4 if len(prices) == 1 else prices
        bar = Bar(self.now - MINUTE, Decimal(opened), Decimal(high), Decimal(low), Decimal(close))
        self.exchange.advance(bar, self.now)
        return self.hear(self.now)

    def bar(self, *prices: str) -> list[BrokerEvent]:
        """Wait for a minute, then let it end with these prices."""
        events = self.wait(60)
        return events + self.minute(*prices)

    def wait(self, seconds: float) -> list[BrokerEvent]:
        """Let time pass; return what came of it."""
        return self.hear(self.now + timedelta(seconds=seconds))

    def hear(self, at: datetime) -> list[BrokerEvent]:
        """Go on to `at`, stopping wherever something is due."""
        events: list[BrokerEvent] = []
        while (due := self.exchange.next_due()) is not None and due <= at:
            events += self.exchange.collect(due)
        events += self.exchange.collect(at)
        self.now = at
        self.heard += events
        return events

    def place(self, *orders: OrderIntent) -> list[BrokerEvent]:
        """Place orders now and return what comes of them at once."""
        for intent in orders:
            self.exchange.place(intent, self.now)
        return self.hear(self.now)

    def cancel(self, ref: str) -> list[BrokerEvent]:
        """Cancel an order and return what comes of it at once."""
        self.exchange.cancel(ref, self.now)
        return self.hear(self.now)

    def bid(self, contract: OptionContract) -> Decimal | None:
        """Return the standing bid."""
        quote = self.exchange.quote(contract, self.now)
        assert quote is not None
        return quote.bid

    def ask(self, contract: OptionContract) -> Decimal:
        """Return the standing ask."""
        quote = self.exchange.quote(contract, self.now)
        assert quote is not None
        assert quote.ask is not None
        return quote.ask

    def state(self, ref: str) -> OrderState:
        """Return where an order stands in the snapshot."""
        return next(o.state for o in self.exchange.snapshot(self.now).orders if o.ref == ref)

    def held(self, contract: OptionContract) -> int:
        """Return the holding in the snapshot."""
        positions = self.exchange.snapshot(self.now).positions
        return sum(position.quantity for position in positions if position.contract == contract)


def fills(events: Iterable[BrokerEvent], ref: str | None = None) -> list[Execution]:
    """Return the executions among `events`."""
    found = [event.execution for event in events if isinstance(event, Executed)]
    return [execution for execution in found if ref in {None, execution.order_ref}]


def reasons(events: Iterable[BrokerEvent]) -> list[str]:
    """Return why orders were refused among `events`."""
    return [event.reason for event in events if isinstance(event, OrderRejected)]


def instant(event: BrokerEvent) -> datetime:
    """Return when an event of an order happened."""
    return event.execution.at if isinstance(event, Executed) else event.at  # type: ignore[union-attr]
