"""The one place that reads the time.

Every instant inside lottogrid is an aware datetime in UTC; New York time is for people and for session rules.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from lottogrid.errors import BadInput

NEW_YORK = ZoneInfo("America/New_York")


class Clock(Protocol):
    """Something that knows what time it is, and how much real time an interval of its own takes."""

    speed: float
    """Seconds of this clock that pass in one real second; infinity where time moves by itself between events."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...

    def elapsed(self) -> float:
        """Return the clock's seconds since some start: for durations, as it is not put forward or back with `now`."""
        ...


class SteppableClock(Clock, Protocol):
    """A clock that moves only when told to."""

    def advance_to(self, instant: datetime) -> None:
        """Move to `instant` (aware); a move into the past is ignored."""
        ...


class SystemClock:
    """The machine's own time."""

    speed = 1.0

    def now(self) -> datetime:
        """Return the machine's present instant in UTC."""
        return datetime.now(UTC)

    def elapsed(self) -> float:
        """Return the machine's monotonic seconds."""
        return time.monotonic()


class VirtualClock:
    """A clock that stands still until it is moved."""

    speed = float("inf")

    def __init__(self, start: datetime) -> None:
        self._now = self._start = to_utc(start)

    def now(self) -> datetime:
        """Return the instant the clock was last moved to."""
        return self._now

    def elapsed(self) -> float:
        """Return the seconds that the clock was moved."""
        return (self._now - self._start).total_seconds()

    def advance_to(self, instant: datetime) -> None:
        """Move to `instant`; a move into the past is ignored."""
        self._now = max(self._now, to_utc(instant))


class ScaledClock:
    """A clock that starts at a given instant and runs `speed` times as fast as the machine's."""

    def __init__(self, start: datetime, speed: float) -> None:
        if not 0 < speed < float("inf"):
            raise BadInput(f"speed: expected a number above 0, found {speed}; 1 is real time, 60 an hour a minute")
        self.speed = speed
        self._start = to_utc(start)
        self._began = time.monotonic()

    def now(self) -> datetime:
        """Return the scaled instant in UTC."""
        return self._start + timedelta(seconds=self.elapsed())

    def elapsed(self) -> float:
        """Return the scaled seconds since the start."""
        return self.speed * (time.monotonic() - self._began)


def to_utc(instant: datetime) -> datetime:
    """Return `instant` in UTC; a naive datetime is refused."""
    if instant.tzinfo is None:
        raise BadInput(f"time: expected an offset, found the naive {instant.isoformat()}; write e.g. -05:00 behind it")
    return instant.astimezone(UTC)


def new_york(instant: datetime) -> datetime:
    """Return `instant` in New York time."""
    return instant.astimezone(NEW_YORK)


def trading_date(instant: datetime) -> date:
    """Return the New York calendar date of `instant`."""
    return new_york(instant).date()


def real_seconds() -> float:
    """Return the machine's monotonic seconds: for liveness and latency only, never for trading rules."""
    return time.monotonic()
