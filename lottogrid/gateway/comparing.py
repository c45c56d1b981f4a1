"""Two servers' messages, kind by kind: do they have the same layout?

A message is read by the table that the gateway writes it with, at the version that was negotiated. Fields are compared
by the type of what they hold; their values are not, as times, prices and numbers differ in any two sessions.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from lottogrid.errors import BadInput
from lottogrid.gateway.fields import UNSET_DOUBLE, UNSET_INT, UNSET_LONG, Message
from lottogrid.gateway.outgoing import OUTGOING

_LAYOUTS = {layout.number: layout for layout in OUTGOING.values()}
_UNSET = {UNSET_INT, UNSET_LONG, UNSET_DOUBLE, "1.7976931348623157E+308", "1.7976931348623157e+308"}
_TIME = re.compile(r"\d{8}[ -]+\d\d:\d\d:\d\d.*|\d\d:\d\d(:\d\d)?")
_PERSONAL = {"account", "accounts", "execId", "orderRef", "text", "shareholder", "sharesAllocation", "time", "ocaGroup"}
"""Fields whose words differ in any two sessions."""
_SHOWN = 4
"""How many words of a field are named."""


@dataclass(slots=True)
class Seen:
    """What one server's messages of a kind looked like."""

    count: int = 0
    misfits: set[str] = field(default_factory=set)
    """In which ways some did not fit the table."""
    types: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    words: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, number: int, texts: list[str], version: int) -> None:
        """Take in a message, given without its number."""
        self.count += 1
        layout = _LAYOUTS.get(number)
        if layout is None:
            return
        try:
            found, rest = layout.read(texts, version)
        except BadInput:
            self.misfits.add(f"fewer fields than the table has: {len(texts) + 1}")
            return
        if rest:
            self.misfits.add(f"{len(rest)} more fields than the table has: {len(texts) + 1}")
        for name, value in _flat(found):
            kind = type_of(value)
            self.types[name].add(kind)
            if kind == "a text" and name.rpartition(".")[2] not in _PERSONAL:
                self.words[name].add(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class KindReport:
    """How two servers' messages of one kind compare."""

    name: str
    recorded: int
    """How many there were."""
    replayed: int
    differences: tuple[str, ...] = ()
    """In the layout: each names a field, or the number of fields."""
    notes: tuple[str, ...] = ()
    """What a person may want to look at: words that differ, kinds that only one server has sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How two servers' messages compare."""

    kinds: tuple[KindReport, ...]
    versions: tuple[str, ...] = ()
    """Connections whose negotiated versions differ: nothing of them was compared."""

    @property
    def is_same(self) -> bool:
        """Whether no layout differs."""
        return not self.versions and not any(kind.differences for kind in self.kinds)


Frames = Iterable[tuple[int, list[str]]]
"""Protocol version and fields of messages."""


def compare(recorded: Frames, replayed: Frames) -> Report:
    """Return how the messages of a recorded server and those of the gateway compare, in the order of their numbers."""
    theirs, ours = _seen(recorded), _seen(replayed)
    return Report(kinds=tuple(_report(number, theirs, ours) for number in sorted(theirs.keys() | ours.keys())))


def type_of(value: str) -> str:
    """Return what a field holds: nothing, an unset number, a number, a time, or a text."""
    if value == "":
        return "nothing"
    if value in _UNSET:
        return "an unset number"
    try:
        return "a number" if Decimal(value).is_finite() else "a text"
    except InvalidOperation:
        return "a time" if _TIME.fullmatch(value) else "a text"


def _seen(messages: Frames) -> dict[int, Seen]:
    found: defaultdict[int, Seen] = defaultdict(Seen)
    for version, (number, *texts) in messages:
        if number.isascii() and number.isdigit():
            found[int(number)].add(int(number), texts, version)
    return found


def _report(number: int, theirs: dict[int, Seen], ours: dict[int, Seen]) -> KindReport:
    layout = _LAYOUTS.get(number)
    recorded, replayed = theirs.get(number, Seen()), ours.get(number, Seen())
    notes: list[str] = []
    if layout is None:
        notes.append("the gateway has no such message")
    elif not replayed.count:
        notes.append("recorded alone")
    elif not recorded.count:
        notes.append("replayed alone")
    both = recorded.count > 0 and replayed.count > 0
    return KindReport(
        name=f"message {number}" if layout is None else layout.name,
        recorded=recorded.count,
        replayed=replayed.count,
        differences=(*sorted(recorded.misfits), *(_differences(recorded, replayed) if both else ())),
        notes=(*notes, *(_words(recorded, replayed) if both else ())),
    )


def _differences(recorded: Seen, replayed: Seen) -> Iterator[str]:
    for name in [*recorded.types, *(name for name in replayed.types if name not in recorded.types)]:
        theirs, ours = recorded.types.get(name), replayed.types.get(name)
        if theirs is None or ours is None:
            # A table may be empty all day; any other field is there or belongs to another layout.
            if "." not in name and not recorded.misfits:
                yield f"{name}: only in what was {'replayed' if theirs is None else 'recorded'}"
        elif theirs.isdisjoint(ours):
            yield f"{name}: recorded {' or '.join(sorted(theirs))}, replayed {' or '.join(sorted(ours))}"


def _words(recorded: Seen, replayed: Seen) -> Iterator[str]:
    for name, theirs in recorded.words.items():
        ours = replayed.words.get(name, set())
        if ours and theirs.isdisjoint(ours):
            yield f"{name}: recorded {_listed(theirs)}, replayed {_listed(ours)}"


def _listed(words: set[str]) -> str:
    shown = sorted(words)[:_SHOWN]
    return ", ".join(shown) + (", ..." if len(words) > _SHOWN else "")


def _flat(found: Message, prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in found.items():
        if isinstance(value, list):
            for row in value:
                yield from _flat(row, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
