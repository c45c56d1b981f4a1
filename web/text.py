"""How the page writes numbers, times and states. What is not known is written `unknown`, never 0."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from functools import lru_cache

from lottogrid.clock import new_york
from lottogrid.risk.reasons import Reason

UNKNOWN = "unknown"
MINUS = "\N{MINUS SIGN}"
TIMES = "\N{MULTIPLICATION SIGN}"
_CENT = Decimal("0.01")


def money(amount: Decimal | None) -> str:
    """Return dollars and cents."""
    if amount is None:
        return UNKNOWN
    cents = amount.quantize(_CENT, ROUND_HALF_UP)
    return f"{MINUS if cents < 0 else ''}${abs(cents):,.2f}"


def gain(amount: Decimal | None) -> str:
    """Return dollars and cents with their sign."""
    return f"+{money(amount)}" if amount is not None and amount > 0 else money(amount)


def tone(amount: Decimal | None) -> str:
    """Return the class that colours an amount; the sign says the same."""
    if amount is None:
        return "unknown"
    return "up" if amount > 0 else "down" if amount < 0 else ""


def points(price: Decimal | None) -> str:
    """Return a price exactly as it is, with two decimals at the least, so that a column of them can be read."""
    if price is None:
        return UNKNOWN
    size = abs(price)
    cents = size.quantize(_CENT, ROUND_HALF_UP)
    return f"{MINUS if price < 0 else ''}{cents if cents == size else size.normalize():f}"


def ratio(number: Decimal | None) -> str:
    """Return a multiple with two decimals."""
    return UNKNOWN if number is None else f"{number.quantize(_CENT, ROUND_HALF_UP):f} {TIMES}"


def span(time: timedelta | None) -> str:
    """Return a length of time in at most two units; a negative one as its size."""
    if time is None:
        return UNKNOWN
    seconds = abs(int(time.total_seconds()))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if days:
        return f"{days} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes % 60:02d} min"
    return f"{minutes} min {seconds % 60:02d} s" if minutes else f"{seconds} s"


def clock(instant: datetime | None) -> str:
    """Return the New York time of day with seconds."""
    return UNKNOWN if instant is None else f"{new_york(instant):%H:%M:%S}"


def moment(instant: datetime | None, now: datetime) -> str:
    """Return the New York time, with its date where that is not today's."""
    return UNKNOWN if instant is None else _moment(instant, _today(now))


@lru_cache(maxsize=4096)  # a page shows hundreds, most of them the same from one picture to the next
def _moment(instant: datetime, today: date) -> str:
    there = new_york(instant)
    return f"{there:%H:%M:%S}" if there.date() == today else f"{there:%d %b %H:%M}"


@lru_cache(maxsize=8)
def _today(now: datetime) -> date:
    return new_york(now).date()


def words(state: Enum | None) -> str:
    """Return a state in lower case words."""
    return UNKNOWN if state is None else str(state.value).replace("_", " ")


def because(reason: Reason | None) -> str:
    """Return what a reason means, with its code."""
    return "" if reason is None else f"{reason.value} ({reason.name})"
