"""Sessions as arrays: one row a session, one column a minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lottogrid.errors import BadInput
from lottogrid.market.bars import Bar
from lottogrid.market.sessions import Session
from lottogrid.pricing.blocks import Floats

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, eq=False)
class Tape:
    """The bars of all sessions by row (session) and column (minute), NaN where there is no bar. Prices in points.

    Column `lead` holds the bar that ends at the open, column `lead + m` the one that ends m minutes later. What is
    said of a column is said of the instant at which its bar ends.
    """

    sessions: tuple[Session, ...]
    lead: int
    places: Ints
    """Where a bar stands in its session, -1 where there is none."""
    open: Floats
    high: Floats
    low: Floats
    close: Floats

    @classmethod
    def of(cls, sessions: Sequence[Session]) -> Tape:
        """Return the tape of `sessions`.

        Raises:
            BadInput: there is no session, they are not in order, or one has a hole between its open and its close.
        """
        if not sessions:
            raise BadInput("backtest: expected a session, found none; give bars that hold a complete one")
        for before, after in pairwise(sessions):
            if before.day.date >= after.day.date:
                raise BadInput(f"backtest: expected days in order, found {after.day.date} after {before.day.date}")
        lead = max(_minutes(session.bars[0].start, session.day.opens) for session in sessions if session.bars)
        lead = max(lead - 1, 0)
        shape = len(sessions), lead + 1 + max(int(session.day.minutes) for session in sessions)
        places = np.full(shape, -1)
        prices = np.full((4, *shape), np.nan)
        for row, session in enumerate(sessions):
            columns = _columns(session, lead)
            places[row, columns] = np.arange(len(session.bars))
            rows = [(float(bar.open), float(bar.high), float(bar.low), float(bar.close)) for bar in session.bars]
            prices[:, row, columns] = np.array(rows).T
        return cls(tuple(sessions), lead, places, *prices)

    @property
    def shape(self) -> tuple[int, int]:
        """Sessions and columns."""
        rows, columns = self.close.shape
        return rows, columns

    @cached_property
    def closing(self) -> Ints:
        """The column of each session's close."""
        return self._at([session.day.closes for session in self.sessions])

    @cached_property
    def flatten(self) -> Ints:
        """The column at which everything is sold."""
        return self._at([session.day.flatten for session in self.sessions])

    @cached_property
    def last_entry(self) -> Ints:
        """The last column at which may be bought."""
        return self._at([session.day.last_entry for session in self.sessions])

    @cached_property
    def clock_first(self) -> Bools:
        """Whether the hour of the flatten strikes before the bar of that minute is matched and quoted.

        Of two timers for one instant the one set earlier fires first. The clock sets its own a second after the last
        entry, the feed a minute ahead.
        """
        found: Bools = self.last_entry < self.flatten - 1
        return found

    @cached_property
    def minutes_left(self) -> Floats:
        """Trading minutes from each column to the close; never more than the session has."""
        left = self.closing[:, np.newaxis] - np.arange(self.shape[1])
        found: Floats = np.clip(left, 0, (self.closing - self.lead)[:, np.newaxis]).astype(np.float64)
        return found

    def instant(self, row: int, column: int) -> datetime:
        """Return the instant of a column, UTC."""
        return self.sessions[row].day.opens + (column - self.lead) * MINUTE

    def bar(self, row: int, column: int) -> Bar:
        """Return the bar that ends at a column."""
        return self.sessions[row].bars[int(self.places[row, column])]

    def _at(self, instants: Sequence[datetime]) -> Ints:
        pairs = zip(self.sessions, instants, strict=True)
        return self.lead + np.array([_minutes(session.day.opens, instant) for session, instant in pairs])


def _minutes(begin: datetime, end: datetime) -> int:
    return (end - begin) // MINUTE


def _columns(session: Session, lead: int) -> Ints:
    """Return the column of each bar; a session with a hole in it is refused."""
    bars, day = session.bars, session.day
    first, last = (_minutes(day.opens, bar.start) + lead + 1 for bar in (bars[0], bars[-1])) if bars else (0, 0)
    if last - first + 1 == len(bars):
        columns = np.arange(first, last + 1)
    else:
        columns = np.array([_minutes(day.opens, bar.start) + lead + 1 for bar in bars], dtype=np.int64)
    inside = columns[columns > lead]
    if len(inside) != day.minutes or inside[-1] != lead + day.minutes:
        raise BadInput(
            f"backtest: expected a bar for each of the {day.minutes:g} minutes of {day.date}, found {len(inside)}; "
            "leave the day out, a hole is never bridged"
        )
    return columns


def ragged(first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """Return for each range (both ends included) its number, and its members, one after the other."""
    lengths = np.maximum(last - first + 1, 0)
    which = np.repeat(np.arange(len(lengths)), lengths)
    return which, np.arange(len(which)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + first[which]
