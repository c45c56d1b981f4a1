"""Daily closes of a volatility index, from a file."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from lottogrid.errors import BadInput
from lottogrid.market.rows import open_table

_OLDEST = timedelta(days=7)
"""A close from longer ago than that is no close of the session before: the file has a hole."""
_HIGHEST = 300.0


class VolatilityIndex:
    """Closes by day, annual and in percent, as VIX is published."""

    def __init__(self, closes: Mapping[date, float]) -> None:
        self._days = sorted(closes)
        self._closes = dict(closes)

    def close_before(self, on: date) -> float | None:
        """Return the last close before the day `on` as an annual fraction (0.16 is 16 %); None where not known."""
        place = bisect_left(self._days, on)
        if place == 0 or on - self._days[place - 1] > _OLDEST:
            return None
        return self._closes[self._days[place - 1]] / 100


def read_index(path: Path) -> VolatilityIndex:
    """Return the index in a CSV or Parquet file with the columns `date` and `close`, of any case; others are ignored.

    Raises:
        BadInput: the file lacks a column, or a row is not a date and a close above 0 and at most 300 %.
        Missing: the file cannot be opened.
    """
    closes: dict[date, float] = {}
    with open_table(path, "a volatility index", lambda found: _check_columns(path, found)) as table:
        names = [column.lower() for column in table.columns]
        day_place, close_place = names.index("date"), names.index("close")
        for line, row in table.rows:
            where = f"{path} {table.unit} {line}"
            if len(row) != len(names):
                raise BadInput(f"{where}: expected {len(names)} values, found {len(row)}; correct the file")
            try:
                on, close = date.fromisoformat(row[day_place][:10]), float(row[close_place])
            except ValueError:
                found = f"{row[day_place]},{row[close_place]}"
                raise BadInput(f"{where}: expected a date and a close, found {found!r}; correct the file") from None
            if not 0 < close <= _HIGHEST or on in closes:
                raise BadInput(f"{where}: expected one close a day, in percent, found {close:g} on {on}; correct it")
            closes[on] = close
    if not closes:
        raise BadInput(f"{path}: expected closes below the columns' names, found none")
    return VolatilityIndex(closes)


def _check_columns(path: Path, found: list[str]) -> None:
    names = [column.lower() for column in found]
    if names.count("date") != 1 or names.count("close") != 1:
        raise BadInput(f"{path} line 1: expected columns date and close, found {','.join(found)!r}; rename them")
