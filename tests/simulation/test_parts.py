"""The parts of the simulated machine: its clock, its stalls, its bad data, its folded books."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from actors.runtime.actor import Actor
from actors.runtime.cell import Cell
from actors.runtime.messages import Down, Lasting
from actors.runtime.runtime import Interference
from actors.simulation.books import Books
from actors.simulation.chaos import Chaos
from actors.simulation.clock import SkewedClock
from actors.simulation.process import Process
from actors.simulation.spoiled import spoil
from actors.simulation.trace import Trace
from lottogrid.brokers.port import BarClosed, Quoted
from lottogrid.clock import VirtualClock
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.records import EngineMoved
from lottogrid.market.bars import Bar
from lottogrid.market.contracts import OptionContract, Right
from lottogrid.market.quotes import Quote

START = datetime(2025, 6, 3, 18, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class Nobody:
    """Looks on, says nothing, and remembers what was misheard."""

    def __init__(self) -> None:
        self.misheard: list[str] = []

    def on_misheard(self, text: str) -> None:
        self.misheard.append(text)

    def on_spawned(self, cell: Cell) -> None: ...
    def on_ended(self, cell: Cell) -> None: ...
    def on_buried(self, target: str, message: object) -> None: ...
    def on_entrusted(self, message: Lasting) -> None: ...
    def on_lagged(self) -> None: ...


class Diary(Actor):
    """Notes what it hears and when."""

    def __init__(self, heard: list[tuple[str, int]]) -> None:
        super().__init__()
        self.heard = heard

    def on_receive(self, message: object) -> None:
        self.heard.append((str(message), (self.now() - START) // SECOND))


def process() -> tuple[Process, VirtualClock]:
    true = VirtualClock(START)
    return Process(SkewedClock(true), seed=1, interference=Interference(), onlooker=Nobody()), true


def run(made: Process, until: datetime) -> None:
    while True:
        while made.is_busy:
            made.step()
        due = made.next_due()
        if due is None or due > until:
            return
        made.advance(due)


def test_a_wrong_clock_moves_true_time_by_what_it_shows() -> None:
    """Its error is added to each reading and taken off each move."""
    true = VirtualClock(START)
    clock = SkewedClock(true)
    clock.error = 30 * SECOND
    clock.advance_to(START + 40 * SECOND)

    assert true.now() == START + 10 * SECOND
    assert clock.now() == START + 40 * SECOND


def test_an_actor_that_stalls_loses_nothing() -> None:
    """It handles what came meanwhile when it has its turns again; others go on."""
    made, _ = process()
    heard: list[tuple[str, int]] = []
    slow = made.spawn("slow", lambda: Diary(heard))
    made.spawn("quick", lambda: Diary(heard))
    run(made, START)
    made.hold(slow, 7 * SECOND)
    made.send("slow", "late")
    made.send("quick", "now")
    run(made, START + 20 * SECOND)

    assert heard == [("now", 0), ("late", 7)]


def test_late_timers_fire_late_once() -> None:
    """Those that are due while it lasts; the others are in time."""
    made, _ = process()
    heard: list[tuple[str, int]] = []
    cell = made.spawn("diary", lambda: Diary(heard))
    run(made, START)
    made.late_until, made.late_by = START + 5 * SECOND, 3 * SECOND
    made.schedule(START + 2 * SECOND, cell, "late")
    made.schedule(START + 6 * SECOND, cell, "in time")
    run(made, START + 20 * SECOND)

    assert heard == [("late", 5), ("in time", 6)]


def test_bad_data_concerns_bars_or_quotes_and_spares_the_rest() -> None:
    """What comes back unchanged has not been struck."""
    price = Decimal(6000)
    bar = BarClosed(Bar(START, price, price, price, price))
    contract = OptionContract(symbol="MES", expiry=date(2025, 6, 3), right=Right.CALL, strike=Decimal(6010))
    quoted = Quoted(START, (Quote(contract, START, Decimal(1), Decimal("1.05")),))

    assert spoil(bar, 0) is None
    assert spoil(bar, 1) != bar
    assert spoil(bar, 2) is bar
    assert spoil(quoted, 1) is quoted
    assert all(spoil(quoted, how) != quoted for how in (2, 3, 4))


def test_tables_that_do_not_follow_from_the_journal_are_named() -> None:
    """The fold of the records stands against what the ledger's tables say."""
    ledger = Ledger.in_memory()
    moved = EngineMoved(at=START, trigger="start", before="stopped", after="starting")
    ledger.commit([moved])

    assert Books.of([moved]).differences(ledger) == []
    assert Books.of([]).differences(ledger) == ["the engine's row says starting, the journal stopped"]
    ledger.close()


def test_a_death_that_is_told_twice_is_misheard() -> None:
    """The second notice of one incarnation to one receiver is reported; that of the next incarnation is not."""
    looking = Nobody()
    made = Process(SkewedClock(VirtualClock(START)), seed=1, interference=Interference(), onlooker=looking)
    heir = made.spawn("heir", lambda: Diary([]))
    for generation in (1, 2, 1):
        made.deliver(heir, Down("feed", generation, failed=False, error=""))

    assert looking.misheard == ["the death of feed#1 was told to heir twice"]


def test_an_actor_at_two_messages_at_once_is_reported() -> None:
    """Only while the first is in hand."""
    nested: list[str] = []
    chaos = Chaos(Trace(), VirtualClock(START), lambda _: None, nested.append)
    cell = Cell("engine", 1, None, START)
    chaos.before(cell, "first")
    chaos.after(cell, "first")
    chaos.before(cell, "second")
    assert nested == []

    chaos.before(cell, "third")
    assert nested == ["engine"]


def test_the_digest_is_over_the_steps_and_what_is_added() -> None:
    """SHA-256 of the lines, an instant, an incarnation and a kind of message each."""
    trace = Trace()
    trace.note(START, Cell("engine", 2, None, START), "a message")
    trace.add("the book")

    expected = f"{START.isoformat()} engine#2 str\nthe book"
    assert trace.digest == hashlib.sha256(expected.encode()).hexdigest()
