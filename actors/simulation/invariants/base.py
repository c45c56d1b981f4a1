"""What an invariant is: an id, a claim, and the moments at which it looks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from actors.runtime.cell import Cell
from actors.simulation.process import Process
from lottogrid.exchange.values import VenueOrder
from lottogrid.ledger.records import Record
from lottogrid.orders import Execution, OrderIntent

if TYPE_CHECKING:
    from actors.simulation.world import World


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that may not be."""

    invariant: str
    text: str
    at: datetime


class Invariant:
    """Looks at a world at the moments whose methods it overrides; says `broken` at the first thing that may not be."""

    id: ClassVar[str]
    kind: ClassVar[str]
    """S: at every step. Q: after a quiet period. L: within a bound of time."""
    claim: ClassVar[str]

    def __init__(self, world: World) -> None:
        self.world = world

    def broken(self, text: str) -> None:
        """Report a violation."""
        self.world.violate(self.id, text)

    def placed(self, intent: OrderIntent, now: datetime) -> None:
        """An order reaches the exchange."""

    def executed(self, execution: Execution, order: VenueOrder) -> None:
        """The exchange has executed."""

    def committed(self, record: Record) -> None:
        """A record lasts; the books do not have it yet."""

    def commanded(self, message: object) -> None:
        """The operator gives a command."""

    def stepped(self, process: Process) -> None:
        """A message was handled."""

    def nested(self, name: str) -> None:
        """An actor is at two messages at once."""

    def misheard(self, text: str) -> None:
        """Somebody hears what he should not: the given up, a timer of another, a death for the second time."""

    def ended(self, cell: Cell) -> None:
        """An incarnation ended."""

    def process_started(self) -> None:
        """A process begins; its tree is not built yet."""

    def process_stopping(self) -> None:
        """A process is about to be stopped in good order."""

    def process_stopped(self, process: Process) -> None:
        """A process was stopped in good order."""

    def about_to_flatten(self) -> None:
        """The flatten time is about to come."""

    def quiet(self) -> None:
        """Faults ended a while ago."""

    def flat(self) -> None:
        """The flatten time was a while ago."""

    def day_ended(self) -> None:
        """The exchange has closed and said all it had to say."""
