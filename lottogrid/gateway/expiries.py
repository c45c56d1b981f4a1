"""Which future is in front and what an option's class is called, by the exchange's published scheme.

A client must not rely on it: it takes classes and expiries from the chain. Holidays that move a code are not known
here.
"""

from __future__ import annotations

from datetime import date, timedelta

from lottogrid.calendar import Calendar

_MONTH_CODES = "FGHJKMNQUVXZ"
_FRIDAY = 4
_WEEK = 7
_ROLL_BEFORE = timedelta(days=4)
"""The lead month changes on the Monday of the week in which the old one expires."""


def third_friday(year: int, month: int) -> date:
    """Return the day on which a quarterly contract of the month expires."""
    first = date(year, month, 1)
    return first + timedelta(days=(_FRIDAY - first.weekday()) % _WEEK + 2 * _WEEK)


def quarterlies(on: date, count: int) -> list[date]:
    """Return the expiries of the front future on the day `on` and of those behind it, `count` in all."""
    found: list[date] = []
    year, month = on.year, 3
    while len(found) < count:
        expiry = third_friday(year, month)
        if on < expiry - _ROLL_BEFORE:
            found.append(expiry)
        year, month = (year, month + 3) if month < len(_MONTH_CODES) else (year + 1, 3)
    return found


def month_code(on: date) -> str:
    """Return the letter of a delivery month and the last digit of its year: `M5` for June 2025."""
    return f"{_MONTH_CODES[on.month - 1]}{on.year % 10}"


def option_class(symbol: str, expiry: date, calendar: Calendar) -> str:
    """Return the trading class of the options that expire on `expiry`.

    The micro's Monday to Thursday expiries are X1A to X5D, its Fridays EX1 to EX4, its month ends EX, its quarterly
    ones MES; other products get their symbol before the same letters.
    """
    week = (expiry.day - 1) // _WEEK + 1
    if expiry == third_friday(expiry.year, expiry.month) and expiry.month % 3 == 0:
        return symbol
    is_micro = symbol == "MES"
    if calendar.next_day(expiry).date.month != expiry.month:
        return "EX" if is_micro else f"{symbol}EOM"
    if expiry.weekday() == _FRIDAY:
        return f"EX{week}" if is_micro else f"{symbol}F{week}"
    letter = "ABCD"[expiry.weekday()]
    return f"X{week}{letter}" if is_micro else f"{symbol}{week}{letter}"
