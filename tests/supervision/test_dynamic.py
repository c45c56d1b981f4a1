"""Children added while the supervisor runs."""

from __future__ import annotations

from dataclasses import dataclass

from actors.supervision.spec import ChildSpec, Intensity, Restart
from actors.supervision.supervisor import Supervisor
from machines.actor import ActorState
from tests.runtime.bench import Bench, SteppedBench
from tests.runtime.toys import Leave, Raise
from tests.supervision.trees import FIRST, generations, order, states, until_running, worker

BAD = Raise(ValueError("bad"))


@dataclass(frozen=True)
class Add:
    """Start one more child."""

    spec: ChildSpec


class Nursery(Supervisor):
    """Starts children on demand, and remembers which are gone for good."""

    def __init__(self, *specs: ChildSpec, intensity: Intensity | None = None) -> None:
        super().__init__(specs, intensity=intensity)
        self.gone: list[str] = []

    def on_receive(self, message: object) -> None:
        match message:
            case Add(spec):
                self.start_child(spec)
            case _:
                super().on_receive(message)

    def child_ended(self, name: str) -> None:
        self.gone.append(name)


def nursery(bench: Bench, *specs: ChildSpec, intensity: Intensity | None = None) -> Nursery:
    """Start a nursery that is up."""
    cell = bench.spawn("root", factory=lambda: Nursery(*specs, intensity=intensity))
    bench.until(lambda: bench.journal.births("root"))
    assert isinstance(cell.actor, Nursery)
    return cell.actor


def test_a_child_can_be_added(bench: Bench) -> None:
    """It runs, is shown behind the others, and is restarted like them."""
    nursery(bench, worker(bench, "a"))
    bench.send("root", Add(worker(bench, "b")))
    until_running(bench, "b", 1)
    bench.send("b", BAD)

    until_running(bench, "b", 2)

    assert list(states(bench)) == ["a", "b"]
    assert generations(bench, "a") == [1]


def test_a_name_that_is_taken_is_left_alone(stepped: SteppedBench) -> None:
    """Also while its holder waits for a restart: two lives of one name are never wanted."""
    nursery(stepped)
    stepped.send("root", Add(worker(stepped, "a")), Add(worker(stepped, "a")))
    stepped.runtime.run_until_idle()
    assert generations(stepped, "a") == [1]

    stepped.send("a", BAD)
    stepped.runtime.run_until_idle()
    stepped.send("root", Add(worker(stepped, "a")))
    stepped.runtime.run_until_idle()
    assert states(stepped) == {"a": ActorState.BACKING_OFF}
    stepped.pass_time(FIRST)
    assert generations(stepped, "a") == [2]


def test_one_that_ended_is_forgotten_and_its_name_is_free(bench: Bench) -> None:
    """Its supervisor is told, and may start another of that name."""
    root = nursery(bench)
    bench.send("root", Add(worker(bench, "a", restart=Restart.TRANSIENT)))
    until_running(bench, "a", 1)
    bench.send("a", Leave())
    bench.until(lambda: root.gone == ["a"])
    bench.send("root", Add(worker(bench, "a", restart=Restart.TRANSIENT)))

    until_running(bench, "a", 2)


def test_many_are_started_one_after_the_other(stepped: SteppedBench) -> None:
    """In the order in which they were asked for, also where one fails."""
    nursery(stepped)
    stepped.send("root", *[Add(worker(stepped, name)) for name in "cab"])
    stepped.runtime.run_until_idle()

    assert order(stepped, "start") == ["c", "a", "b"]


def test_added_children_are_gone_when_their_supervisor_is_restarted(stepped: SteppedBench) -> None:
    """They live in no spec: whoever wants them back recalls them from where they are written."""
    inner = ChildSpec(
        name="inner",
        factory=lambda: Nursery(worker(stepped, "a"), intensity=Intensity(restarts=0)),
    )
    stepped.spawn("root", factory=lambda: Supervisor([inner]))
    stepped.runtime.run_until_idle()
    stepped.send("inner", Add(worker(stepped, "b")))
    stepped.runtime.run_until_idle()
    stepped.send("a", BAD)
    stepped.until(lambda: generations(stepped, "a") == [2])
    stepped.runtime.run_until_idle()

    assert states(stepped, "inner") == {"a": ActorState.RUNNING}
    assert order(stepped, "stop") == ["b"]
