"""Replay: the real actors over days of bars, stepped, in virtual time, as fast as it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from actors import messages as m
from actors.runtime.messages import Down
from actors.runtime.runtime import Interference
from actors.runtime.stepped import SteppedRuntime
from actors.tree import Parts, root
from actors.venue import Line, VenueActor
from lottogrid.clock import SteppableClock, VirtualClock
from lottogrid.errors import NeedsOperator
from lottogrid.exchange.exchange import Exchange
from lottogrid.exchange.venue import Venue
from lottogrid.ledger.ledger import Ledger
from lottogrid.market.sessions import Session
from lottogrid.trades import Trade, trades

AFTER_CLOSE = timedelta(minutes=20)
"""When a day is looked at: everything the exchange had to say has been said."""
BEFORE_OPEN = timedelta(minutes=125)
COMPARE_EVERY = timedelta(minutes=15)
"""At least: nobody else trades on the exchange of a replay."""


@dataclass(frozen=True, slots=True)
class DayEnd:
    """How a day ended, by the ledger and by the exchange."""

    trading_date: date
    ledger_holds: int
    exchange_holds: int
    live_orders: int
    ledger_cash: Decimal
    exchange_cash: Decimal

    @property
    def faults(self) -> list[str]:
        """What should not be: a book that is not flat, or two books that differ."""
        found = []
        if self.ledger_holds or self.exchange_holds:
            found.append(
                f"not flat: the ledger holds {self.ledger_holds}, the exchange {self.exchange_holds} contracts"
            )
        if self.live_orders:
            found.append(f"{self.live_orders} orders still live")
        if self.ledger_cash != self.exchange_cash:
            found.append(f"cash differs: ledger {self.ledger_cash}, exchange {self.exchange_cash}")
        return [f"{self.trading_date}: {each}" for each in found]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of a replay."""

    trades: list[Trade]
    days: list[DayEnd]
    steps: int
    dead_letters: int
    faults: list[str] = field(default_factory=list)


class Replay:
    """One replay in the making: the tree, the exchange, and the time that moves them."""

    def __init__(
        self,
        parts: Parts,
        line: Line,
        exchange: Exchange,
        sessions: Sequence[Session],
        *,
        clock: SteppableClock | None = None,
        seed: int = 0,
        shuffle: bool = False,
        interference: Interference | None = None,
    ) -> None:
        begins = clock or VirtualClock(sessions[0].day.opens - BEFORE_OPEN)
        parts = replace(parts, starts=begins.now(), compare_every=max(parts.compare_every, COMPARE_EVERY))
        self.sessions = sessions
        self.exchange = exchange
        self.runtime = SteppedRuntime(
            begins,
            seed=seed,
            shuffle=shuffle,
            interference=interference,
        )
        self.root_down: list[Down] = []
        self.runtime.on_orphan_down = self.root_down.append
        self._start_cash = parts.ledger_rules.start_cash_usd
        venue = Venue(exchange)
        self.runtime.spawn(m.VENUE, lambda: VenueActor(venue, iter(sessions), line))
        self._root = self.runtime.spawn(m.ROOT, lambda: root(parts))

    def days(self, ledger: Ledger) -> Iterator[DayEnd]:
        """Play the sessions one after the other and yield how each ended."""
        for session in self.sessions:
            self.runtime.run_until(session.day.closes + AFTER_CLOSE)
            if self.root_down:
                raise NeedsOperator(
                    f"replay of {session.day.date}: the supervision tree gave up: {self.root_down[0].error}"
                )
            yield self._day_end(session, ledger)

    def stop(self) -> None:
        """Stop the tree in reverse order, then the world."""
        self.runtime.terminate(self._root, timedelta(seconds=5))
        self.runtime.terminate(self.runtime.cells[m.VENUE], timedelta(seconds=5))

    def _day_end(self, session: Session, ledger: Ledger) -> DayEnd:
        snapshot = self.exchange.snapshot(self.runtime.clock.now())
        return DayEnd(
            session.day.date,
            sum(abs(quantity) for quantity in ledger.holdings().values()),
            sum(abs(position.quantity) for position in snapshot.positions),
            len(ledger.live_orders()),
            ledger.cash_usd(self._start_cash),
            self._start_cash + self.exchange.cash,
        )


def play(replay: Replay, ledger: Ledger, on_day: Callable[[DayEnd], None] = lambda _: None) -> Replayed:
    """Play a replay to its end; `ledger` is a second, reading connection to the tree's own."""
    days = []
    try:
        for day in replay.days(ledger):
            on_day(day)
            days.append(day)
    finally:
        replay.stop()
    faults = [fault for day in days for fault in day.faults]
    return Replayed(trades(ledger.positions()), days, replay.runtime.steps, replay.runtime.dead_letter_count, faults)
