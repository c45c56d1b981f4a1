"""Many days, one after the other or on several cores, and what came of them."""

from __future__ import annotations

import gc
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from loguru import logger

from actors.simulation.coverage import Coverage, watching
from actors.simulation.faults import FAULTS
from actors.simulation.invariants.base import Violation
from actors.simulation.options import Options
from actors.simulation.plan import Strike, draw_plan
from actors.simulation.swarm import Setting, draw_setting
from actors.simulation.world import World
from lottogrid.ledger.ledger import Ledger

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""The instant of a violation that belongs to none."""
_LOUD = ("actors", "lottogrid", "machines")


@dataclass(frozen=True, kw_only=True)
class DayResult:
    """What came of one day."""

    number: int
    text: str
    digest: str
    steps: int
    sessions: int
    lives: int
    orders: int
    fills: tuple[str, ...]
    """What was executed, without the instants."""
    commits: int
    counts: dict[str, int]
    restarts: dict[str, int]
    coverage: Coverage
    plan: tuple[Strike, ...]
    violation: Violation | None
    tail: tuple[str, ...]


@dataclass
class Report:
    """What came of a simulation."""

    options: Options
    days: list[DayResult] = field(default_factory=list)
    cpu_seconds: float = 0.0

    @property
    def violations(self) -> list[DayResult]:
        """The days that broke an invariant."""
        return [day for day in self.days if day.violation is not None]

    @property
    def digest(self) -> str:
        """SHA-256 over the digests of the days, in their order."""
        return hashlib.sha256("\n".join(day.digest for day in self.days).encode()).hexdigest()

    @property
    def faults(self) -> dict[str, int]:
        """How often each class struck; 0 is untested."""
        total: Counter[str] = Counter()
        for day in self.days:
            total.update(day.counts)
        return {fault: total[fault] for fault in FAULTS}

    @property
    def restarts(self) -> dict[str, int]:
        """Restarts by actor; all positions are one."""
        total: Counter[str] = Counter()
        for day in self.days:
            for name, count in day.restarts.items():
                total["position" if name.startswith("LG-") else name] += count
        return dict(sorted(total.items()))

    @property
    def coverage(self) -> Coverage:
        """Which steps of the machines were taken."""
        return Coverage.sum(day.coverage for day in self.days)


def play_day(options: Options, number: int) -> DayResult:
    """Play one day of a seed."""
    setting = draw_setting(options, number)
    return play(options, setting, draw_plan(options, setting))


def play(options: Options, setting: Setting, plan: tuple[Strike, ...], cut_at: int | None = None) -> DayResult:
    """Play a day with a plan; `cut_at` kills the process after that commit."""
    with TemporaryDirectory(prefix="lottogrid-") as name, watching() as coverage:
        world = World(options.house, setting, plan, Path(name), _empty_ledger(), seed=options.seed)
        world.disk.cut_at = cut_at
        world.play()
    return DayResult(
        number=setting.number,
        text=setting.text,
        digest=world.trace.digest,
        steps=world.trace.steps,
        sessions=len(setting.sessions),
        lives=world.lives,
        orders=len(world.exchange.orders),
        fills=tuple(
            f"{each.side.value} {each.quantity} {each.contract} {each.price} {each.order_ref}"
            for each in world.exchange.executions.values()
        ),
        commits=world.disk.commits,
        counts=dict(world.counts),
        restarts=dict(world.restarts),
        coverage=coverage,
        plan=plan,
        violation=world.violation,
        tail=tuple(world.trace.tail()) if world.violation else (),
    )


@cache
def _empty_ledger() -> bytes:
    """Return the file of a ledger without a record: to copy it takes less than to make it."""
    with TemporaryDirectory(prefix="lottogrid-") as name:
        path = Path(name) / "empty.sqlite"
        Ledger.open(path, durable=False).close()
        return path.read_bytes()


def quiet_play_day(options: Options, number: int) -> DayResult:
    """Play one day without a word in the log."""
    with silence():
        return play_day(options, number)


def simulate(options: Options, on_day: Callable[[DayResult], None] = lambda _: None) -> Report:
    """Play the days that are asked for.

    With one job everything happens in this process, so that a patch which a test has put in force holds.
    """
    report = Report(options)
    numbers = range(options.first, options.first + options.days)
    with silence():
        for day, seconds in _played(options, numbers):
            report.days.append(day)
            report.cpu_seconds += seconds
            on_day(day)
    return report


def _played(options: Options, numbers: Sequence[int]) -> Iterator[tuple[DayResult, float]]:
    if options.jobs == 1:
        for number in numbers:
            yield _timed(options, number)
        return
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(partial(_timed, options), numbers, chunksize=4)


def _timed(options: Options, number: int) -> tuple[DayResult, float]:
    with silence(), _uncollected():
        began = process_time()
        day = play_day(options, number)
        every = options.check_digest
        if every and number % every == 0 and day.violation is None:
            day = _same_again(day, play_day(options, number))
        return day, process_time() - began


def _same_again(day: DayResult, again: DayResult) -> DayResult:
    """Hold a day against its repetition: I17."""
    if again.digest == day.digest:
        return day
    text = f"day {day.number} played twice gave {day.digest[:16]} and {again.digest[:16]}"
    return replace(day, violation=Violation("I17", text, NEVER))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Let no cycle be looked for before a day is over: what one leaves behind is small, and the looking is a tenth."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def silence() -> Iterator[None]:
    """Let the deaths that are planned go unlogged."""
    for package in _LOUD:
        logger.disable(package)
    try:
        yield
    finally:
        for package in _LOUD:
            logger.enable(package)
