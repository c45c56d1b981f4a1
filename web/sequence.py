"""What one actor was told and what it said last: a message sequence diagram, and the same as lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from actors.runtime.trace import CALLBACK, TIMER
from actors.view import View
from web import text

_MOST = 60
"""Arrows that are drawn: the latest."""
_LANE, _STEP, _HEAD, _TIME = 150, 26, 44, 70
"""Pixels: between two lanes, between two arrows, above the first arrow, for the times."""
_OF_ITSELF = {CALLBACK: "told by what it holds", TIMER: "its timer", "": "from outside the actors"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One actor."""

    name: str
    x: int
    is_subject: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """One message, or the same one several times in a row."""

    at: str
    sender: str
    target: str
    message: str
    count: int
    y: int
    x1: int
    x2: int
    is_own: bool
    """From a timer, from what the actor holds, or from itself: no other lane is the sender."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceDiagram:
    """The diagram, sizes in pixels."""

    name: str
    lanes: tuple[Lane, ...]
    arrows: tuple[Arrow, ...]
    since: str
    """When the first of them was sent; empty where there is none."""
    width: int
    height: int
    label: str


_Message = tuple[datetime, str, str, str]
"""When, sender, target, type."""


def sequence(view: View, name: str) -> SequenceDiagram:
    """Return what `name` was told and said last."""
    found = sorted(_messages(view, name))
    runs = [([at for at, *_ in group], key) for key, group in groupby(found, key=lambda each: each[1:])]
    shown = runs[-_MOST:]
    names = _lanes(name, [key for _, key in shown])
    x_of = {lane: _TIME + _LANE // 2 + place * _LANE for place, lane in enumerate(names)}
    arrows = tuple(
        _arrow(times, key, x_of, _HEAD + _STEP * (place + 1), view) for place, (times, key) in enumerate(shown)
    )
    return SequenceDiagram(
        name=name,
        lanes=tuple(Lane(name=lane, x=x, is_subject=lane == name) for lane, x in x_of.items()),
        arrows=arrows,
        since=text.moment(shown[0][0][0], view.at) if shown else "",
        width=_TIME + _LANE * max(len(names), 1),
        height=_HEAD + _STEP * (len(arrows) + 1),
        label=f"Latest messages to and from {name}: {len(arrows)} arrows between {', '.join(names)}; "
        "the table below says the same",
    )


def _messages(view: View, name: str) -> Iterator[_Message]:
    for target, passed in view.trace.items():
        for at, sender, kind in passed:
            if name in (target, sender):
                yield at, sender, target, kind.__name__.lstrip("_")


def _lanes(name: str, keys: list[tuple[str, str, str]]) -> list[str]:
    """Return those who take part, the subject first, then by how much they say and hear."""
    others: dict[str, int] = {}
    for sender, target, _ in keys:
        for each in {sender, target} - {name} - _OF_ITSELF.keys():
            others[each] = others.get(each, 0) + 1
    return [name, *sorted(others, key=lambda each: (-others[each], each))]


def _arrow(times: list[datetime], key: tuple[str, str, str], x_of: dict[str, int], y: int, view: View) -> Arrow:
    sender, target, message = key
    is_own = sender in _OF_ITSELF or sender == target
    x2 = x_of[target]
    return Arrow(
        at=text.moment(times[-1], view.at),
        sender=_OF_ITSELF.get(sender, sender),
        target=target,
        message=message,
        count=len(times),
        y=y,
        x1=x2 - 40 if is_own else x_of[sender],
        x2=x2,
        is_own=is_own,
    )
