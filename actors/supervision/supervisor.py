"""The supervisor: starts children in order, restarts what failed, gives up where restarting does not help."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from loguru import logger

from actors.runtime.actor import Actor
from actors.runtime.cell import Cell
from actors.runtime.messages import Down, Started
from actors.supervision.spec import ChildSpec, Intensity, Restart, Strategy
from lottogrid.clock import real_seconds
from machines.actor import ACTOR, ActorState
from machines.base import Life


class TooManyRestarts(Exception):  # noqa: N818
    """Restarting does not help: more failures within the period than the intensity allows."""


@dataclass(frozen=True, slots=True)
class StartTimeout:
    """A child has not said `Started` in time."""

    name: str
    generation: int


@dataclass(frozen=True, slots=True)
class RestartDue:
    """The backoff of a group of children has passed; an outdated ticket is ignored."""

    ticket: int


@dataclass(frozen=True, slots=True)
class LookForHung:
    """Look whether a child has been at one message for too long."""


@dataclass(eq=False)
class Child:
    """A child as its supervisor sees it."""

    spec: ChildSpec
    life: Life[ActorState]
    cell: Cell | None = None
    restarts: int = 0
    attempt: int = 0
    running_since: datetime | None = None
    last_error: str = ""
    last_stack: str = ""
    ticket: int = 0

    @property
    def incarnation(self) -> Cell:
        """The present incarnation; there must be one."""
        assert self.cell is not None
        return self.cell

    @property
    def is_alive(self) -> bool:
        """Whether an incarnation exists that has neither ended nor been given up."""
        return self.cell is not None and not self.cell.ended.is_set() and not self.cell.fenced

    @property
    def is_running(self) -> bool:
        """Whether it is up."""
        return self.life.state is ActorState.RUNNING

    def is_incarnation(self, name: str, generation: int) -> bool:
        """Whether a message speaks of the present incarnation."""
        return self.cell is not None and self.cell.name == name and self.cell.generation == generation


@dataclass(frozen=True, slots=True)
class ChildView:
    """A child as it is shown."""

    name: str
    state: ActorState
    running_since: datetime | None
    restarts: int
    last_error: str
    last_stack: str


@dataclass(frozen=True, slots=True)
class SupervisorView:
    """A supervisor's children, in the order of their start."""

    strategy: Strategy
    children: tuple[ChildView, ...]


@dataclass
class _Starts:
    """Children waiting to be started, one after the other."""

    waiting: deque[Child] = field(default_factory=deque)
    current: Child | None = None


class Supervisor(Actor):
    """Watches its children and restarts them by `strategy`.

    It reacts to messages and timers only. Its own `Started` goes out when all the children it was made with are up.
    When it gives up it fails; its children end in reverse order and the failure is its parent's.
    """

    acknowledges_start = False

    def __init__(
        self,
        specs: Sequence[ChildSpec],
        *,
        strategy: Strategy = Strategy.ONE_FOR_ONE,
        intensity: Intensity | None = None,
    ) -> None:
        super().__init__()
        self.strategy = strategy
        self.intensity = intensity or Intensity()
        self.children: dict[str, Child] = {spec.name: self._child(spec) for spec in specs}
        self._restart_times: deque[datetime] = deque()
        self._starts = _Starts()
        self._tickets = 0
        self._acknowledged = False

    def on_start(self) -> None:
        """Start the children in their order."""
        self._start(self.children.values())
        self._acknowledge_when_up()
        self._show()
        self._look_later()

    def on_receive(self, message: object) -> None:
        """Handle births, deaths and timers."""
        match message:
            case Started(name=name, generation=generation):
                self._on_started(name, generation)
            case Down():
                self._on_down(message)
            case StartTimeout(name=name, generation=generation):
                self._on_start_timeout(name, generation)
            case RestartDue(ticket=ticket):
                self._start(child for child in self.children.values() if child.ticket == ticket)
            case LookForHung():
                self._look_for_hung()
            case _:
                logger.warning("{}: unexpected message {}", self.name, type(message).__name__)
        self._show()

    def release(self) -> None:
        """Stop the children in reverse order, each within its own time, however this supervisor itself has ended."""
        self._terminate(list(self.children.values()))
        self._show()

    # --- what subclasses use

    def start_child(self, spec: ChildSpec) -> None:
        """Start one more child; a name that is taken is left alone."""
        if spec.name not in self.children:
            child = self.children[spec.name] = self._child(spec)
            self._start([child])

    def child_ended(self, name: str) -> None:
        """Called when a child ended for good and was forgotten."""

    def _show(self) -> None:
        rows = (
            ChildView(
                child.spec.name,
                child.life.state,
                child.running_since,
                child.restarts,
                child.last_error,
                child.last_stack,
            )
            for child in self.children.values()
        )
        self.publish(SupervisorView(self.strategy, tuple(rows)))

    # --- births

    def _child(self, spec: ChildSpec) -> Child:
        return Child(spec, ACTOR.life())

    def _start(self, children: Iterable[Child]) -> None:
        for child in children:
            child.ticket = 0
            if child not in self._starts.waiting and not child.is_alive:
                self._starts.waiting.append(child)
        self._start_next()

    def _start_next(self) -> None:
        starts = self._starts
        while starts.current is None and starts.waiting:
            child = starts.waiting.popleft()
            starts.current = child
            if child.life.can("restart"):
                child.life.fire("restart")
            spec = child.spec
            child.cell = self.runtime.spawn(spec.name, spec.factory, watcher=self.cell, shutdown=spec.shutdown)
            self.after(self.patience(spec.start_timeout), StartTimeout(spec.name, child.cell.generation))

    def _on_started(self, name: str, generation: int) -> None:
        child = self.children.get(name)
        if child is None or not child.is_incarnation(name, generation) or not child.life.can("started"):
            return
        child.life.fire("started")
        child.running_since = self.now()
        if self._starts.current is child:
            self._starts.current = None
        self._start_next()
        self._acknowledge_when_up()

    def _acknowledge_when_up(self) -> None:
        if not self._acknowledged and all(child.is_running for child in self.children.values()):
            self._acknowledged = True
            self.runtime.report_started(self.cell)

    def _on_start_timeout(self, name: str, generation: int) -> None:
        child = self.children.get(name)
        if child is None or not child.is_incarnation(name, generation) or child.life.state is not ActorState.STARTING:
            return
        self.runtime.fence(child.incarnation, f"not started within {child.spec.start_timeout}")

    # --- hung children

    def _look_later(self) -> None:
        """Under virtual time nothing can hang: a handler has ended before the next message is handled."""
        if self.clock.speed != float("inf"):
            shortest = min((child.spec.hang_after for child in self.children.values()), default=ChildSpec.hang_after)
            self.after(self.patience(shortest / 4), LookForHung())

    def _look_for_hung(self) -> None:
        for child in self.children.values():
            since = child.cell.busy_since if child.cell is not None and child.is_running else None
            if since is not None and real_seconds() - since > child.spec.hang_after.total_seconds():
                what = child.incarnation.last_message
                logger.error("{}: {} hangs at {}:\n{}", self.name, child.spec.name, what, child.incarnation.stack())
                self.runtime.fence(child.incarnation, f"hung at {what} for {child.spec.hang_after}")
        self._look_later()

    # --- deaths

    def _on_down(self, down: Down) -> None:
        child = self.children.get(down.name)
        if child is None or not child.is_incarnation(down.name, down.generation):
            return
        if child.life.state not in {ActorState.STARTING, ActorState.RUNNING}:
            return
        if self._starts.current is child:
            self._starts.current = None
        if down.failed or child.spec.restart is Restart.PERMANENT:
            self._note_death(child, down)
        if child.spec.restart is Restart.TEMPORARY or (child.spec.restart is Restart.TRANSIENT and not down.failed):
            self._forget(child)
        else:
            self._on_failure(child)

    def _note_death(self, child: Child, down: Down) -> None:
        child.last_error = down.error or "ended without being asked to"
        child.last_stack = child.incarnation.error_stack
        logger.error("{}: {}#{} went down: {}", self.name, down.name, down.generation, child.last_error)
        if child.last_stack:
            logger.debug("{}", child.last_stack)

    def _forget(self, child: Child) -> None:
        del self.children[child.spec.name]
        self._start_next()
        self._acknowledge_when_up()
        self.child_ended(child.spec.name)

    def _on_failure(self, child: Child) -> None:
        child.life.fire("failed")
        self._count_restart(child)
        affected = self._affected(child)
        siblings = [other for other in affected if other is not child]
        self._terminate(siblings)
        self._restart_later(child, affected)
        for sibling in siblings:
            if sibling.spec.restart is Restart.TEMPORARY:
                self._forget(sibling)
        self._start_next()

    def _count_restart(self, child: Child) -> None:
        now = self.now()
        self._restart_times.append(now)
        while now - self._restart_times[0] > self.intensity.period:
            self._restart_times.popleft()
        if len(self._restart_times) > self.intensity.restarts:
            child.life.fire("give_up")
            raise TooManyRestarts(
                f"{child.spec.name} failed: more than {self.intensity.restarts} failures"
                f" within {self.intensity.period.total_seconds():g} s; the last was {child.last_error}"
            )
        if child.running_since is not None and now - child.running_since > child.spec.backoff.reset_after:
            child.attempt = 0
        child.running_since = None
        child.restarts += 1

    def _affected(self, failed: Child) -> list[Child]:
        everyone = list(self.children.values())
        if self.strategy is Strategy.ONE_FOR_ONE:
            return [failed]
        if self.strategy is Strategy.ONE_FOR_ALL:
            return everyone
        return everyone[everyone.index(failed) :]

    def _terminate(self, children: list[Child]) -> None:
        """Stop `children` in reverse order; one that does not end in its time is fenced and the rest goes on."""
        for child in reversed(children):
            if child in self._starts.waiting:
                self._starts.waiting.remove(child)
            if self._starts.current is child:
                self._starts.current = None
            if child.life.can("stop"):
                child.life.fire("stop")
            if child.is_alive and not self.runtime.terminate(child.incarnation, child.spec.shutdown):
                logger.error("{}: {} did not stop in {}; given up", self.name, child.spec.name, child.spec.shutdown)
            if child.life.can("stopped"):
                child.life.fire("stopped")
            child.running_since = None

    def _restart_later(self, failed: Child, affected: list[Child]) -> None:
        self._tickets += 1
        for child in affected:
            child.ticket = self._tickets
        delay = failed.spec.backoff.delay(failed.attempt, self.runtime.random)
        failed.attempt += 1
        self.after(delay, RestartDue(self._tickets))
