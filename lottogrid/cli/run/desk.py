"""A day with everything alive: the actors on threads, the world beside them, the clock that moves both."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from queue import Empty, SimpleQueue

from actors import messages as m
from actors.replay import AFTER_CLOSE
from actors.runtime.messages import Down
from actors.runtime.threads import ThreadRuntime
from actors.tree import root
from actors.view import View, look
from lottogrid.cli.run.paperday import IB, PaperDay
from lottogrid.cli.run.recording import recording_of
from lottogrid.cli.run.worlds import World
from lottogrid.cli.wiring import parts_of
from lottogrid.clock import Clock, ScaledClock
from lottogrid.control.latch import Ordered, nothing
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.place import Place
from lottogrid.settings import Settings

LINGER = timedelta(minutes=2)
"""How long after the close the settlements are listened to, once nothing is held any more."""
TO_SETTLE = timedelta(seconds=10)
"""Real time that the actors have for it at least, however fast the clock."""
TO_STOP = timedelta(seconds=30)
HAND_OVER = 0.0005
"""Seconds after which a thread that computes lets another run; an order passes through seven on its way."""


class Desk:
    """The parts of a day; `start` brings them to life, `stop` ends them in order."""

    def __init__(
        self,
        settings: Settings,
        day: PaperDay,
        ledger: Path,
        world: World,
        *,
        place: Place | None = None,
        clock: Clock | None = None,
        ordered: Ordered = nothing,
    ) -> None:
        """Prepare; without a clock the day has one of its own, as fast as the simulator's.

        The ledger's tables are at `place`, else in the file `ledger`. What the operator has `ordered` is obeyed.
        """
        clock = clock or ScaledClock(day.starts_at, settings.simulator.speed)
        self.ledger, self.place = ledger, place or ledger
        self._day = day
        self._world = world
        parts = parts_of(settings, lambda: Ledger.open(self.place), world.make_port, starts=day.starts_at)
        self.started_at = clock.now()
        recording = recording_of(settings, ledger, self.started_at, self.data)
        self._parts = replace(parts, ordered=ordered, recording=recording)
        self._speed = clock.speed
        self._ended: SimpleQueue[Down | str] = SimpleQueue()
        self.runtime = ThreadRuntime(clock, seed=settings.simulator.seed)
        self.runtime.on_orphan_down = self._ended.put

    def start(self) -> None:
        """Open the world, then the tree."""
        sys.setswitchinterval(HAND_OVER)
        self._world.open(self.runtime)
        self.runtime.spawn(m.ROOT, lambda: root(self._parts))

    def look(self) -> View:
        """Return the picture of everything, from any thread."""
        return look(self.runtime, self._parts.spec)

    @property
    def data(self) -> str:
        """Where prices come from, in a word for people."""
        return "live" if self._day.broker == IB else "simulated"

    def ask_to_stop(self, why: str) -> None:
        """End `wait`; may be called by a signal handler, wherever it interrupts."""
        self._ended.put(why)

    def wait(self, seconds: float) -> Down | str | None:
        """Wait for an end for so long, real time: the death of the tree or of the exchange, or being asked to stop."""
        try:
            return self._ended.get(timeout=seconds)
        except Empty:
            return None

    def is_over(self, view: View) -> bool:
        """Return whether the session has ended and everything that follows from it is booked."""
        if not self._world.is_over(self.runtime):
            return False
        since = view.at - self._day.session.day.closes
        if view.open_positions:
            return since >= max(AFTER_CLOSE, TO_SETTLE * self._speed)
        return since >= LINGER

    def stop(self) -> None:
        """Stop the tree in reverse order, then the world, then the timers."""
        if (cell := self.runtime.cells.get(m.ROOT)) is not None:
            self.runtime.terminate(cell, TO_STOP)
        self._world.close(self.runtime, TO_STOP)
        self.runtime.close()

    def faults(self, ledger: Ledger) -> list[str]:
        """Return what should not be after `stop`: a book that is not flat, or two books that differ."""
        return self._world.faults(ledger, self.runtime.clock.now())
