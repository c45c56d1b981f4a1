"""Recordings for tests: of a stepped day, and what was seen live while it was made."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from actors.past import Past
from actors.recorder import Pace, Recording
from actors.replay import Replay
from actors.runtime.runtime import Interference, Runtime
from actors.tree import Parts
from actors.venue import Line
from actors.view import View, look
from lottogrid.calendar import Calendar, TradingDay
from lottogrid.cli.run.recording import beside
from lottogrid.cli.wiring import exchange_of, parts_of
from lottogrid.flight.header import Header
from lottogrid.ledger.ledger import Ledger
from lottogrid.market.contracts import ContractSpec, spec_of
from lottogrid.market.generated import generate_sessions
from lottogrid.settings import Settings, changed
from tests.web.made import DAY

SLOW = Pace(glance=timedelta(seconds=20), longest=timedelta(seconds=60), retry=timedelta(minutes=5))
"""For virtual time, in which every glance is a step of its own."""


@dataclass
class Witness:
    """Keeps every picture that a recorder takes, as it was taken."""

    views: list[View] = field(default_factory=list)

    def look(self, runtime: Runtime, spec: ContractSpec) -> View:
        self.views.append(look(runtime, spec))
        return self.views[-1]

    def at(self, instant: datetime) -> View:
        """Return what was seen last by an instant."""
        return self.views[bisect_right([view.at for view in self.views], instant) - 1]


def recording(settings: Settings, ledger: Path, started_at: datetime, **changes: Any) -> Recording:
    """Return what records a stepped day beside its ledger."""

    def header(silence: timedelta) -> str:
        return Header(settings=settings, started_at=started_at, data="simulated", silence=silence).write()

    return Recording(
        **{
            "path": beside(ledger),
            "spec": spec_of(settings.market.instrument),
            "header": header,
            "keep": timedelta(days=14),
            "pace": SLOW,
            **changes,
        }
    )


@dataclass
class RecordedDay:
    """A generated day that is recorded while it is played."""

    replay: Replay
    settings: Settings
    day: TradingDay
    parts: Parts
    ledger: Path

    @property
    def past(self) -> Past:
        return Past(beside(self.ledger), self.ledger)

    @property
    def runtime(self) -> Runtime:
        return self.replay.runtime

    def run_to(self, minutes: float) -> datetime:
        """Play until so many minutes after the open; return the instant."""
        instant = self.day.opens + timedelta(minutes=minutes)
        self.replay.runtime.run_until(instant)
        return instant

    def look(self) -> View:
        return look(self.runtime, self.parts.spec)


def recorded_day(
    folder: Path, *overrides: str, interference: Interference | None = None, **changes: Any
) -> RecordedDay:
    """Return a day before its open, ready to be played and recorded."""
    settings = changed(Settings(), ["risk.min_time_between_trades=20", *overrides])
    day = Calendar(settings.session).day(DAY.date)
    assert isinstance(day, TradingDay)
    ledger = folder / "ledger.sqlite"
    line = Line()
    parts = parts_of(settings, lambda: Ledger.open(ledger, durable=False), line.connect)
    parts = Parts(**{**vars(parts), "recording": recording(settings, ledger, day.opens, **changes)})
    sessions = generate_sessions([day], seed=3)
    replay = Replay(parts, line, exchange_of(settings), sessions, interference=interference)
    return RecordedDay(replay, settings, day, parts, ledger)
