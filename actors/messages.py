"""What the trading actors say to each other: commands in the imperative, questions with an address, events in the past.

Every message is frozen. Addresses are the names below; they are resolved when a message is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter

from actors.runtime.messages import Lasting
from lottogrid.alerts.codes import AlertCode, Severity
from lottogrid.alerts.standing import Standing
from lottogrid.calendar import NoTrading, TradingDay
from lottogrid.ledger.records import FutureOrdered, OrderIntended, Record
from lottogrid.market.contracts import OptionContract
from lottogrid.market.quotes import Quote
from lottogrid.orders import Combo, Execution, OrderIntent
from lottogrid.positions import OrderRecord, PositionRecord
from lottogrid.risk.book import RiskBook
from lottogrid.risk.reasons import Reason
from lottogrid.strategies.base import Decision
from machines.engine import EngineState
from machines.session import SessionState

ROOT = "root"
TRADING = "trading"
CLOCK = "clock"
LEDGER = "ledger"
BROKER = "broker"
MARKET_DATA = "market_data"
RISK = "risk"
ENGINE = "engine"
STRATEGIST = "strategist"
POSITIONS = "positions"
NOTIFIER = "notifier"
VENUE = "venue"
FLIGHT = "flight"
RECORDER = "recorder"


# --- the clock


@dataclass(frozen=True, slots=True)
class TellSession:
    """Question: what does the hour allow?"""

    reply_to: str


@dataclass(frozen=True, slots=True)
class SessionChanged:
    """The timetable moved on, or somebody asked."""

    state: SessionState
    day: TradingDay | NoTrading
    today: date
    """New York date."""
    next_day: TradingDay
    """The next session after today's."""

    @property
    def closes_positions(self) -> bool:
        """Whether everything must be sold now."""
        return self.state in {SessionState.FLATTENING, SessionState.EXPIRED}


# --- the ledger


@dataclass(frozen=True, slots=True)
class Commit:
    """Write `records` in one transaction; only then deliver `then`, pairs of name and message."""

    sender: str
    records: tuple[Record, ...]
    then: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class CommitAlarm(Commit, Lasting):
    """A commit of what the journal holds of alarms: nobody else would write it again."""


@dataclass(frozen=True, slots=True)
class CommitRefused:
    """Nothing of a commit was written; its sender must not believe what it meant to write."""

    text: str


@dataclass(frozen=True, slots=True)
class RequestCancel:
    """Ask the broker to end an order; written down first."""

    ref: str


@dataclass(frozen=True, slots=True)
class RecallPosition:
    """Question: all that is known of a position."""

    position_id: str
    reply_to: str


@dataclass(frozen=True, slots=True)
class PositionRecalled:
    """All that is known of a position, and how the engine stands."""

    record: PositionRecord
    engine: EngineState


@dataclass(frozen=True, slots=True)
class RecallOpenPositions:
    """Question: which positions are not over?"""

    reply_to: str


@dataclass(frozen=True, slots=True)
class OpenPositionsRecalled:
    """The positions that are not over."""

    position_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecallBook:
    """Question: the risk book of a day; `ticket` comes back with the answer."""

    trading_date: date
    ticket: int
    reply_to: str


@dataclass(frozen=True, slots=True)
class BookRecalled:
    """The risk book as the ledger has it; `has_baseline` is False where the day has not begun."""

    book: RiskBook
    has_baseline: bool
    next_number: int
    """Number of the next position of the day."""
    ticket: int


@dataclass(frozen=True, slots=True)
class RecallEngine:
    """Question: where did the engine stand?"""

    reply_to: str


@dataclass(frozen=True, slots=True)
class EngineRecalled:
    """Where the engine stood when it was last written down; None before its first move."""

    state: EngineState | None
    reason: Reason | None
    since: datetime | None
    halts: tuple[Reason, ...]
    """Those that no person has cleared yet."""


Question = RecallPosition | RecallOpenPositions | RecallBook | RecallEngine


@dataclass(frozen=True, slots=True)
class MarkEquity:
    """Write down what the account is worth at these quotes; without a quote for each holding nothing is written."""

    at: datetime
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class BookChanged:
    """Something that the risk book counts was booked."""


@dataclass(frozen=True, slots=True)
class OrderChanged:
    """An order moved or was executed; the record is whole."""

    order: OrderRecord


@dataclass(frozen=True, slots=True)
class HoldingSettled:
    """A leg's holding ended at the fixing."""

    leg: int
    execution: Execution


@dataclass(frozen=True, slots=True)
class OrderOverdue:
    """To the ledger from its own timer: an order has waited for an answer too long."""

    ref: str


@dataclass(frozen=True, slots=True)
class BooksCompared:
    """The snapshot was reconciled: `breaks` is empty where the books agree."""

    breaks: tuple[str, ...]
    look_again: bool
    """An order is neither found nor proven absent, or a break has been seen once only."""


# --- the broker


@dataclass(frozen=True, slots=True)
class PlaceOrder:
    """Send an order that the journal holds."""

    intent: OrderIntent


@dataclass(frozen=True, slots=True)
class PlaceCombo:
    """Send orders that the journal holds as one."""

    combo: Combo


def orders_of(
    records: tuple[Record, ...], *, as_combo: bool = False
) -> tuple[tuple[str, PlaceOrder | PlaceCombo], ...]:
    """Return what a commit of `records` must deliver: the orders that they intend, with `as_combo` entries as one."""
    intents = [record.intent for record in records if isinstance(record, OrderIntended)]
    found: list[PlaceOrder | PlaceCombo] = []
    for _, group in groupby(intents, key=attrgetter("position_id")):
        orders = tuple(group)
        combo = Combo.of(orders) if as_combo else None
        found += [PlaceOrder(order) for order in orders] if combo is None else [PlaceCombo(combo)]
    return tuple((BROKER, message) for message in found)


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """Ask the broker to end an order."""

    ref: str


@dataclass(frozen=True, slots=True)
class FlattenFuture:
    """End futures at the market; the journal holds that it was asked."""

    order: FutureOrdered


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Quote these options from now on, and no others."""

    contracts: frozenset[OptionContract]


@dataclass(frozen=True, slots=True)
class RequestHistory:
    """Send the minutes before now."""


@dataclass(frozen=True, slots=True)
class Resync:
    """Compare the books again."""


@dataclass(frozen=True, slots=True)
class TellBrokerState:
    """Question: is the broker ready?"""

    reply_to: str


@dataclass(frozen=True, slots=True)
class BrokerStateChanged:
    """Whether orders can be sent: connected, and the books agree."""

    ready: bool
    detail: str
    at: datetime


# --- market data


@dataclass(frozen=True, slots=True)
class Watch:
    """Quote these options for `owner`; replaces what the owner watched before."""

    owner: str
    contracts: frozenset[OptionContract]


@dataclass(frozen=True, slots=True)
class TellQuotes:
    """Question: the latest quotes of these options."""

    contracts: tuple[OptionContract, ...]
    reply_to: str


@dataclass(frozen=True, slots=True)
class QuotesTold:
    """The latest fresh quotes; an option without one is missing."""

    quotes: tuple[Quote, ...]


# --- risk and engine


@dataclass(frozen=True, slots=True)
class TellBook:
    """Question: the risk book; the asker is told of every change from now on."""

    reply_to: str


@dataclass(frozen=True, slots=True)
class BookTold:
    """The risk book as it stands."""

    book: RiskBook


@dataclass(frozen=True, slots=True)
class RequestEntry:
    """The strategist wants to open what a decision proposes; the decision is written down by risk, with the answer."""

    decision: Decision


@dataclass(frozen=True, slots=True)
class EngineChanged:
    """Where the engine stands."""

    state: EngineState
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class StartEngine:
    """Begin to trade as soon as the books agree."""


@dataclass(frozen=True, slots=True)
class PauseEntries:
    """Make no entries; keep what is held."""


@dataclass(frozen=True, slots=True)
class ResumeEntries:
    """End a pause."""


@dataclass(frozen=True, slots=True)
class StopEngine:
    """Make no entries until started again; keep what is held."""


@dataclass(frozen=True, slots=True)
class FlattenAll:
    """Cancel and sell everything."""


@dataclass(frozen=True, slots=True)
class Halt:
    """Latch: no entry until a person has re-armed."""

    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class LatchChanged:
    """The operator's standing order was given, changed or lifted: look at it."""


@dataclass(frozen=True, slots=True)
class Rearm:
    """A person has looked and ends the halt."""

    by: str


# --- positions and alarms


@dataclass(frozen=True, slots=True)
class OpenPosition:
    """Give a position that the ledger holds an actor of its own; repeated without harm."""

    position_id: str


@dataclass(frozen=True, slots=True)
class ClosePosition:
    """Cancel and sell."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Reconsider:
    """To a position from its own timer, or when the broker is ready again: look again at what should be working."""


@dataclass(frozen=True, slots=True)
class Alarm(Lasting):
    """Something a person should know. Made anew each time: a repetition is known by being the very same object."""

    code: AlertCode
    text: str
    is_written: bool = False
    """Whether it was committed with what it is about; else the notifier writes it down."""

    @property
    def urgent(self) -> bool:
        """Whether a person should look now."""
        return self.code.severity is Severity.CRITICAL


@dataclass(frozen=True, slots=True)
class AcknowledgeAlarms(Lasting):
    """A person has seen what was raised under these codes; without harm where nothing stands."""

    codes: tuple[AlertCode, ...]
    by: str


@dataclass(frozen=True, slots=True)
class RecallAlarms:
    """Question: which alarms has nobody acknowledged?"""

    reply_to: str


@dataclass(frozen=True, slots=True)
class AlarmsRecalled:
    """The alarms that nobody has acknowledged."""

    standing: tuple[Standing, ...]
