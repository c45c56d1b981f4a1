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
from actors.venue import Line, VenueActor, VenueView
from actors.view import View, look
from lottogrid.cli.paperday import PaperDay
from lottogrid.cli.wiring import exchange_of, parts_of
from lottogrid.clock import ScaledClock
from lottogrid.exchange.store import Keeper
from lottogrid.exchange.venue import Venue
from lottogrid.ledger.ledger import Ledger
from lottogrid.settings import Settings

LINGER = timedelta(minutes=2)
"""How long after the close the settlements are listened to, once nothing is held any more."""
TO_SETTLE = timedelta(seconds=10)
"""Real time that the actors have for it at least, however fast the clock."""
TO_STOP = timedelta(seconds=30)


class Desk:
    """The parts of a paper day; `start` brings them to life, `stop` ends them in order."""

    def __init__(self, settings: Settings, day: PaperDay, ledger: Path, store: Keeper) -> None:
        self._start_cash = settings.risk.start_cash
        self._day = day
        self._exchange = exchange_of(settings, store)
        self._line = Line()
        self._parts = parts_of(settings, lambda: Ledger.open(ledger), self._line.connect, starts=day.starts_at)
        self._speed = settings.simulator.speed
        self._seed = settings.simulator.seed
        self._ended: SimpleQueue[Down | str] = SimpleQueue()
        self.runtime = ThreadRuntime(ScaledClock(day.starts_at, self._speed), seed=self._seed)
        self.runtime.on_orphan_down = self._ended.put

    def start(self) -> None:
        """Open the exchange, then the tree."""
        venue = Venue(self._exchange)
        self.runtime.spawn(m.VENUE, lambda: VenueActor(venue, iter([self._day.session]), self._line))
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
        venue = self.runtime.board.get(m.VENUE)
        if not isinstance(venue, VenueView) or venue.sessions_left:
            return False
        since = view.at - self._day.session.day.closes
        if view.open_positions:
            return since >= max(AFTER_CLOSE, TO_SETTLE * self._speed)
        return since >= LINGER

    def stop(self) -> None:
        """Stop the tree in reverse order, then the exchange, then the timers."""
        for name in (m.ROOT, m.VENUE):
            cell = self.runtime.cells.get(name)
            if cell is not None:
                self.runtime.terminate(cell, TO_STOP)
        self.runtime.close()

    def day_end(self, ledger: Ledger) -> DayEnd:
        """Return how the ledger and the exchange stand after `stop`."""
        snapshot = self._exchange.snapshot(self.runtime.clock.now())
        return DayEnd(
            self._day.date,
            sum(abs(quantity) for quantity in ledger.holdings().values()),
            sum(abs(position.quantity) for position in snapshot.positions),
            len(ledger.live_orders()),
            ledger.cash_usd(self._start_cash),
            self._start_cash + self._exchange.cash,
        )
