"""The workload that every change has to pass, with which every mutant must be caught."""

from __future__ import annotations

from actors.simulation.options import Options
from actors.simulation.run import DayResult, quiet_play_day
from lottogrid.cli.simulate.house import SimulatedHouse
from tests.mutants.mutant import Mutant

SEED, DAYS, PROFILE = 1, 200, "hell"
COMMAND = f"lottogrid simulate --days {DAYS} --seed {SEED} --profile {PROFILE}"


def play(number: int, mutant: Mutant | None = None) -> DayResult:
    """Play a day of the workload, with a mutant or without."""
    options = Options(house=SimulatedHouse(), seed=SEED, profile=PROFILE)
    if mutant is None:
        return quiet_play_day(options, number)
    with mutant.planted():
        return quiet_play_day(options, number)


def search(mutant: Mutant, days: int = DAYS) -> DayResult | None:
    """Return the first day of the workload that a mutant breaks as it should; None where it survives them all."""
    for number in range(days):
        day = play(number, mutant)
        if day.violation is not None and day.violation.invariant in mutant.trips:
            return day
    return None
