"""A paper day with everything alive: the actors on threads, the exchange beside them, the clock that moves both."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from queue import Empty, SimpleQueue

from actors import messages as m
from actors.replay import AFTER_CLOSE, DayEnd
from actors.runtime.messages import Down
from actors.runtime.threads import ThreadRuntime
from actors.tree import root
from actors.view import View, look
from lottogrid.cli.paperday import PaperDay
from lottogrid.cli.wiring import parts_of
from lottogrid.cli.worlds import World
from lottogrid.clock import ScaledClock
from lottogrid.ledger.ledger import Ledger
from lottogrid.settings import Settings

LINGER = timedelta(minutes=2)
"""How long after the close the settlements are listened to, once nothing is held any more."""
TO_SETTLE = timedelta(seconds=10)
"""Real time that the actors have for it at least, however fast the clock."""
TO_STOP = timedelta(seconds=30)


class Desk:
    """The parts of a paper day; `start` brings them to life, `stop` ends them in order."""

    def __init__(self, settings: Settings, day: PaperDay, ledger: Path, world: World) -> None:
        self._start_cash = settings.risk.start_cash
        self._day = day
        self._world = world
        self._parts = parts_of(settings, lambda: Ledger.open(ledger), world.make_port, starts=day.starts_at)
        self._speed = settings.simulator.speed
        self._seed = settings.simulator.seed
        self._ended: SimpleQueue[Down | str] = SimpleQueue()
        self.runtime = ThreadRuntime(ScaledClock(day.starts_at, self._speed), seed=self._seed)
        self.runtime.on_orphan_down = self._ended.put

    def start(self) -> None:
        """Open the exchange, then the tree."""
        self._world.open(self.runtime)
        self.runtime.spawn(m.ROOT, lambda: root(self._parts))

    def look(self) -> View:
        """Return the picture of everything, from any thread."""
        return look(self.runtime, self._parts.spec)

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
        """Stop the tree in reverse order, then the exchange, then the timers."""
        if (cell := self.runtime.cells.get(m.ROOT)) is not None:
            self.runtime.terminate(cell, TO_STOP)
        self._world.close(self.runtime, TO_STOP)
        self.runtime.close()

    def day_end(self, ledger: Ledger) -> DayEnd:
        """Return how the ledger and the exchange stand after `stop`."""
        exchange = self._world.exchange
        snapshot = exchange.snapshot(self.runtime.clock.now())
        return DayEnd(
            self._day.date,
            sum(abs(quantity) for quantity in ledger.holdings().values()),
            sum(abs(position.quantity) for position in snapshot.positions),
            len(ledger.live_orders()),
            ledger.cash_usd(self._start_cash),
            self._start_cash + exchange.cash,
        )
