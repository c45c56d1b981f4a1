"""One life of the bot's process: the stepped runtime, with actors that stall, timers that lag, and a sudden end."""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from actors.runtime.cell import Cell
from actors.runtime.messages import Down, Lasting
from actors.runtime.runtime import Factory, Interference, Timer
from actors.runtime.stepped import SteppedRuntime, earlier
from actors.simulation.clock import SkewedClock


class Onlooker(Protocol):
    """Who is told of births, deaths and what reached nobody."""

    def on_spawned(self, cell: Cell) -> None:
        """Called after an incarnation was started."""
        ...

    def on_ended(self, cell: Cell) -> None:
        """Called after an incarnation ended, with its children."""
        ...

    def on_buried(self, target: str, message: object) -> None:
        """Called for a dead letter."""
        ...

    def on_entrusted(self, message: Lasting) -> None:
        """Called when a message was sent that must not be lost with its reader."""
        ...

    def on_misheard(self, text: str) -> None:
        """Called when somebody hears what he should not: the given up, a timer of another, a death once more."""
        ...

    def on_lagged(self) -> None:
        """Called when a timer was made late."""
        ...


@dataclass
class _Hold:
    """An actor that gets no turn."""

    until: datetime
    turns: list[Cell] = field(default_factory=list)


class Process(SteppedRuntime):
    """The runtime of one life.

    `doomed` is set where the process was killed in the middle of a step; its driver throws it away before the next.
    """

    clock: SkewedClock

    def __init__(self, clock: SkewedClock, *, seed: int, interference: Interference, onlooker: Onlooker) -> None:
        super().__init__(clock, seed=seed, shuffle=True, interference=interference)
        self.doomed = False
        self.late_until: datetime | None = None
        self.late_by = timedelta(0)
        self._onlooker = onlooker
        self._held: dict[Cell, _Hold] = {}
        self._lagged: set[int] = set()
        self._firing: Cell | None = None
        self._told: set[tuple[Cell, str, int]] = set()
        """Death notices delivered, by receiver and incarnation."""

    # --- turns

    @property
    def is_busy(self) -> bool:
        """Whether somebody has something to do now."""
        if self._held:
            self._set_aside()
        return bool(self._runnable)

    def hold(self, cell: Cell, delay: timedelta) -> None:
        """Give `cell` no turn for `delay`: it is slow, or hangs."""
        self._held[cell] = _Hold(self.now() + delay)

    def is_held(self, cell: Cell) -> bool:
        """Whether `cell` stalls."""
        return cell in self._held

    def let_go(self, cell: Cell) -> None:
        """Give `cell` its turns back."""
        held = self._held.pop(cell, None)
        if held is not None:
            self._runnable.extend(held.turns)

    def now(self) -> datetime:
        """Return what this process believes to be the time."""
        return self.clock.now()

    def _set_aside(self) -> None:
        going: deque[Cell] = deque()
        while self._runnable:
            cell = self._runnable.popleft()
            held = self._held.get(cell)
            (going if held is None else held.turns).append(cell)
        # In place: every mailbox holds this very queue.
        self._runnable.extend(going)

    # --- time

    def next_due(self) -> datetime | None:
        """Return when a timer or the end of a stall is due, by this process's clock."""
        due = super().next_due()
        return due if not self._held else earlier(due, min(held.until for held in self._held.values()))

    def advance(self, due: datetime) -> None:
        """Move to `due`, which `next_due` returned, and let what is due happen."""
        over = [cell for cell, held in self._held.items() if held.until <= due]
        if over:
            self.clock.advance_to(due)
            for cell in over:
                self.let_go(cell)
        elif not self._is_late():
            self._advance(due)

    def _is_late(self) -> bool:
        timer = self._timers[0]
        if self.late_until is None or timer.due >= self.late_until or timer.number in self._lagged:
            return False
        self._lagged.add(timer.number)
        self._onlooker.on_lagged()
        heapq.heappop(self._timers)
        timer.due += self.late_by
        heapq.heappush(self._timers, timer)
        return True

    @property
    def live_timers(self) -> int:
        """Timers that still have somebody to tell."""
        return sum(not timer.is_void for timer in self._timers)

    # --- births and deaths

    def spawn(
        self,
        name: str,
        factory: Factory,
        *,
        watcher: Cell | None = None,
        shutdown: timedelta = timedelta(seconds=5),
    ) -> Cell:
        """Start an incarnation, and say so."""
        cell = super().spawn(name, factory, watcher=watcher, shutdown=shutdown)
        self._onlooker.on_spawned(cell)
        return cell

    def report_end(self, cell: Cell) -> None:
        """Tell the watcher, and the onlooker, once."""
        was_over = cell.ending
        super().report_end(cell)
        self._held.pop(cell, None)
        if not was_over:
            self._onlooker.on_ended(cell)

    def deliver(self, cell: Cell, message: object) -> None:
        """Note a death that is told twice, and a timer that goes to another than who set it."""
        if type(message) is Down:
            death = (cell, message.name, message.generation)
            if death in self._told:
                self._onlooker.on_misheard(
                    f"the death of {message.name}#{message.generation} was told to {cell.name} twice"
                )
            self._told.add(death)
        if self._firing is not None and cell is not self._firing:
            self._onlooker.on_misheard(f"{cell.name}#{cell.generation} got a timer of #{self._firing.generation}")
        super().deliver(cell, message)

    def fire(self, timer: Timer) -> None:
        """Deliver a timer's message, and see to whom."""
        self._firing = timer.cell
        super().fire(timer)
        self._firing = None

    def send(self, target: str, message: object, *, sender: Cell | None = None) -> None:
        """Deliver a message; what one says that was given up must end as a dead letter."""
        buried = self.dead_letter_count
        super().send(target, message, sender=sender)
        if isinstance(message, Lasting) and (sender is None or not sender.fenced):
            self._onlooker.on_entrusted(message)
        if sender is not None and sender.fenced and self.dead_letter_count == buried:
            self._onlooker.on_misheard(f"{target} heard {type(message).__name__} of {sender.name}#{sender.generation}")

    def bury(self, target: str, message: object, reason: str) -> None:
        """Count a dead letter, and say so."""
        super().bury(target, message, reason)
        self._onlooker.on_buried(target, message)
