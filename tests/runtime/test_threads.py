"""What only threads can do wrong: hang, race, keep the process alive."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pykka._envelope import Envelope

from actors.runtime.cell import Cell
from actors.runtime.threads import ThreadRuntime
from lottogrid.clock import ScaledClock, SystemClock, VirtualClock, real_seconds
from tests.runtime.bench import SOON, START, ThreadBench
from tests.runtime.toys import Hooks, Journal, Parent, Raise, Say, Worker

pytestmark = pytest.mark.threads

A_MOMENT = timedelta(milliseconds=30)
ROOT = Path(__file__).resolve().parents[2]


def thread_of(cell: Cell) -> threading.Thread | None:
    """Return the living thread of an actor."""
    return next((thread for thread in threading.enumerate() if thread.ident == cell.thread_id), None)


def test_each_actor_has_a_daemon_thread_that_ends_with_it(threads: ThreadBench) -> None:
    """A stuck actor must not keep the process from exiting, and an ended one leaves no thread."""
    one, two = threads.spawn("one"), threads.spawn("two")
    assert threads.answers("one")
    assert threads.answers("two")
    first, second = thread_of(one), thread_of(two)
    assert first is not None
    assert second is not None
    assert first is not second
    assert first.daemon

    threads.runtime.terminate(one, SOON)

    first.join(5)
    assert not first.is_alive()
    assert second.is_alive()


@pytest.mark.process
def test_a_process_that_dies_with_a_live_actor_ends() -> None:
    """With pykka's default of non-daemon threads the script would hang here."""
    script = """
from actors.runtime.actor import Actor
from actors.runtime.threads import ThreadRuntime
from lottogrid.clock import SystemClock
ThreadRuntime(SystemClock()).spawn("stays", Actor)
raise SystemExit(3)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, timeout=30, check=False)

    assert done.returncode == 3


def test_a_stuck_actor_does_not_keep_the_others_from_stopping(threads: ThreadBench) -> None:
    """pykka's stop_all gives up at the first laggard; here it is given up alone."""
    cells = [threads.spawn(name) for name in ("first", "stuck", "last")]
    gate = threads.hold("stuck")

    outcomes = [threads.runtime.terminate(cell, A_MOMENT if cell.name == "stuck" else SOON) for cell in reversed(cells)]

    assert outcomes == [True, False, True]
    assert [cell.fenced for cell in cells] == [False, True, False]
    (down,) = threads.downs("stuck")
    assert down.error.startswith("TimeoutError: did not stop within")
    gate.set()
    threads.until(lambda: "release" in threads.journal.of("stuck"))
    assert len(threads.journal.downs("stuck")) == 1


def test_stopping_one_that_is_ending_by_itself_waits_for_it(threads: ThreadBench) -> None:
    """Between looking and asking it may have died; pykka raises in the one who asks."""

    class Dying(Worker):
        def stop(self) -> None:
            self.actor_stopped.set()
            self.actor_inbox.put(Envelope(Say("awake")))
            super().stop()

    cell = threads.spawn("dying", factory=lambda: Dying(threads.journal))
    assert threads.answers("dying")

    assert threads.runtime.terminate(cell, SOON)
    assert not cell.fenced


def test_an_error_of_the_loop_itself_is_a_failure(threads: ThreadBench) -> None:
    """An asker that answers its own question breaks pykka's loop; without a notice it would be a zombie."""
    cell = threads.spawn("victim")
    gate = threads.hold("victim")
    assert cell.actor is not None
    cell.actor.actor_ref.ask(Say("question"), block=False).set("answered by the asker")
    gate.set()

    (down,) = threads.downs("victim")
    assert (down.failed, down.error) == (True, "Full: ")
    assert not cell.actor.actor_ref.is_alive()


def test_an_actor_has_not_ended_before_its_children(threads: ThreadBench) -> None:
    """Its heir would otherwise meet the children of the dead under their own names."""
    parent = threads.spawn("parent", factory=lambda: Parent(threads.worker()))
    threads.until(lambda: "child" in threads.runtime.cells)
    gate = threads.hold("child")
    threads.send("parent", Raise(ValueError("bad")))
    threads.until(lambda: parent.ending)

    assert not parent.ended.wait(A_MOMENT.total_seconds())
    assert threads.journal.downs("parent") == []
    gate.set()
    assert len(threads.downs("parent")) == 1
    assert threads.runtime.cells["child"].ended.is_set()
    assert not threads.runtime.cells["child"].fenced


def test_children_are_given_their_own_time_when_their_parent_dies(threads: ThreadBench) -> None:
    """The time of the spec holds for every manner of stopping."""
    threads.spawn("parent", factory=lambda: Parent(threads.worker()))
    threads.until(lambda: "child" in threads.runtime.cells)

    assert threads.runtime.cells["child"].shutdown == timedelta(seconds=2)


def test_a_child_of_one_given_up_during_its_making_never_lives(threads: ThreadBench) -> None:
    """A parent that hung in a factory comes back: its child must not take the name from its heir's child."""
    gates = iter([threads.gate(), None])
    entered = threading.Event()
    made: list[Worker] = []

    def slow() -> Worker:
        gate = next(gates)
        if gate is not None:
            entered.set()
            gate.wait(20)
        made.append(Worker(threads.journal))
        return made[-1]

    hung = threads.spawn("parent", factory=lambda: Parent(slow))
    assert entered.wait(5)
    threads.runtime.fence(hung, "not started")
    threads.spawn("parent", factory=lambda: Parent(slow))
    threads.until(lambda: "child" in threads.runtime.cells)
    threads.gates[0].set()
    threads.until(lambda: len(made) == 2 and made[1].cell.ended.is_set())

    assert [worker.cell.generation for worker in made] == [2, 1]
    assert threads.runtime.cells["child"] is made[0].cell
    assert threads.answers("child")
    assert threads.journal.of("child").count("start") == 1
    assert made[1].actor_stopped.is_set()


def test_a_hung_on_start_that_comes_back_is_not_born(threads: ThreadBench) -> None:
    """The birth of one that was given up is nobody's business."""
    gate = threads.gate()
    hung = threads.spawn("hung", Hooks(start=gate.wait))
    threads.until(lambda: "start" in threads.journal.of("hung"))
    threads.runtime.fence(hung, "not started")
    gate.set()
    threads.until(lambda: "release" in threads.journal.of("hung"))
    threads.watcher_caught_up()

    assert threads.journal.births("hung") == []
    assert len(threads.journal.downs("hung")) == 1


@pytest.fixture
def virtual() -> Iterator[tuple[ThreadRuntime, VirtualClock]]:
    """Lend a thread runtime on a clock that a test can push: one that a machine's sleep or a correction moved."""
    clock = VirtualClock(START)
    clock.speed = 1.0
    runtime = ThreadRuntime(clock)
    runtime.longest_wait = 0.01
    yield runtime, clock
    for cell in runtime.cells.values():
        runtime.terminate(cell, SOON)
    runtime.close()


def test_a_clock_that_jumps_is_noticed(virtual: tuple[ThreadRuntime, VirtualClock]) -> None:
    """A timer follows the clock, not the seconds that seemed to be left when it was set."""
    runtime, clock = virtual
    said = threading.Event()
    cell = runtime.spawn("actor", lambda: Worker(SignallingJournal(said)))
    assert cell.actor is not None
    cell.actor.after(timedelta(hours=1), Say("due"))
    assert not said.wait(0.05)

    clock.advance_to(START + timedelta(hours=1))

    assert said.wait(5)


class SignallingJournal(Journal):
    """Sets an event when an actor says something."""

    def __init__(self, said: threading.Event) -> None:
        super().__init__()
        self._said = said

    def write(self, who: str, what: str) -> None:
        super().write(who, what)
        if what == "due":
            self._said.set()


def test_timers_centuries_away_are_no_burden(virtual: tuple[ThreadRuntime, VirtualClock]) -> None:
    """Longer than a lock can wait at once: the timer thread survives, and sooner ones fire."""
    runtime, _ = virtual
    said = threading.Event()
    cell = runtime.spawn("actor", lambda: Worker(SignallingJournal(said)))
    assert cell.actor is not None
    cell.actor.at(START.replace(year=9000), Say("never"))
    cell.actor.after(timedelta(milliseconds=20), Say("not due, the clock stands"))
    cell.actor.at(START, Say("due"))

    assert said.wait(5)


def test_timers_run_on_the_systems_own_time() -> None:
    """The production clock: a short wait is about as long as it says."""
    runtime = ThreadRuntime(SystemClock())
    said = threading.Event()
    cell = runtime.spawn("actor", lambda: Worker(SignallingJournal(said)))
    assert cell.actor is not None
    begin = real_seconds()
    cell.actor.after(timedelta(milliseconds=50), Say("due"))

    assert said.wait(5)
    assert real_seconds() - begin >= 0.045
    assert runtime.terminate(cell, SOON)
    runtime.close()


def test_timers_follow_a_clock_that_runs_faster() -> None:
    """An hour of a clock that runs 36,000 times as fast is a tenth of a second."""
    runtime = ThreadRuntime(ScaledClock(START, 36_000))
    runtime.longest_wait = 60
    said = threading.Event()
    cell = runtime.spawn("actor", lambda: Worker(SignallingJournal(said)))
    assert cell.actor is not None
    cell.actor.after(timedelta(hours=1), Say("due"))

    assert said.wait(5)
    assert runtime.terminate(cell, SOON)
    runtime.close()


def test_closing_ends_the_timer_thread() -> None:
    """Nothing is left of a runtime that was closed, even with timers armed."""
    before = set(threading.enumerate())
    runtime = ThreadRuntime(SystemClock())
    cell = runtime.spawn("actor", lambda: Worker(Journal()))
    assert cell.actor is not None
    cell.actor.after(timedelta(hours=1), Say("never"))
    runtime.terminate(cell, SOON)
    runtime.close()

    for thread in set(threading.enumerate()) - before:
        thread.join(5)
    assert set(threading.enumerate()) <= before


def test_in_real_time_what_is_put_behind_stands_in_the_mailbox_at_once(threads: ThreadBench) -> None:
    """Nobody can tell there what is under way, and a decision must not wait for a timer."""
    cell = threads.spawn("actor")
    assert cell.actor is not None

    cell.actor.behind(Say("behind"))

    threads.until(lambda: threads.journal.of("actor") == ["start", "behind"])
