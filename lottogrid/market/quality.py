"""What is wrong with bars: holes, hours that cannot be, jumps. One row for each trade date of the exchange."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from itertools import groupby, pairwise
from statistics import median

from lottogrid.calendar import Calendar, TradingDay
from lottogrid.clock import new_york
from lottogrid.errors import BadInput
from lottogrid.market.bars import Bar

REOPENING = time(18, 0)
"""New York time from which on a bar is of the next trade date."""
BREAK = (time(17, 0), time(18, 0))
"""Hour in which the exchange rests: bars in it mean another zone."""
LARGE_JUMP = 0.0025
"""Least jump between two trade dates, as a share of the price, that is looked at."""
ROLL_DAYS = timedelta(days=6)
"""A jump this close before the third Friday of a quarter's last month may be that of one future to the next."""

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_FRIDAY, _MONTHS_OF_ROLLS = 4, (3, 6, 9, 12)
_SESSIONS_TO_TELL_HOURS = 20
_OPEN, _MORNING = 9 * 60 + 30, 90
"""Minute of the day at which the cash market opens, and how many before and after it are looked at."""


class Flag(Enum):
    """What a trade date is good for."""

    OK = "ok"
    INCOMPLETE = "INCOMPLETE"
    """A cash minute has no bar."""
    NYSE_CLOSED = "nyse_closed"


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One trade date: from 18:00 New York time the evening before."""

    trade_date: date
    first: datetime
    last: datetime
    """Starts of the first and the last bar, aware."""
    bars: int
    expected_cash_min: int
    """From the NYSE's open to the day's close; 0 where it is closed."""
    cash_min: int
    flag: Flag


@dataclass(frozen=True, slots=True)
class Jump:
    """From the last close of a trade date to the first open of the next."""

    at: datetime
    points: float
    share: float
    """Of the price before."""
    is_roll: bool
    """Whether it falls where one future follows another."""


@dataclass(frozen=True, slots=True)
class Quality:
    """What was found in bars."""

    sessions: list[SessionRow]
    jumps: list[Jump]
    minutes_missing: int
    """Minutes without a bar between two bars of one trade date, the cash session's included."""
    problems: list[str]
    """Reasons not to use the bars as they are, in words."""

    @property
    def incomplete(self) -> list[SessionRow]:
        """The trade dates that lack cash minutes."""
        return [row for row in self.sessions if row.flag is Flag.INCOMPLETE]


def quality_of(bars: Sequence[Bar], calendar: Calendar) -> Quality:
    """Return what is to be said of one-minute bars in UTC, oldest first, one a minute.

    Raises:
        BadInput: there are no bars.
    """
    if not bars:
        raise BadInput("bars: expected one-minute bars, found none")
    dates = [(on, list(group)) for on, group in groupby(bars, lambda bar: trade_date(bar.start))]
    sessions = [_row(on, group, calendar) for on, group in dates]
    jumps = [
        jump
        for (_, before), (_, after) in pairwise(dates)
        if abs((jump := _jump(before[-1], after[0])).share) >= LARGE_JUMP
    ]
    missing = sum(
        (later.start - earlier.start) // _MINUTE - 1 for _, group in dates for earlier, later in pairwise(group)
    )
    found = Quality(sessions, jumps, missing, [])
    found.problems.extend(_problems(bars, found))
    return found


def trade_date(start: datetime) -> date:
    """Return the exchange's trade date of a bar: the next day's from 18:00 New York time on; of Friday's, Monday."""
    local = new_york(start)
    on = local.date() + (_DAY if local.time() >= REOPENING else timedelta(0))
    return on + _DAY * max(7 - on.weekday(), 0) if on.weekday() > _FRIDAY else on


def _row(on: date, bars: Sequence[Bar], calendar: Calendar) -> SessionRow:
    day = calendar.day(on)
    first, last = bars[0].start, bars[-1].start
    if not isinstance(day, TradingDay):
        return SessionRow(on, first, last, len(bars), 0, 0, Flag.NYSE_CLOSED)
    cash = sum(day.opens <= bar.start < day.closes for bar in bars)
    expected = int(day.minutes)
    return SessionRow(on, first, last, len(bars), expected, cash, Flag.OK if cash == expected else Flag.INCOMPLETE)


def _jump(before: Bar, after: Bar) -> Jump:
    points = float(after.open - before.close)
    return Jump(after.start, points, points / float(before.close), _is_roll(trade_date(after.start)))


def _is_roll(on: date) -> bool:
    """Return whether a trade date lies in the week that ends with a quarterly expiry, or on the days just before."""
    if on.month not in _MONTHS_OF_ROLLS:
        return False
    first = on.replace(day=1)
    expiry = first + _DAY * ((_FRIDAY - first.weekday()) % 7 + 14)
    return timedelta(0) <= expiry - on <= ROLL_DAYS


def _problems(bars: Sequence[Bar], found: Quality) -> list[str]:
    problems = []
    if found.incomplete:
        named = ", ".join(f"{row.trade_date} ({row.cash_min} of {row.expected_cash_min})" for row in found.incomplete)
        problems.append(f"cash minutes are missing on {len(found.incomplete)} days: {named}")
    resting = sum(BREAK[0] <= new_york(bar.start).time() < BREAK[1] for bar in bars)
    if resting:
        problems.append(f"{resting} bars lie in the exchange's break, 17:00 to 18:00 New York time: is the zone right?")
    step = min((later.start - earlier.start for earlier, later in pairwise(bars)), default=_MINUTE)
    if step > _MINUTE:
        problems.append(f"no two bars are a minute apart, the nearest {step // _MINUTE}: are they one-minute bars?")
    return problems + _hours(bars, found)


def _hours(bars: Sequence[Bar], found: Quality) -> list[str]:
    """Say where the sharpest rise in movement of the morning is not at 09:30, when the cash market opens."""
    if sum(row.flag is not Flag.NYSE_CLOSED for row in found.sessions) < _SESSIONS_TO_TELL_HOURS:
        return []
    ranges: defaultdict[int, list[float]] = defaultdict(list)
    for bar in bars:
        local = new_york(bar.start)
        ranges[local.hour * 60 + local.minute].append(float(bar.high / bar.low) - 1)
    # Medians: figures that are published at 08:30 move the market more, but not every day.
    usual = {minute: median(values) for minute, values in ranges.items()}
    rises = {minute: usual[minute] / usual[minute - 1] for minute in usual if usual.get(minute - 1, 0) > 0}
    rises = {minute: rise for minute, rise in rises.items() if abs(minute - _OPEN) <= _MORNING}
    sharpest = max(rises, key=lambda minute: rises[minute], default=_OPEN)
    if sharpest == _OPEN:
        return []
    at = f"{sharpest // 60:02}:{sharpest % 60:02}"
    return [f"movement rises most at {at}, not at 09:30 New York time: another zone, or stamps of the minutes' ends?"]
