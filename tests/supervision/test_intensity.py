"""Intensity: where restarting does not help the supervisor fails, and its parent decides."""

from __future__ import annotations

from datetime import timedelta

from actors.supervision.spec import Intensity, Strategy
from actors.supervision.supervisor import Supervisor
from machines.actor import ActorState
from tests.runtime.bench import Bench, SteppedBench
from tests.runtime.toys import Hooks, Raise, Say, raising
from tests.supervision.trees import (
    FIRST,
    failing,
    generations,
    grown,
    order,
    rows,
    states,
    supervisor,
    until_running,
    worker,
)

BAD = Raise(ValueError("bad"))
TWO = Intensity(restarts=2, period=timedelta(seconds=10))
SECOND = timedelta(seconds=1)


def kill(bench: SteppedBench, name: str, times: int) -> None:
    """Kill a child so many times, each time when it is up again."""
    for _ in range(times):
        bench.send(name, BAD)
        bench.pass_time(SECOND)


def test_as_many_failures_as_the_intensity_allows_are_borne(stepped: SteppedBench) -> None:
    """Two of two: everything is up again."""
    grown(stepped, worker(stepped, "a"), worker(stepped, "b"), intensity=TWO)
    kill(stepped, "a", 1)
    kill(stepped, "b", 1)

    assert set(states(stepped).values()) == {ActorState.RUNNING}
    assert stepped.journal.downs("root") == []


def test_one_more_and_the_supervisor_fails_with_its_children_in_reverse_order(bench: Bench) -> None:
    """One death notice goes up, with the reason; failures of all children count together."""
    grown(bench, *[worker(bench, name) for name in "abcd"], intensity=TWO)
    for name in "ab":
        bench.send(name, BAD)
        until_running(bench, name, 2)
    bench.journal.entries.clear()
    bench.send("c", BAD)

    (down,) = bench.downs("root")

    assert down.failed
    assert down.error == ("TooManyRestarts: c failed: more than 2 failures within 10 s; the last was ValueError: bad")
    assert order(bench, "stop") == ["d", "b", "a"]
    assert all(bench.runtime.cells[name].ended.is_set() for name in "abcd")
    stopped = dict.fromkeys("abd", ActorState.STOPPED)
    assert states(bench) == {**stopped, "c": ActorState.DEAD}


def test_failures_far_apart_do_not_add_up(stepped: SteppedBench) -> None:
    """Only what lies within the period counts."""
    grown(stepped, worker(stepped, "a"), intensity=TWO)
    for _ in range(10):
        kill(stepped, "a", 1)
        stepped.pass_time(TWO.period / 2)

    assert generations(stepped, "a") == [11]


def test_a_group_restart_counts_once(stepped: SteppedBench) -> None:
    """What is stopped with the one that failed has not failed."""
    specs = [worker(stepped, name) for name in "abcde"]
    grown(stepped, *specs, strategy=Strategy.ONE_FOR_ALL, intensity=TWO)
    kill(stepped, "a", 2)

    assert generations(stepped, "abcde") == [3] * 5


def test_no_restarts_at_all(stepped: SteppedBench) -> None:
    """An intensity of none makes the first failure the parent's."""
    grown(stepped, worker(stepped, "a"), intensity=Intensity(restarts=0))
    kill(stepped, "a", 1)

    assert len(stepped.downs("root")) == 1


def test_a_factory_that_always_fails_ends_the_supervisor(bench: Bench) -> None:
    """A child that cannot be made is retried like any other, and given up like any other."""
    broken = worker(bench, "b")
    object.__setattr__(broken, "factory", raising(ValueError("no such file")))
    bench.spawn("root", factory=lambda: Supervisor([worker(bench, "a"), broken], intensity=TWO))

    (down,) = bench.downs("root")

    assert "ValueError: no such file" in down.error
    assert bench.journal.births("root") == []
    assert order(bench, "stop") == ["a"]


def test_the_parent_restarts_a_supervisor_that_gave_up_with_new_children(bench: Bench) -> None:
    """The failure goes one level up; below, everything begins anew, and the siblings live on."""
    inner = supervisor("inner", worker(bench, "a"), worker(bench, "b"), intensity=Intensity(restarts=0))
    grown(bench, inner, worker(bench, "c"))
    bench.send("a", BAD)

    until_running(bench, "inner", 2)

    assert generations(bench, "abc") == [2, 2, 1]
    assert rows(bench)["inner"].last_error.startswith("TooManyRestarts")
    assert rows(bench, "inner")["a"].restarts == 0
    assert bench.answers("b")
    assert bench.answers("c")


def test_intensities_multiply_along_the_tree(stepped: SteppedBench) -> None:
    """Two restarts below, two above: a child that never comes up is started nine times."""
    inner = supervisor("inner", worker(stepped, "a", Hooks(start=failing(1000))), intensity=TWO)
    stepped.spawn("root", factory=lambda: Supervisor([inner], intensity=TWO))
    stepped.pass_time(timedelta(minutes=1))

    assert len(stepped.downs("root")) == 1
    assert order(stepped, "start") == ["a"] * 9


def test_the_root_that_gives_up_is_told_to_the_process(bench: Bench) -> None:
    """There is no parent above it: whoever runs the process hears of it, once, when nothing is left alive."""
    alive_then: list[str] = []

    def on_end(down: object) -> None:
        alive_then.extend(name for name in "ab" if not bench.runtime.cells[name].ended.is_set())
        bench.orphans.append(down)  # type: ignore[arg-type]

    bench.runtime.on_orphan_down = on_end
    inner = supervisor("inner", worker(bench, "a"), worker(bench, "b"), intensity=Intensity(restarts=0))
    bench.plant("top", lambda: Supervisor([inner], intensity=Intensity(restarts=0)))
    until_running(bench, "b", 1, under="inner")
    bench.send("a", BAD)

    bench.until(lambda: bench.orphans)

    (down,) = bench.orphans
    assert (down.name, down.failed) == ("top", True)
    assert "TooManyRestarts" in down.error
    assert alive_then == []


def test_the_others_are_not_disturbed_by_a_child_that_waits(stepped: SteppedBench) -> None:
    """A supervisor that waits for a backoff goes on handling what comes."""
    grown(stepped, worker(stepped, "a"), worker(stepped, "b"), intensity=TWO)
    stepped.send("a", BAD)
    stepped.pass_time(FIRST / 2)
    stepped.send("b", Say("still here"))
    stepped.runtime.run_until_idle()

    assert "still here" in stepped.journal.of("b")
