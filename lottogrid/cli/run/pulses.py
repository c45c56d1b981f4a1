"""Signs of life: whether the watchdog outside may believe that the tree inside looks after itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from actors import messages as m
from actors.runtime.cell import Cell
from actors.runtime.runtime import Runtime
from lottogrid.clock import real_seconds

ROOT_WITHIN = timedelta(seconds=30)
"""Nobody inside heals the root; four times as long as it leaves between two looks at its children."""
OTHERS_WITHIN = timedelta(minutes=4)
"""Longer than the tree takes to notice a hung child, to give it up and to start it again, a supervisor included."""
CRITICAL: Mapping[str, timedelta] = {m.ROOT: ROOT_WITHIN} | dict.fromkeys(
    (
        m.CLOCK,
        m.TRADING,
        m.LEDGER,
        m.BROKER,
        m.MARKET_DATA,
        m.RISK,
        m.ENGINE,
        m.STRATEGIST,
        m.POSITIONS,
    ),
    OTHERS_WITHIN,
)
"""Without whom the bot does not trade, and for how long each may show no sign of life, real time."""

_Sign = tuple[object, ...]


class Pulses:
    """Watches the cells of critical actors from outside the tree.

    A supervisor puts a heartbeat into every idle child's mailbox, and looks at its children by a timer of its own: so
    a cell in which nothing changes belongs to an actor that hangs, or to a tree that has stopped turning. A new
    incarnation is a sign of life too: what is healed inside does not count.
    """

    def __init__(
        self,
        runtime: Runtime,
        within: Mapping[str, timedelta] = CRITICAL,
        seconds: Callable[[], float] = real_seconds,
    ) -> None:
        self._runtime = runtime
        self._within = within
        self._seconds = seconds
        self._seen: dict[str, tuple[_Sign, float]] = {}

    def lost(self) -> list[str]:
        """Return who has shown no sign of life for too long; to be asked often, by one thread."""
        now = self._seconds()
        return [name for name, within in self._within.items() if self._silence(name, now) > within.total_seconds()]

    def _silence(self, name: str, now: float) -> float:
        sign = _sign(self._runtime.cells.get(name))
        seen, since = self._seen.get(name, (None, now))
        if sign != seen:
            since = now
            self._seen[name] = (sign, since)
        return now - since


def _sign(cell: Cell | None) -> _Sign:
    return () if cell is None else (cell.generation, cell.handled, cell.last_handled_at)
