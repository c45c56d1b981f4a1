"""Crash equivalence: at every commit of a day the process is thrown away and rebuilt from the ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from actors.simulation.options import Options
from actors.simulation.run import DayResult, play, silence
from actors.simulation.swarm import draw_setting


@dataclass
class Walk:
    """What came of a walk over the commits of one day."""

    undisturbed: DayResult
    boundaries: int = 0
    """Commits after which the process was killed, each in a day of its own."""
    same: int = 0
    """Days whose executions came out like those of the undisturbed one."""
    violations: list[tuple[int, DayResult]] = field(default_factory=list)


def crash_everywhere(
    options: Options, number: int, *, every: int = 1, on_day: Callable[[int, int], None] = lambda *_: None
) -> Walk:
    """Play day `number` without faults, and once more for every commit in it, with a kill behind that commit.

    Each such day must keep every invariant. It need not see the same fills, as a second passes until the next process
    is there; how often it does is counted. `every` skips commits; `on_day` hears the boundary and how many there are.
    """
    setting = draw_setting(options, number)
    with silence():
        walk = Walk(play(options, setting, ()))
        commits = walk.undisturbed.commits
        for boundary in range(1, commits + 1, every):
            day = play(options, setting, (), cut_at=boundary)
            walk.boundaries += 1
            walk.same += day.fills == walk.undisturbed.fills
            if day.violation is not None:
                walk.violations.append((boundary, day))
            on_day(boundary, commits)
    return walk
