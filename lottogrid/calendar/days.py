"""A day as the bot sees it: traded, with its cut-offs, or not, with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from lottogrid.risk.reasons import Reason

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingDay:
    """A session with its cut-offs. All instants are aware and in UTC."""

    date: date
    """Day in New York."""
    opens: datetime
    """Start of the trading window: the NYSE open, or the configured one where later."""
    last_entry: datetime
    flatten: datetime
    closes: datetime
    """End of trading, expiry and fixing: the earliest that any exchange source names."""
    is_half_day: bool

    @property
    def minutes(self) -> float:
        """Trading minutes from `opens` to `closes`."""
        return (self.closes - self.opens) / _MINUTE

    def minutes_left(self, now: datetime) -> float:
        """Return the trading minutes from `now` (aware) to `closes`: never negative, at most the session's."""
        return min(max((self.closes - now) / _MINUTE, 0.0), self.minutes)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoTrading:
    """A day on which nothing is traded, and why."""

    date: date
    reason: Reason
    detail: str
