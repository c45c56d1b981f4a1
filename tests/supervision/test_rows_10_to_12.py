"""Rows 10 to 12 of the table: policy by the class of an error, death watch, liveness."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from actors.runtime.messages import Down
from actors.supervision.spec import ChildSpec, Directive, Intensity, Restart, Strategy
from actors.supervision.supervisor import Escalated, Supervisor
from machines.actor import ActorState
from tests.runtime.bench import SOON, Bench, SteppedBench, ThreadBench
from tests.runtime.toys import Hooks, Leave, Raise, Watcher
from tests.supervision.trees import (
    FIRST,
    PLAIN,
    generations,
    grown,
    once,
    rows,
    states,
    until_running,
    worker,
)

A_MOMENT = timedelta(milliseconds=30)
A_WHILE = timedelta(milliseconds=300)
"""Long enough for a thread to be scheduled on a busy machine: less would pass for a hang."""
BAD = Raise(ValueError("bad"))
threads_only = pytest.mark.threads


class PassingError(OSError):
    """Passes by itself."""


class Hopeless(Exception):  # noqa: N818
    """Needs a person."""


POLICY = {OSError: Directive.RETRY, Hopeless: Directive.ESCALATE, KeyError: Directive.STOP}


@pytest.mark.parametrize("error", [OSError("gone"), PassingError("gone for a moment")], ids=repr)
def test_row_10_what_passes_is_retried_and_not_counted(stepped: SteppedBench, error: Exception) -> None:
    """However often, with the waits of the backoff; the nearest class that the policy names decides."""
    specs = [worker(stepped, "a")]
    stepped.spawn("root", factory=lambda: Supervisor(specs, intensity=Intensity(restarts=0), directives=POLICY))
    stepped.runtime.run_until_idle()
    for _ in range(20):
        stepped.send("a", Raise(error))
        stepped.pass_time(timedelta(seconds=2))

    assert generations(stepped, "a") == [21]
    assert rows(stepped)["a"].restarts == 20


def test_row_10_a_bug_is_restarted_and_counted(stepped: SteppedBench) -> None:
    """An error of which the policy does not speak: once is borne, twice is too often."""
    specs = [worker(stepped, "a")]
    stepped.spawn("root", factory=lambda: Supervisor(specs, intensity=Intensity(restarts=1), directives=POLICY))
    stepped.runtime.run_until_idle()
    stepped.send("a", BAD)
    stepped.pass_time(FIRST)
    assert generations(stepped, "a") == [2]
    stepped.send("a", BAD)

    (down,) = stepped.downs("root")
    assert down.error.startswith("TooManyRestarts")


def test_row_10_what_needs_a_person_is_escalated_without_a_retry(bench: Bench) -> None:
    """Through every level whose policy says so, up to the process; nothing is left alive."""
    up = {**POLICY, Escalated: Directive.ESCALATE}
    inner = ChildSpec(name="inner", factory=lambda: Supervisor([worker(bench, "a")], directives=up))
    bench.spawn("root", factory=lambda: Supervisor([worker(bench, "b"), inner], directives=up))
    bench.until(lambda: bench.journal.births("root"))
    bench.send("a", Raise(Hopeless("the books differ")))

    (down,) = bench.downs("root")

    assert down.error == "Escalated: inner: Escalated: a: Hopeless: the books differ"
    assert generations(bench, "ab") == [1, 1]
    assert all(bench.runtime.cells[name].ended.is_set() for name in ("a", "b", "inner"))
    assert states(bench, "inner") == {"a": ActorState.DEAD}


def test_row_10_a_parent_may_bear_what_its_child_escalates(bench: Bench) -> None:
    """Without a word on it, an escalation is a failure like any other: one fresh start of the whole."""
    inner = ChildSpec(name="inner", factory=lambda: Supervisor([worker(bench, "a")], directives=POLICY), backoff=PLAIN)
    grown(bench, inner)
    bench.send("a", Raise(Hopeless("the books differ")))

    until_running(bench, "inner", 2)
    assert generations(bench, ["inner", "a"]) == [2, 2]


def test_row_10_what_must_not_come_back_is_stopped(stepped: SteppedBench) -> None:
    """Its siblings live on, also under one_for_all."""
    specs = [worker(stepped, "a"), worker(stepped, "b")]
    stepped.spawn("root", factory=lambda: Supervisor(specs, strategy=Strategy.ONE_FOR_ALL, directives=POLICY))
    stepped.runtime.run_until_idle()
    stepped.send("a", Raise(KeyError("plugin")))
    stepped.pass_time(SOON)

    assert states(stepped) == {"b": ActorState.RUNNING}
    assert generations(stepped, "ab") == [1, 1]


class Observer(Watcher):
    """Watches a name that is none of its children."""

    def __init__(self, bench: Bench, name: str) -> None:
        super().__init__(bench.journal)
        self._watched = name

    def on_start(self) -> None:
        self.watch(self._watched)
        self.watch(self._watched)


@pytest.mark.parametrize("message", [BAD, Raise(SystemExit(3)), Leave()], ids=repr)
def test_row_11_death_watch_tells_any_watcher_once(bench: Bench, message: object) -> None:
    """Whatever the manner of death, and however often it asked; the supervisor is told as well."""
    grown(bench, worker(bench, "a"))
    cells = [bench.plant(name, lambda: Observer(bench, "a")) for name in ("one", "two")]
    bench.until(lambda: len(bench.runtime.cells["a"].observers) == 2)
    bench.send("a", message)

    until_running(bench, "a", 2)
    bench.until(lambda: len(bench.journal.downs("a")) == 2 and not any(cell.mailbox for cell in cells))
    down, other = bench.journal.downs("a")
    assert down == other
    assert (down.generation, down.failed) == (1, not isinstance(message, Leave))


@threads_only
def test_row_11_death_watch_tells_of_one_that_was_given_up(threads: ThreadBench) -> None:
    """A hung actor has ended for all who watch it, although its thread has not."""
    grown(threads, worker(threads, "a"))
    threads.plant("one", lambda: Observer(threads, "a"))
    threads.until(lambda: threads.runtime.cells["a"].observers)
    gate = threads.hold("a")
    threads.runtime.fence(threads.runtime.cells["a"], "silent")

    assert [down.error for down in threads.downs("a")] == ["TimeoutError: silent"]
    gate.set()


def test_row_11_death_watch_of_the_dead_answers_at_once(stepped: SteppedBench) -> None:
    """Nobody waits for the end of one that has ended, or that never was."""
    grown(stepped, worker(stepped, "a", restart=Restart.TEMPORARY))
    stepped.send("a", BAD)
    stepped.runtime.run_until_idle()
    stepped.plant("one", lambda: Observer(stepped, "a"))
    stepped.plant("two", lambda: Observer(stepped, "nobody"))
    stepped.runtime.run_until_idle()

    assert stepped.journal.downs("a") == [Down("a", 1, failed=True, error="ValueError: bad")] * 2
    assert stepped.journal.downs("nobody") == [Down("nobody", 0, failed=True, error="nobody has this name")] * 2


@threads_only
def test_row_12_liveness_a_handler_that_never_returns(threads: ThreadBench, log: list[str]) -> None:
    """Fenced and replaced under a new generation; where its thread stood is logged; what it says is not heard."""
    grown(threads, worker(threads, "a", hang_after=A_WHILE), worker(threads, "b"))
    hung = threads.runtime.cells["a"]
    gate = threads.hold("a")

    until_running(threads, "a", 2)
    gate.set()

    assert hung.fenced
    assert rows(threads)["a"].last_error.startswith("TimeoutError: hung at Hold")
    (line,) = (line for line in log if "hangs" in line)
    assert "gate.wait" in line
    assert threads.answers("a")


class Deaf(Watcher):
    """Lives, is not busy, and never comes to its mail: its loop waits for something else."""

    def __init__(self, bench: Bench, gate: threading.Event) -> None:
        super().__init__(bench.journal)
        self._gate = gate

    def _actor_loop_running(self) -> None:
        self._gate.wait(20)


@threads_only
def test_row_12_liveness_mail_that_nobody_reads(threads: ThreadBench) -> None:
    """Not busy, and yet gone: the heartbeat in its mailbox grows old, and that says it."""
    gate = threads.gate()
    made = iter([lambda: Deaf(threads, gate), threads.worker()])
    spec = ChildSpec(name="a", factory=lambda: next(made)(), hang_after=A_WHILE, backoff=PLAIN)  # noqa: PLW0108
    grown(threads, spec)

    until_running(threads, "a", 2)
    gate.set()

    assert rows(threads)["a"].last_error.startswith("TimeoutError: left its mail unread for 0:00:00.3")
    assert threads.answers("a")


@threads_only
def test_row_12_liveness_an_end_that_never_ends(threads: ThreadBench) -> None:
    """It crashed, and hangs while it frees what it holds: nobody would ever have heard of its death."""
    gate = threads.gate()
    grown(threads, worker(threads, "a", Hooks(release=once(gate.wait)), hang_after=A_WHILE))
    threads.send("a", BAD)

    until_running(threads, "a", 2)
    gate.set()

    assert rows(threads)["a"].last_error == "ValueError: bad"


@threads_only
def test_row_12_liveness_the_idle_are_left_alone_and_show_that_they_live(threads: ThreadBench) -> None:
    """A heartbeat is answered by the runtime: the actor does not see it, and it counts as no message."""
    grown(threads, worker(threads, "a", hang_after=A_WHILE))
    cell = threads.runtime.cells["a"]
    threads.until(lambda: cell.last_handled_at is not None)
    before = cell.last_handled_at
    threads.until(lambda: cell.last_handled_at != before)

    assert (cell.handled, cell.generation) == (0, 1)
    assert threads.journal.of("a") == ["start"]
    assert threads.runtime.dead_letter_count == 0
