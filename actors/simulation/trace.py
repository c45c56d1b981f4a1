"""The trace of a day: every message in its order, its digest, and the tail that a person reads."""

from __future__ import annotations

import hashlib
from collections import deque
from datetime import datetime

from actors.runtime.cell import Cell
from actors.runtime.runtime import Interference
from lottogrid.clock import Clock, new_york

TAIL = 40
_LONGEST = 160


class Trace:
    """Takes in who handled what and when."""

    def __init__(self) -> None:
        self.steps = 0
        self._lines: list[str] = []
        """What was taken in; some hundred kilobytes a day, digested at once."""
        self._tail: deque[tuple[datetime, str, int, object]] = deque(maxlen=TAIL)
        self._at: datetime | None = None
        self._stamp = ""

    def note(self, now: datetime, cell: Cell, message: object) -> None:
        """Take in one message; None is the start of an actor."""
        self.steps += 1
        if now is not self._at:
            self._at, self._stamp = now, now.isoformat()
        self._lines.append(f"{self._stamp} {cell.name}#{cell.generation} {type(message).__name__}\n")
        self._tail.append((now, cell.name, cell.generation, message))

    def add(self, text: str) -> None:
        """Take in what is no message: a record of the journal, an order at the exchange."""
        self._lines.append(text)

    @property
    def digest(self) -> str:
        """SHA-256 of all that was taken in, in hexadecimal."""
        return hashlib.sha256("".join(self._lines).encode()).hexdigest()

    def tail(self) -> list[str]:
        """Return the last messages, oldest first, a line each."""
        return [
            f"{new_york(now):%H:%M:%S.%f} {name}#{generation}: {_short(message)}"
            for now, name, generation, message in self._tail
        ]


class Tracing(Interference):
    """Takes every message of a runtime in."""

    def __init__(self, trace: Trace, clock: Clock) -> None:
        self.trace = trace
        self._clock = clock

    def before(self, cell: Cell, message: object) -> None:
        """Note the message."""
        self.trace.note(self._clock.now(), cell, message)


def _short(message: object) -> str:
    if message is None:
        return "starts"
    text = repr(message)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
