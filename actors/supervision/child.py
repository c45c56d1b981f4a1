"""A child as its supervisor sees it, and as it is shown."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from actors.runtime.cell import Cell
from actors.runtime.runtime import Runtime
from actors.supervision.spec import ChildSpec, Intensity, Strategy
from machines.actor import ActorState
from machines.base import Life


class Window:
    """Failures within a sliding window of the clock's time."""

    def __init__(self, intensity: Intensity) -> None:
        self._intensity = intensity
        self._failures: deque[datetime] = deque()

    def exceeded(self, now: datetime) -> bool:
        """Count a failure; return whether it is one too many."""
        self._failures.append(now)
        while now - self._failures[0] > self._intensity.period:
            self._failures.popleft()
        return len(self._failures) > self._intensity.restarts

    def __str__(self) -> str:
        return f"more than {self._intensity.restarts} failures within {self._intensity.period.total_seconds():g} s"


@dataclass(eq=False)
class Child:
    """A child as its supervisor sees it."""

    spec: ChildSpec
    life: Life[ActorState]
    cell: Cell | None = None
    is_wanted: bool = True
    """False once it was terminated by command: it comes back by command only."""
    restarts: int = 0
    attempt: int = 0
    running_since: datetime | None = None
    last_error: str = ""
    last_stack: str = ""
    ticket: int = 0
    window: Window | None = field(init=False)

    def __post_init__(self) -> None:
        self.window = Window(self.spec.intensity) if self.spec.intensity else None

    @property
    def incarnation(self) -> Cell:
        """The present incarnation; there must be one."""
        assert self.cell is not None
        return self.cell

    @property
    def is_alive(self) -> bool:
        """Whether there is an incarnation that has not ended."""
        return self.cell is not None and not self.cell.ended.is_set()

    @property
    def is_running(self) -> bool:
        """Whether it is up."""
        return self.life.state is ActorState.RUNNING

    @property
    def is_stopping(self) -> bool:
        """Whether it was asked to stop, or will be when its turn has come."""
        return self.life.state is ActorState.STOPPING

    def is_incarnation(self, name: str, generation: int) -> bool:
        """Whether a message speaks of the present incarnation."""
        return self.cell is not None and self.cell.name == name and self.cell.generation == generation

    def view(self, *, is_supervisor: bool) -> ChildView:
        """Return how it is shown."""
        return ChildView(
            name=self.spec.name,
            state=self.life.state,
            running_since=self.running_since,
            restarts=self.restarts,
            last_error=self.last_error,
            last_stack=self.last_stack,
            spec=self.spec,
            is_supervisor=is_supervisor,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildView:
    """A child as it is shown."""

    name: str
    state: ActorState
    running_since: datetime | None
    restarts: int
    last_error: str
    last_stack: str
    spec: ChildSpec
    is_supervisor: bool

    @property
    def is_active(self) -> bool:
        """Whether it lives, as far as its supervisor knows."""
        return self.state in {ActorState.STARTING, ActorState.RUNNING, ActorState.STOPPING}


@dataclass(frozen=True, slots=True)
class Count:
    """How many children: known, alive, and of the known those that are supervisors."""

    specs: int
    active: int
    supervisors: int

    @property
    def workers(self) -> int:
        """Known children that are no supervisors."""
        return self.specs - self.supervisors


@dataclass(frozen=True, slots=True)
class SupervisorView:
    """A supervisor's children, in the order of their start; OTP's questions, without asking it."""

    strategy: Strategy
    children: tuple[ChildView, ...]

    @classmethod
    def of(cls, runtime: Runtime, name: str) -> SupervisorView:
        """Return what the supervisor of that name has published last.

        Raises:
            LookupError: no supervisor of that name has shown itself.
        """
        shown = runtime.board.get(name)
        if isinstance(shown, cls):
            return shown
        raise LookupError(f"{name}: expected a supervisor's view on the board, found {type(shown).__name__}")

    def which_children(self) -> tuple[str, ...]:
        """Return their names, in the order of their start."""
        return tuple(child.name for child in self.children)

    def count_children(self) -> Count:
        """Return how many there are."""
        return Count(
            specs=len(self.children),
            active=sum(child.is_active for child in self.children),
            supervisors=sum(child.is_supervisor for child in self.children),
        )

    def get_childspec(self, name: str) -> ChildSpec:
        """Return the spec of a child.

        Raises:
            LookupError: it has no child of that name.
        """
        for child in self.children:
            if child.name == name:
                return child.spec
        raise LookupError(f"{name}: expected one of {', '.join(self.which_children()) or 'no children'}")
