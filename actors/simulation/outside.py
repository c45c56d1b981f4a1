"""The runtime of all that outlives the process: the exchange, the wire, and the one who lets faults strike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from actors.runtime.actor import Actor
from actors.runtime.cell import Cell
from actors.runtime.stepped import SteppedRuntime
from lottogrid.clock import VirtualClock

DIRECTOR = "director"


@dataclass(frozen=True, slots=True)
class Do:
    """Something of the plan is due."""

    action: Callable[[], None]


class Director(Actor):
    """Lets happen what is due, outside of the process."""

    def on_receive(self, message: object) -> None:
        """Do it."""
        if isinstance(message, Do):
            message.action()


class Outside(SteppedRuntime):
    """The runtime of all that outlives the process."""

    clock: VirtualClock
    failure: BaseException | None = None
    """What an actor out here died of: an error in the simulation itself."""

    def report_end(self, cell: Cell) -> None:
        """Note a death: nobody supervises here."""
        super().report_end(cell)
        if cell.error is not None:
            self.failure = self.failure or cell.error

    @property
    def is_busy(self) -> bool:
        """Whether somebody has something to do now."""
        return bool(self._runnable)

    def advance(self, due: datetime) -> None:
        """Move to `due` and let what is due happen."""
        self._advance(due)
