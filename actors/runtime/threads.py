"""The runtime of production: a thread for every actor, one more for all timers."""

from __future__ import annotations

import heapq
import queue
import threading
from datetime import timedelta
from typing import Any

from actors.runtime.actor import Actor
from actors.runtime.cell import Cell
from actors.runtime.runtime import Interference, Runtime, Timer
from lottogrid.clock import Clock, real_seconds


class _Inbox(queue.Queue[Any]):
    """An unbounded queue that knows since when its oldest message waits."""

    def _put(self, item: Any) -> None:
        self.queue.append((real_seconds(), item))

    def _get(self) -> Any:
        return self.queue.popleft()[1]

    def take_all(self) -> list[Any]:
        with self.mutex:
            taken = [item for _, item in self.queue]
            self.queue.clear()
        return taken

    def oldest(self) -> float | None:
        try:
            return float(self.queue[0][0])
        except IndexError:
            return None


class ThreadRuntime(Runtime):
    """Runs each actor on its own daemon thread; timers follow the clock, scaled or not."""

    longest_wait = 1.0
    """Real seconds after which the clock is read again: it may be corrected, and machines sleep."""

    def __init__(self, clock: Clock, *, seed: int = 0, interference: Interference | None = None) -> None:
        super().__init__(clock, seed=seed, interference=interference)
        self._timers: list[Timer] = []
        self._wake = threading.Condition()
        self._closing = False
        self._keeper = threading.Thread(target=self._keep_time, name="timers", daemon=True)
        self._keeper.start()

    def create_inbox(self, cell: Cell) -> Any:
        """Return an unbounded queue."""
        inbox = _Inbox()
        cell.depth, cell.oldest = inbox.qsize, inbox.oldest
        return inbox

    def launch(self, actor: Actor) -> None:
        """Run pykka's own loop on a thread."""
        actor.run_on_thread()

    def terminate(self, cell: Cell, timeout: timedelta) -> bool:
        """Ask `cell` to stop and wait; a stuck thread cannot be killed, so it is fenced."""
        if cell.actor is None or cell.ended.is_set():
            return True
        self.ask_to_stop(cell)
        if cell.ended.wait(timeout.total_seconds()):
            return True
        self.fence(cell, f"did not stop within {timeout}")
        cell.ended.wait(timeout.total_seconds())  # its children have their own time
        return False

    def _end_fenced(self, cell: Cell) -> None:
        """End a fenced parent on a thread of its own: its children may take their time, whoever gave it up has none."""
        if cell.children:
            threading.Thread(target=self.report_end, args=(cell,), name=f"end of {cell.name}", daemon=True).start()
        else:
            self.report_end(cell)

    def close(self) -> None:
        """End the timer thread."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._keeper.join(timeout=5)

    def _arm(self, timer: Timer) -> None:
        with self._wake:
            heapq.heappush(self._timers, timer)
            self._wake.notify()

    def _keep_time(self) -> None:
        while True:
            with self._wake:
                if self._closing:
                    return
                wait = self._real_seconds_to_next()
                if wait is None or wait > 0:
                    self._wake.wait(wait and min(wait, self.longest_wait))
                    continue
                timer = heapq.heappop(self._timers)
            self.fire(timer)

    def _real_seconds_to_next(self) -> float | None:
        while self._timers and self._timers[0].is_void:
            heapq.heappop(self._timers)
        if not self._timers:
            return None
        return (self._timers[0].due - self.clock.now()).total_seconds() / self.clock.speed
