"""Fields of a client's message as numbers, and the refusal of what is none."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from lottogrid.gateway import codes
from lottogrid.gateway.fields import UNSET_INT, Message, is_set

MAX_ID = (1 << 31) - 1
_UNSET_ABOVE = Decimal("1e300")


class Refused(Exception):  # noqa: N818 - it is answered, not a fault of the gateway
    """A request that is answered with an error message."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def flag(message: Message, name: str) -> bool:
    """Return whether a flag is up."""
    return is_set(message[name])


def whole(message: Mapping[str, str], name: str, default: int | None = None) -> int:
    """Return a field as a 32-bit whole number; `default` stands for an empty or unset one.

    Raises:
        Refused: it is no such number, or it is empty and there is no default.
    """
    found = message[name]
    if found in {"", UNSET_INT} and default is not None:
        return default
    try:
        number = int(found)
    except ValueError:
        raise Refused(codes.UNREADABLE, f"{name}: expected a whole number, found {found!r}") from None
    if abs(number) > MAX_ID:
        raise Refused(codes.UNREADABLE, f"{name}: expected a number of 32 bits, found {found}")
    return number


def number(message: Message, name: str) -> Decimal | None:
    """Return a field as an exact number; None where it is empty or unset.

    Raises:
        Refused: it is no finite number.
    """
    found = message[name]
    if found == "":
        return None
    try:
        value = Decimal(found)
    except InvalidOperation:
        raise Refused(codes.INVALID, f"{name}: expected a number, found {found!r}") from None
    if not value.is_finite():
        raise Refused(codes.INVALID, f"{name}: expected a finite number, found {found!r}")
    return None if abs(value) > _UNSET_ABOVE else value
