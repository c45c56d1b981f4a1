"""What commands print: one JSON document, or a table."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from types import NoneType
from typing import Any

from rich.console import Console
from rich.table import Table

from lottogrid.clock import new_york
from lottogrid.market.contracts import OptionContract
from lottogrid.risk.reasons import Reason

UNKNOWN = "–"  # noqa: RUF001 - a dash as typeset tables have it
_WIDE = 200
"""Columns where nobody looks at a terminal: a file should not be wrapped."""


def print_json(document: dict[str, Any]) -> None:
    """Print `document`; NaN would be no JSON and is an error."""
    print(json.dumps(document, indent=2, allow_nan=False))


def console(*, error: bool = False) -> Console:
    """Return standard output, or standard error, as rich sees it; text is taken as it is."""
    stream = sys.stderr if error else sys.stdout
    width = None if stream.isatty() else _WIDE
    return Console(stderr=error, width=width, markup=False, highlight=False, emoji=False)


def table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[str] = (), title: str = ""
) -> Table:
    """Return a table of text; columns named in `right` are set flush right."""
    made = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        made.add_row(*row)
    return made


def facts(rows: Iterable[tuple[str, str]]) -> Table:
    """Return a table of names and values."""
    made = Table(box=None, show_header=False, pad_edge=False)
    made.add_column(style="dim")
    made.add_column(overflow="fold")
    for row in rows:
        made.add_row(*row)
    return made


def money(amount: Decimal | float | None) -> str:
    """Return dollars with sign and cents; a dash where unknown."""
    if amount is None:
        return UNKNOWN
    return f"{'-' if amount < 0 else ''}${abs(amount):,.2f}"


def number(value: Decimal | None) -> str:
    """Return `value` without trailing zeros; a dash where unknown."""
    if value is None:
        return UNKNOWN
    return f"{value.normalize():f}" if value else "0"


def hour(instant: datetime | None) -> str:
    """Return the New York time of `instant`, to the second; a dash where unknown."""
    return UNKNOWN if instant is None else f"{new_york(instant):%H:%M:%S}"


def moment(instant: datetime | None) -> str:
    """Return the New York day and time of `instant`; a dash where unknown."""
    return UNKNOWN if instant is None else f"{new_york(instant):%Y-%m-%d %H:%M:%S} ET"


def plain(value: Any) -> Any:
    """Return a domain value ready for JSON.

    Instants are New York's with their offset, decimals exact text, contracts their keys, reasons their codes, states
    their values.
    """
    for kinds, convert in _FORMS:
        if isinstance(value, kinds):
            return convert(value)
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"no JSON form for {value!r}")


# A datetime is a date and a reason an Enum: the narrower kind comes first.
_FORMS: tuple[tuple[type | tuple[type, ...], Callable[[Any], Any]], ...] = (
    ((str, bool, int, float, NoneType), lambda value: value),
    (Reason, lambda reason: reason.name),
    (Enum, lambda member: member.value),
    (Decimal, number),
    (datetime, lambda instant: new_york(instant).isoformat()),
    (date, date.isoformat),
    (OptionContract, lambda contract: contract.key),
    ((tuple, list), lambda values: [plain(each) for each in values]),
)
