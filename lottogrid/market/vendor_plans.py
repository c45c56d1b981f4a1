"""Which layout a file of bars has, told from its first row or named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lottogrid.errors import BadInput
from lottogrid.market.reader import COLUMNS
from lottogrid.market.vendors import LAYOUTS, Layout


@dataclass(frozen=True, slots=True)
class Plan:
    """How a file is read."""

    layout: Layout
    columns: tuple[str, ...]
    first_is_data: bool
    """Whether the file has no header."""
    zone: str | None
    """Of naive times; None refuses them."""

    def values(self, row: Sequence[str]) -> list[str]:
        """Return the values of a row, which CSV has taken for one where another separator is used."""
        return _split(self.layout, row)


def plan_of(first: Sequence[str], name: str | None = None, zone: str | None = None) -> Plan:
    """Return how a file with this first row is read.

    Args:
        first: its first row.
        name: the layout, where it was named; else it is told from the columns.
        zone: in which naive times are read, over the layout's own.

    Raises:
        BadInput: the row does not fit the named layout, or none, or only such as leave the zone open.
    """
    header = tuple(value.strip().lower() for value in first)
    if name is not None:
        return _named(name, header, first, zone)
    fitting = [layout for layout in LAYOUTS.values() if layout.fits(header)]
    if fitting:
        layout = max(fitting, key=lambda layout: len(layout.times) + len(layout.marks))
        return Plan(layout, header, False, zone)
    alike = [layout for layout in LAYOUTS.values() if _looks_like(layout, first)]
    if alike:
        raise BadInput(f"expected times with their zone, found a file without names of columns; {naming(alike)}")
    raise BadInput(f"expected the columns of {', '.join(LAYOUTS)}, found {','.join(first)[:80]!r}; rename them")


def naming(layouts: Sequence[Layout]) -> str:
    """Return what to do about a file that leaves its zone open."""
    words = (f"--layout {each.name}{'' if each.zone else ' --zone TZ'} ({each.description})" for each in layouts)
    return f"if it is one, say {' or '.join(words)}"


def _named(name: str, header: tuple[str, ...], first: Sequence[str], zone: str | None) -> Plan:
    layout = LAYOUTS.get(name)
    if layout is None:
        raise BadInput(f"--layout: expected one of {', '.join(LAYOUTS)}, found {name!r}")
    if layout.fits(header):
        return Plan(layout, header, False, zone or layout.zone)
    if _looks_like(layout, first):
        return Plan(layout, layout.columns, True, zone or layout.zone)
    wanted = ",".join(layout.columns or (*layout.times, *COLUMNS[1:5]))
    raise BadInput(f"expected {name}'s columns {wanted}, found {','.join(first)[:80]!r}; name another --layout")


def _looks_like(layout: Layout, first: Sequence[str]) -> bool:
    """Return whether a first row can be one of data in this layout."""
    values = _split(layout, first)
    if not layout.columns or len(values) != len(layout.columns):
        return False
    try:
        layout.read_time(values[: len(layout.times)])
        [float(value) for value in values[len(layout.times) :]]
    except (ValueError, OverflowError):
        return False
    return True


def _split(layout: Layout, row: Sequence[str]) -> list[str]:
    return list(row) if layout.separator == "," else [part for value in row for part in value.split(layout.separator)]
