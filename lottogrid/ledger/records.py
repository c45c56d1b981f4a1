"""What can be written to the journal: facts in the past tense. Tables are derived from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from lottogrid.alerts.codes import AlertCode
from lottogrid.orders import Execution, OrderIntent
from lottogrid.positions import Proposal
from lottogrid.risk.reasons import Reason
from lottogrid.strategies.base import Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    """A process began to work on this ledger."""

    at: datetime
    mode: str
    account: str
    settings_hash: str
    version: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOpened:
    """A trading day began; the baseline (dollars) is set once and survives restarts."""

    at: datetime
    trading_date: date
    baseline_usd: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionTaken:
    """A strategy decided, entered or not."""

    at: datetime
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionPlanned:
    """Risk checked and reserved; the position may be opened."""

    at: datetime
    position_id: str
    trading_date: date
    proposal: Proposal
    reserved_usd: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionMoved:
    """A position's machine moved; states by their values."""

    at: datetime
    position_id: str
    trigger: str
    before: str
    after: str
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegMoved:
    """A leg's machine moved."""

    at: datetime
    position_id: str
    leg: int
    trigger: str
    before: str
    after: str
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderIntended:
    """An order is about to be sent."""

    at: datetime
    intent: OrderIntent


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMoved:
    """An order's machine moved."""

    at: datetime
    ref: str
    trigger: str
    before: str
    after: str
    broker_id: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionBooked:
    """A change of holding was booked to a leg. An id that is booked already is left out, once and for ever."""

    at: datetime
    position_id: str
    leg: int
    execution: Execution


@dataclass(frozen=True, slots=True, kw_only=True)
class CommissionBooked:
    """The broker said what an execution cost, dollars."""

    at: datetime
    exec_id: str
    commission: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineMoved:
    """The engine's machine moved."""

    at: datetime
    trigger: str
    before: str
    after: str
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltSet:
    """Entries are forbidden until cleared by a person, or until the day is over where `trading_date` is given."""

    at: datetime
    reason: Reason
    detail: str
    trading_date: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltCleared:
    """A halt ended."""

    at: datetime
    reason: Reason
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EquityMarked:
    """What the account was worth at an instant, dollars."""

    at: datetime
    realised_usd: Decimal
    open_value_usd: Decimal
    equity_usd: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """Our book was compared with the broker's. `breaks` are the differences that nothing explains."""

    at: datetime
    repaired: tuple[str, ...]
    breaks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FutureOrdered:
    """A market order that ends futures which an exercise has brought is about to be sent; once for each `ref`."""

    at: datetime
    ref: str
    symbol: str
    quantity: int
    """To be sold; negative to be bought back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRaised:
    """A person was told of something, or should have been."""

    at: datetime
    code: AlertCode
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmAcknowledged:
    """A person has seen what was raised under `code` so far."""

    at: datetime
    code: AlertCode
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """Anything else worth keeping: a restart, a command."""

    at: datetime
    actor: str
    kind: str
    text: str


Record = (
    RunStarted
    | DayOpened
    | DecisionTaken
    | PositionPlanned
    | PositionMoved
    | LegMoved
    | OrderIntended
    | OrderMoved
    | ExecutionBooked
    | CommissionBooked
    | EngineMoved
    | HaltSet
    | HaltCleared
    | EquityMarked
    | Reconciled
    | FutureOrdered
    | AlarmRaised
    | AlarmAcknowledged
    | Noted
)
