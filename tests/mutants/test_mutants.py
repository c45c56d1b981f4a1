"""Every planted fault is caught by the workload that every change has to pass, and nothing else is."""

from __future__ import annotations

import random

import pytest

from actors.simulation.invariants import INVARIANTS
from actors.simulation.run import simulate
from actors.supervision.spec import Backoff
from tests.mutants.mutant import Mutant
from tests.mutants.table import CAUGHT_ON, MUTANTS
from tests.mutants.workload import DAYS, play
from tests.simulation.made import options

ENOUGH = 24


@pytest.mark.parametrize("mutant", MUTANTS, ids=[each.name for each in MUTANTS])
def test_a_mutant_is_caught(mutant: Mutant) -> None:
    """By the invariant that speaks of what is wrong, on a day of the workload."""
    day = play(CAUGHT_ON[mutant.name], mutant)

    assert day.violation is not None, "it survives this day: look with python -m tests.mutants.run --search"
    assert day.violation.invariant in mutant.trips, day.violation.text


@pytest.mark.parametrize("number", sorted(set(CAUGHT_ON.values())))
def test_without_a_mutant_the_same_day_keeps_every_invariant(number: int) -> None:
    """No alarm is false."""
    assert play(number).violation is None


def test_the_table_is_whole() -> None:
    """Enough mutants, each with a name of its own and a day of the workload, each to be named by known invariants."""
    names = [each.name for each in MUTANTS]
    known = {each.id for each in INVARIANTS}

    assert len(names) >= ENOUGH
    assert len(set(names)) == len(names)
    assert set(CAUGHT_ON) == set(names)
    assert all(0 <= number < DAYS for number in CAUGHT_ON.values())
    assert all(each.trips and each.trips <= known for each in MUTANTS)


def test_chance_from_outside_of_the_seed_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """I17: a day that is played twice must come out the same."""
    plain = Backoff.delay
    monkeypatch.setattr(Backoff, "delay", lambda self, attempt, _: plain(self, attempt, random.SystemRandom()))
    report = simulate(options(profile="calm", rates={"F1": 4.0}, check_digest=1))

    assert [each.violation.invariant for each in report.violations if each.violation] == ["I17"]
