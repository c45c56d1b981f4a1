"""Frozen time on the stepped runtime: the machine's clock and the runtime's agree wherever somebody looks."""

# ruff: noqa: TID251, DTZ011 - to read the wall clock is what is tested here

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import freezegun
import freezegun.api
import pytest
from freezegun.api import FrozenDateTimeFactory

from actors.runtime.actor import Actor
from actors.runtime.stepped import SteppedRuntime
from lottogrid.clock import SystemClock, real_seconds
from tests.runtime.bench import SOON, START

HOUR = timedelta(hours=1)


class FrozenClock(SystemClock):
    """The machine's own clock, frozen, as a clock that moves when told to."""

    speed = float("inf")

    def __init__(self, frozen: FrozenDateTimeFactory) -> None:
        self._frozen = frozen

    def advance_to(self, instant: datetime) -> None:
        """Move to `instant`; a move into the past is ignored."""
        if instant > self.now():
            self._frozen.move_to(instant)


class Gazer(Actor):
    """Looks at every clock there is, at several depths of calls, whenever it is woken."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, list[float]] = {}

    def on_receive(self, message: object) -> None:
        own = self.now().timestamp()
        self.seen.setdefault("datetime", []).append(datetime.now(UTC).timestamp() - own)
        self.seen.setdefault("time", []).append(time.time() - own)
        self.seen.setdefault("one deeper", []).append(deeper(time.time, 1) - own)
        self.seen.setdefault("five deeper", []).append(deeper(lambda: datetime.now(UTC).timestamp(), 5) - own)
        self.seen.setdefault("comprehension", []).extend([time.time() - own for _ in range(1)])
        self.seen.setdefault("date", []).append(float((date.today() - self.now().date()).days))
        self.seen.setdefault("monotonic", []).append(time.monotonic() - real_seconds())


def deeper(look: Callable[[], float], depth: int) -> float:
    """Call `look` from `depth` calls further down."""
    return look() if depth == 0 else deeper(look, depth - 1)


@pytest.fixture
def runtime() -> Iterator[SteppedRuntime]:
    """Lend a stepped runtime whose clock is the machine's, frozen."""
    with freezegun.freeze_time(START) as frozen:
        assert isinstance(frozen, FrozenDateTimeFactory)
        runtime = SteppedRuntime(FrozenClock(frozen))
        yield runtime
        for cell in runtime.cells.values():
            runtime.terminate(cell, SOON)


def watch_the_clocks(runtime: SteppedRuntime) -> Gazer:
    """Wake a gazer at once and every hour of half a day, over midnight and the change of the date."""
    cell = runtime.spawn("gazer", Gazer)
    assert isinstance(cell.actor, Gazer)
    for hour in range(12):
        cell.actor.after(hour * HOUR, "look")
    runtime.run_until(START + 12 * HOUR)
    return cell.actor


def test_every_clock_agrees_in_handlers_at_every_depth(runtime: SteppedRuntime) -> None:
    """Handlers see frozen time, moved by the runtime alone, however deep they look."""
    seen = watch_the_clocks(runtime).seen

    assert len(seen) == 7
    assert {look: [0.0] * 12 for look in seen} == seen
    assert datetime.now(UTC) == START + 12 * HOUR


def test_the_runtime_stands_exactly_at_the_instant(runtime: SteppedRuntime) -> None:
    """Frozen time is moved to each timer and then to where the run ends; never back."""
    runtime.run_until(START + HOUR)
    assert datetime.now(UTC) == START + HOUR
    runtime.run_until(START)

    assert datetime.now(UTC) == START + HOUR


def test_the_knob_that_makes_them_agree_is_set() -> None:
    """`call_stack_inspection_limit` is not public; were it gone, setting it would do nothing."""
    assert freezegun.api.call_stack_inspection_limit == 1


def test_without_the_knob_they_disagree(runtime: SteppedRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    """At freezegun's default depth it sees pykka in the stack and gives real time: the knob works, and is needed."""
    monkeypatch.setattr(freezegun.api, "call_stack_inspection_limit", 5)

    seen = watch_the_clocks(runtime).seen

    assert 0.0 not in seen["time"]
    assert set(seen["datetime"]) == {0.0}
