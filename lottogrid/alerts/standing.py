"""Which alarms stand: raised, and not yet seen by a person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from lottogrid.alerts.codes import AlertCode, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What was raised under one code since a person last acknowledged it."""

    code: AlertCode
    text: str
    """Of the last time."""
    first_at: datetime
    last_at: datetime
    count: int = 1
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""

    @property
    def is_open(self) -> bool:
        """Whether a person has still to look; news need nobody."""
        return self.acknowledged_at is None and self.code.severity is not Severity.INFO


class Alarms:
    """Folds alarms and acknowledgements into what stands, one entry a code."""

    def __init__(self) -> None:
        self._standing: dict[AlertCode, Standing] = {}

    def take_raised(self, code: AlertCode, text: str, at: datetime) -> None:
        """Count an alarm: the same trouble again, or a new one where the last was seen."""
        before = self._standing.get(code)
        if before is None or not before.is_open:
            self._standing[code] = Standing(code=code, text=text, first_at=at, last_at=at)
        else:
            self._standing[code] = replace(before, text=text, last_at=at, count=before.count + 1)

    def take_acknowledged(self, code: AlertCode, by: str, at: datetime) -> bool:
        """Note that a person has seen it; return whether there was anything to see."""
        before = self._standing.get(code)
        if before is None or not before.is_open:
            return False
        self._standing[code] = replace(before, acknowledged_at=at, acknowledged_by=by)
        return True

    def take_recalled(self, recalled: tuple[Standing, ...]) -> None:
        """Add what the journal still has open, under codes of which nothing is known here."""
        for each in recalled:
            self._standing.setdefault(each.code, each)

    def all(self) -> tuple[Standing, ...]:
        """Return everything that was raised, the most severe first, then the latest."""
        by_age = sorted(self._standing.values(), key=lambda each: each.last_at, reverse=True)
        return tuple(sorted(by_age, key=lambda each: -each.code.severity.rank))
