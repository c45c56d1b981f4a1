"""Backoff: doubling, jitter from the runtime's own source, and a fresh start after a quiet time."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from actors.supervision.spec import Backoff, Strategy
from tests.runtime.bench import START, SteppedBench, cleared
from tests.runtime.toys import Hooks, Raise
from tests.supervision.trees import FIRST, PLAIN, failing, generations, grown, plant, worker

BAD = Raise(ValueError("bad"))
SECOND = timedelta(seconds=1)


def starts(bench: SteppedBench, specs_options: dict[str, object], failures: int) -> list[timedelta]:
    """Return when a child that fails so many times at its start is started, from the first time on."""
    times: list[datetime] = []
    fail = failing(failures)

    def start() -> None:
        times.append(bench.clock.now())
        fail()

    plant(bench, worker(bench, "a", Hooks(start=start), **specs_options))
    bench.pass_time(timedelta(minutes=10))
    return [time - START for time in times]


@given(attempt=st.integers(0, 10_000), seed=st.integers(), jitter=st.floats(0, 1))
@settings(deadline=None, max_examples=200)
def test_a_delay_is_the_doubled_first_up_to_the_most_plus_a_share(attempt: int, seed: int, jitter: float) -> None:
    """However many attempts there were, the wait is bounded, and never shorter than the plain one."""
    backoff = Backoff(first=SECOND / 2, most=30 * SECOND, jitter=jitter)

    delay = backoff.delay(attempt, random.Random(seed))

    plain = min(0.5 * 2.0 ** min(attempt, 60), 30)
    assert plain - 1e-5 <= delay.total_seconds() <= plain * (1 + jitter) + 1e-5


def test_restarts_come_at_doubling_distances_up_to_the_most(stepped: SteppedBench) -> None:
    """0.1, 0.2, 0.4, ... and then 2 s each."""
    times = starts(stepped, {}, failures=8)

    distances = [after - before for before, after in pairwise(times)]
    assert distances == [FIRST * n for n in (1, 2, 4, 8, 16, 20, 20, 20)]


def test_jitter_comes_from_the_runtimes_source() -> None:
    """The same seed gives the same instants, another seed others; all within their share."""

    def times(seed: int) -> list[timedelta]:
        with cleared(SteppedBench(seed=seed)) as bench:
            return starts(bench, {"backoff": Backoff(first=FIRST, most=SECOND, jitter=0.5)}, failures=4)

    assert times(1) == times(1)
    assert times(1) != times(2)
    first, second = times(1)[:2]
    assert FIRST < second - first < 1.5 * FIRST


def test_a_quiet_time_makes_the_next_wait_short_again(stepped: SteppedBench) -> None:
    """A child that ran longer than `reset_after` begins anew; one that ran shorter does not."""
    grown(stepped, worker(stepped, "a"))
    for quiet, wait in [(SECOND, FIRST), (SECOND, 2 * FIRST), (PLAIN.reset_after, 4 * FIRST)]:
        stepped.pass_time(quiet)
        assert_restarts_after(stepped, wait)
    stepped.pass_time(PLAIN.reset_after + timedelta.resolution)
    assert_restarts_after(stepped, FIRST)


def test_the_time_before_a_stop_is_no_quiet_time(stepped: SteppedBench) -> None:
    """A child that ran shortly, was stopped with its sibling for long, and then fails at its start, begins not anew."""
    attempts = iter([True, False, True, True, False])

    def start() -> None:
        if next(attempts):
            raise OSError("not yet")

    slow = Backoff(first=2 * PLAIN.reset_after, most=2 * PLAIN.reset_after, jitter=0)
    specs = [worker(stepped, "a", backoff=slow), worker(stepped, "b", Hooks(start=start))]
    grown(stepped, *specs, strategy=Strategy.ONE_FOR_ALL)
    stepped.send("a", BAD)
    stepped.pass_time(2 * PLAIN.reset_after)
    assert generations(stepped, "ab") == [3, 3]

    stepped.pass_time(2 * FIRST - timedelta.resolution)
    assert generations(stepped, "ab") == [3, 3]
    stepped.pass_time(timedelta.resolution)
    assert generations(stepped, "ab") == [4, 4]


def assert_restarts_after(bench: SteppedBench, wait: timedelta) -> None:
    """Kill the child and check that its heir comes exactly after `wait`."""
    (before,) = generations(bench, "a")
    bench.send("a", BAD)
    bench.pass_time(wait - timedelta.resolution)
    assert generations(bench, "a") == [before]
    bench.pass_time(timedelta.resolution)
    assert generations(bench, "a") == [before + 1]
