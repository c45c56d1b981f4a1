"""What the simulation found in the bot, and in itself, stays mended."""

from __future__ import annotations

import pytest

from lottogrid.cli.simulate.house import SimulatedHouse
from tests.simulation.made import day, options
from tests.simulation.test_faults import THIN


def test_a_cancel_that_is_refused_is_not_repeated_at_once() -> None:
    """Time went no further: cancel, refusal, comparison and the next cancel followed each other without end."""
    asked = options(profile="calm", rates={"F27": 3.0}, seed=11, house=SimulatedHouse(THIN))
    played = [day(asked, number) for number in range(4)]

    assert sum(each.counts.get("F27", 0) for each in played) > 0
    assert [each.violation for each in played if each.violation] == []


def test_a_link_that_is_down_over_the_flatten_time_raises_an_alarm() -> None:
    """Somebody must know that what is held cannot be sold from here."""
    asked = options(profile="calm", rates={"F14": 6.0}, seed=12)
    played = [day(asked, number) for number in range(5)]
    across = [each for each in played if any(strike.variant == 3 for strike in each.plan)]

    assert across
    assert [each.violation for each in played if each.violation] == []


FOUND = {
    "an order that the journal never had was forgotten at the second look": (1, (211, 847)),
    "a sale that was refused waited too long for its next try": (1, (224,)),
    "the journal did not say that the engine was halted": (1, (344,)),
    "a clock put forward proved an order absent": (1, (348,)),
    "a halt was wanted for a trade busted while nobody was connected": (4, (130,)),
    "a halt was wanted for a trade busted before anybody had heard of it": (5, (250,)),
    "a chase that found no offer went on when the clock was put right, minutes later": (10, (312,)),
}
"""What was wrong, and the days of a seed in `hell` that broke on it."""


@pytest.mark.parametrize(("seed", "days"), FOUND.values(), ids=FOUND)
def test_days_that_broke_once_hold(seed: int, days: tuple[int, ...]) -> None:
    """Each is the very day that `lottogrid simulate --days 1 --seed S --day N --profile hell` plays."""
    asked = options(profile="hell", seed=seed)

    assert [each.violation for each in (day(asked, number) for number in days) if each.violation] == []
