"""Small supervised trees of toy workers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from actors.runtime.cell import Cell
from actors.supervision.child import ChildView, SupervisorView
from actors.supervision.spec import Backoff, ChildSpec, Intensity, Strategy
from actors.supervision.supervisor import Supervisor
from machines.actor import ActorState
from tests.runtime.bench import SOON, Bench
from tests.runtime.toys import Hooks

FIRST = timedelta(milliseconds=100)
PLAIN = Backoff(first=FIRST, most=timedelta(seconds=2), jitter=0, reset_after=timedelta(seconds=30))
PATIENT = Intensity(restarts=1000)


def worker(bench: Bench, name: str, hooks: Hooks | None = None, **options: Any) -> ChildSpec:
    """Return the spec of a worker that is restarted soon and without jitter."""
    return ChildSpec(name=name, factory=bench.worker(hooks), **{"backoff": PLAIN, **options})


def supervisor(name: str, *specs: ChildSpec, **options: Any) -> ChildSpec:
    """Return the spec of a supervisor as a child."""
    inner = {key: options.pop(key) for key in ("strategy", "intensity") if key in options}
    return ChildSpec(name=name, factory=lambda: Supervisor(specs, **inner), **{"backoff": PLAIN, **options})


def plant(
    bench: Bench,
    *specs: ChildSpec,
    strategy: Strategy = Strategy.ONE_FOR_ONE,
    intensity: Intensity = PATIENT,
) -> Cell:
    """Start a supervisor under the name of root, watched by the bench."""
    return bench.spawn("root", factory=lambda: Supervisor(specs, strategy=strategy, intensity=intensity))


def grown(bench: Bench, *specs: ChildSpec, **options: Any) -> Cell:
    """Start a supervisor and wait until it is up."""
    root = plant(bench, *specs, **options)
    bench.until(lambda: bench.journal.births("root"))
    return root


def rows(bench: Bench, name: str = "root") -> dict[str, ChildView]:
    """Return what a supervisor shows of its children, in the order of their start."""
    view = bench.runtime.board.get(name)
    return {child.name: child for child in view.children} if isinstance(view, SupervisorView) else {}


def states(bench: Bench, name: str = "root") -> dict[str, ActorState]:
    """Return the states of a supervisor's children."""
    return {child: row.state for child, row in rows(bench, name).items()}


def generations(bench: Bench, names: str) -> list[int]:
    """Return the generation of each name."""
    return [bench.runtime.cells[name].generation for name in names]


def until_running(bench: Bench, name: str, generation: int, *, under: str = "root") -> None:
    """Wait until an incarnation is up, in the eyes of its supervisor."""

    def is_running() -> bool:
        cell = bench.runtime.cells.get(name)
        is_up = states(bench, under).get(name) is ActorState.RUNNING
        return is_up and cell is not None and cell.generation == generation

    bench.until(is_running, limit=2 * SOON)


def order(bench: Bench, what: str) -> list[str]:
    """Return who did `what`, in order."""
    return [who for who, did in list(bench.journal.entries) if did == what]


def failing(times: int) -> Callable[[], None]:
    """Return a hook that fails so many times, then never again."""
    left = iter(range(times))

    def hook() -> None:
        if next(left, None) is not None:
            raise OSError("not yet")

    return hook


def once(hook: Callable[[], object]) -> Callable[[], object]:
    """Return a hook that does so the first time, and nothing later."""
    left = [hook]

    def first() -> object:
        return left.pop()() if left else None

    return first
