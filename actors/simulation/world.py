"""One simulated day: the process on its machine, the exchange, the line between them, and what happens to all three."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from actors import messages as m
from actors.runtime.cell import Cell
from actors.runtime.messages import Lasting
from actors.runtime.stepped import earlier
from actors.simulation.chaos import Chaos
from actors.simulation.clock import SkewedClock
from actors.simulation.disk import FaultyDisk
from actors.simulation.faults import FAULTS
from actors.simulation.host import MINUTE, SOON, Host
from actors.simulation.invariants import Invariants
from actors.simulation.invariants.base import Violation
from actors.simulation.line import WIRE, FaultyLine, Wire
from actors.simulation.options import House
from actors.simulation.outside import Director, Do, Outside
from actors.simulation.plan import Strike, calm_from
from actors.simulation.process import Process
from actors.simulation.swarm import Kind, Setting
from actors.simulation.trace import Trace, Tracing
from actors.venue import VenueActor
from lottogrid.clock import VirtualClock
from lottogrid.exchange.venue import Venue
from lottogrid.ledger.records import Record
from lottogrid.market.sessions import Session

AFTER_FLATTEN = timedelta(seconds=150)
"""How long the selling may take; the exchange closes later still."""
AFTER_CLOSE = timedelta(minutes=16)
_DIRECTOR = "director"
_LIVELOCK = 20_000
"""Messages at one instant that are no burst any more."""
_JUST_BEFORE = timedelta(milliseconds=1)
_INSIDE_FIRST = 0.7
"""How often the process has the turn where the world outside has something to do as well."""
_HALF = 0.5
_ALL = 1_000_000


class World(Host):
    """A day in the making."""

    def __init__(
        self, house: House, setting: Setting, plan: Sequence[Strike], folder: Path, empty: bytes, *, seed: int
    ) -> None:
        super().__init__(house, setting, folder / "ledger.sqlite", seed * 1_000_003 + setting.number)
        self.plan = plan
        self.counts: Counter[str] = Counter()
        """How often each class of faults struck."""
        self.restarts: Counter[str] = Counter()
        """Incarnations after the first, by actor."""
        self.violation: Violation | None = None
        self.trace = Trace()
        self.dead_letters: list[tuple[str, object]] = []
        self.entrusted: list[Lasting] = []
        """What was sent in the present process and must not be lost with its reader."""
        self._random = Random(f"lottogrid world {self._seed}")  # noqa: S311 - the order of turns
        self.ledger_path.write_bytes(empty)
        self.chaos = Chaos(self.trace, self._build_clocks(), self.struck, self.on_nested)
        self.disk = FaultyDisk(self)
        self.invariants = Invariants(self)
        self._build_outside()

    def _build_clocks(self) -> VirtualClock:
        premarket = self.setting.sessions[0].bars[0].start
        self.clock = VirtualClock(premarket - MINUTE)
        self.starts = self.clock.now()
        self.machine_clock = SkewedClock(self.clock)
        return self.clock

    def _build_outside(self) -> None:
        tracing = Tracing(self.trace, self.clock)
        self.outside = Outside(self.clock, seed=self._seed * 100, shuffle=True, interference=tracing)
        self.exchange = self.house.exchange(self.settings)
        self.exchange.random = Random(f"lottogrid exchange {self._seed}")  # noqa: S311 - faults of a simulation
        self.exchange.struck = self.struck
        self.exchange.on_placed = self.invariants.placed
        self.exchange.on_executed = self.invariants.executed
        chance = Random(f"lottogrid line {self._seed}")  # noqa: S311 - faults of a simulation
        self.line = FaultyLine(self.outside, self.machine_clock, chance, self.struck)
        venue = Venue(self.exchange)
        self.outside.spawn(WIRE, Wire)
        self._director = self.outside.spawn(_DIRECTOR, Director)
        self.outside.spawn(m.VENUE, lambda: VenueActor(venue, iter(self.setting.sessions), self.line))
        self.outside.run_until_idle()

    # --- what faults and invariants ask

    def now(self) -> datetime:
        """Return true time."""
        return self.clock.now()

    @property
    def session(self) -> Session:
        """The session that is played, or comes next."""
        return self.setting.sessions[self.session_number]

    def struck(self, fault: str) -> None:
        """Count a fault that struck."""
        self.counts[fault] += 1

    def at(self, instant: datetime, action: Callable[[], None]) -> None:
        """Let something happen outside of the process at an instant of true time."""
        self.outside.schedule(instant, self._director, Do(action))

    def violate(self, invariant: str, text: str) -> None:
        """Note the first thing that may not be; the day ends there."""
        if self.violation is None:
            self.violation = Violation(invariant, text, self.now())

    # --- onlooker of the process

    def on_spawned(self, cell: Cell) -> None:
        """Count restarts."""
        if cell.generation > 1:
            self.restarts[cell.name] += 1

    def on_ended(self, cell: Cell) -> None:
        """Let the invariants see a death."""
        self.invariants.ended(cell)

    def on_misheard(self, text: str) -> None:
        """Let the invariants judge it."""
        self.invariants.misheard(text)

    def on_nested(self, name: str) -> None:
        """Let the invariants judge an actor that is at two messages at once."""
        self.invariants.nested(name)

    def on_lagged(self) -> None:
        """Count a timer that came late."""
        self.struck("F39")

    def on_buried(self, target: str, message: object) -> None:
        """Note a dead letter."""
        self.dead_letters.append((target, message))

    def on_entrusted(self, message: Lasting) -> None:
        """Note what must not be lost."""
        self.entrusted.append(message)

    def on_committed(self, applied: Sequence[Record]) -> None:
        """Let the invariants see what was committed, record by record."""
        for record in applied:
            self.invariants.committed(record)
            self.books.take(record)

    # --- time

    def play(self) -> None:
        """Play the day; the first violation ends it."""
        for strike in self.plan:
            self.at(strike.at, lambda strike=strike: self._strike(strike))  # type: ignore[misc]
        self.start_process()
        for number, session in enumerate(self.setting.sessions):
            self.session_number = number
            self.is_calm = False
            self._play(session)
            self._count_calendar(number)
            if self.violation is not None:
                break
        self._finish()

    def _play(self, session: Session) -> None:
        day = session.day
        calm = calm_from(self.setting, session)
        if calm > day.flatten:
            self._run_until(day.flatten - _JUST_BEFORE)
            self._check(self.invariants.about_to_flatten)
        self._run_until(calm)
        self._calm_down()
        if calm < day.flatten:
            self._run_until(day.flatten - _JUST_BEFORE)
            self._check(self.invariants.about_to_flatten)
            self._check(self.invariants.quiet)
        self._run_until(max(calm, day.flatten) + AFTER_FLATTEN)
        if calm > day.flatten:
            self._check(self.invariants.quiet)
        self._check(self.invariants.flat)
        self._run_until(day.closes + AFTER_CLOSE)
        self._check(self.invariants.day_ended)

    def _check(self, look: Callable[[], None]) -> None:
        if self.violation is None:
            look()

    def _strike(self, strike: Strike) -> None:
        if not self.is_calm:
            FAULTS[strike.fault].strike(self, strike)

    def _calm_down(self) -> None:
        """End every fault: from here on what is broken must heal."""
        self.is_calm = True
        self.line.heal()
        self.exchange.heal()
        self.disk.heal()
        self.repair_schema()
        self.chaos.disarm()
        self.machine_clock.error = timedelta(0)
        if self.process is not None:
            self.process.late_until = None

    def _count_calendar(self, number: int) -> None:
        kind = self.setting.kind
        if kind is Kind.HALF or (kind is Kind.HOLIDAY and number):
            self.struck("F37")
        if number and self.process is not None and (number - 1) not in self.was_away:
            self.struck("F38")
            if kind is Kind.DST:
                self.struck("F36")

    def _run_until(self, instant: datetime) -> None:
        while self.violation is None:
            self._drain()
            if self.violation is not None:
                return
            inner, outer = self._process_due(), self.outside.next_due()
            due = earlier(inner, outer)
            if due is None or due > instant:
                break
            if due == inner and (inner != outer or self._random.random() < _HALF):
                assert self.process is not None
                self.process.advance(due + self.machine_clock.error)
            else:
                self.outside.advance(due)
        if self.violation is None:
            self.clock.advance_to(instant)

    def _process_due(self) -> datetime | None:
        """Return when something of the process is due, by true time."""
        due = None if self.process is None else self.process.next_due()
        return due - self.machine_clock.error if due is not None and self.machine_clock.error else due

    def _drain(self) -> None:
        """Let everybody act who can, in an order drawn from the seed."""
        chance = self._random.random
        turns = 0
        while self.violation is None:
            turns += 1
            if turns > _LIVELOCK:
                self.violate("I10", f"time stands still: {_LIVELOCK} messages at one instant")
            process = self.process
            inner = process is not None and process.is_busy
            outer = self.outside.is_busy
            if process is not None and inner and (not outer or chance() < _INSIDE_FIRST):
                self._step(process)
            elif outer:
                self.outside.step()
                if self.outside.failure is not None:
                    raise self.outside.failure  # the simulation itself is wrong
            else:
                return

    def _step(self, process: Process) -> None:
        self.chaos.handling.clear()
        process.step()
        if self._doomed_for is not None and process.doomed:
            self._leave(self._doomed_for)
        elif self._root_down is not None and self.process is process:
            down, self._root_down = self._root_down, None
            self._give_up(down)
        else:
            self.invariants.stepped(process)

    def _finish(self) -> None:
        if self.process is not None:
            if self.violation is None:
                self._stop(self.process)
            self._leave(None)
        for cell in list(self.outside.cells.values()):
            self.outside.terminate(cell, SOON)
        self.disk.heal()
        self._seal()

    def _seal(self) -> None:
        """Put what lasts into the digest: the journal, and the exchange's own book."""
        with self.reading() as ledger:
            for row in ledger.journal(limit=_ALL):
                self.trace.add(f"{row.seq} {row.at.isoformat()} {row.kind} {row.subject} {row.payload}\n")
        for order in self.exchange.orders.values():
            self.trace.add(f"{order.ref} {order.state.value} {order.filled} {order.broker_id}\n")
        for execution in self.exchange.executions.values():
            self.trace.add(f"{execution.exec_id} {execution.order_ref} {execution.quantity} {execution.price}\n")
        self.trace.add(str(self.exchange.cash))
