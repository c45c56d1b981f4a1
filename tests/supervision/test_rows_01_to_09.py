"""Rows 1 to 9 of the table: specs, strategies, restart types, intensity, starts, stops, backoff."""

from __future__ import annotations

from datetime import timedelta

import pytest

from actors.runtime.actor import Actor
from actors.supervision.messages import TerminateChild
from actors.supervision.spec import AutoShutdown, ChildSpec, Intensity, Restart, Strategy
from actors.supervision.supervisor import Supervisor
from machines.actor import ActorState
from tests.runtime.bench import SOON, Bench, SteppedBench, ThreadBench
from tests.runtime.toys import Hooks, Leave, Raise
from tests.supervision.trees import (
    FIRST,
    PLAIN,
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
A_WHILE = timedelta(milliseconds=300)
"""Long enough for a thread to be scheduled on a busy machine: less would pass for a hang."""
BAD = Raise(ValueError("bad"))
threads_only = pytest.mark.threads


def test_row_01_child_spec_only_name_and_factory_are_mandatory(stepped: SteppedBench) -> None:
    """What a child is stands in one frozen record; the rest of it has defaults that suit a worker."""
    spec = ChildSpec(name="a", factory=stepped.worker())
    plant(stepped, spec)
    stepped.runtime.run_until_idle()

    assert states(stepped) == {"a": ActorState.RUNNING}
    assert (spec.restart, spec.significant, spec.shutdown) == (Restart.PERMANENT, False, timedelta(seconds=5))
    with pytest.raises(AttributeError):
        spec.name = "b"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("strategy", "anew"), [(Strategy.ONE_FOR_ONE, "b"), (Strategy.REST_FOR_ONE, "bc"), (Strategy.ONE_FOR_ALL, "abc")]
)
def test_row_02_strategies_say_who_is_restarted_with_the_one_that_failed(
    bench: Bench, strategy: Strategy, anew: str
) -> None:
    """Itself, those after it, or all."""
    grown(bench, *[worker(bench, name) for name in "abc"], strategy=strategy)
    bench.send("b", BAD)
    until_running(bench, anew[-1], 2)

    assert generations(bench, "abc") == [2 if name in anew else 1 for name in "abc"]


@pytest.mark.parametrize("restart", Restart)
@pytest.mark.parametrize("message", [BAD, Leave()], ids=repr)
def test_row_03_restart_types(stepped: SteppedBench, restart: Restart, message: object) -> None:
    """Permanent always, transient after a failure, temporary never."""
    grown(stepped, worker(stepped, "a", restart=restart))
    stepped.send("a", message)
    stepped.pass_time(SOON)

    comes_back = restart is Restart.PERMANENT or (restart is Restart.TRANSIENT and message == BAD)
    assert generations(stepped, "a") == [2 if comes_back else 1]
    assert ("a" in rows(stepped)) is comes_back


@threads_only
def test_row_03_a_temporary_child_that_is_slow_to_stop_does_not_come_back(threads: ThreadBench) -> None:
    """Also where the wait of its group is over before it has stopped."""
    specs = [worker(threads, "a"), worker(threads, "b", restart=Restart.TEMPORARY), worker(threads, "c")]
    grown(threads, *specs, strategy=Strategy.ONE_FOR_ALL)
    gate = threads.hold("b")
    threads.send("a", BAD)
    threads.until(lambda: states(threads)["c"] is ActorState.STOPPED)
    never = threads.gate()
    assert not never.wait(10 * FIRST.total_seconds() / threads.runtime.clock.speed)
    gate.set()

    until_running(threads, "c", 2)
    assert generations(threads, "ab") == [2, 1]
    assert list(states(threads)) == ["a", "c"]


@pytest.mark.parametrize(("of_all", "of_one"), [(2, None), (1000, 2)], ids=["of-the-supervisor", "of-the-child"])
def test_row_04_intensity_is_a_sliding_window_of_the_clocks_time(
    stepped: SteppedBench, of_all: int, of_one: int | None
) -> None:
    """Two within ten seconds are borne, again and again; a third is not. A child may have a limit of its own."""
    period = timedelta(seconds=10)
    own = None if of_one is None else Intensity(restarts=of_one, period=period)
    specs = [worker(stepped, "a", intensity=own), worker(stepped, "b")]
    plant(stepped, *specs, intensity=Intensity(restarts=of_all, period=period))
    stepped.runtime.run_until_idle()
    for _ in range(10):
        stepped.send("a", BAD)
        stepped.pass_time(period / 2 + FIRST)
    assert generations(stepped, "ab") == [11, 1]

    for _ in range(2):
        stepped.send("a", BAD)
        stepped.pass_time(timedelta(seconds=3))
    (down,) = stepped.downs("root")
    assert "TooManyRestarts: a failed: more than 2 failures within 10 s" in down.error


def test_row_05_escalation_goes_up_to_the_process(bench: Bench) -> None:
    """Each level decides anew, so intensities multiply; the root's failure is told to whoever runs the process."""
    once_each = Intensity(restarts=1)
    inner = supervisor("inner", worker(bench, "a", Hooks(start=failing(1000))), intensity=once_each)
    bench.plant("top", lambda: Supervisor([inner], intensity=once_each))
    bench.until(lambda: bench.orphans)

    (down,) = bench.orphans
    assert down.error.startswith("TooManyRestarts: inner failed")
    assert generations(bench, "a") == [4]


@pytest.mark.parametrize(
    ("when", "leave", "ends"),
    [
        (AutoShutdown.NEVER, "ab", False),
        (AutoShutdown.ANY_SIGNIFICANT, "a", True),
        (AutoShutdown.ALL_SIGNIFICANT, "a", False),
        (AutoShutdown.ALL_SIGNIFICANT, "ab", True),
        (AutoShutdown.ANY_SIGNIFICANT, "d", False),
    ],
)
def test_row_06_auto_shutdown_ends_the_supervisor_in_order(
    bench: Bench, when: AutoShutdown, leave: str, ends: bool
) -> None:
    """Significant children that end by themselves take their supervisor along; it has not failed."""
    ending = {"restart": Restart.TRANSIENT, "significant": True}
    specs = [worker(bench, "c"), worker(bench, "a", **ending), worker(bench, "b", **ending)]
    specs.append(worker(bench, "d", restart=Restart.TRANSIENT))
    bench.spawn("root", factory=lambda: Supervisor(specs, auto_shutdown=when))
    bench.until(lambda: bench.journal.births("root"))
    for name in leave:
        bench.send(name, Leave())
        bench.until(lambda name=name: name not in rows(bench) or bench.journal.downs("root"))
    bench.watcher_caught_up()

    if ends:
        assert [down.failed for down in bench.downs("root")] == [False]
        assert order(bench, "stop")[-1] == "c"
    else:
        assert bench.answers("c")
        assert bench.journal.downs("root") == []


def test_row_06_auto_shutdown_is_not_caused_by_a_command(stepped: SteppedBench) -> None:
    """Who terminates a significant child does not mean its supervisor."""
    child = worker(stepped, "a", restart=Restart.TEMPORARY, significant=True)
    stepped.spawn("root", factory=lambda: Supervisor([child], auto_shutdown=AutoShutdown.ANY_SIGNIFICANT))
    stepped.runtime.run_until_idle()
    stepped.send("root", TerminateChild("a"))
    stepped.runtime.run_until_idle()

    assert rows(stepped) == {}
    assert stepped.journal.downs("root") == []


def test_row_06_auto_shutdown_before_all_are_up(stepped: SteppedBench) -> None:
    """The work is done although a sibling has not come up: the end is in order, and the parent bears it."""
    quick = worker(stepped, "quick", restart=Restart.TRANSIENT, significant=True)
    never = worker(stepped, "never", Hooks(start=failing(1000)))
    ends = AutoShutdown.ANY_SIGNIFICANT
    inner = ChildSpec(
        name="inner", factory=lambda: Supervisor([quick, never], auto_shutdown=ends), restart=Restart.TRANSIENT
    )
    grown_later = plant(stepped, inner, worker(stepped, "b"))
    stepped.until(lambda: "never" in stepped.runtime.cells)
    stepped.send("quick", Leave())
    stepped.pass_time(SOON)

    assert not grown_later.ended.is_set()
    assert states(stepped) == {"b": ActorState.RUNNING}
    assert [(down.name, down.failed) for down in stepped.journal.downs("root")] == []


def test_row_06_a_permanent_child_cannot_be_significant() -> None:
    """It never ends for good: the combination is refused when the spec is made."""
    with pytest.raises(ValueError, match="expected a significant child to be transient or temporary"):
        ChildSpec(name="a", factory=Actor, significant=True)


def test_row_09_backoff_doubles_up_to_a_limit_and_begins_anew_after_quiet(stepped: SteppedBench) -> None:
    """0.1, 0.2, ... 2 s; after half a minute of peace 0.1 s again."""
    grown(stepped, worker(stepped, "a"))
    waits = []
    for _ in range(7):
        stepped.send("a", BAD)
        stepped.runtime.run_until_idle()
        failed = stepped.clock.now()
        stepped.until(lambda: states(stepped)["a"] is ActorState.RUNNING)
        waits.append((stepped.clock.now() - failed) / FIRST)
    assert waits == [1, 2, 4, 8, 16, 20, 20]

    stepped.pass_time(PLAIN.reset_after + FIRST)
    stepped.send("a", BAD)
    stepped.pass_time(FIRST)
    assert states(stepped)["a"] is ActorState.RUNNING


def test_row_07_a_start_is_acknowledged_and_a_failing_one_is_a_failure(stepped: SteppedBench) -> None:
    """Left to right; the supervisor is up when all are, and whoever leans on one that failed waits for it."""
    specs = [worker(stepped, "a"), worker(stepped, "b", Hooks(start=failing(1))), worker(stepped, "c")]
    plant(stepped, *specs, strategy=Strategy.REST_FOR_ONE)
    stepped.runtime.run_until_idle()
    assert order(stepped, "start") == ["a", "b"]
    assert stepped.journal.births("root") == []

    stepped.pass_time(FIRST)
    assert order(stepped, "start") == ["a", "b", "b", "c"]
    assert rows(stepped)["b"].restarts == 1
    assert len(stepped.journal.births("root")) == 1


@threads_only
def test_row_07_a_start_has_a_time_limit(threads: ThreadBench) -> None:
    """One that does not come up is given up and made anew."""
    gate = threads.gate()
    plant(threads, worker(threads, "a", Hooks(start=once(gate.wait)), start_timeout=A_WHILE))
    until_running(threads, "a", 2)
    gate.set()

    assert rows(threads)["a"].last_error.startswith("TimeoutError: not started within")


@threads_only
def test_row_08_a_laggard_is_given_up_its_stack_is_logged_and_the_rest_goes_on(
    threads: ThreadBench, log: list[str]
) -> None:
    """In a group restart and at the end of the whole alike."""
    specs = [worker(threads, "a"), worker(threads, "b", shutdown=A_MOMENT), worker(threads, "c")]
    root = grown(threads, *specs, strategy=Strategy.ONE_FOR_ALL)
    gates = [threads.hold("b")]
    threads.send("a", BAD)
    until_running(threads, "c", 2)
    gates.append(threads.hold("b"))
    assert threads.runtime.terminate(root, SOON)
    for gate in gates:
        gate.set()

    laggards = [line for line in log if "b did not stop in" in line]
    assert len(laggards) == 2
    assert all("gate.wait" in line for line in laggards)
    assert order(threads, "stop") == ["c", "c", "a"]
