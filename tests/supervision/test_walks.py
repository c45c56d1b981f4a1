"""Random walks: a tree under random kills, failed starts, normal ends, additions and passing time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from actors.runtime.cell import Cell
from actors.runtime.messages import Down, Started
from actors.runtime.runtime import Factory, Interference
from actors.runtime.stepped import SteppedRuntime
from actors.supervision.spec import ChildSpec, Intensity, Restart, Strategy
from actors.supervision.supervisor import Supervisor
from lottogrid.clock import VirtualClock
from machines.actor import ActorState
from tests.runtime.bench import SOON, START
from tests.runtime.toys import Journal, Leave, Say, Worker
from tests.supervision.test_dynamic import Add, Nursery
from tests.supervision.trees import PLAIN

FEW = Intensity(restarts=2, period=timedelta(seconds=20))
SOME = Intensity(restarts=3, period=timedelta(seconds=60))
RESTARTS = {"a": Restart.PERMANENT, "b": Restart.TRANSIENT, "c": Restart.TEMPORARY}
WORKERS = ["lone", *[f"{group}.{name}" for group in ("rest", "all") for name in RESTARTS], "dyn.x", "dyn.y"]
LIMITS = {"root": SOME, "rest": FEW, "all": FEW, "dyn": FEW}
SETTLING = timedelta(minutes=5)


class Chaos(Interference):
    """Kills whom the walk has chosen, at the moment it has chosen, as often as it has chosen."""

    def __init__(self) -> None:
        self.plan: Counter[tuple[str, str]] = Counter()

    def before(self, cell: Cell, message: object) -> None:
        self._act(cell, "in on_start" if message is None else "before")

    def after(self, cell: Cell, message: object) -> None:
        if message is not None:
            self._act(cell, "after")

    def _act(self, cell: Cell, moment: str) -> None:
        """Die now, where it was chosen so."""
        if self.plan[cell.name, moment] > 0:
            self.plan[cell.name, moment] -= 1
            raise SystemExit(f"planted {moment}")


class SpyRuntime(SteppedRuntime):
    """Remembers every incarnation and every notice of a death."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.incarnations: list[Cell] = []
        self.deaths: list[tuple[datetime, Cell | None, Down]] = []
        self.births: Counter[tuple[str, int]] = Counter()
        self.on_orphan_down = lambda down: self.deaths.append((self.clock.now(), None, down))

    def spawn(self, name: str, factory: Factory, *, watcher: Cell | None = None, **options: Any) -> Cell:
        cell = super().spawn(name, factory, watcher=watcher, **options)
        self.incarnations.append(cell)
        return cell

    def deliver(self, cell: Cell, message: object) -> None:
        if isinstance(message, Down):
            self.deaths.append((self.clock.now(), cell, message))
        if isinstance(message, Started):
            self.births[message.name, message.generation] += 1
        super().deliver(cell, message)


class Walk(RuleBasedStateMachine):
    """A root over a lone worker, a rest_for_one group, a one_for_all group and a nursery."""

    def __init__(self) -> None:
        super().__init__()
        self.chaos = Chaos()
        self.journal = Journal()
        self.runtime = self.make_runtime()
        specs = [
            self.worker("lone", Restart.PERMANENT),
            self.group("rest", Strategy.REST_FOR_ONE),
            self.group("all", Strategy.ONE_FOR_ALL),
            ChildSpec(name="dyn", factory=lambda: Nursery(intensity=FEW), backoff=PLAIN),
        ]
        self.root = self.runtime.spawn("root", lambda: Supervisor(specs, intensity=SOME))
        self.runtime.run_until_idle()

    counted: Collection[str] = ("root", "dyn")
    """In a group some deaths go down with that of a sibling."""

    def make_runtime(self) -> SpyRuntime:
        return SpyRuntime(VirtualClock(START), seed=1, shuffle=True, interference=self.chaos)

    def worker(self, name: str, restart: Restart) -> ChildSpec:
        return ChildSpec(name=name, factory=lambda: Worker(self.journal), restart=restart, backoff=PLAIN)

    def group(self, name: str, strategy: Strategy) -> ChildSpec:
        specs = [self.worker(f"{name}.{child}", restart) for child, restart in RESTARTS.items()]
        return ChildSpec(
            name=name,
            factory=lambda: Supervisor(specs, strategy=strategy, intensity=FEW),
            backoff=PLAIN,
        )

    # --- what happens

    @rule(
        name=st.sampled_from([*WORKERS, *sorted(LIMITS.keys() - {"root"})]),
        moment=st.sampled_from(["before", "after"]),
        failing_starts=st.sampled_from([0, 0, 1, 3]),
    )
    def kill(self, name: str, moment: str, failing_starts: int) -> None:
        self.chaos.plan[name, moment] = 1
        self.chaos.plan[name, "in on_start"] = failing_starts
        self.runtime.send(name, Say("hello"))

    @rule(name=st.sampled_from(WORKERS))
    def leave(self, name: str) -> None:
        self.runtime.send(name, Leave())

    @rule(name=st.sampled_from(["dyn.x", "dyn.y"]))
    def add(self, name: str) -> None:
        self.runtime.send("dyn", Add(self.worker(name, Restart.TRANSIENT)))

    @rule(steps=st.integers(1, 6))
    def make_some_steps(self, steps: int) -> None:
        for _ in range(steps):
            if self.runtime._runnable:
                self.runtime.step()

    @rule(seconds=st.sampled_from([0.05, 0.1, 1, 15, 100]))
    def pass_time(self, seconds: float) -> None:
        self.runtime.run_until(self.runtime.clock.now() + timedelta(seconds=seconds))

    # --- what holds all the time

    @invariant()
    def no_name_has_two_living_incarnations(self) -> None:
        living = Counter(cell.name for cell in self.runtime.incarnations if cell.actor and not cell.ended.is_set())
        assert not [name for name, count in living.items() if count > 1]

    @invariant()
    def every_death_is_told_once(self) -> None:
        told = Counter((down.name, down.generation) for _, _, down in self.runtime.deaths)
        ended = {(cell.name, cell.generation): 1 for cell in self.runtime.incarnations if cell.ended.is_set()}
        assert told == ended

    @invariant()
    def a_birth_is_told_at_most_once(self) -> None:
        assert all(count == 1 for count in self.runtime.births.values())

    @invariant()
    def the_dead_leave_no_living_children(self) -> None:
        for cell in self.runtime.incarnations:
            if cell.watcher is not None and cell.watcher.ended.is_set():
                assert cell.ended.is_set()

    @invariant()
    def no_living_supervisor_bears_more_failures_than_its_intensity(self) -> None:
        for name in self.counted:
            cell = self.runtime.cells[name]
            if not cell.ended.is_set() and cell.mailbox == 0:
                times = [at for at, watcher, down in self.runtime.deaths if watcher is cell and down.failed]
                assert most_within(times, LIMITS[name].period) <= LIMITS[name].restarts

    @invariant()
    def no_supervisor_restarts_more_often_than_its_intensity(self) -> None:
        restarts: dict[Cell, set[datetime]] = {}
        known = set()
        for cell in self.runtime.incarnations:
            if cell.watcher is not None and cell.watcher.name != "dyn":  # there, names are also added anew
                if (cell.watcher, cell.name) in known:
                    restarts.setdefault(cell.watcher, set()).add(cell.spawned_at)
                known.add((cell.watcher, cell.name))
        for supervisor, times in restarts.items():
            limit = LIMITS[supervisor.name]
            assert most_within(times, limit.period - PLAIN.most) <= limit.restarts

    @invariant()
    def no_supervisor_gives_up_too_early(self) -> None:
        for _, _, down in self.runtime.deaths:
            if "TooManyRestarts" in down.error:
                times = [at for at, watcher, _ in self.runtime.deaths if watcher and self.is_it(watcher, down)]
                assert most_within(times, LIMITS[down.name].period) > LIMITS[down.name].restarts

    def is_it(self, cell: Cell, down: Down) -> bool:
        """Whether this is the incarnation that died."""
        return (cell.name, cell.generation) == (down.name, down.generation)

    # --- what holds when the storm is over

    @precondition(lambda self: not self.root.ended.is_set())
    @rule()
    def settle(self) -> None:
        self.chaos.plan.clear()
        self.runtime.run_until(self.runtime.clock.now() + SETTLING)
        if self.root.ended.is_set():
            assert "TooManyRestarts" in self.root.error_text
            return
        for name in LIMITS:
            actor = self.runtime.cells[name].actor
            assert isinstance(actor, Supervisor)
            assert not actor.cell.ended.is_set()
            for child in actor.children.values():
                if not child.is_wanted:
                    assert child.life.state is ActorState.STOPPED
                    assert not child.is_alive
                    continue
                assert child.life.state is ActorState.RUNNING
                assert child.is_alive
                assert self.runtime.cells[child.spec.name] is child.cell
            assert set(self.permanent(name)) <= actor.children.keys()

    def permanent(self, name: str) -> Iterable[str]:
        """Return the children that must always be there."""
        return {"root": ["lone", "rest", "all", "dyn"], "rest": ["rest.a"], "all": ["all.a"], "dyn": []}[name]

    def teardown(self) -> None:
        if not self.root.ended.is_set():
            self.settle()
        self.runtime.terminate(self.root, SOON)
        self.every_death_is_told_once()
        assert all(cell.ended.is_set() for cell in self.runtime.incarnations)
        assert self.runtime.next_due() is None


def most_within(times: Collection[datetime], period: timedelta) -> int:
    """Return the largest number of instants within one period."""
    return max((sum(begin <= time <= begin + period for time in times) for begin in times), default=0)


TestWalk = Walk.TestCase
TestWalk.settings = settings(deadline=None, max_examples=100, stateful_step_count=40)
