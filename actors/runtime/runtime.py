"""What both runtimes share: names, generations, sending, timers, the board, dead letters."""

from __future__ import annotations

import abc
import random
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pykka
from loguru import logger

from actors.runtime.actor import Actor, spawning
from actors.runtime.cell import Cell
from actors.runtime.messages import Down, Heartbeat, Lasting, Repeated, Started
from actors.runtime.trace import CALLBACK, TIMER, WAITED, Trace
from lottogrid.clock import Clock

Factory = Callable[[], Actor]
"""Makes an actor; called anew for every incarnation."""
MOST_WAITING = 1000
"""Messages that wait for the next holder of one name; the oldest is given up for a newer."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that reached nobody."""

    at: datetime
    target: str
    message: str
    reason: str


@dataclass(order=True)
class Timer:
    """A message to one incarnation at an instant. `cancel` is final; a timer of the dead is dropped."""

    due: datetime
    number: int
    cell: Cell = field(compare=False)
    message: object = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    @property
    def is_void(self) -> bool:
        """Whether there is nothing to deliver any more, or nobody to deliver it to."""
        return self.cancelled or self.cell.ending

    def cancel(self) -> None:
        """Forget it."""
        self.cancelled = True


class Interference:
    """The seam for faults: called around every message. The default does nothing."""

    def before(self, cell: Cell, message: object) -> None:
        """Run before the handler; an exception raised here kills the actor with the message unhandled."""

    def after(self, cell: Cell, message: object) -> None:
        """Run after the handler; an exception raised here kills the actor with its effects done."""


class Runtime(abc.ABC):
    """Where actors live. One runtime, one clock, one source of randomness, one name space."""

    def __init__(self, clock: Clock, *, seed: int = 0, interference: Interference | None = None) -> None:
        self.clock = clock
        self.random = random.Random(f"lottogrid runtime {seed}")  # noqa: S311 - jitter and schedules, no secrets
        self.board: dict[str, object] = {}
        """Latest record published under each name; records are immutable, reading needs no lock."""
        self.cells: dict[str, Cell] = {}
        """Latest incarnation under each name, dead or alive."""
        self.dead_letters: deque[DeadLetter] = deque(maxlen=100)
        self.dead_letter_count = 0
        self.trace = Trace()
        self.on_orphan_down: Callable[[Down], None] = lambda _: None
        """Called when an actor without a watcher ends: the root of a tree."""
        self._interference = interference
        self._generations: dict[str, int] = {}
        self._waiting: dict[str, deque[Lasting]] = {}
        self._timer_number = 0
        self._lock = threading.Lock()

    # --- life

    def spawn(
        self,
        name: str,
        factory: Factory,
        *,
        watcher: Cell | None = None,
        shutdown: timedelta = timedelta(seconds=5),
    ) -> Cell:
        """Start a new incarnation under `name`; `Started` or `Down` follows to `watcher`.

        A factory that raises is a death too. `shutdown` is the real time it is given to stop when its watcher dies.
        """
        with self._lock:
            generation = self._generations.get(name, 0) + 1
            self._generations[name] = generation
        cell = Cell(name, generation, watcher, self.clock.now(), shutdown=shutdown)
        if watcher is not None:
            watcher.children.append(cell)
        spawning.runtime, spawning.cell = self, cell
        try:
            cell.actor = factory()
        except Exception as error:  # noqa: BLE001 - the boundary between a child's making and its parent
            cell.error = error
            self.report_end(cell)
            return cell
        finally:
            spawning.runtime = spawning.cell = None
        if watcher is not None and watcher.ending:
            cell.fenced = True  # the watcher was given up during a slow factory; its heir has a child of this name
            cell.actor.end_life()
            return cell
        self._take_name(cell)
        cell.actor._start_actor_loop()  # noqa: SLF001 - pykka's seam for authors of actor types
        return cell

    def _take_name(self, cell: Cell) -> None:
        with self._lock:
            holder = self.cells.get(cell.name)
            if holder is not None and holder.generation > cell.generation:
                return
            self.cells[cell.name] = cell
            waiting = self._waiting.pop(cell.name, ())  # under one lock with the name: what comes later finds the heir
        for message in waiting:
            self._tell(cell, message, WAITED)

    @abc.abstractmethod
    def terminate(self, cell: Cell, timeout: timedelta) -> bool:
        """Stop `cell` and wait for its end; fence it after `timeout` of real time. Return whether it ended itself."""

    def ask_to_stop(self, cell: Cell) -> None:
        """Put a stop behind what `cell` was sent before, and do not wait; `Down` follows to its watcher."""
        if cell.actor is not None:
            with suppress(pykka.ActorDeadError):  # it is ending by itself
                cell.actor.stop()

    @abc.abstractmethod
    def launch(self, actor: Actor) -> None:
        """Begin to run a constructed actor."""

    @abc.abstractmethod
    def create_inbox(self, cell: Cell) -> Any:
        """Return the mailbox of a new incarnation."""

    def fence(self, cell: Cell, reason: str) -> None:
        """Give `cell` up: from now on it handles nothing, nothing it says is heard, and its watcher gets its `Down`."""
        cell.error = cell.error or TimeoutError(reason)  # first: by it a handler that ends just now knows
        cell.fenced = True
        self.hand_on(cell)
        self.drain(cell)
        self._abandon(cell)
        self.ask_to_stop(cell)  # wakes a thread that waits for messages; one that hangs finds it when it is back
        if cell.actor is not None:
            cell.actor.actor_stopped.set()
        self._end_fenced(cell)

    def _abandon(self, cell: Cell) -> None:
        if cell.actor is not None:
            try:
                cell.actor.abandon()
            except Exception as error:  # noqa: BLE001 - whoever gives an actor up must not die of it
                logger.error("{}: could not be cut off: {!r}", cell.name, error)

    def _end_fenced(self, cell: Cell) -> None:
        self.report_end(cell)

    # --- births and deaths

    def report_started(self, cell: Cell) -> None:
        """Tell the watcher that `cell` is up."""
        if cell.watcher is not None and not cell.fenced:
            self._tell(cell.watcher, Started(cell.name, cell.generation), cell.name)

    def report_end(self, cell: Cell) -> None:
        """End the children of `cell`, then tell its watcher and those who watch it besides, once."""
        with self._lock:
            if cell.ending:
                return
            cell.ending = True
        self.drain(cell)  # from here on nobody puts anything in its mailbox without looking behind himself
        for child in reversed(list(cell.children)):
            self.terminate(child, child.shutdown)
        with self._lock:
            cell.ended.set()
        down = Down(cell.name, cell.generation, cell.failed, cell.error_text)
        for observer in cell.observers:
            self._tell(observer, down, cell.name)
        if cell.watcher is None:
            self.on_orphan_down(down)
            return
        if cell in cell.watcher.children:
            cell.watcher.children.remove(cell)
        self._tell(cell.watcher, down, cell.name)

    def watch(self, name: str, observer: Cell) -> None:
        """Send `observer` one `Down` when the present holder of `name` has ended; at once where nobody lives there."""
        with self._lock:
            cell = self.cells.get(name)
            if cell is not None and not cell.ended.is_set():
                if observer is not cell.watcher and observer not in cell.observers:
                    cell.observers.append(observer)
                return
        nobody = Down(name, 0, failed=True, error="nobody has this name")
        known = cell and Down(name, cell.generation, cell.failed, cell.error_text)
        self.deliver(observer, known or nobody)

    def drain(self, cell: Cell) -> None:
        """Leave what is in the mailbox of one that has ended, and release whoever waits for an answer."""
        inbox: Any = cell.actor and cell.actor.actor_inbox
        for envelope in inbox.take_all() if inbox is not None else ():
            if cell.fenced and type(envelope.message) is pykka.messages._ActorStop:  # noqa: SLF001
                inbox.put(envelope)  # it wakes a thread that waits for messages
                continue
            if envelope.reply_to is not None:
                envelope.reply_to.set_exception((pykka.ActorDeadError, pykka.ActorDeadError(cell.name), None))
            self.leave(cell.name, envelope.message, "its reader has ended", cell)

    def hand_on(self, cell: Cell) -> None:
        """Let mail that `cell` has in hand at its end come once more, before all other; called by whoever sees the end.

        Of two who see it, itself as it dies and who gives it up, one finds the message.
        """
        with self._lock:
            message, cell.in_hand = cell.in_hand, None
        if isinstance(message, Repeated):
            logger.error("{}: {} has ended two readers and is given up", cell.name, type(message.message).__name__)
            self.bury(cell.name, message, "two readers ended with it in hand")
        elif isinstance(message, Lasting):
            self.leave(cell.name, Repeated(message), "", cell, first=True)

    def leave(
        self, name: str, message: object, reason: str, reader: Cell | None = None, *, first: bool = False
    ) -> None:
        """Let mail that `reader` will not read wait for the next holder of the name; what does not last is buried."""
        if not isinstance(message, Lasting):
            self.bury(name, message, reason)
            return
        with self._lock:
            heir = self.cells.get(name)
            if heir is reader:
                heir = None
                waiting = self._waiting.setdefault(name, deque())
                (waiting.appendleft if first else waiting.append)(message)
                given_up = waiting.popleft() if len(waiting) > MOST_WAITING else None
        if heir is not None:
            self.deliver(heir, message)
        elif given_up is not None:
            self.bury(name, given_up, "too much waits for this name")

    # --- talk

    def send(self, target: str, message: object, *, sender: Cell | None = None) -> None:
        """Deliver `message` to the present holder of the name `target`; where there is none, it waits or is buried."""
        if sender is not None and sender.fenced:
            self.bury(target, message, f"said by {sender.name}#{sender.generation}, which was given up")
            return
        cell = self.cells.get(target)
        if cell is None:
            self.leave(target, message, "nobody has this name")
            return
        self._tell(cell, message, "" if sender is None else sender.name)

    def _tell(self, cell: Cell, message: object, sender: str) -> None:
        self.trace.note(self.clock.now(), sender, cell.name, message)
        self.deliver(cell, message)

    def hear(self, cell: Cell, message: object) -> None:
        """Put `message` in the mailbox of one incarnation, on behalf of itself or of what it holds."""
        self._tell(cell, message, CALLBACK)

    def deliver(self, cell: Cell, message: object) -> None:
        """Put `message` in the mailbox of one incarnation, and of no later one."""
        if cell.actor is None or cell.ending:
            self.leave(cell.name, message, "its reader has ended", cell)
            return
        try:
            cell.actor.actor_ref.tell(message)
        except pykka.ActorDeadError:
            self.leave(cell.name, message, "its reader is ending", cell)
        if cell.ending:
            self.drain(cell)  # it ended between the look and the put

    def bury(self, target: str, message: object, reason: str) -> None:
        """Count a message that reached nobody; births and deaths concern none but a watcher that is gone itself."""
        if isinstance(message, (pykka.messages._ActorStop, Started, Down, Heartbeat)):  # noqa: SLF001
            return
        kind = type(message.message if isinstance(message, Repeated) else message)
        with self._lock:
            self.dead_letter_count += 1
            self.dead_letters.append(DeadLetter(self.clock.now(), target, kind.__name__, reason))

    # --- time

    def schedule(self, instant: datetime, cell: Cell, message: object) -> Timer:
        """Deliver `message` to `cell` at `instant`."""
        with self._lock:
            self._timer_number += 1
            timer = Timer(instant, self._timer_number, cell, message)
        self._arm(timer)
        return timer

    @abc.abstractmethod
    def _arm(self, timer: Timer) -> None: ...

    def fire(self, timer: Timer) -> None:
        """Deliver a timer's message unless it was cancelled or its incarnation has ended."""
        if not timer.is_void:
            self._tell(timer.cell, timer.message, TIMER)

    # --- faults

    def interfere(self, cell: Cell, message: object, *, before: bool) -> None:
        """Let the fault seam act; costs one test where no faults are planted."""
        if self._interference is not None:
            (self._interference.before if before else self._interference.after)(cell, message)
