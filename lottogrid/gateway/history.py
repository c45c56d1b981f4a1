"""Requests for historical bars of the underlying."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from lottogrid.clock import new_york
from lottogrid.errors import BadInput
from lottogrid.gateway import codes
from lottogrid.gateway.driver import MINUTE
from lottogrid.gateway.fields import Message
from lottogrid.gateway.listings import Listing
from lottogrid.gateway.reading import Refused, flag, whole
from lottogrid.gateway.session import Handler, Session
from lottogrid.gateway.streams import subject_of
from lottogrid.gateway.times import read, written
from lottogrid.market.bars import Bar

_SIZES = {
    "1 min": 1,
    "2 mins": 2,
    "3 mins": 3,
    "5 mins": 5,
    "10 mins": 10,
    "15 mins": 15,
    "20 mins": 20,
    "30 mins": 30,
    "1 hour": 60,
    "2 hours": 120,
    "3 hours": 180,
    "4 hours": 240,
    "8 hours": 480,
    "1 day": 1440,
}
"""Sizes that can be asked for, in minutes; the tape has nothing finer than one."""
_A_DAY = 1440
_UNITS = {"S": timedelta(seconds=1), "D": timedelta(days=1), "W": timedelta(weeks=1), "M": timedelta(days=30)}
_KINDS = {"TRADES", "MIDPOINT", "BID", "ASK", "BID_ASK"}
_EPOCH = 2
"""The date format that means seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Follow:
    """A request that is kept up to date."""

    minutes: int
    format: int


def _bars(session: Session, message: Message) -> None:
    request, style = whole(message, "reqId"), whole(message, "formatDate", 1)
    minutes = _SIZES.get(message["barSize"])
    subject = subject_of(session.hub.world, message)
    if minutes is None or message["whatToShow"] not in _KINDS:
        asked = f"{message['barSize']!r} of {message['whatToShow']!r}"
        raise Refused(codes.INVALID, f"Error validating request: bars of {asked} are not served")
    if flag(message, "keepUpToDate") and message["endDateTime"]:
        raise Refused(codes.INVALID, "Error validating request: end date not supported with a live update")
    end = _end(session, message["endDateTime"])
    start = end - _duration(message["duration"])
    found = _between(session, subject, start, end, in_hours=flag(message, "useRTH"))
    if not found:
        raise Refused(codes.HISTORY_FAILED, "Historical Market Data Service error message:HMDS query returned no data")
    rows = [_row(bar, style, minutes) for bar in _joined(found, minutes)]
    session.send("historicalData", reqId=request, start=written(start), end=written(end), bars=rows)
    if flag(message, "keepUpToDate"):
        session.followed[request] = Follow(minutes, style)


def _cancel(session: Session, message: Message) -> None:
    if session.followed.pop(whole(message, "reqId"), None) is None:
        raise Refused(codes.HISTORY_FAILED, "API historical data query cancelled")


def follow(session: Session, bar: Bar) -> None:
    """Tell a new minute to those whose history is kept up to date."""
    for request, asked in session.followed.items():
        begun = [one for one in session.hub.driver.bars if _slot(one, asked.minutes) == _slot(bar, asked.minutes)]
        row = _row(_one(begun), asked.format, asked.minutes)
        session.send("historicalDataUpdate", reqId=request, **row)


def _end(session: Session, text: str) -> datetime:
    if not text:
        return session.hub.now()
    try:
        return min(read(text), session.hub.now())
    except BadInput as error:
        raise Refused(codes.INVALID, str(error)) from error


def _duration(text: str) -> timedelta:
    number, _, unit = text.partition(" ")
    if not (number.isascii() and number.isdigit()) or unit not in _UNITS or int(number) > _A_DAY * 60:
        raise Refused(codes.INVALID, f"Error validating request: duration {text!r}, expected e.g. `7200 S` or `1 D`")
    return int(number) * _UNITS[unit]


def _between(session: Session, subject: object, start: datetime, end: datetime, *, in_hours: bool) -> list[Bar]:
    if not isinstance(subject, Listing) or subject.option is not None:
        return []
    first = max(start, session.hub.world.day.opens) if in_hours else start
    return [bar for bar in session.hub.driver.bars if first <= bar.start and bar.start + MINUTE <= end]


def _joined(bars: Sequence[Bar], minutes: int) -> Iterator[Bar]:
    for _, group in groupby(bars, lambda bar: _slot(bar, minutes)):
        yield _one(list(group))


def _slot(bar: Bar, minutes: int) -> int:
    """Return the number of the slot of `minutes` that a bar falls into; a day's begin at midnight in New York."""
    local = new_york(bar.start)
    return local.toordinal() * (_A_DAY // minutes) + (local.hour * 60 + local.minute) // minutes


def _one(bars: Sequence[Bar]) -> Bar:
    return Bar(
        start=bars[0].start,
        open=bars[0].open,
        high=max(bar.high for bar in bars),
        low=min(bar.low for bar in bars),
        close=bars[-1].close,
        volume=sum(bar.volume or 0 for bar in bars) if bars[0].volume is not None else None,
    )


def _row(bar: Bar, style: int, minutes: int) -> dict[str, object]:
    if minutes >= _A_DAY:
        date = f"{new_york(bar.start):%Y%m%d}"
    else:
        date = str(int(bar.start.timestamp())) if style == _EPOCH else written(bar.start)
    return {
        "date": date,
        "open": bar.open,
        "high": bar.high,
        "low": bar.low,
        "close": bar.close,
        "volume": -1 if bar.volume is None else bar.volume,
        "wap": bar.close,
        "count": -1,
    }


HANDLERS: dict[str, Handler] = {"reqHistoricalData": _bars, "cancelHistoricalData": _cancel}
