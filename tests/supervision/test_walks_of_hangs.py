"""Random walks, with all that threads add: actors that hang in a start, a handler or a stop, and die as they stop."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from actors.runtime.actor import Actor
from actors.runtime.cell import Cell
from actors.supervision.messages import DeleteChild, RestartChild, TerminateChild
from actors.supervision.spec import ChildSpec, Restart
from actors.supervision.supervisor import Supervisor
from lottogrid.clock import VirtualClock
from machines.actor import ActorState
from tests.runtime.bench import START
from tests.runtime.toys import Say, Worker
from tests.supervision.test_walks import LIMITS, WORKERS, Chaos, SpyRuntime, Walk
from tests.supervision.trees import PLAIN

GROUPS = sorted(LIMITS.keys() - {"root"})
DYNAMIC = ["dyn.x", "dyn.y"]
ENDS = ["in on_stop", "in release"]


class StallingRuntime(SpyRuntime):
    """Gives no turn to those that hang, and watches in which order supervisors stop their children."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.hung: set[Cell] = set()
        self.hang_at_start: set[str] = set()
        self.out_of_order: list[str] = []

    def launch(self, actor: Actor) -> None:
        if actor.cell.name in self.hang_at_start:
            self.hang_at_start.remove(actor.cell.name)
            self.hung.add(actor.cell)
        super().launch(actor)

    def _run(self, actor: Actor) -> None:
        if actor.cell not in self.hung:
            super()._run(actor)

    def ask_to_stop(self, cell: Cell) -> None:
        if not cell.fenced and cell.watcher is not None and cell.watcher.name in {"rest", "all"}:
            self._expect_the_younger_to_have_ended(cell)
        super().ask_to_stop(cell)

    def terminate(self, cell: Cell, timeout: timedelta) -> bool:
        if cell.watcher is not None:  # the supervisor itself has ended: everybody goes
            self._expect_the_younger_to_have_ended(cell)
        if cell in self.hung and not cell.ending:
            self.fence(cell, "did not stop")
            return False
        return super().terminate(cell, timeout)

    def _expect_the_younger_to_have_ended(self, cell: Cell) -> None:
        assert cell.watcher is not None
        supervisor = cell.watcher.actor
        assert isinstance(supervisor, Supervisor)
        names = list(supervisor.children)
        for name in names[names.index(cell.name) + 1 :] if cell.name in names else ():
            if supervisor.children[name].is_alive:
                self.out_of_order.append(f"{cell.name} before {name}")

    def give_up_the_hung(self) -> None:
        """Do what supervisors do on threads when they look: fence whoever is up and hangs."""
        for cell in list(self.hung):
            supervisor = cell.watcher.actor if cell.watcher is not None else None
            if isinstance(supervisor, Supervisor) and not cell.ended.is_set():
                child = supervisor.children.get(cell.name)
                if child is not None and child.cell is cell and child.is_running:
                    self.fence(cell, "hung")


class Fragile(Worker):
    """Dies as it ends, where it was chosen so."""

    def __init__(self, chaos: Chaos, *args: Any) -> None:
        super().__init__(*args)
        self._chaos = chaos

    def on_stop(self) -> None:
        self._chaos._act(self.cell, "in on_stop")

    def release(self) -> None:
        self._chaos._act(self.cell, "in release")


class Storm(Walk):
    """The same tree, under everything."""

    runtime: StallingRuntime
    counted = ("root",)

    def make_runtime(self) -> StallingRuntime:
        return StallingRuntime(VirtualClock(START), seed=1, shuffle=True, interference=self.chaos)

    def worker(self, name: str, restart: Restart) -> ChildSpec:
        def factory() -> Worker:
            return Fragile(self.chaos, self.journal)

        return ChildSpec(name=name, factory=factory, restart=restart, backoff=PLAIN)

    @rule(name=st.sampled_from([*WORKERS, *GROUPS]))
    def hang(self, name: str) -> None:
        """Whatever it is at: a start, a handler, or its end."""
        if (cell := self.runtime.cells.get(name)) is not None:
            self.runtime.hung.add(cell)

    @rule(name=st.sampled_from([*WORKERS, *GROUPS]))
    def hang_at_the_next_start(self, name: str) -> None:
        self.runtime.hang_at_start.add(name)
        self.chaos.plan[name, "before"] = 1
        self.runtime.send(name, Say("hello"))

    @rule()
    def look_for_the_hung(self) -> None:
        self.runtime.give_up_the_hung()

    @rule(name=st.sampled_from(WORKERS), moment=st.sampled_from(ENDS))
    def die_at_the_end(self, name: str, moment: str) -> None:
        self.chaos.plan[name, moment] = 1

    @rule(name=st.sampled_from(DYNAMIC), command=st.sampled_from([TerminateChild, RestartChild, DeleteChild]))
    def command(self, name: str, command: type[TerminateChild | RestartChild | DeleteChild]) -> None:
        self.runtime.send("dyn", command(name))

    @invariant()
    def children_are_stopped_in_the_reverse_of_their_order(self) -> None:
        assert self.runtime.out_of_order == []

    @invariant()
    def what_is_temporary_never_comes_back(self) -> None:
        lives = Counter((cell.watcher, cell.name) for cell in self.runtime.incarnations if cell.name.endswith(".c"))
        assert all(count == 1 for count in lives.values())

    @invariant()
    def nobody_is_started_while_a_group_is_stopped(self) -> None:
        for name in ("rest", "all"):
            actor = self.runtime.cells[name].actor
            assert isinstance(actor, Supervisor)
            states = [child.life.state for child in actor.children.values() if child.cell is not None]
            starting = [child for child in actor.children.values() if child.life.state is ActorState.STARTING]
            assert not (ActorState.STOPPING in states and any(child.is_alive for child in starting))

    def no_supervisor_restarts_more_often_than_its_intensity(self) -> None:  # type: ignore[override]
        """Not counted here: where a stop or a start hangs, one restart of a group is spread over many instants."""

    def settle(self) -> None:  # type: ignore[override]
        """Let nobody hang any more before the calm."""
        self.calm()

    @rule()
    def calm(self) -> None:
        """Until everything is up again: those that hang are found whenever they are looked for."""
        self.chaos.plan.clear()
        self.runtime.hang_at_start.clear()
        for _ in range(20):
            self.runtime.give_up_the_hung()
            self.runtime.run_until(self.runtime.clock.now() + timedelta(seconds=30))
        if not self.root.ended.is_set():
            Walk.settle(self)


TestStorm = Storm.TestCase
TestStorm.settings = settings(deadline=None, max_examples=100, stateful_step_count=40)
