"""Option quotes from a file: all of it is checked before any of it is returned."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lottogrid.errors import BadInput
from lottogrid.market.rows import Row, Table, open_table
from lottogrid.pricing.blocks import Floats

REQUIRED = ("quote_ts", "root", "expiry", "right", "strike", "underlying")
PRICES = ("bid", "ask", "mid")

_LEAST_PRICE_COLUMNS = "a column mid, or columns bid and ask"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The quotes of one root and one expiry that bear one time, by strike, calls before puts. Prices in points.

    Unknown prices are NaN. `mid` is as given; where it is not, the middle of bid and ask, where both are known.
    """

    at: datetime
    """Aware, UTC: the quotes' time."""
    root: str
    expiry: date
    underlying: float
    strike: Floats
    is_call: NDArray[np.bool_]
    bid: Floats
    ask: Floats
    mid: Floats


def read_quotes(path: Path) -> list[Snapshot]:
    """Return the quotes of a CSV or Parquet file, oldest first; nothing is returned of a file with one fault.

    Args:
        path: named as for `read_bars`. Columns `quote_ts,root,expiry,right,strike,underlying` and `mid`, or `bid` and
            `ask`, or all three, in any order; others are ignored. `quote_ts` is ISO 8601 with an offset, `expiry` a
            date, `right` C or P. A price may be empty where it is not known; a bid of 0 is one: nobody bids.

    Raises:
        BadInput: the file breaks one of these rules; the message names line (row, in Parquet) and reason.
        Missing: the file cannot be opened, or Parquet is asked for and the package that reads it is absent.
    """
    with open_table(path, "option quotes", lambda found: _check_columns(path, found), blank=PRICES) as table:
        reader = _Reader(path, table)
        for row in table.rows:
            reader.take(row)
    return reader.snapshots()


def _check_columns(path: Path, found: list[str]) -> None:
    missing = [column for column in REQUIRED if column not in found]
    if not missing and "mid" not in found and not {"bid", "ask"} <= set(found):
        missing = [_LEAST_PRICE_COLUMNS]
    if missing:
        wanted = f"{','.join(REQUIRED)} and {_LEAST_PRICE_COLUMNS}"
        raise BadInput(f"{path} line 1: expected the columns {wanted}, found none called {', '.join(missing)}")
    if len(set(found)) < len(found):
        raise BadInput(f"{path} line 1: expected each column once, found {','.join(found)!r}; rename them")


_Key = tuple[datetime, str, date]


class _Reader:
    def __init__(self, path: Path, table: Table) -> None:
        self._path, self._unit, self._width = path, table.unit, len(table.columns)
        self._place = {name: place for place, name in enumerate(table.columns)}
        self._times: dict[str, datetime] = {}
        self._dates: dict[str, date] = {}
        self._found: dict[_Key, dict[tuple[float, bool], tuple[float, float, float]]] = {}
        self._underlying: dict[_Key, float] = {}
        self._line = 0

    def take(self, row: Row) -> None:
        """Take in one row."""
        self._line, values = row
        if len(values) != self._width:
            raise self._refusal("columns", f"{self._width} values", ",".join(values))
        text = {name: values[place] for name, place in self._place.items()}
        key = self._time(text["quote_ts"]), text["root"], self._date(text["expiry"])
        if text["right"] not in ("C", "P"):
            raise self._refusal("right", "C or P", text["right"])
        option = self._number(text, "strike", above=0.0), text["right"] == "C"
        underlying = self._number(text, "underlying", above=0.0)
        if math.isnan(option[0]) or math.isnan(underlying):
            raise self._refusal("strike, underlying", "both", f"{text['strike']},{text['underlying']}")
        options = self._found.setdefault(key, {})
        if option in options:
            raise self._refusal("strike", "each option once at one time", f"{text['right']} {text['strike']} again")
        options[option] = self._prices(text)
        self._underlying.setdefault(key, underlying)

    def snapshots(self) -> list[Snapshot]:
        """Return all that was taken in."""
        if not self._found:
            raise BadInput(f"{self._path}: expected quotes below the columns' names, found none")
        return [self._snapshot(key) for key in sorted(self._found)]

    def _snapshot(self, key: _Key) -> Snapshot:
        options = sorted(self._found[key].items(), key=lambda pair: (not pair[0][1], pair[0][0]))
        numbers = np.array([(strike, is_call, *prices) for (strike, is_call), prices in options], dtype=np.float64)
        strike, is_call, bid, ask, mid = numbers.T
        return Snapshot(*key, self._underlying[key], strike, is_call == 1, bid, ask, mid)

    def _prices(self, text: dict[str, str]) -> tuple[float, float, float]:
        bid, ask, mid = (self._number(text, name, above=-math.inf) for name in PRICES)
        if bid > ask:
            raise self._refusal("bid", "at most the ask", f"{text['bid']},{text['ask']}")
        return bid, ask, (bid + ask) / 2 if math.isnan(mid) else mid

    def _number(self, text: dict[str, str], name: str, *, above: float) -> float:
        word = text.get(name, "")
        if not word:
            return math.nan
        try:
            number = float(word)
        except ValueError:
            number = math.nan
        if not (0 <= number < math.inf and number > above):
            raise self._refusal(name, "a number above 0" if above == 0 else "a number from 0 on", word)
        return number

    def _time(self, text: str) -> datetime:
        found = self._times.get(text)
        if found is None:
            try:
                found = datetime.fromisoformat(text)
            except ValueError:
                found = None
            if found is None or found.tzinfo is None:
                raise self._refusal("quote_ts", "an ISO 8601 time with its offset", text)
            found = self._times[text] = found.astimezone(UTC)
        return found

    def _date(self, text: str) -> date:
        found = self._dates.get(text)
        if found is None:
            try:
                found = self._dates[text] = date.fromisoformat(text[:10])
            except ValueError:
                raise self._refusal("expiry", "a date as YYYY-MM-DD", text) from None
        return found

    def _refusal(self, column: str, expected: str, found: str) -> BadInput:
        where = f"{self._path} {self._unit} {self._line}"
        return BadInput(f"{where}: {column}: expected {expected}, found {found or 'nothing'!r}; correct the file")
