"""Scenarios: what goes wrong, and when, as a list of steps from a file or from code."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lottogrid.clock import NEW_YORK, to_utc
from lottogrid.errors import BadInput, Missing
from lottogrid.gateway.actions import bound

if TYPE_CHECKING:
    from lottogrid.gateway.hub import Hub


class Occasion(Enum):
    """What a step can wait for; the value is the word in a script."""

    CONNECT = "connect"
    """A client has named itself."""
    ORDER = "order"
    """A new order was taken."""
    MODIFY = "modify"
    CANCEL = "cancel"
    """A cancellation was asked for."""
    FILL = "fill"


@dataclass(slots=True, kw_only=True)
class Step:
    """One thing that goes wrong: at a time of day, or on an occasion, `after` that."""

    act: Callable[[Hub], None]
    at: time | None = None
    """New York."""
    on: Occasion | None = None
    skip: int = 0
    """How many occasions pass first."""
    after: timedelta = timedelta(0)


def read(path: Path) -> list[Step]:
    """Return the steps of a script in TOML, a table `[[step]]` each.

    Raises:
        Missing: the file cannot be read.
        BadInput: it is no TOML, or a step names no known action, argument, time or occasion.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Missing(f"{path}: expected a scenario, found {error.strerror}; name a file that is there") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: expected TOML, found {error}; see docs/gateway.md") from error
    steps = document.pop("step", [])
    if document or not isinstance(steps, list) or not all(isinstance(one, dict) for one in steps):
        raise BadInput(f"{path}: expected tables named [[step]] and nothing else; see docs/gateway.md")
    return [step(one) for one in steps]


def step(table: Mapping[str, Any]) -> Step:
    """Return one step: `do` is the action, `at`, `on`, `skip` and `after` say when, the rest are its arguments."""
    rest = dict(table)
    name, at = rest.pop("do", ""), rest.pop("at", None)
    # Switches have an argument `on` too: true or false, where an occasion is a word.
    on = None if isinstance(rest.get("on"), bool) else rest.pop("on", None)
    skip, after = rest.pop("skip", 0), rest.pop("after", 0)
    if (at is None) is (on is None):
        raise BadInput(f"scenario: {name}: expected one of `at` (a time in New York) and `on` (an occasion)")
    if not isinstance(skip, int) or not isinstance(after, int | float) or after < 0 or skip < 0:
        raise BadInput(f"scenario: {name}: expected numbers from 0 up for skip and after, found {skip!r}, {after!r}")
    return Step(
        act=bound(name, rest),
        at=None if at is None else _time(at),
        on=None if on is None else _occasion(on),
        skip=skip,
        after=timedelta(seconds=after),
    )


class Script:
    """The steps that are still to come."""

    def __init__(self, hub: Hub, steps: list[Step]) -> None:
        self._hub = hub
        self._waiting = [one for one in steps if one.on is not None]
        for one in steps:
            if one.at is not None:
                hub.later(self._until(one.at) + one.after, one.act)

    def happened(self, occasion: Occasion) -> None:
        """Take the steps that waited for `occasion`."""
        for one in [one for one in self._waiting if one.on is occasion]:
            if one.skip:
                one.skip -= 1
            else:
                self._waiting.remove(one)
                self._hub.later(one.after, one.act)

    def _until(self, at: time) -> timedelta:
        instant = to_utc(datetime.combine(self._hub.world.day.date, at, tzinfo=NEW_YORK))
        return max(instant - self._hub.now(), timedelta(0))


def _time(value: Any) -> time:
    if isinstance(value, time):
        return value
    try:
        return time.fromisoformat(value)
    except (TypeError, ValueError):
        raise BadInput(f"scenario: at: expected a time as 10:05:00, found {value!r}") from None


def _occasion(value: Any) -> Occasion:
    try:
        return Occasion(value)
    except ValueError:
        known = ", ".join(one.value for one in Occasion)
        raise BadInput(f"scenario: on: expected {known}, found {value!r}") from None
