"""The tables of faults and invariants are whole, and a plan follows from its seed alone."""

from __future__ import annotations

import pytest

from actors.simulation.faults import FAULTS
from actors.simulation.invariants import DETERMINISM, INVARIANTS
from actors.simulation.plan import calm_from, draw_plan, listing
from actors.simulation.swarm import draw_setting
from lottogrid.errors import BadInput
from tests.simulation.made import options


def test_every_class_of_faults_has_one_row() -> None:
    """F1 to F46, in order, each with words for a person."""
    assert list(FAULTS) == [f"F{number}" for number in range(1, 47)]
    assert all(fault.name and fault.sentence and fault.where for fault in FAULTS.values())


def test_every_invariant_has_one_row() -> None:
    """I1 to I18; determinism is judged over whole days and stands apart."""
    ids = [invariant.id for invariant in INVARIANTS]

    assert sorted([*ids, DETERMINISM[0]], key=lambda each: int(each[1:])) == [f"I{n}" for n in range(1, 19)]
    assert {invariant.kind for invariant in INVARIANTS} == {"S", "Q", "L"}


def test_hell_draws_from_all_classes() -> None:
    """Every class has a rate of its own, or comes with the day that is chosen."""
    of_the_calendar = {"F36", "F37", "F38"}

    assert {fault.id for fault in FAULTS.values() if fault.hell == 0} == of_the_calendar


def test_a_plan_follows_from_seed_and_day() -> None:
    """Drawn twice it is the same; another day or another seed has another."""
    plans = {}
    for seed in (1, 2):
        for number in (0, 1):
            asked = options(seed=seed)
            plans[seed, number] = listing(draw_plan(asked, draw_setting(asked, number)))
            assert plans[seed, number] == listing(draw_plan(asked, draw_setting(asked, number)))

    assert len({tuple(plan) for plan in plans.values()}) == 4


def test_strikes_come_in_time_and_before_the_calm() -> None:
    """No fault begins when everything must heal."""
    for number in range(10):
        asked = options()
        setting = draw_setting(asked, number)
        strikes = draw_plan(asked, setting)

        assert [strike.at for strike in strikes] == sorted(strike.at for strike in strikes)
        assert all(strike.at < calm_from(setting, setting.sessions[-1]) for strike in strikes)


def test_some_entries_of_a_plan_can_be_kept() -> None:
    """They keep their numbers, so that a part of a part can be named."""
    whole = options()
    setting = draw_setting(whole, 0)
    strikes = draw_plan(whole, setting)
    kept = draw_plan(options(only=(1, 3)), setting)

    assert kept == (strikes[1], strikes[3])


def test_an_unknown_class_is_refused() -> None:
    """The known ones are named."""
    asked = options(rates={"F47": 1.0})

    with pytest.raises(BadInput, match="F1 to F46"):
        draw_plan(asked, draw_setting(asked, 0))
