"""The smallest fault plan that still fails: delta debugging over the plan's entries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from actors.simulation.options import Options
from actors.simulation.run import DayResult, quiet_play_day


def shrink(options: Options, failed: DayResult, on_try: Callable[[int], None] = lambda _: None) -> DayResult:
    """Return the day with as few strikes as can be found that break the same invariant.

    After Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (2002): halves of the plan are left
    out, then quarters, until no single strike can be. `on_try` hears how many strikes each attempt has.
    """
    if failed.violation is None:
        return failed
    wanted = failed.violation.invariant
    best = failed
    numbers = [strike.number for strike in failed.plan]
    parts = 2
    while numbers:
        size = max(1, -(-len(numbers) // parts))
        for start in range(0, len(numbers), size):
            kept = numbers[:start] + numbers[start + size :]
            on_try(len(kept))
            day = quiet_play_day(replace(options, only=tuple(kept)), failed.number)
            if day.violation is not None and day.violation.invariant == wanted:
                numbers, best, parts = kept, day, max(parts - 1, 2)
                break
        else:
            if size == 1:
                break
            parts = min(parts * 2, len(numbers))
    return best
