"""Where the bars of a replay or a paper day come from: a file, or a seed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from lottogrid.calendar import Calendar, NoTrading, TradingDay
from lottogrid.calendar.sources import LAST_DATE
from lottogrid.errors import BadInput
from lottogrid.market.contracts import spec_of
from lottogrid.market.reader import read_bars
from lottogrid.market.sessions import Session, Skipped, split
from lottogrid.market.store import BarStore
from lottogrid.settings import Settings

FIRST_GENERATED = date(2026, 1, 5)
"""Where generated days begin unless another day is asked for: fixed, so that the same words give the same days."""


@dataclass(frozen=True, slots=True)
class Feed:
    """Sessions with their bars, oldest first, and where they come from."""

    name: str
    """In words: `generated, seed 3`, `es.csv.gz`."""
    is_generated: bool
    sessions: list[Session]
    skipped: list[Skipped]
    is_broker: bool = False
    """Whether the bars come from a broker as the day goes on: then there are none here."""
    volatility: str = ""
    """In words, where the volatility at the money comes from; empty for the forecast from the bars."""

    @property
    def bars(self) -> int:
        """How many bars there are."""
        return sum(len(session.bars) for session in self.sessions)


def from_file(path: Path, settings: Settings, first: date | None = None, last: date | None = None) -> Feed:
    """Return the complete sessions from `first` to `last` (New York, both included) of a file or a folder of bars.

    Raises:
        BadInput: the file breaks a rule, or does not reach the days asked for.
        Missing: there is no such file.
    """
    tick = spec_of(settings.market.instrument).underlying_tick
    bars = BarStore(path).read(tick=tick, first=first, last=last) if path.is_dir() else read_bars(path, tick=tick)
    return Feed(path.name, False, *split(bars, Calendar(settings.session), first, last))


def generated(settings: Settings, days: list[TradingDay]) -> Feed:
    """Return made-up sessions of `days` from the settings' seed."""
    from lottogrid.market.generated import generate_sessions  # noqa: PLC0415 - a file of bars needs no numpy

    seed = settings.simulator.seed
    tick = spec_of(settings.market.instrument).underlying_tick
    sessions = generate_sessions(days, seed=seed, tick=tick)
    return Feed(f"generated, seed {seed}", True, sessions, [])


def days_from(calendar: Calendar, first: date, last: date | None, count: int | None) -> list[TradingDay]:
    """Return the trading days from `first` to `last`, or `count` of them; BadInput where there is none."""
    end = last if last is not None else LAST_DATE
    found: list[TradingDay] = []
    on = first
    while on <= end and (count is None or len(found) < count):
        day = calendar.day(on)
        if isinstance(day, TradingDay):
            found.append(day)
        on += timedelta(days=1)
    if not found:
        why = "the first is after the last" if first > end else _why(calendar.day(first))
        raise BadInput(f"days: expected a trading day from {first} to {end}, found none: {why}; choose others")
    return found


def _why(day: TradingDay | NoTrading) -> str:
    return day.detail if isinstance(day, NoTrading) else ""


def trading_day(calendar: Calendar, on: date) -> TradingDay:
    """Return the session of `on`; BadInput says why there is none, and names the next."""
    day = calendar.day(on)
    if isinstance(day, NoTrading):
        nearest = calendar.next_day(on).date
        raise BadInput(f"day: expected a trading day, found {on}: {day.reason.value} ({day.detail}); try {nearest}")
    return day


def digest_of(session: Session) -> str:
    """Return twelve hex digits that tell these bars from any others."""
    text = "\n".join(f"{bar.start.isoformat()} {bar.open} {bar.high} {bar.low} {bar.close}" for bar in session.bars)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
