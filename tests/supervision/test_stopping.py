"""Stopping: in reverse order, each in its own time, and nothing is left."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from actors.supervision.spec import ChildSpec, Intensity, Strategy
from actors.supervision.supervisor import Supervisor
from machines.actor import ActorState
from tests.runtime.bench import SOON, Bench, SteppedBench, ThreadBench
from tests.runtime.toys import Hooks, Parent, Raise, Remind, raising
from tests.supervision.trees import (
    FIRST,
    PATIENT,
    PLAIN,
    generations,
    grown,
    once,
    order,
    rows,
    states,
    supervisor,
    until_running,
    worker,
)

BAD = Raise(ValueError("bad"))
A_MOMENT = timedelta(milliseconds=30)
A_WHILE = timedelta(milliseconds=300)
"""Long enough for a thread to be scheduled on a busy machine: less would pass for a hang."""
threads_only = pytest.mark.threads


def test_a_tree_stops_in_the_reverse_order_of_its_start(bench: Bench) -> None:
    """Down through the inner supervisors; no failure, no dead letters."""
    root = grown(
        bench,
        worker(bench, "a"),
        supervisor("inner", worker(bench, "b"), worker(bench, "c")),
        worker(bench, "d"),
    )

    assert bench.runtime.terminate(root, SOON)

    assert order(bench, "stop") == ["d", "c", "b", "a"]
    (down,) = bench.downs("root")
    assert not down.failed
    assert bench.runtime.dead_letter_count == 0


def test_a_child_that_fails_as_it_stops_does_not_keep_the_others(bench: Bench) -> None:
    """Whatever it raises; nobody restarts it."""
    specs = [worker(bench, "a"), worker(bench, "b", Hooks(stop=raising(SystemExit(3)))), worker(bench, "c")]
    root = grown(bench, *specs)

    assert bench.runtime.terminate(root, SOON)

    assert order(bench, "stop") == ["c", "b", "a"]
    assert generations(bench, "abc") == [1, 1, 1]


def test_nothing_comes_back_after_the_end(stepped: SteppedBench) -> None:
    """A supervisor that is stopped during a backoff restarts nobody, and no timer of the tree is left."""
    root = grown(stepped, worker(stepped, "a"), worker(stepped, "b"))
    stepped.send("b", Remind(timedelta(minutes=1), "never"))
    stepped.send("a", BAD)
    stepped.runtime.run_until_idle()

    stepped.runtime.terminate(root, SOON)
    stepped.pass_time(timedelta(minutes=5))

    assert generations(stepped, "ab") == [1, 1]
    assert stepped.runtime.next_due() is None
    assert stepped.runtime.dead_letter_count == 0


def test_a_stop_during_the_start_ends_what_was_started(stepped: SteppedBench) -> None:
    """Those that wait for their start are never made."""
    root = stepped.spawn("root", factory=lambda: Supervisor([worker(stepped, name) for name in "abc"]))
    while "b" not in stepped.runtime.cells:
        stepped.runtime.step()

    stepped.runtime.terminate(root, SOON)

    assert "c" not in stepped.runtime.cells
    assert order(stepped, "stop") == ["b", "a"]


@threads_only
def test_each_child_has_its_own_time_to_stop(threads: ThreadBench) -> None:
    """A stuck one is given up after its own time; those started before it still stop in order."""
    specs = [worker(threads, name, shutdown=A_MOMENT if name == "b" else SOON) for name in "abc"]
    root = grown(threads, *specs)
    assert [threads.runtime.cells[name].shutdown for name in "abc"] == [SOON, A_MOMENT, SOON]
    gate = threads.hold("b")

    assert threads.runtime.terminate(root, SOON)

    assert order(threads, "stop") == ["c", "a"]
    assert [threads.runtime.cells[name].fenced for name in "abc"] == [False, True, False]
    gate.set()


@threads_only
def test_a_stuck_sibling_is_given_up_and_replaced_in_a_group_restart(threads: ThreadBench) -> None:
    """The restart of the group does not wait for it longer than its time; later words of it are not heard."""
    specs = [worker(threads, name, shutdown=A_MOMENT) for name in "abc"]
    grown(threads, *specs, strategy=Strategy.REST_FOR_ONE)
    gate = threads.hold("b")
    stuck = threads.runtime.cells["b"]
    threads.send("a", BAD)

    until_running(threads, "c", 2)
    gate.set()
    threads.until(lambda: order(threads, "release").count("b") == 1)

    assert stuck.fenced
    assert generations(threads, "abc") == [2, 2, 2]
    assert threads.answers("b")
    assert set(states(threads).values()) == {ActorState.RUNNING}


@threads_only
def test_a_hung_child_that_is_given_up_is_restarted(threads: ThreadBench) -> None:
    """Whoever sees that it hangs fences it; for its supervisor that is a failure like any other."""
    grown(threads, worker(threads, "a"), worker(threads, "b"))
    gate = threads.hold("a")
    threads.runtime.fence(threads.runtime.cells["a"], "silent for a minute")

    until_running(threads, "a", 2)
    gate.set()

    assert threads.answers("a")
    assert rows(threads)["a"].last_error == "TimeoutError: silent for a minute"
    assert generations(threads, "b") == [1]


@threads_only
def test_a_child_that_hangs_at_a_message_is_found_fenced_and_replaced(threads: ThreadBench) -> None:
    """Nobody tells its supervisor: it looks. What the hung one says later is not heard."""
    grown(threads, worker(threads, "a", hang_after=A_WHILE), worker(threads, "b"))
    hung = threads.runtime.cells["a"]
    gate = threads.hold("a")

    until_running(threads, "a", 2)
    gate.set()

    assert hung.fenced
    assert rows(threads)["a"].last_error.startswith("TimeoutError: hung at Hold")
    assert threads.answers("a")
    assert generations(threads, "b") == [1]


@threads_only
def test_an_idle_supervisor_that_is_given_up_leaves_no_thread(threads: ThreadBench) -> None:
    """It waits for a child that does not come up: its thread wakes and ends, and so do its children."""
    gate = threads.gate()
    slow = worker(threads, "slow", Hooks(start=once(gate.wait)), shutdown=A_MOMENT)
    inner = supervisor("inner", worker(threads, "a"), slow, start_timeout=A_MOMENT)
    grown(threads, inner, worker(threads, "b"))

    first = {cell.generation for name, cell in threads.runtime.cells.items() if name in ("inner", "a", "slow")}
    assert first == {2}
    assert rows(threads)["inner"].last_error == "TimeoutError: not started within 0:00:00.030000"
    gate.set()


@threads_only
def test_two_incarnations_of_one_name_never_live_at_once(threads: ThreadBench) -> None:
    """A supervisor gives up while a child of it is slow to stop, and its own parent wants it anew meanwhile."""
    alive: list[int] = []
    most: list[int] = []
    lock = threading.Lock()

    def enter() -> None:
        with lock:
            alive.append(1)
            most.append(len(alive))

    def leave() -> None:
        with lock:
            alive.pop()

    slow = worker(threads, "slow", Hooks(start=enter, release=leave))
    inner = supervisor("inner", slow, worker(threads, "a"), intensity=Intensity(restarts=0))
    grown(threads, inner, worker(threads, "b"), strategy=Strategy.ONE_FOR_ALL, intensity=PATIENT)
    gate = threads.hold("slow")
    dying = threads.runtime.cells["inner"]
    threads.send("a", BAD)
    threads.until(lambda: dying.actor is not None and not dying.actor.actor_ref.is_alive())
    threads.send("b", BAD)
    threads.until(threads.runtime.cells["b"].ended.is_set)
    assert not gate.wait(5 * A_MOMENT.total_seconds())
    gate.set()

    until_running(threads, "b", 2)
    until_running(threads, "slow", 2, under="inner")
    assert max(most) == 1


@threads_only
def test_one_that_was_given_up_while_it_ended_is_replaced(threads: ThreadBench) -> None:
    """It crashed, and a child of its own keeps it from its end: its supervisor does not wait for that."""
    parent = ChildSpec(
        name="parent",
        factory=lambda: Parent(threads.worker()),
        shutdown=A_MOMENT,
        backoff=PLAIN,
    )
    grown(threads, parent, worker(threads, "b"), strategy=Strategy.ONE_FOR_ALL)
    gate = threads.hold("child")
    dying = threads.runtime.cells["parent"]
    threads.send("parent", BAD)
    threads.until(lambda: dying.ending)
    threads.send("b", BAD)

    until_running(threads, "b", 2)
    assert threads.runtime.cells["parent"].generation == 2
    gate.set()


def test_time_to_stop_is_not_needed_where_nothing_hangs(stepped: SteppedBench) -> None:
    """On the stepped runtime a tree of any depth stops between two instants."""
    root = grown(stepped, supervisor("one", supervisor("two", supervisor("three", worker(stepped, "a")))))
    before = stepped.clock.now()

    assert stepped.runtime.terminate(root, FIRST)
    assert stepped.clock.now() == before
