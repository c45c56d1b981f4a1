"""What the ledger answers to those who lost their memory: pure readings of the book."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from actors import messages as m
from lottogrid.clock import trading_date
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.records import EquityMarked
from lottogrid.market.contracts import spec_of
from lottogrid.market.quotes import Quote
from lottogrid.risk.book import RiskBook
from lottogrid.risk.reasons import Reason
from machines.engine import EngineState


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRules:
    """What the ledger must know to judge. Money in dollars."""

    start_cash_usd: Decimal
    compounds: bool = True
    """Whether a day begins with what the days before left; else each begins with the start capital."""
    answer_within: timedelta
    """An order without an answer after this much real time is UNKNOWN, and the books are compared."""
    flatten_delivered: bool = False
    """Whether a future that came out of an expiry is ended at the market."""
    grace: timedelta
    """How long a message may be under way before its absence proves anything."""


def engine(ledger: Ledger) -> m.EngineRecalled:
    """Return where the engine stood, and the halts that no person has cleared."""
    row = ledger.engine()
    halts = tuple(halt.reason for halt in ledger.halts() if halt.trading_date is None)
    if row is None:
        return m.EngineRecalled(None, None, None, halts)
    return m.EngineRecalled(EngineState(row.state), row.reason, row.since, halts)


def engine_state(ledger: Ledger) -> EngineState:
    """Return where the engine stood; STOPPED before its first move."""
    row = ledger.engine()
    return EngineState(row.state) if row else EngineState.STOPPED


def book(ledger: Ledger, rules: LedgerRules, question: m.RecallBook, *, in_doubt: bool) -> m.BookRecalled:
    """Return the risk book of a day; `in_doubt` says that the last comparison of the books left a break open."""
    day = question.trading_date
    baseline = ledger.baseline(day)
    begins_with = ledger.cash_usd(rules.start_cash_usd) if rules.compounds else rules.start_cash_usd
    reserved = ledger.reserved_usd()
    unknown = ledger.has_unknown_order()
    found = RiskBook(
        trading_date=day,
        baseline_usd=begins_with if baseline is None else baseline,
        realised_usd=ledger.realised_usd(day),
        reserved_usd=sum(reserved, Decimal(0)),
        entries_today=ledger.entries(day),
        open_count=len(reserved),
        last_entry_at=ledger.last_entry_at(day),
        halts=tuple(halt.reason for halt in ledger.halts()),
        obstacles=((Reason.ORDER_UNKNOWN,) if unknown else ()) + ((Reason.RECONCILING,) if in_doubt else ()),
    )
    number = int(ledger.next_position_id(day).rsplit("-", 1)[1])
    return m.BookRecalled(found, baseline is not None, number, question.ticket)


def equity_mark(ledger: Ledger, rules: LedgerRules, at: datetime, quotes: tuple[Quote, ...]) -> EquityMarked | None:
    """Return what the account is worth at the bids; None without a quote for each holding, as unknown is not zero."""
    bids = {quote.contract: quote.bid or Decimal(0) for quote in quotes}
    held = ledger.holdings()
    if any(contract not in bids for contract in held):
        return None
    value = sum(
        (quantity * bids[contract] * spec_of(contract.symbol).multiplier for contract, quantity in held.items()),
        Decimal(0),
    )
    equity = ledger.cash_usd(rules.start_cash_usd) + value
    realised = ledger.realised_usd(trading_date(at))
    return EquityMarked(at=at, realised_usd=realised, open_value_usd=value, equity_usd=equity)
