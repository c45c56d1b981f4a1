"""Bars cut into trading sessions; a session with a hole is left out and named, never bridged."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby, pairwise

from lottogrid.calendar import Calendar, NoTrading, TradingDay
from lottogrid.clock import NEW_YORK, new_york, to_utc, trading_date
from lottogrid.errors import BadInput
from lottogrid.market.bars import Bar

PREMARKET = timedelta(minutes=120)
"""How long before the open a session's bars begin: they warm up the realised volatility."""

_MINUTE = timedelta(minutes=1)
_CASH_HOURS = (time(9, 30), time(16, 0))
_GAPS_NAMED = 3


@dataclass(frozen=True, slots=True)
class Session:
    """A trading day and its one-minute bars, oldest first: `PREMARKET` as far as there is, then every minute."""

    day: TradingDay
    bars: tuple[Bar, ...]

    @property
    def cash(self) -> tuple[Bar, ...]:
        """The bars from the open to the close."""
        return self.bars[bisect_left(self.bars, self.day.opens, key=_start) :]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A date that has bars and is not traded, and why, in words for a person."""

    date: date
    reason: str


def split(
    bars: Sequence[Bar], calendar: Calendar, first: date | None = None, last: date | None = None
) -> tuple[list[Session], list[Skipped]]:
    """Return the complete sessions of `bars` and the dates that were left out, both oldest first.

    A session is complete when every minute from its open to its close has a bar. A date on which the market is closed
    counts as left out only where bars lie in the usual cash hours.

    Args:
        bars: one-minute bars in UTC, oldest first.
        calendar: says which dates are traded, and when.
        first: earliest day wanted, New York; None for the first day of `bars`.
        last: latest day wanted, New York, included; None for the last day of `bars`.

    Raises:
        BadInput: the bars are not of one minute or out of order, a day is asked for that they do not reach, or no
            session is complete.
    """
    _check_one_minute(bars)
    days = _days_within(bars, calendar)
    first, last = _wanted(first, last, days[0], days[-1])
    looked = [_look(on, calendar, bars) for on in _dates(first, last)]
    sessions = [found for found in looked if isinstance(found, Session)]
    skipped = [found for found in looked if isinstance(found, Skipped)]
    if not sessions:
        why = f"{skipped[0].date}: {skipped[0].reason}" if skipped else "the market was closed"
        raise BadInput(f"bars: expected a complete session from {first} to {last}, found none; {why}")
    return sessions, skipped


def _check_one_minute(bars: Sequence[Bar]) -> None:
    if not bars:
        raise BadInput("bars: expected one-minute bars, found none")
    step = min((later.start - earlier.start for earlier, later in pairwise(bars)), default=_MINUTE)
    if step <= timedelta(0):
        raise BadInput("bars: expected rising times, found two bars out of order or at one time; sort them")
    if step != _MINUTE:
        raise BadInput(f"bars: expected one-minute bars, found steps of {step / _MINUTE:g} minutes; take a finer file")


def _days_within(bars: Sequence[Bar], calendar: Calendar) -> list[date]:
    """Return the traded dates into whose session or pre-market the bars reach or which they span."""
    begin, end = bars[0].start, bars[-1].start
    days = (calendar.day(on) for on in _dates(trading_date(begin), trading_date(end)))
    within = [
        day.date for day in days if isinstance(day, TradingDay) and day.closes > begin and day.opens - PREMARKET <= end
    ]
    if not within:
        raise BadInput(f"bars: expected a trading session, found none from {begin.isoformat()} to {end.isoformat()}")
    return within


def _wanted(first: date | None, last: date | None, file_first: date, file_last: date) -> tuple[date, date]:
    for name, asked in (("first", first), ("last", last)):
        if asked is not None and not file_first <= asked <= file_last:
            reach = f"{file_first} to {file_last}, which the bars reach"
            raise BadInput(f"{name} day: expected one from {reach}, found {asked}; ask for one of these")
    first, last = first or file_first, last or file_last
    if first > last:
        raise BadInput(f"days: expected the first not after the last, found {first} to {last}; swap them")
    return first, last


def _dates(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def _look(on: date, calendar: Calendar, bars: Sequence[Bar]) -> Session | Skipped | None:
    day = calendar.day(on)
    if isinstance(day, NoTrading):
        count = len(_between(bars, *(to_utc(datetime.combine(on, at, tzinfo=NEW_YORK)) for at in _CASH_HOURS)))
        why = f"{day.reason.value} ({day.detail}), yet {count} bars lie in cash hours"
        return Skipped(on, why) if count else None
    found = _between(bars, day.opens - PREMARKET, day.closes)
    missing = _missing(day, found)
    return Skipped(on, _in_words(missing, day)) if missing else Session(day, found)


def _between(bars: Sequence[Bar], begin: datetime, end: datetime) -> tuple[Bar, ...]:
    return tuple(bars[bisect_left(bars, begin, key=_start) : bisect_left(bars, end, key=_start)])


def _start(bar: Bar) -> datetime:
    return bar.start


def _missing(day: TradingDay, found: Iterable[Bar]) -> list[datetime]:
    present = {bar.start for bar in found}
    wanted = (day.opens + number * _MINUTE for number in range(int(day.minutes)))
    return [minute for minute in wanted if minute not in present]


def _in_words(missing: list[datetime], day: TradingDay) -> str:
    """Say how many minutes have no bar and where, in New York time: `3 of 390 ... missing: 09:30-09:31, 12:00`."""
    numbered = groupby(enumerate(missing), key=lambda pair: pair[1] - pair[0] * _MINUTE)
    gaps = [[minute for _, minute in run] for _, run in numbered]
    named = [
        f"{new_york(gap[0]):%H:%M}" + (f"-{new_york(gap[-1]):%H:%M}" if len(gap) > 1 else "")
        for gap in gaps[:_GAPS_NAMED]
    ]
    more = f" and {len(gaps) - _GAPS_NAMED} gaps more" if len(gaps) > _GAPS_NAMED else ""
    return f"{len(missing)} of {day.minutes:g} one-minute bars missing: {', '.join(named)}{more} New York time"
