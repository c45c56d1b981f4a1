"""Mail that outlives its reader: what waits, what comes once more, and what is given up."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import pytest

from actors.runtime import runtime as runtime_module
from actors.runtime.actor import Actor
from actors.runtime.cell import Cell
from actors.runtime.messages import Lasting, Repeated
from actors.runtime.runtime import Interference
from tests.runtime.bench import SOON, Bench, SteppedBench, ThreadBench, cleared
from tests.runtime.toys import Hooks, Journal, Raise, Say, Worker, raising

BAD = ValueError("bad")


@dataclass(frozen=True, slots=True)
class Tell(Lasting):
    """Write `text` in the journal; then die of `error`, or hang until `gate` opens."""

    text: str
    error: BaseException | None = None
    entered: threading.Event | None = None
    gate: threading.Event | None = None


class Reader(Worker):
    """Writes down what it is told, and whether for the second time."""

    def on_receive(self, message: object) -> None:
        match message:
            case Repeated(Tell(text=text, error=error)):
                self.journal.write(self.name, f"again {text}")
                if error is not None:
                    raise error
            case Tell(text=text, error=error, entered=entered, gate=gate):
                if entered is not None and gate is not None:
                    entered.set()
                    gate.wait(20)
                self.journal.write(self.name, text)
                if error is not None:
                    raise error
            case _:
                super().on_receive(message)


def read(bench: Bench, hooks: Hooks | None = None) -> Cell:
    """Spawn a reader, the first or an heir."""
    return bench.spawn("reader", factory=lambda: Reader(bench.journal, hooks))


def told(bench: Bench) -> list[str]:
    """Return what readers were told, once the present one has read all it had."""
    assert bench.answers("reader")
    return [text for text in bench.journal.of("reader") if not text.startswith(("ping", "start", "stop", "release"))]


@pytest.mark.parametrize("error", [BAD, SystemExit(3)], ids=["Exception", "BaseException"])
def test_mail_in_hand_at_a_crash_comes_once_more(bench: Bench, error: BaseException) -> None:
    """Marked, as nobody can say how far its first reader came."""
    read(bench)
    bench.send("reader", Tell("poison", error))
    bench.downs("reader")
    heir = read(bench)
    bench.until(heir.ended.is_set)

    assert [text for text in bench.journal.of("reader") if "poison" in text] == ["poison", "again poison"]


def test_mail_with_which_two_readers_died_is_a_dead_letter(bench: Bench) -> None:
    """It may be what kills them. What came behind it is read, and was never in danger."""
    read(bench)
    assert bench.answers("reader")
    bench.send("reader", Tell("poison", BAD), Tell("two"), Tell("three"))
    bench.downs("reader")
    second = read(bench)
    bench.until(second.ended.is_set)
    read(bench)

    assert told(bench) == ["poison", "again poison", "two", "three"]
    assert [(letter.message, letter.reason) for letter in bench.runtime.dead_letters] == [
        ("Tell", "two readers ended with it in hand")
    ]


def test_unread_mail_waits_and_all_other_is_lost(bench: Bench) -> None:
    """In its order, and unmarked: nobody has begun with it."""
    read(bench)
    gate = bench.hold("reader")
    bench.send("reader", Raise(BAD), Tell("one"), Say("lost"), Tell("two"))
    gate.set()
    bench.downs("reader")
    read(bench)

    assert told(bench) == ["one", "two"]
    assert [letter.message for letter in bench.runtime.dead_letters] == ["Say"]


def test_mail_to_a_name_that_nobody_has_waits_for_its_first_holder(bench: Bench) -> None:
    """Nobody yet, or nobody for the moment."""
    bench.send("reader", Tell("early"))
    cell = read(bench)
    assert bench.answers("reader")
    assert bench.runtime.terminate(cell, SOON)
    bench.send("reader", Tell("late"), Say("lost"))
    read(bench)

    assert told(bench) == ["early", "late"]
    assert bench.runtime.dead_letter_count == 1


def test_mail_of_one_that_dies_in_its_start_waits_on(bench: Bench) -> None:
    """Neither what had come for the first time nor what had come once more was in anybody's hand."""
    read(bench)
    assert bench.answers("reader")
    bench.send("reader", Tell("one", BAD), Tell("two"))
    bench.downs("reader")
    second = read(bench, Hooks(start=raising(OSError("no file"))))
    bench.until(second.ended.is_set)
    third = read(bench)
    bench.until(third.ended.is_set)
    read(bench)

    assert told(bench) == ["one", "again one", "two"]


def test_mail_in_hand_of_one_that_hangs_comes_once_more(threads: ThreadBench) -> None:
    """Before what it had left unread; what the hung one still does with it when it is back is not heard."""
    cell = read(threads)
    entered, gate = threading.Event(), threads.gate()
    threads.send("reader", Tell("one", None, entered, gate), Tell("two"))
    assert entered.wait(5)
    threads.runtime.fence(cell, "hung")
    read(threads)

    assert told(threads) == ["again one", "two"]
    gate.set()
    threads.until(lambda: "release" in threads.journal.of("reader"))
    assert told(threads) == ["again one", "two", "one"]


def test_mail_of_one_that_dies_after_it_was_given_up_comes_once(threads: ThreadBench) -> None:
    """Two see its end: whoever gave it up, and itself."""
    cell = read(threads)
    entered, gate = threading.Event(), threads.gate()
    threads.send("reader", Tell("one", BAD, entered, gate))
    assert entered.wait(5)
    threads.runtime.fence(cell, "hung")
    gate.set()
    threads.until(lambda: "release" in threads.journal.of("reader"))
    heir = read(threads)
    threads.until(heir.ended.is_set)

    assert [text for text in threads.journal.of("reader") if "one" in text] == ["one", "again one"]


@dataclass
class GivenUp(Interference):
    """Gives an actor up before or after the handler of its first message that lasts."""

    moment: str
    bench: SteppedBench | None = None

    def before(self, cell: Cell, message: object) -> None:
        self._act("before", cell, message)

    def after(self, cell: Cell, message: object) -> None:
        self._act("after", cell, message)

    def _act(self, moment: str, cell: Cell, message: object) -> None:
        if self.bench is not None and moment == self.moment and isinstance(message, Tell):
            self.bench.runtime.fence(cell, "hung")


@pytest.mark.parametrize("moment", ["before", "after"])
def test_mail_of_one_that_is_given_up_in_the_middle_comes_once_more(moment: str) -> None:
    """Also where it goes on to the end by itself."""
    fault = GivenUp(moment)
    with cleared(SteppedBench(interference=fault)) as bench:
        fault.bench = bench
        read(bench)
        bench.send("reader", Tell("one"))
        bench.downs("reader")
        read(bench)

        assert told(bench) == ["one", "again one"]


class Slow(Actor):
    """Is given up after the look at that and before it has taken its message in hand, then ends in order."""

    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self.journal = journal

    def on_receive(self, message: object) -> None:
        if isinstance(message, Tell):
            self.cell.error = TimeoutError("hung")  # what `fence` does first; its own look at the hand came too early
            self.cell.fenced = True
            self.send("other", Say("not heard"))


def test_one_that_is_given_up_just_as_it_takes_mail_hands_it_on_by_itself(stepped: SteppedBench) -> None:
    """Whoever gives it up finds its hand empty; it knows at the end of the message."""
    stepped.spawn("other")
    cell = stepped.spawn("reader", factory=lambda: Slow(stepped.journal))
    stepped.send("reader", Tell("one"))
    stepped.runtime.run_until_idle()
    stepped.runtime.fence(cell, "hung")
    read(stepped)

    assert told(stepped) == ["again one"]
    assert "not heard" not in stepped.journal.of("other")


def test_mail_that_crosses_the_death_of_its_reader_reaches_the_heir(bench: Bench) -> None:
    """Its sender had looked the name up before."""
    first = read(bench)
    assert bench.runtime.terminate(first, SOON)
    read(bench)
    assert bench.answers("reader")
    bench.runtime.deliver(first, Tell("one"))

    assert told(bench) == ["one"]


def test_mail_that_is_taken_after_the_fence_reaches_the_heir(bench: Bench) -> None:
    """A thread had it out of the mailbox already; it is unmarked, as nothing was done with it."""
    cell = read(bench)
    assert bench.answers("reader")
    cell.fenced = True
    bench.send("reader", Tell("one"))
    bench.downs("reader")
    read(bench)

    assert told(bench) == ["one"]


def test_what_the_given_up_say_does_not_wait(stepped: SteppedBench) -> None:
    """Nothing of theirs is heard, whatever it is."""
    cell = stepped.spawn("hung")
    assert stepped.answers("hung")
    stepped.runtime.fence(cell, "hung")
    stepped.runtime.send("reader", Tell("one"), sender=cell)
    read(stepped)

    assert told(stepped) == []
    assert [letter.reason for letter in stepped.runtime.dead_letters] == ["said by hung#1, which was given up"]


def test_mail_does_not_pile_up_without_end(stepped: SteppedBench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a name stays vacant the oldest is given up for a newer."""
    monkeypatch.setattr(runtime_module, "MOST_WAITING", 2)
    stepped.send("reader", Tell("one"), Tell("two"), Tell("three"))
    read(stepped)

    assert told(stepped) == ["two", "three"]
    assert [letter.reason for letter in stepped.runtime.dead_letters] == ["too much waits for this name"]
