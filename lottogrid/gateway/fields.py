"""Messages as tables of named fields, each table read and written by the same code.

A layout is a sequence of items: a `Field`, a run of fields that only some protocol versions have (`since`, `before`,
`only`), a counted table (`rows`), or fields that follow only where an earlier one says so (`when`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from lottogrid.errors import BadInput

UNSET_INT = "2147483647"
UNSET_LONG = "9223372036854775807"
UNSET_DOUBLE = "1.7976931348623157E308"

Message = dict[str, Any]
"""Field names to values: text once read; text, numbers, flags or None to be written; a table is a list of these."""


class Item(Protocol):
    """A part of a layout."""

    def write(self, values: Mapping[str, Any], version: int) -> Iterator[str]:
        """Yield the wire texts of this part."""
        ...

    def read(self, texts: Iterator[str], found: Message, version: int) -> None:
        """Take this part's texts and put them into `found`; StopIteration where they run out."""
        ...


def text(value: object) -> str:
    """Return `value` as it travels: flags as 1 and 0, absence as nothing, whole numbers without a decimal point."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:  # noqa: PLR2004 - exact in a double
        return str(int(value))
    return str(value).replace("\0", " ")


@dataclass(frozen=True, slots=True)
class Field:
    """One text; written as `default` where no value is given."""

    name: str
    default: str = ""

    def write(self, values: Mapping[str, Any], version: int) -> Iterator[str]:  # noqa: ARG002
        """Yield the one text."""
        yield text(values[self.name]) if self.name in values else self.default

    def read(self, texts: Iterator[str], found: Message, version: int) -> None:  # noqa: ARG002
        """Take the one text."""
        found[self.name] = next(texts)


@dataclass(frozen=True, slots=True)
class _Versions:
    """Items that exist in protocol versions from `first` to `last`, both included."""

    items: tuple[Item, ...]
    first: int
    last: int

    def write(self, values: Mapping[str, Any], version: int) -> Iterator[str]:
        if self.first <= version <= self.last:
            yield from _write(self.items, values, version)

    def read(self, texts: Iterator[str], found: Message, version: int) -> None:
        if self.first <= version <= self.last:
            _read(self.items, texts, found, version)


@dataclass(frozen=True, slots=True)
class _When:
    """Items that follow only where the text of an earlier field is one that `holds`."""

    name: str
    default: str
    holds: Callable[[str], bool]
    items: tuple[Item, ...]

    def write(self, values: Mapping[str, Any], version: int) -> Iterator[str]:
        if self.holds(text(values[self.name]) if self.name in values else self.default):
            yield from _write(self.items, values, version)

    def read(self, texts: Iterator[str], found: Message, version: int) -> None:
        if self.holds(found[self.name]):
            _read(self.items, texts, found, version)


@dataclass(frozen=True, slots=True)
class _Rows:
    """A count, then so many times the items."""

    name: str
    items: tuple[Item, ...]

    def write(self, values: Mapping[str, Any], version: int) -> Iterator[str]:
        table = values.get(self.name, ())
        yield str(len(table))
        for row in table:
            yield from _write(self.items, row, version)

    def read(self, texts: Iterator[str], found: Message, version: int) -> None:
        count = next(texts) or "0"
        if not (count.isascii() and count.isdigit()):
            raise BadInput(f"{self.name}: expected a count, found {count!r}; send the fields of the negotiated version")
        table: list[Message] = []
        found[self.name] = table
        for _ in range(int(count)):
            row: Message = {}
            _read(self.items, texts, row, version)
            table.append(row)


def fields(names: str) -> tuple[Item, ...]:
    """Return fields named in `names`, separated by blanks; `name=text` gives a default."""
    return tuple(Field(*word.split("=", 1)) for word in names.split())


def unset(names: str) -> tuple[Item, ...]:
    """Return fields that are an unset double where no value is given."""
    return tuple(Field(name, UNSET_DOUBLE) for name in names.split())


def since(version: int, names: str) -> tuple[Item, ...]:
    """Return fields that exist from protocol `version` on."""
    return (_Versions(fields(names), version, 1 << 30),)


def before(version: int, names: str) -> tuple[Item, ...]:
    """Return fields that exist up to the protocol before `version`."""
    return (_Versions(fields(names), 0, version - 1),)


def only(version: int, names: str) -> tuple[Item, ...]:
    """Return fields that exist in protocol `version` alone."""
    return (_Versions(fields(names), version, version),)


def rows(name: str, *items: Sequence[Item]) -> tuple[Item, ...]:
    """Return a counted table called `name`."""
    return (_Rows(name, _joined(items)),)


def when(name: str, holds: Callable[[str], bool], *items: Sequence[Item], default: str = "") -> tuple[Item, ...]:
    """Return items that follow only where the field `name`, which came before, holds; `default` is that field's."""
    return (_When(name, default, holds, _joined(items)),)


def is_given(value: str) -> bool:
    """Return whether a field has any text."""
    return value != ""


def is_set(value: str) -> bool:
    """Return whether a flag is up."""
    return value not in {"", "0"}


def is_positive(value: str) -> bool:
    """Return whether a field holds a number above 0 that is not the unset one."""
    return value not in {"", UNSET_DOUBLE} and float(value) > 0


@dataclass(frozen=True, slots=True)
class Layout:
    """A message: its number, its name, and its fields in order."""

    number: int
    name: str
    items: tuple[Item, ...]

    def write(self, values: Mapping[str, Any], version: int) -> list[str]:
        """Return the texts of the message, its number first."""
        return [str(self.number), *_write(self.items, values, version)]

    def read(self, texts: Sequence[str], version: int) -> tuple[Message, list[str]]:
        """Return the fields of `texts` (without the number) by name, and the texts that no field claims.

        Raises:
            BadInput: there are too few texts, or a count is no number.
        """
        found: Message = {}
        left = iter(texts)
        try:
            for item in self.items:
                item.read(left, found, version)
        except StopIteration:
            raise BadInput(
                f"{self.name}: expected more fields than the {len(texts)} found; send all of protocol {version}"
            ) from None
        return found, list(left)


def layout(number: int, name: str, *items: Sequence[Item]) -> Layout:
    """Return a layout of `items`, given in runs."""
    return Layout(number, name, _joined(items))


def _joined(runs: Sequence[Sequence[Item]]) -> tuple[Item, ...]:
    return tuple(item for run in runs for item in run)


def _write(items: Sequence[Item], values: Mapping[str, Any], version: int) -> Iterator[str]:
    for item in items:
        yield from item.write(values, version)


def _read(items: Sequence[Item], texts: Iterator[str], found: Message, version: int) -> None:
    for item in items:
        item.read(texts, found, version)
