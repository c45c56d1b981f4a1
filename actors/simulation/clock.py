"""The clock of the simulated machine: it may be wrong, and it may be put right."""

from __future__ import annotations

from datetime import datetime, timedelta

from lottogrid.clock import VirtualClock


class SkewedClock:
    """What a process reads: true time and an error. Moving it moves true time."""

    speed = float("inf")

    def __init__(self, true: VirtualClock) -> None:
        self.true = true
        self.error = timedelta(0)

    def now(self) -> datetime:
        """Return what the machine believes."""
        return self.true.now() + self.error if self.error else self.true.now()

    def elapsed(self) -> float:
        """Return the seconds that truly passed: no error and no correction is in them."""
        return self.true.elapsed()

    def advance_to(self, instant: datetime) -> None:
        """Move true time to where this clock shows `instant`."""
        self.true.advance_to(instant - self.error)
