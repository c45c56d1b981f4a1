"""Days under planted faults keep every invariant, and come out the same wherever they are played."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from actors.simulation.everywhere import crash_everywhere
from actors.simulation.run import simulate
from lottogrid.cli.simulate.house import SimulatedHouse
from tests.simulation.made import BUSY, day, options

ROOT = Path(__file__).resolve().parents[2]
PLAY = """
from actors.simulation.run import simulate
from tests.simulation.made import options
print(simulate(options(days=2, seed=5)).digest)
"""


@pytest.mark.slow  # a dozen days are the least that has most classes in it
def test_days_in_hell_keep_every_invariant() -> None:
    """Nothing is lost, nothing is sent twice, all is flat in time."""
    report = simulate(options(days=12, seed=4))

    assert [f"day {each.number}: {each.violation}" for each in report.violations] == []
    assert sum(count > 0 for count in report.faults.values()) > 25
    assert sum(each.lives for each in report.days) > 12
    assert sum(len(each.fills) for each in report.days) > 60


def test_a_calm_day_has_no_faults_and_trades() -> None:
    """The profile without faults is the control: one process, orders, fills."""
    calm = day(options(profile="calm", house=SimulatedHouse(BUSY)))

    assert calm.violation is None
    assert (calm.lives, calm.counts, calm.restarts) == (1, {}, {})
    assert len(calm.fills) > 10


def test_a_day_is_the_same_again() -> None:
    """Trace, journal and the exchange's book, bit by bit."""
    asked = options()

    assert day(asked, 3).digest == day(asked, 3).digest
    assert day(asked, 3).digest != day(asked, 4).digest


@pytest.mark.process
@pytest.mark.slow  # a process has to import everything
def test_another_process_with_another_hash_seed_plays_the_same() -> None:
    """Neither the order of sets nor what ran before changes a step."""
    done = subprocess.run(
        [sys.executable, "-c", PLAY],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "77"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == simulate(options(days=2, seed=5)).digest


@pytest.mark.process
@pytest.mark.slow  # two processes have to import everything
def test_jobs_share_the_days_and_change_nothing() -> None:
    """The days are put together in their order."""
    assert simulate(options(days=2, seed=5, jobs=2)).digest == simulate(options(days=2, seed=5)).digest


@pytest.mark.slow  # a day for each of the commits that are tried
def test_a_kill_behind_any_commit_costs_nothing() -> None:
    """The process is thrown away and rebuilt from the ledger; the day keeps every invariant."""
    walk = crash_everywhere(options(house=SimulatedHouse(BUSY)), 0, every=29)

    assert walk.boundaries >= 5
    assert walk.undisturbed.fills
    assert [(boundary, each.violation) for boundary, each in walk.violations] == []
