"""The invariants: one table, and the one who lets them look."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from actors.runtime.cell import Cell
from actors.simulation.invariants import books, entries, lives, orders
from actors.simulation.invariants.base import Invariant
from actors.simulation.invariants.books import compare_money
from actors.simulation.process import Process
from lottogrid.exchange.values import VenueOrder
from lottogrid.ledger.records import OrderIntended, Record
from lottogrid.orders import Execution, OrderIntent

if TYPE_CHECKING:
    from actors.simulation.world import World

DETERMINISM = ("I17", "S", "the same options give the same trace: days are played twice, in other processes too")
INVARIANTS: tuple[type[Invariant], ...] = tuple(
    sorted((*orders.ALL, *entries.ALL, *books.ALL, *lives.ALL), key=lambda each: int(each.id[1:]))
)
"""Every invariant but I17, which is judged over whole days."""


class Invariants:
    """Lets those invariants look that have something to say at a moment."""

    def __init__(self, world: World) -> None:
        self.intents: dict[str, OrderIntent] = {}
        """Every intent that ever lasted, also where a backup forgot it."""
        self._world = world
        self._all = [kind(world) for kind in INVARIANTS]
        self._placed = self._those("placed")
        self._executed = self._those("executed")
        self._committed = self._those("committed")
        self._stepped = self._those("stepped")
        self._ended = self._those("ended")

    def _those(self, moment: str) -> list[Callable[..., None]]:
        return [
            getattr(each, moment) for each in self._all if getattr(type(each), moment) is not getattr(Invariant, moment)
        ]

    def _everyone(self, moment: str, *facts: object) -> None:
        for look in self._those(moment):
            look(*facts)

    def placed(self, intent: OrderIntent, now: datetime) -> None:
        """An order reaches the exchange."""
        for look in self._placed:
            look(intent, now)

    def executed(self, execution: Execution, order: VenueOrder) -> None:
        """The exchange has executed."""
        for look in self._executed:
            look(execution, order)

    def committed(self, record: Record) -> None:
        """A record lasts."""
        if isinstance(record, OrderIntended):
            self.intents[record.intent.ref] = record.intent
        for look in self._committed:
            look(record)

    def stepped(self, process: Process) -> None:
        """A message was handled."""
        for look in self._stepped:
            look(process)

    def nested(self, name: str) -> None:
        """An actor is at two messages at once."""
        self._everyone("nested", name)

    def misheard(self, text: str) -> None:
        """Somebody hears what he should not."""
        self._everyone("misheard", text)

    def ended(self, cell: Cell) -> None:
        """An incarnation ended."""
        for look in self._ended:
            look(cell)

    def commanded(self, message: object) -> None:
        """The operator gives a command."""
        self._everyone("commanded", message)

    def process_started(self) -> None:
        """A process begins."""
        self._everyone("process_started")

    def process_stopping(self) -> None:
        """A process is about to be stopped in good order."""
        self._everyone("process_stopping")

    def process_stopped(self, process: Process) -> None:
        """A process was stopped in good order."""
        self._everyone("process_stopped", process)

    def about_to_flatten(self) -> None:
        """The flatten time is about to come."""
        self._everyone("about_to_flatten")

    def quiet(self) -> None:
        """Faults ended a while ago."""
        self._everyone("quiet")

    def flat(self) -> None:
        """The flatten time was a while ago."""
        self._everyone("flat")

    def day_ended(self) -> None:
        """The exchange has closed."""
        with self._world.reading():  # by all of them from one connection
            self._everyone("day_ended")

    def money(self, invariant: Invariant) -> None:
        """Compare cash and trades."""
        compare_money(invariant)
