"""When the watchdog is fed: while the tree looks after itself, whatever happens inside it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from loguru import logger

from actors.runtime.cell import Cell
from actors.runtime.runtime import Interference
from actors.view import View
from lottogrid.cli.run.pulses import CRITICAL, Pulses
from lottogrid.cli.run.sd_reporter import Reporter
from lottogrid.service.notify import ServiceManager
from tests.runtime.bench import SteppedBench, ThreadBench, cleared
from tests.runtime.toys import Raise, Say
from tests.supervision.trees import grown, until_running, worker
from tests.web.made import actor, empty_view

LIMIT = 30.0
WITHIN = {"root": timedelta(seconds=LIMIT), "child": timedelta(seconds=2 * LIMIT)}


@dataclass
class Seconds:
    """Real time as the test wants it."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def bench() -> Iterator[SteppedBench]:
    """A root and its child, which do nothing by themselves: no actor hangs in virtual time, so nobody is patrolled."""
    with cleared(SteppedBench()) as made:
        grown(made, worker(made, "child"))
        yield made


def test_who_shows_no_sign_of_life_for_too_long_is_lost(bench: SteppedBench) -> None:
    """Each by a limit of its own, counted from the first look."""
    seconds = Seconds(1000.0)
    pulses = Pulses(bench.runtime, WITHIN, seconds)
    assert pulses.lost() == []
    seconds.now += LIMIT
    assert pulses.lost() == []
    seconds.now += 1
    assert pulses.lost() == ["root"]
    seconds.now += LIMIT
    assert pulses.lost() == ["root", "child"]


def test_any_message_is_a_sign_of_life(bench: SteppedBench) -> None:
    """The limit begins anew."""
    seconds = Seconds()
    pulses = Pulses(bench.runtime, WITHIN, seconds)
    pulses.lost()
    seconds.now += 2 * LIMIT + 1
    bench.send("child", Say("here"))
    bench.until(lambda: "here" in bench.journal.of("child"))
    assert pulses.lost() == ["root"]


def test_an_actor_that_is_healed_is_not_lost(bench: SteppedBench) -> None:
    """A new incarnation is a sign of life of the tree, though it has handled nothing yet."""
    seconds = Seconds()
    pulses = Pulses(bench.runtime, {"child": WITHIN["child"]}, seconds)
    pulses.lost()
    seconds.now += 2 * LIMIT + 1
    bench.send("child", Raise(ValueError("a bug")))
    until_running(bench, "child", 2)
    assert pulses.lost() == []


def test_one_that_never_lived_is_lost_too(bench: SteppedBench) -> None:
    """Nothing is as silent as nobody."""
    seconds = Seconds()
    pulses = Pulses(bench.runtime, {"nobody": timedelta(seconds=LIMIT)}, seconds)
    pulses.lost()
    seconds.now += LIMIT + 1
    assert pulses.lost() == ["nobody"]


class RootHangs(Interference):
    """Lets the root hang at its next message once it is told to."""

    def __init__(self) -> None:
        self.is_armed = False
        self.gate = threading.Event()

    def before(self, cell: Cell, message: object) -> None:
        if self.is_armed and cell.name == "root" and message is not None:
            self.gate.wait(20)


@pytest.mark.threads
def test_on_threads_an_idle_tree_beats_and_a_root_that_hangs_does_not() -> None:
    """The supervisor's own heartbeats are the signs; without the root there are none."""
    hangs = RootHangs()
    within = {"root": timedelta(seconds=1.5), "child": timedelta(seconds=20)}
    with cleared(ThreadBench(interference=hangs)) as bench:
        grown(bench, worker(bench, "child", hang_after=timedelta(seconds=1)))
        pulses = Pulses(bench.runtime, within)
        handled = bench.runtime.cells["root"].handled
        lost: list[list[str]] = []
        bench.until(lambda: lost.append(pulses.lost()) or bench.runtime.cells["root"].handled > handled + 8)
        assert lost.count([]) == len(lost)
        hangs.is_armed = True
        bench.until(lambda: pulses.lost() == ["root"])
        hangs.gate.set()
        hangs.is_armed = False


@dataclass
class Told:
    """A service manager that writes down what it is told."""

    watchdog_seconds: float | None = 60.0
    listens: bool = True
    said: list[str] = field(default_factory=list)

    def ready(self, status: str) -> None:
        self.said.append(f"ready: {status}")

    def status(self, text: str) -> None:
        self.said.append(f"status: {text}")

    def feed(self) -> None:
        self.said.append("feed")


class Lost(Pulses):
    """Signs of life as the test wants them."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def lost(self) -> list[str]:
        return self.names


def reporter(told: Told, lost: Lost, seconds: Seconds, shown: list[View]) -> Reporter:
    return Reporter(told, lost, shown.append, seconds)  # type: ignore[arg-type] - a service manager in all but name


def a_view(*, up: bool) -> View:
    names = CRITICAL if up else list(CRITICAL)[:-1]
    return replace(empty_view(), actors=tuple(actor(name) for name in names))


def test_it_is_ready_when_all_who_trade_are_up() -> None:
    """Once; what follows is its status, every ten seconds."""
    told, seconds, shown = Told(watchdog_seconds=None), Seconds(), []
    report = reporter(told, Lost(), seconds, shown)
    report(a_view(up=False))
    assert told.said == []
    report(a_view(up=True))
    report(a_view(up=False))
    report(a_view(up=True))
    assert [word.partition(":")[0] for word in told.said] == ["ready", "status"]
    seconds.now += 10
    report(a_view(up=True))
    assert [word.partition(":")[0] for word in told.said] == ["ready", "status", "status"]
    assert "12:00:00 ET" in told.said[-1]
    assert len(shown) == 5


def test_the_watchdog_is_fed_in_time_and_only_while_nobody_is_lost() -> None:
    """Four times in what it bears; who is lost is said once, and whoever is found again counts again."""
    told, lost, seconds = Told(), Lost(), Seconds()
    said: list[str] = []
    sink = logger.add(said.append, format="{message}")  # type: ignore[arg-type]
    report = reporter(told, lost, seconds, [])
    for _ in range(61):
        report(a_view(up=False))
        seconds.now += 1
    assert told.said == ["feed"] * 5
    lost.names = ["ledger"]
    for _ in range(120):
        report(a_view(up=False))
        seconds.now += 1
    assert told.said == ["feed"] * 5
    lost.names = []
    report(a_view(up=False))
    assert told.said == ["feed"] * 6
    logger.remove(sink)
    assert [line.strip() for line in said] == ["no sign of life of ledger: the watchdog is not fed any more"]


def test_without_a_service_manager_nothing_is_looked_at() -> None:
    """A run at a terminal is only shown."""
    shown: list[View] = []
    Reporter(ServiceManager(), Lost(), shown.append)(a_view(up=True))
    assert len(shown) == 1
