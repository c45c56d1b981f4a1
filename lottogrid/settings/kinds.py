"""Kinds of values a setting can have, and what each allows in words."""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainSerializer
from pydantic.fields import FieldInfo

from lottogrid.market.contracts import SPECS, spec_of


class Section(BaseModel):
    """A group of settings: immutable, and closed to names it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, str_strip_whitespace=True)


@dataclass(frozen=True)
class Allowed:
    """Says in words what a field allows, where its type and limits do not."""

    text: str


def parse_clock(value: object) -> time:
    """Return the time of day that `value` (a time, or text as HH:MM) means; ValueError for anything else."""
    if isinstance(value, time):
        return value
    hour, colon, minute = str(value).strip().partition(":")
    if not (colon and hour.isascii() and hour.isdigit() and minute.isascii() and minute.isdigit() and len(minute) == 2):  # noqa: PLR2004
        raise ValueError(f"not a time of day: {value!r}")
    return time(int(hour), int(minute))


def show(value: object) -> str:
    """Return `value` as it is written in a settings file."""
    match value:
        case bool():
            return str(value).lower()
        case time():
            return f"{value:%H:%M}"
        case float():
            return repr(value).removesuffix(".0")
        case Decimal():
            return f"{value.normalize():f}"
        case _:
            return str(value)


def allowed(field: FieldInfo) -> str:
    """Return in words which values `field` takes: `a number above 0`, `first or both`."""
    for mark in field.metadata:
        if isinstance(mark, Allowed):
            return mark.text
    kind = field.annotation
    if get_origin(kind) is Literal:
        return " or ".join(get_args(kind))
    return _WORDS[kind] + _limits(field)


def _limits(field: FieldInfo) -> str:
    found = {
        name: show(getattr(mark, name))
        for mark in field.metadata
        for name in ("gt", "ge", "lt", "le")
        if getattr(mark, name, None) is not None
    }
    if any(getattr(mark, "min_length", None) for mark in field.metadata):
        return " that is not empty"
    if {"ge", "le"} <= found.keys():
        return f" from {found['ge']} to {found['le']}"
    words = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}
    limits = " and ".join(f"{words[name]} {limit}" for name, limit in found.items())
    return f" {limits}" if limits else ""


def _folded(fold: Callable[[str], str]) -> BeforeValidator:
    return BeforeValidator(lambda value: fold(value.strip()) if isinstance(value, str) else value)


def _instrument(symbol: str) -> str:
    if symbol not in SPECS:
        raise ValueError(symbol)
    return spec_of(symbol).symbol


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError) as error:
        raise ValueError(name) from error
    return name


_WORDS: types.MappingProxyType[Any, str] = types.MappingProxyType(
    {
        bool: "true or false",
        int: "a whole number",
        float: "a number",
        Decimal: "a number",
        time: "a time of day as HH:MM",
        str: "text",
        Path: "a folder",
    }
)

LOWER = _folded(str.lower)
UPPER = _folded(str.upper)
ClockTime = Annotated[time, BeforeValidator(parse_clock), PlainSerializer(show, when_used="json")]
Instrument = Annotated[str, UPPER, AfterValidator(_instrument), Allowed(" or ".join(SPECS))]
ZoneName = Annotated[str, AfterValidator(_zone), Allowed("a time zone's name such as America/New_York")]
