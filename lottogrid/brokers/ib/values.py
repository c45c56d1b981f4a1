"""Where the library's numbers become ours: unset, NaN, -1 and naive times die here."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

from lottogrid.clock import to_utc
from lottogrid.errors import BadInput

UNSET_INTEGERS = frozenset({float(2**31 - 1), float(2**63 - 1)})
_UNSET_FROM = 1e300
_DATE_DIGITS = 8


def number(value: Any) -> Decimal | None:
    """Return a number as the decimal it was written as; None where it is unset, empty or not finite."""
    if value is None or value == "":
        return None
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    if not isfinite(found) or abs(found) >= _UNSET_FROM or found in UNSET_INTEGERS:
        return None
    # repr is the shortest text that means this float, so 0.05 stays 0.05; and 5200.0 becomes 5200.
    return Decimal(repr(found).removesuffix(".0"))


def price(value: Any) -> Decimal | None:
    """Return the price of an option or a future, points; None where nothing is quoted: unset, NaN, 0 or below."""
    found = number(value)
    return found if found is not None and found > 0 else None


def whole(value: Any) -> int | None:
    """Return a count; None where it is unset or negative.

    Raises:
        BadInput: it is a fraction.
    """
    found = number(value)
    if found is None or found < 0:
        return None
    if found != found.to_integral_value():
        raise BadInput(f"count: expected a whole number, found {value}; the gateway's message is not understood")
    return int(found)


def instant(value: Any) -> datetime:
    """Return a time in UTC.

    Raises:
        BadInput: it is a mere date, or it has no time zone.
    """
    if not isinstance(value, datetime):
        raise BadInput(f"time: expected date and time, found {value!r}; the gateway's message is not understood")
    return to_utc(value)


def epoch(text: Any) -> datetime:
    """Return the time that stands as seconds since 1970.

    Raises:
        BadInput: it is written otherwise.
    """
    if not str(text).isascii() or not str(text).isdigit() or len(str(text)) <= _DATE_DIGITS:
        raise BadInput(f"time: expected seconds since 1970, found {text!r}; the gateway ignored the date format")
    return datetime.fromtimestamp(int(text), UTC)


def day(text: str) -> date:
    """Return the day that a contract's last trading day begins with (`20250409`, or more behind it).

    Raises:
        BadInput: it does not.
    """
    digits = text[:_DATE_DIGITS]
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        raise BadInput(f"expiry: expected yyyymmdd, found {text!r}; the contract cannot be used") from None
