"""Records of the journal in words for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from lottogrid.ledger.records import (
    AlarmAcknowledged,
    AlarmRaised,
    CommissionBooked,
    DayOpened,
    DecisionTaken,
    EngineMoved,
    EquityMarked,
    ExecutionBooked,
    FutureOrdered,
    HaltCleared,
    HaltSet,
    LegMoved,
    Noted,
    OrderIntended,
    OrderMoved,
    PositionMoved,
    PositionPlanned,
    Reconciled,
    Record,
    RunStarted,
)
from lottogrid.orders import ExecutionKind, Side
from lottogrid.positions import Proposal
from lottogrid.risk.reasons import Reason
from web import text


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One record."""

    at: str
    kind: str
    text: str


def line(record: Record, now: datetime) -> Line:
    """Return a record as it is shown at `now`."""
    kind, describe = _WORDS[type(record)]
    return Line(at=text.moment(record.at, now), kind=kind, text=describe(record))


def books(record: Reconciled) -> str:
    """Return what a comparison of the books found."""
    if record.breaks:
        return f"the books differ: {'; '.join(record.breaks)}"
    if record.repaired:
        return f"repaired from the broker's book: {'; '.join(record.repaired)}"
    return "our book and the broker's agree"


def wanted(proposals: Iterable[Proposal]) -> str:
    """Return what an entry would buy: level, strikes, and all that it can lose."""
    return " and ".join(
        f"{text.ratio(each.level)} {_strikes(each)} for {text.money(each.worst_case_usd)}" for each in proposals
    )


def _run(record: RunStarted) -> str:
    return f"lottogrid {record.version}, {record.mode}, settings {record.settings_hash} {record.detail}".strip()


def _day(record: DayOpened) -> str:
    return f"{record.trading_date} begins with {text.money(record.baseline_usd)}"


def _decision(record: DecisionTaken) -> str:
    decision = record.decision
    if decision.proposals:
        return f"entry asked for: {wanted(decision.proposals)}"
    codes = dict.fromkeys(reason.name for reason in decision.refusals)
    return f"no entry: {', '.join(codes) or 'nothing proposed'}"


def _planned(record: PositionPlanned) -> str:
    return f"{record.position_id} planned: {_strikes(record.proposal)}, reserved {text.money(record.reserved_usd)}"


def _position(record: PositionMoved) -> str:
    return f"{record.position_id}: {_move(record)}{_why(record.reason)}"


def _leg(record: LegMoved) -> str:
    return f"{record.position_id} leg {record.leg}: {_move(record)}{_why(record.reason)}"


def _intended(record: OrderIntended) -> str:
    intent = record.intent
    price = "at the market" if intent.limit_price is None else f"at {text.points(intent.limit_price)}"
    order = f"{intent.side.value.lower()} {intent.quantity} {intent.contract} {price}"
    return f"{intent.ref} intended: {intent.purpose.value}, {order}"


def _order(record: OrderMoved) -> str:
    return f"{record.ref}: {_move(record)}" + (f", {record.reason}" if record.reason else "")


def _execution(record: ExecutionBooked) -> str:
    execution = record.execution
    verb = "bought" if execution.side is Side.BUY else "sold"
    if execution.kind is not ExecutionKind.TRADE:
        verb = f"{execution.kind.value} of"
    what = f"{execution.quantity} {execution.contract} at {text.points(execution.price)}"
    return f"{record.position_id} leg {record.leg}: {verb} {what}"


def _commission(record: CommissionBooked) -> str:
    return f"{text.money(record.commission)} for {record.exec_id}"


def _engine(record: EngineMoved) -> str:
    return f"{_move(record)}{_why(record.reason)}"


def _halt(record: HaltSet) -> str:
    return f"halted: {text.because(record.reason)}: {record.detail}"


def _cleared(record: HaltCleared) -> str:
    return f"halt ended by {record.by}: {text.because(record.reason)}"


def _equity(record: EquityMarked) -> str:
    return f"{text.money(record.equity_usd)}, of it {text.money(record.open_value_usd)} in options"


def _future(record: FutureOrdered) -> str:
    verb = "sell" if record.quantity > 0 else "buy back"
    return f"{record.ref} intended: {verb} {abs(record.quantity)} {record.symbol} at the market"


def _alarm(record: AlarmRaised) -> str:
    return f"{record.code.severity.value}, {record.code.name}: {record.text}"


def _acknowledged(record: AlarmAcknowledged) -> str:
    return f"{record.code.name} acknowledged by {record.by}"


def _note(record: Noted) -> str:
    return f"{record.actor}, {record.kind.replace('_', ' ')}: {record.text}"


def _strikes(proposal: Proposal) -> str:
    return " / ".join(f"{leg.contract.strike:f}" for leg in sorted(proposal.legs, key=lambda leg: leg.contract.strike))


def _move(record: PositionMoved | LegMoved | OrderMoved | EngineMoved) -> str:
    return f"{record.before} \N{RIGHTWARDS ARROW} {record.after} on {record.trigger}".replace("_", " ")


def _why(reason: Reason | None) -> str:
    return f", {text.because(reason)}" if reason else ""


_WORDS: Mapping[type[Any], tuple[str, Callable[[Any], str]]] = MappingProxyType(
    {
        RunStarted: ("run", _run),
        DayOpened: ("day", _day),
        DecisionTaken: ("decision", _decision),
        PositionPlanned: ("position", _planned),
        PositionMoved: ("position", _position),
        LegMoved: ("leg", _leg),
        OrderIntended: ("order", _intended),
        OrderMoved: ("order", _order),
        ExecutionBooked: ("execution", _execution),
        CommissionBooked: ("commission", _commission),
        EngineMoved: ("engine", _engine),
        HaltSet: ("halt", _halt),
        HaltCleared: ("halt", _cleared),
        EquityMarked: ("equity", _equity),
        Reconciled: ("books", books),
        FutureOrdered: ("order", _future),
        AlarmRaised: ("alarm", _alarm),
        AlarmAcknowledged: ("alarm", _acknowledged),
        Noted: ("note", _note),
    }
)
