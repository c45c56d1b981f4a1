"""F35 to F39: what can happen to time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from actors.simulation.faults.base import Fault, lasting

if TYPE_CHECKING:
    from actors.simulation.plan import Strike
    from actors.simulation.world import World

_CORRECTED = timedelta(seconds=45)


def jump(world: World, strike: Strike) -> None:
    """Put the machine's clock forward or back; it is put right again a little later."""
    if world.process is None:
        return
    error = timedelta(seconds=strike.size if strike.variant else -strike.size)
    world.struck("F35")
    world.machine_clock.error += error
    world.later(_CORRECTED, world.correct_clock)


def of_the_calendar(world: World, strike: Strike) -> None:
    """Happens by itself: the day was chosen so that it does, and the world counts it."""


def late_timers(world: World, strike: Strike) -> None:
    """Let timers come late."""
    process = world.process
    if process is not None:
        process.late_until = process.now() + timedelta(seconds=60)
        process.late_by = timedelta(seconds=strike.size)


FAULTS = (
    Fault(
        id="F35",
        name="clock jump",
        sentence="the machine's clock is wrong by up to five minutes, for three quarters of a minute",
        where="the process's clock",
        strike=jump,
        draw=lambda chance: (
            "",
            round(chance.choice((chance.uniform(1, 20), chance.uniform(20, 300))), 3),
            chance.randrange(2),
        ),
        rough=0.05,
        hell=0.25,
    ),
    Fault(
        id="F36",
        name="change of the clocks",
        sentence="summer time begins or ends while the process runs",
        where="the day that is chosen",
        strike=of_the_calendar,
        draw=lasting(0, 0),
        rough=0.0,
        hell=0.0,
    ),
    Fault(
        id="F37",
        name="half day or holiday",
        sentence="the day ends early, or the next one is none",
        where="the day that is chosen",
        strike=of_the_calendar,
        draw=lasting(0, 0),
        rough=0.0,
        hell=0.0,
    ),
    Fault(
        id="F38",
        name="midnight",
        sentence="the process lives into another day",
        where="the day that is chosen",
        strike=of_the_calendar,
        draw=lasting(0, 0),
        rough=0.0,
        hell=0.0,
    ),
    Fault(
        id="F39",
        name="late timers",
        sentence="for a minute timers come up to eight seconds late",
        where="the runtime's timers",
        strike=late_timers,
        draw=lasting(0.1, 8),
        rough=0.1,
        hell=0.25,
    ),
)
