"""Starting: in order, one after the other, and nobody is up before those it is made of."""

from __future__ import annotations

from datetime import timedelta

import pytest

from actors.supervision.spec import Intensity, Strategy
from machines.actor import ActorState
from tests.runtime.bench import Bench, SteppedBench, ThreadBench, cleared
from tests.runtime.toys import Hooks, Leave
from tests.supervision.trees import (
    FIRST,
    failing,
    generations,
    grown,
    once,
    order,
    plant,
    rows,
    states,
    supervisor,
    until_running,
    worker,
)

A_MOMENT = timedelta(milliseconds=30)


def test_children_start_in_order_each_after_the_one_before(bench: Bench) -> None:
    """At the start of each, those before it exist and those after it do not."""
    known: list[set[str]] = []
    look = Hooks(start=lambda: known.append(set("abc") & set(bench.runtime.cells)))

    grown(bench, *[worker(bench, name, look) for name in "abc"])

    assert order(bench, "start") == ["a", "b", "c"]
    assert [sorted(names) for names in known] == [["a"], ["a", "b"], ["a", "b", "c"]]
    assert set(states(bench).values()) == {ActorState.RUNNING}
    assert list(rows(bench)) == ["a", "b", "c"]


def test_the_order_holds_under_every_schedule() -> None:
    """Acknowledged starts leave nothing to the scheduler."""
    for seed in range(30):
        with cleared(SteppedBench(seed=seed, shuffle=True)) as bench:
            grown(bench, *[worker(bench, name) for name in "abcd"])
            assert order(bench, "start") == ["a", "b", "c", "d"]


@pytest.mark.threads
def test_a_slow_start_holds_up_the_next_and_the_supervisor(threads: ThreadBench) -> None:
    """The next child is not even made before the acknowledgement, and the supervisor is not up."""
    gate = threads.gate()
    plant(threads, worker(threads, "a", Hooks(start=gate.wait)), worker(threads, "b"))
    threads.until(lambda: order(threads, "start") == ["a"])

    assert not gate.wait(A_MOMENT.total_seconds())
    assert "b" not in threads.runtime.cells
    assert threads.journal.births("root") == []

    gate.set()
    threads.until(lambda: threads.journal.births("root"))
    assert order(threads, "start") == ["a", "b"]


def test_a_supervisor_without_children_is_up_at_once(bench: Bench) -> None:
    """There is nothing to wait for."""
    grown(bench)


def test_a_supervisor_is_up_after_the_whole_tree_below_it(bench: Bench) -> None:
    """The children of an inner supervisor are up before its younger sibling is made."""
    grown(
        bench,
        worker(bench, "a"),
        supervisor("inner", worker(bench, "b"), supervisor("innermost", worker(bench, "c")), worker(bench, "d")),
        worker(bench, "e"),
    )

    assert order(bench, "start") == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize("strategy", Strategy)
def test_a_supervisor_is_not_up_before_a_child_that_failed_at_first(stepped: SteppedBench, strategy: Strategy) -> None:
    """Also where others could be started in the meantime: up means all of them."""
    plant(stepped, worker(stepped, "a", Hooks(start=failing(2))), worker(stepped, "b"), strategy=strategy)
    stepped.runtime.run_until_idle()

    assert stepped.journal.births("root") == []
    stepped.pass_time(FIRST)
    assert stepped.journal.births("root") == []
    stepped.pass_time(2 * FIRST)

    assert len(stepped.journal.births("root")) == 1
    assert set(states(stepped).values()) == {ActorState.RUNNING}


def test_a_failed_start_stands_alone_under_one_for_one(stepped: SteppedBench) -> None:
    """Those that do not lean on it are started while it waits."""
    plant(stepped, worker(stepped, "a", Hooks(start=failing(1))), worker(stepped, "b"))
    stepped.runtime.run_until_idle()

    assert states(stepped) == {"a": ActorState.BACKING_OFF, "b": ActorState.RUNNING}


def test_a_failed_start_holds_up_those_that_lean_on_it(stepped: SteppedBench) -> None:
    """Under rest_for_one nobody is started on top of what is not there."""
    specs = [worker(stepped, "a"), worker(stepped, "b", Hooks(start=failing(1))), worker(stepped, "c")]
    plant(stepped, *specs, strategy=Strategy.REST_FOR_ONE)
    stepped.runtime.run_until_idle()

    assert order(stepped, "start") == ["a", "b"]
    assert "c" not in stepped.runtime.cells
    stepped.pass_time(FIRST)
    assert order(stepped, "start") == ["a", "b", "b", "c"]


def test_births_are_told_once_however_often_children_fail_later(stepped: SteppedBench) -> None:
    """A supervisor's own birth is not repeated."""
    grown(stepped, worker(stepped, "a"), worker(stepped, "b"))
    for _ in range(3):
        stepped.send("a", Leave())
        stepped.pass_time(timedelta(minutes=1))

    assert generations(stepped, "ab") == [4, 1]
    assert len(stepped.journal.births("root")) == 1


def test_a_start_in_time_makes_its_timeout_harmless(stepped: SteppedBench) -> None:
    """The timeout of an acknowledged start, and of an incarnation that is gone, does nothing."""
    grown(stepped, worker(stepped, "a"), worker(stepped, "b"))
    stepped.send("b", Leave())
    stepped.pass_time(timedelta(minutes=5))

    assert generations(stepped, "ab") == [1, 2]


def test_a_child_supervisor_that_does_not_come_up_is_given_up(stepped: SteppedBench) -> None:
    """Its children fail too seldom for its intensity and too often to be up together: the start timeout ends it."""
    inner = supervisor(
        "inner",
        worker(stepped, "a", Hooks(start=failing(7))),
        intensity=Intensity(restarts=100),
        start_timeout=timedelta(seconds=3),
    )
    plant(stepped, inner, worker(stepped, "b"))
    stepped.pass_time(timedelta(seconds=2))
    assert "b" not in stepped.runtime.cells

    stepped.pass_time(timedelta(seconds=30))

    assert rows(stepped)["inner"].last_error == "TimeoutError: not started within 0:00:03"
    assert generations(stepped, "b") == [1]
    assert stepped.runtime.cells["inner"].generation > 1
    assert states(stepped, "inner") == {"a": ActorState.RUNNING}


@pytest.mark.threads
def test_a_hung_start_is_given_up_and_made_anew(threads: ThreadBench) -> None:
    """Start timeouts are real time; the hung one is fenced, and its late words change nothing."""
    gate = threads.gate()
    hung = worker(threads, "a", Hooks(start=once(gate.wait)), start_timeout=A_MOMENT)
    plant(threads, hung, worker(threads, "b"))
    threads.until(lambda: order(threads, "start") == ["a"])
    first = threads.runtime.cells["a"]

    until_running(threads, "a", 2)
    until_running(threads, "b", 1)
    gate.set()
    threads.until(lambda: order(threads, "release") == ["a"])

    assert first.fenced
    assert rows(threads)["a"].last_error == "TimeoutError: not started within 0:00:00.030000"
    assert threads.answers("a")
    assert generations(threads, "ab") == [2, 1]
    assert rows(threads)["a"].restarts == 1


@pytest.mark.threads
def test_the_start_timeout_is_real_time(threads: ThreadBench) -> None:
    """Also where the clock runs faster: a start that takes long by the clock alone is in time."""
    never = threads.gate()
    slow = Hooks(start=lambda: never.wait(0.1))
    grown(threads, worker(threads, "a", slow, start_timeout=timedelta(seconds=1)))

    assert generations(threads, "a") == [1]
