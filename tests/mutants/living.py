"""Faults in runtime, supervision and the lock."""

from __future__ import annotations

from typing import Any

import pytest

from actors.runtime.actor import Actor
from actors.runtime.cell import Cell
from actors.runtime.messages import Down
from actors.runtime.runtime import Runtime, Timer
from actors.supervision.child import Child, Window
from actors.supervision.supervisor import Supervisor
from lottogrid.ledger.lock import LedgerLock
from tests.mutants.mutant import mutant


@mutant("death-notice-lost", "of every seven death notices one is lost", "I10", "I16")
def death_notice_lost(patch: pytest.MonkeyPatch) -> None:
    """Drop it on the way."""
    plain = Runtime.deliver
    seen: list[Cell] = []

    def deliver(self: Runtime, cell: Cell, message: object) -> None:
        if isinstance(message, Down) and message.failed:
            seen.append(cell)
            if len(seen) % 7 == 1:
                return
        plain(self, cell, message)

    patch.setattr(Runtime, "deliver", deliver)


@mutant("intensity-ignored", "a supervisor restarts for ever", "I16")
def intensity_ignored(patch: pytest.MonkeyPatch) -> None:
    """Never find one failure too many."""
    patch.setattr(Window, "exceeded", lambda *_: False)


@mutant(
    "rest-not-restarted",
    "of those who lean on a failed actor none is restarted",
    "I6",
    "I8",
    "I10",
    "I11",
    "I9",
    "I3",
    "I7",
)
def rest_not_restarted(patch: pytest.MonkeyPatch) -> None:
    """Restart the failed one alone."""

    def affected(self: Supervisor, failed: Child) -> list[Child]:
        del self
        return [failed]

    patch.setattr(Supervisor, "_affected", affected)


@mutant("stopped-in-order", "children are stopped in the order of their start", "I16")
def stopped_in_order(patch: pytest.MonkeyPatch) -> None:
    """Take the next to stop from the wrong end."""
    plain = Supervisor._stop_next

    def stop_next(self: Supervisor) -> None:
        if self._stop_under_way is None:
            self._stopping.reverse()
        plain(self)

    patch.setattr(Supervisor, "_stop_next", stop_next)


@mutant("fence-forgotten", "what an actor says that was given up is heard", "I16")
def fence_forgotten(patch: pytest.MonkeyPatch) -> None:
    """Ask nothing about the sender."""
    plain = Runtime.send

    def send(self: Runtime, target: str, message: object, *, sender: Cell | None = None) -> None:
        del sender
        plain(self, target, message)

    patch.setattr(Runtime, "send", send)


@mutant("timers-of-the-dead", "a timer of the dead goes to whoever has the name now", "I16")
def timers_of_the_dead(patch: pytest.MonkeyPatch) -> None:
    """Fire at a name."""
    patch.setattr(Timer, "is_void", property(lambda self: self.cancelled))

    def fire(self: Runtime, timer: Timer) -> None:
        if not timer.cancelled:
            self.send(timer.cell.name, timer.message)

    patch.setattr(Runtime, "fire", fire)


@mutant("lock-ignored", "a second process may work on the ledger", "I14")
def lock_ignored(patch: pytest.MonkeyPatch) -> None:
    """Take the lock without asking."""
    patch.setattr(LedgerLock, "acquire", lambda _: None)


@mutant("memory-not-recalled", "engine and risk start again without asking where they stood", "I8", "I9", "I10", "I11")
def memory_not_recalled(patch: pytest.MonkeyPatch) -> None:
    """Run `on_start` in the first incarnation only."""
    plain = Actor.begin_life

    def begin_life(self: Any) -> None:
        if self.cell.generation > 1 and not isinstance(self, Supervisor) and self.name in {"engine", "risk"}:
            self.on_start = lambda: None
        plain(self)

    patch.setattr(Actor, "begin_life", begin_life)


MUTANTS = (
    death_notice_lost,
    intensity_ignored,
    rest_not_restarted,
    stopped_in_order,
    fence_forgotten,
    timers_of_the_dead,
    lock_ignored,
    memory_not_recalled,
)
