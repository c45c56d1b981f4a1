"""The original's hours and minutes (`FLATTEN_HOUR=15`, `FLATTEN_MINUTE=58`) turned into the session's settings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from lottogrid.errors import BadInput
from lottogrid.settings.kinds import parse_clock, show
from lottogrid.settings.model import FIELDS
from lottogrid.settings.names import CLOCK_NAMES
from lottogrid.settings.sources import Given

_LIMITS = {"hour": 23, "minute": 59}


def translate(source: Mapping[str, Given], before: Mapping[str, Given]) -> dict[str, Given]:
    """Return what one source gives, hours and minutes replaced by session settings.

    Args:
        source: what the source gives, by name.
        before: what the sources before it gave; half a time of day takes its other half from there.

    Raises:
        BadInput: an hour or a minute is none, or flattening would not come before the close.
    """
    settled = {key: item for key, item in source.items() if key not in CLOCK_NAMES}
    for window in ("market_open", "market_close"):
        halves = _halves(source, window)
        if halves:
            key = f"session.{window}"
            _refuse_both(key, settled, halves)
            moved = _moved(_time_of(key, settled, before), halves)
            settled[key] = Given(key, show(moved), _origins(halves))
    halves = _halves(source, "flatten")
    if halves:
        _refuse_both("session.flatten_minutes", settled, halves)
        settled["session.flatten_minutes"] = _flatten(halves, settled, before)
    return settled


def _halves(source: Mapping[str, Given], name: str) -> dict[str, Given]:
    names = {half: f"{name}_{half}".upper() for half in _LIMITS}
    return {half: source[name] for half, name in names.items() if name in source}


def _refuse_both(key: str, settled: Mapping[str, Given], halves: Mapping[str, Given]) -> None:
    if key in settled:
        raise BadInput(f"{key}: expected one name for it, found {settled[key].origin} and {_origins(halves)}; drop one")


def _flatten(halves: Mapping[str, Given], settled: Mapping[str, Given], before: Mapping[str, Given]) -> Given:
    close = _time_of("session.market_close", settled, before)
    offset = _text_of("session.flatten_minutes", settled, before)
    if not offset.isdigit():
        raise BadInput(f"session.flatten_minutes: expected a whole number, found {offset!r}; correct it")
    end = datetime.combine(date(2000, 1, 2), close)
    flatten = _moved((end - timedelta(minutes=int(offset))).time(), halves)
    minutes = (end - datetime.combine(end, flatten)) // timedelta(minutes=1)
    if minutes < 1:
        raise BadInput(
            f"flatten: expected a time before market_close {show(close)}, found {show(flatten)} "
            f"({_origins(halves)}); move one"
        )
    return Given("session.flatten_minutes", str(minutes), _origins(halves))


def _moved(base: time, halves: Mapping[str, Given]) -> time:
    hour = _number("hour", halves["hour"]) if "hour" in halves else base.hour
    minute = _number("minute", halves["minute"]) if "minute" in halves else base.minute
    return time(hour, minute)


def _number(half: str, item: Given) -> int:
    limit = _LIMITS[half]
    if not (item.text.isascii() and item.text.isdigit()) or int(item.text) > limit:
        raise BadInput(f"{item.key}: expected a whole number from 0 to {limit}, found {item.text!r}; see {item.origin}")
    return int(item.text)


def _time_of(key: str, settled: Mapping[str, Given], before: Mapping[str, Given]) -> time:
    text = _text_of(key, settled, before)
    try:
        return parse_clock(text)
    except ValueError:
        raise BadInput(f"{key}: expected a time of day as HH:MM, found {text!r}; correct it") from None


def _text_of(key: str, settled: Mapping[str, Given], before: Mapping[str, Given]) -> str:
    item = settled.get(key) or before.get(key)
    return item.text if item else show(FIELDS[key].default)


def _origins(halves: Mapping[str, Given]) -> str:
    return " and ".join(item.origin for item in halves.values())
