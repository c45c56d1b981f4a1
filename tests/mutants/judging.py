"""Faults in what may be entered, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from actors import messages as m
from actors import recall
from actors.clock import Clock
from actors.engine import Engine
from actors.positions import Positions
from actors.risk import Risk
from lottogrid.calendar import TradingDay
from lottogrid.ledger.records import AlarmRaised
from lottogrid.market.quotes import Quote
from tests.mutants.mutant import Plant, mutant


def _other_day(change: Any) -> Plant:
    """Plant a clock that reads the calendar wrong; the world keeps to the right one."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        begin = Clock._begin

        def begin_wrong(self: Clock, today: date) -> None:
            begin(self, today)
            if isinstance(self._day, TradingDay):
                self._day = change(self._day)

        patch.setattr(Clock, "_begin", begin_wrong)

    return plant


def _other_book(**wrong: Any) -> Plant:
    """Plant a risk book in which something is always the same."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        plain = recall.book

        def book(*asked: Any, **more: Any) -> m.BookRecalled:
            answer = plain(*asked, **more)
            return replace(answer, book=replace(answer.book, **wrong))

        patch.setattr(recall, "book", book)

    return plant


def _as_whole_day(day: TradingDay) -> TradingDay:
    late = timedelta(hours=3) if day.is_half_day else timedelta(0)
    return replace(day, last_entry=day.last_entry + late, flatten=day.flatten + late, closes=day.closes + late)


half_day_ignored = mutant("half-day-ignored", "a half day is traded like a whole one", "I9", "I7", "I8")(
    _other_day(_as_whole_day)
)
last_entry_ignored = mutant("last-entry-ignored", "entries are made until the flatten time", "I7")(
    _other_day(lambda day: replace(day, last_entry=day.flatten))
)
open_ignored = mutant("open-ignored", "entries are made before the window opens", "I7")(
    _other_day(lambda day: replace(day, opens=day.opens - timedelta(minutes=2)))
)
premium_not_reserved = mutant("open-premium-ignored", "the loss limit forgets what is open and on its way", "I13")(
    _other_book(reserved_usd=Decimal(0))
)
entries_forgotten = mutant("entries-forgotten", "the count of the day's entries is always nought", "I3")(
    _other_book(entries_today=0)
)
spacing_forgotten = mutant("spacing-forgotten", "nobody remembers when the last entry was", "I3")(
    _other_book(last_entry_at=None)
)


@mutant("checked-not-reserved", "an entry is checked in one message and counted in another", "I3", "I13")
def checked_not_reserved(patch: pytest.MonkeyPatch) -> None:
    """Leave the book as it was until the ledger is asked again."""
    plain = Risk._reserve

    def reserve(self: Risk, *asked: Any) -> Any:
        book = self._book
        course = plain(self, *asked)
        self._book = book
        return course

    patch.setattr(Risk, "_reserve", reserve)


@mutant("stale-quote-accepted", "a quote is good however old it is", "I7")
def stale_quote_accepted(patch: pytest.MonkeyPatch) -> None:
    """Call every quote fresh."""
    patch.setattr(Quote, "is_fresh", lambda *_: True)


@mutant("halt-lost-at-restart", "an engine that starts again has forgotten its halt", "I12", "I7")
def halt_lost_at_restart(patch: pytest.MonkeyPatch) -> None:
    """Recall neither the halts nor the state that they led to."""
    plain = recall.engine

    def engine(ledger: Any) -> m.EngineRecalled:
        answer = plain(ledger)
        if answer.state is not recall.EngineState.HALTED:
            return replace(answer, halts=())
        return replace(answer, halts=(), state=recall.EngineState.RUNNING)

    patch.setattr(recall, "engine", engine)


@mutant("halt-not-written", "a halt is obeyed and not written down", "I12", "I10")
def halt_not_written(patch: pytest.MonkeyPatch) -> None:
    """Move the engine without a commit."""

    def halt(self: Engine, *_: Any) -> None:
        if self._life.can("halt"):
            self._life.fire("halt")
            self._announce()

    patch.setattr(Engine, "_halt", halt)


@mutant("alarm-not-written", "the alarm of a halt is shown and not written down", "I10")
def alarm_not_written(patch: pytest.MonkeyPatch) -> None:
    """Leave it out of the halt's commit."""
    plain = Engine._try

    def attempt(self: Engine, trigger: str, reason: Any = None, *records: Any) -> bool:
        return plain(self, trigger, reason, *(each for each in records if not isinstance(each, AlarmRaised)))

    patch.setattr(Engine, "_try", attempt)


@mutant("positions-not-recalled", "nobody asks which positions are open after a restart", "I8", "I9")
def positions_not_recalled(patch: pytest.MonkeyPatch) -> None:
    """Drop the answer."""
    plain = Positions.on_receive

    def on_receive(self: Positions, message: object) -> None:
        if not isinstance(message, m.OpenPositionsRecalled):
            plain(self, message)

    patch.setattr(Positions, "on_receive", on_receive)


MUTANTS = (
    half_day_ignored,
    last_entry_ignored,
    open_ignored,
    premium_not_reserved,
    entries_forgotten,
    spacing_forgotten,
    checked_not_reserved,
    stale_quote_accepted,
    halt_lost_at_restart,
    halt_not_written,
    alarm_not_written,
    positions_not_recalled,
)
