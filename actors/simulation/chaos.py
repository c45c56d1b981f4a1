"""Faults of actors: armed for a name, they strike at its next message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from actors.runtime.cell import Cell
from actors.simulation.trace import Trace, Tracing
from lottogrid.clock import Clock

POSITION = "position"
"""Stands for any position actor: their names are not known in advance."""


class Planted(RuntimeError):  # noqa: N818
    """Raised in an actor on purpose."""


class Moment(Enum):
    """When in an actor's life a fault strikes."""

    BEFORE = "before the handler"
    AFTER = "after the handler"
    START = "in on_start"


@dataclass
class Arm:
    """A fault that waits for its moment."""

    fault: str
    victim: str
    moment: Moment
    act: Callable[[Cell], None]
    """What it does there; an exception it raises is the actor's."""
    times: int = 1
    done: Callable[[], None] = lambda: None
    """Called when it struck for the last time."""

    def fits(self, cell: Cell) -> bool:
        """Whether it waits for this actor."""
        return cell.name == self.victim or (self.victim == POSITION and cell.name.startswith("LG-"))


class Chaos(Tracing):
    """The seam around every message of the process: traces it, and lets what is armed strike."""

    def __init__(
        self, trace: Trace, clock: Clock, struck: Callable[[str], None], nested: Callable[[str], None]
    ) -> None:
        super().__init__(trace, clock)
        self.arms: list[Arm] = []
        self.handling: list[str] = []
        """Actors in the middle of a message, of this step; none may be there twice."""
        self._struck = struck
        self._nested = nested

    def arm(self, arm: Arm) -> None:
        """Let a fault wait for its moment."""
        self.arms.append(arm)

    def disarm(self) -> None:
        """Let no fault strike any more."""
        self.arms.clear()

    def before(self, cell: Cell, message: object) -> None:
        """Note the message; let a fault strike before it is handled."""
        self.trace.note(self._clock.now(), cell, message)
        if cell.name in self.handling:
            self._nested(cell.name)
        self.handling.append(cell.name)
        if self.arms:
            self._strike(cell, Moment.START if message is None else Moment.BEFORE)

    def after(self, cell: Cell, message: object) -> None:
        """Let a fault strike after the effects."""
        if cell.name in self.handling:
            self.handling.remove(cell.name)
        if self.arms and message is not None:
            self._strike(cell, Moment.AFTER)

    def _strike(self, cell: Cell, moment: Moment) -> None:
        for arm in self.arms:
            if arm.moment is moment and arm.fits(cell):
                self._fire(arm, cell)
                return

    def _fire(self, arm: Arm, cell: Cell) -> None:
        arm.times -= 1
        if arm.times <= 0:
            self.arms.remove(arm)
        self._struck(arm.fault)
        if arm.times <= 0:
            arm.done()
        arm.act(cell)
