"""Tuples of any length: what is written of one that has grown, lost its first members, or changed within."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import starmap
from operator import is_
from typing import Any

from lottogrid.flight.shapes import SAME, Form, Row

_Cut = tuple[int, int, int]
"""First and last (excluded) of the old members that stay, and the place of the first of them in the new ones."""


class Series(Form):
    """A tuple of members of one form.

    A change is `[first, last, edits, head, tail]`: of the old members those from `first` to `last` stay, edited at
    some places, with new ones before and behind.
    """

    def __init__(self, member: Form) -> None:
        self._member = member

    def write(self, value: Any) -> Any:
        """Return a list."""
        return [self._member.write(each) for each in value]

    def read(self, plain: Any) -> Any:
        """Return a tuple."""
        return tuple(self._member.read(each) for each in plain)

    def delta(self, old: Any, new: Any) -> Any:
        """Return the shortest change of those that are tried."""
        if old is new or (len(old) == len(new) and all(map(is_, old, new))):
            return SAME
        changes = list(starmap(lambda *cut: self._change(old, new, cut), _cuts(old, new)))
        if len(changes) > 1:
            return min(changes, key=lambda change: len(json.dumps(change)))
        first, last, edits, head, tail = changes[0]
        is_same = (first, last) == (0, len(old)) and not (edits or head or tail)
        return SAME if is_same else changes[0]

    def _change(self, old: Any, new: Any, cut: _Cut) -> list[Any]:
        first, last, place = cut
        behind = place + last - first
        found = enumerate(zip(old[first:last], new[place:behind], strict=True))
        changes = ((number, self._member.delta(*pair)) for number, pair in found)
        edits = [[number, change] for number, change in changes if change is not SAME]
        return [first, last, edits, self.write(new[:place]), self.write(new[behind:])]

    def patch(self, old: Any, change: Any) -> Any:
        """Return the new tuple."""
        first, last, edits, head, tail = change
        stay = list(old[first:last])
        for number, edit in edits:
            stay[number] = self._member.patch(stay[number], edit)
        return (*self.read(head), *stay, *self.read(tail))


class Table(Form):
    """A mapping, written as the series of its pairs: their order is kept."""

    def __init__(self, key: Form, value: Form) -> None:
        self._pairs = Series(Pair(key, value))

    def write(self, value: Any) -> Any:
        """Return a list of pairs."""
        return self._pairs.write(tuple(value.items()))

    def read(self, plain: Any) -> Any:
        """Return a dict."""
        return dict(self._pairs.read(plain))

    def delta(self, old: Mapping[Any, Any], new: Mapping[Any, Any]) -> Any:
        """Return the change of the pairs."""
        return SAME if old is new else self._pairs.delta(tuple(old.items()), tuple(new.items()))

    def patch(self, old: Mapping[Any, Any], change: Any) -> Any:
        """Return the new dict."""
        return dict(self._pairs.patch(tuple(old.items()), change))


class Pair(Row):
    """A key with its value; where the key stays, only the change of the value is written."""

    def __init__(self, key: Form, value: Form) -> None:
        super().__init__((key, value))
        self._key = key
        self._value = value

    def delta(self, old: Any, new: Any) -> Any:
        """Return the change of the value in a list of its own, or the whole pair."""
        if self._key.delta(old[0], new[0]) is not SAME:
            return self.write(new)
        change = self._value.delta(old[1], new[1])
        return SAME if change is SAME else [change]

    def patch(self, old: Any, change: Any) -> Any:
        """Return the new pair."""
        return self.read(change) if len(change) > 1 else (old[0], self._value.patch(old[1], change[0]))


def _cuts(old: Any, new: Any) -> list[_Cut]:
    """Return which members may have stayed: of a ring all but the first; else all, with the others put at an end."""
    shift = next((k for k in range(1, len(old)) if new and old[k] is new[0]), 0)
    if shift and len(old) - shift <= len(new) and all(map(is_, old[shift:], new)):
        return [(shift, len(old), 0)]
    common = min(len(old), len(new))
    at_head = (0, common, 0)
    if len(old) == len(new):
        return [at_head]
    return [at_head, (len(old) - common, len(old), len(new) - common)]
