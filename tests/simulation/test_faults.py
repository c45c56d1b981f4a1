"""Every class of faults strikes when it is asked for, and what it does is survived."""

from __future__ import annotations

import pytest

from actors.simulation.faults import FAULTS
from actors.simulation.swarm import Kind
from lottogrid.cli.simulate.house import SimulatedHouse
from tests.simulation.made import BUSY, day, number_of, options

OF_THE_CALENDAR = {"F12": Kind.NIGHT, "F36": Kind.DST, "F37": Kind.HALF, "F38": Kind.NIGHT}
OF_CANCELS = {"F24", "F27"}
THIN = (*BUSY, "simulator.profile=rough", "strategy.quantity=8", "strategy.entry_timeout_seconds=5")
"""Orders that are filled in pieces and cancelled half-way."""
TRIES = 8
"""Days that are tried until a class has struck: some need an order of a certain kind at a certain moment."""


@pytest.mark.parametrize("fault", FAULTS)
def test_each_class_strikes_and_is_survived(fault: str) -> None:
    """Alone, several times a day, without a violation."""
    rates = {} if FAULTS[fault].hell == 0 else {fault: 3.0}
    house = SimulatedHouse(THIN if fault in OF_CANCELS else BUSY)
    asked = options(profile="calm", rates=rates, seed=11, house=house)
    first = number_of(OF_THE_CALENDAR[fault], asked) if fault in OF_THE_CALENDAR else 0
    for number in range(first, first + TRIES):
        played = day(asked, number)
        assert played.violation is None, f"day {number}"
        if played.counts.get(fault):
            return
    pytest.fail(f"{fault} never struck in {TRIES} days")
