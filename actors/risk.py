"""The risk actor: limits, halts and the day's baseline; checks and reserves in one message."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from loguru import logger

from actors import messages as m
from actors.course import Course
from actors.runtime.actor import Actor
from lottogrid.calendar import TradingDay
from lottogrid.control.latch import Ordered, nothing
from lottogrid.ledger.records import DayOpened, DecisionTaken, Noted, PositionPlanned, Record
from lottogrid.positions import Proposal
from lottogrid.risk.book import RiskBook
from lottogrid.risk.limits import Limits, money_verdicts, standing_verdicts
from lottogrid.risk.reasons import Reason
from lottogrid.strategies.base import Decision
from machines.engine import EngineState

DECISION_AGE = timedelta(seconds=60)
"""Older than this, a decision is not acted on."""


@dataclass(frozen=True, slots=True)
class RiskView:
    """The risk book and the limits, as they are shown."""

    book: RiskBook
    limits: Limits


class Risk(Actor):
    """Owns the risk book of the day.

    An entry is checked and reserved in one step: the reservation is in the book before the next message is looked at.
    Decision, plan and entry orders go to the journal in one commit, and the orders leave with it: nothing stands
    between a decision and its orders but one write to the disk. Everything else in the book is asked of the ledger,
    never computed here, so that a restart forgives nothing. Entries that come before the first answer are refused.
    Reduce-only orders never pass here.
    """

    def __init__(self, limits: Limits, ordered: Ordered = nothing, *, as_combo: bool = False) -> None:
        """Hold the limits; while the operator's standing order is `ordered`, no entry is let through.

        With `as_combo` the entries of a position leave as one order.
        """
        super().__init__()
        self._as_combo = as_combo
        self._limits = limits
        self._ordered = ordered
        self._book: RiskBook | None = None
        self._engine: EngineState | None = None
        self._today: date | None = None
        self._day: TradingDay | None = None
        self._sells_all = False
        """The flatten has begun. It does not end with a clock put back: what is bought now is sold at once."""
        self._number = 1
        self._ticket = 0
        self._asked: int | None = None
        self._listeners: list[str] = [m.STRATEGIST]

    def on_start(self) -> None:
        """Ask what day it is."""
        self.send(m.CLOCK, m.TellSession(self.name))

    def on_receive(self, message: object) -> None:
        """Keep the book current; check and reserve."""
        match message:
            case m.RequestEntry(decision=decision):
                self._on_request(decision)
            case m.BookChanged():
                self._recall()
            case m.BookRecalled():
                self._on_recalled(message)
            case m.SessionChanged():
                self._on_session(message)
            case m.EngineChanged(state=state):
                self._engine = state
                self._tell()
            case m.TellBook(reply_to=reply_to):
                if reply_to not in self._listeners:
                    self._listeners.append(reply_to)
                self._tell()
            case m.CommitRefused(text=text):
                raise RuntimeError(text)

    # --- the book

    def _on_session(self, session: m.SessionChanged) -> None:
        self._day = session.day if isinstance(session.day, TradingDay) else None
        self._sells_all = session.closes_positions
        if session.today != self._today:
            self._today = session.today
            self._book = None
            self._asked = None
            self._recall()

    def _recall(self) -> None:
        """Ask the ledger for the book; one question at a time, the latest wins."""
        if self._today is None:
            return
        self._ticket += 1
        if self._asked is None:
            self._asked = self._ticket
            self.send(m.LEDGER, m.RecallBook(self._today, self._ticket, self.name))

    def _on_recalled(self, answer: m.BookRecalled) -> None:
        if answer.ticket != self._asked:
            return
        self._asked = None
        if answer.ticket != self._ticket:
            self._recall()
            return
        self._book = answer.book
        self._number = max(answer.next_number, 1)
        if not answer.has_baseline and self._day is not None:
            opened = DayOpened(
                at=self.now(), trading_date=answer.book.trading_date, baseline_usd=answer.book.baseline_usd
            )
            self._commit(opened)
        self._tell()

    def _current(self) -> RiskBook | None:
        """Return the book with what hinders entries now."""
        if self._book is None:
            return None
        if self._engine is EngineState.RUNNING and self._ordered() is None:
            return self._book
        obstacle = Reason.RECONCILING if self._engine is EngineState.STARTING else Reason.NOT_RUNNING
        return replace(self._book, obstacles=(obstacle, *self._book.obstacles))

    def _tell(self) -> None:
        book = self._current()
        if book is None:
            return
        self.publish(RiskView(book, self._limits))
        for listener in self._listeners:
            self.send(listener, m.BookTold(book))

    # --- entries

    def _on_request(self, decision: Decision) -> None:
        taken = DecisionTaken(at=self.now(), decision=decision)
        book = self._current()
        problem = Reason.RECONCILING if book is None else self._untimely(decision)
        if book is None or problem is not None:
            self._commit(taken, self._refusal(decision, (problem or Reason.RECONCILING,)))
            return
        standing = standing_verdicts(book, self._limits, self.now())
        records: list[Record] = [taken]
        entered: list[str] = []
        for proposal in decision.proposals:
            # the proposals of one decision are one entry: spacing is asked once, counts and money each time
            counted = standing_verdicts(replace(self._book_now(), last_entry_at=None), self._limits, self.now())
            money = money_verdicts(self._book_now(), self._limits, proposal.worst_case_usd)
            reasons = tuple(v.reason for v in (*standing, *counted, *money) if v.reason is not None)
            if reasons:
                records.append(self._refusal(decision, reasons))
            else:
                course = self._reserve(decision, proposal)
                records += course.drain()
                entered.append(course.record.position_id)
        self._commit(*records, then=tuple((m.POSITIONS, m.OpenPosition(entry)) for entry in entered))
        self._tell()

    def _commit(self, *records: Record, then: tuple[tuple[str, object], ...] = ()) -> None:
        """Let the journal have it all in one transaction; the orders in it leave first."""
        orders = m.orders_of(records, as_combo=self._as_combo)
        self.send(m.LEDGER, m.Commit(self.name, records, (*orders, *then)))

    def _book_now(self) -> RiskBook:
        assert self._book is not None
        return self._book

    def _untimely(self, decision: Decision) -> Reason | None:
        now = self.now()
        if self._day is None:
            return Reason.MARKET_CLOSED
        if not self._day.opens <= now:
            return Reason.BEFORE_OPEN
        if self._sells_all or now > self._day.last_entry + DECISION_AGE:
            return Reason.AFTER_LAST_ENTRY
        return Reason.STALE_DECISION if now - decision.at > DECISION_AGE else None

    def _reserve(self, decision: Decision, proposal: Proposal) -> Course:
        book = self._book_now()
        position_id = f"LG-{book.trading_date:%Y%m%d}-{self._number:03d}"
        self._number += 1
        self._book = replace(
            book,
            reserved_usd=book.reserved_usd + proposal.worst_case_usd,
            entries_today=book.entries_today + 1,
            open_count=book.open_count + 1,
            last_entry_at=decision.at,
        )
        self._ticket += 1  # an answer that is under way does not know of this reservation
        planned = PositionPlanned(
            at=decision.at,
            position_id=position_id,
            trading_date=book.trading_date,
            proposal=proposal,
            reserved_usd=proposal.worst_case_usd,
        )
        course = Course.of_plan(planned)
        course.enter(self.now())
        return course

    def _refusal(self, decision: Decision, reasons: tuple[Reason, ...]) -> Noted:
        text = ", ".join(reason.name for reason in dict.fromkeys(reasons))
        logger.info("risk: entry of {} refused: {}", decision.at, text)
        return Noted(at=self.now(), actor=self.name, kind="entry_refused", text=text)
