"""The runtime of replay and of tests: one thread, one message a step, virtual time.

The same actor classes run here as on threads. An inbox hands out a message only when one is granted and leaves pykka's
own loop by a private exception otherwise, so no line of pykka's loop is written again here.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from actors.runtime.actor import Actor
from actors.runtime.cell import Cell
from actors.runtime.runtime import Interference, Runtime, Timer
from lottogrid.clock import SteppableClock


def earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    """Return the earlier of two instants; None stands for never."""
    return other if one is None or (other is not None and other < one) else one


class _Parked(BaseException):
    """Leaves pykka's loop when the granted message has been handled; its `get` stands outside every try."""


class _Inbox:
    """A mailbox that hands out what was granted."""

    def __init__(self, cell: Cell, announce: Callable[[Cell], None]) -> None:
        self._cell = cell
        self._announce = announce
        self._envelopes: deque[Any] = deque()
        self.granted = 0

    def put(self, envelope: Any) -> None:
        self._envelopes.append(envelope)
        self._announce(self._cell)

    def get(self) -> Any:
        if self.granted == 0:
            raise _Parked
        self.granted -= 1
        return self._envelopes.popleft()

    def take_all(self) -> list[Any]:
        taken = list(self._envelopes)
        self._envelopes.clear()
        return taken

    def empty(self) -> bool:
        return not self._envelopes

    def qsize(self) -> int:
        return len(self._envelopes)


class SteppedRuntime(Runtime):
    """Runs actors one message at a time on the calling thread.

    Without `shuffle`, messages are handled in the order in which they were sent. With it, the next actor is drawn from
    the runtime's random source, which covers every order that threads could produce between messages. Time moves only
    when nobody has anything to do.
    """

    clock: SteppableClock

    def __init__(
        self,
        clock: SteppableClock,
        *,
        seed: int = 0,
        shuffle: bool = False,
        interference: Interference | None = None,
    ) -> None:
        super().__init__(clock, seed=seed, interference=interference)
        self.steps = 0
        self._shuffle = shuffle
        self._runnable: deque[Cell] = deque()
        self._timers: list[Timer] = []

    def create_inbox(self, cell: Cell) -> Any:
        """Return a mailbox that is read step by step."""
        inbox = _Inbox(cell, self._runnable.append)
        cell.depth = inbox.qsize
        return inbox

    def launch(self, actor: Actor) -> None:
        """Let `on_start` be a step of its own."""
        self._runnable.append(actor.cell)

    def terminate(self, cell: Cell, timeout: timedelta) -> bool:
        """Let `cell` handle what was sent to it before, as its thread would, then end it; nothing can hang here."""
        del timeout
        actor = cell.actor
        if actor is None or cell.ending:
            return True
        if actor.actor_ref.is_alive():
            actor.stop()
        while actor.actor_ref.is_alive():
            self._run(actor)
        actor.end_life()
        return True

    def fence(self, cell: Cell, reason: str) -> None:
        """Give `cell` up; no thread of its own comes back to empty its mailbox, so that is done here."""
        is_over = cell.ending
        super().fence(cell, reason)
        if cell.actor is not None and not is_over:
            cell.actor.end_life()

    # --- running

    def run_until(self, instant: datetime) -> None:
        """Handle everything that is due up to and including `instant`, then stand at it."""
        while True:
            self.run_until_idle()
            due = self.next_due()
            if due is None or due > instant:
                break
            self._advance(due)
        self.clock.advance_to(instant)

    def run_until_idle(self) -> None:
        """Handle messages until nobody has any, without moving time."""
        while self._runnable:
            self.step()

    def next_due(self) -> datetime | None:
        """Return the instant of the next timer; None where there is none."""
        while self._timers and self._timers[0].is_void:
            heapq.heappop(self._timers)
        return self._timers[0].due if self._timers else None

    def step(self) -> None:
        """Let one actor handle one message, or begin its life."""
        if self._shuffle and len(self._runnable) > 1:
            self._runnable.rotate(-self.random.randrange(len(self._runnable)))
        cell = self._runnable.popleft()
        actor = cell.actor
        if actor is None or cell.ending:
            return
        self.steps += 1
        self._run(actor)
        if actor.actor_stopped.is_set():
            actor.end_life()

    def _run(self, actor: Actor) -> None:
        if not actor.cell.begun:
            actor.begin_life()
        elif not actor.actor_inbox.empty():
            actor.actor_inbox.granted = 1  # type: ignore[attr-defined]
            try:  # noqa: SIM105 - `suppress` is slow, and this is the way of every message
                actor._actor_loop_running()  # noqa: SLF001 - pykka's own loop, left by _Parked
            except _Parked:
                pass

    def _advance(self, due: datetime) -> None:
        self.clock.advance_to(due)
        self.fire(heapq.heappop(self._timers))

    def _arm(self, timer: Timer) -> None:
        heapq.heappush(self._timers, timer)
