"""Bars and option quotes as files that the readers take."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from lottogrid.clock import new_york
from lottogrid.errors import BadInput
from lottogrid.market.bars import Bar
from lottogrid.market.reader import COLUMNS

QUOTE_COLUMNS = ("quote_ts", "root", "expiry", "right", "strike", "bid", "ask", "mid", "underlying")


def write_bars(path: Path, bars: Iterable[Bar]) -> None:
    """Write bars as CSV, packed where the name ends in `.gz`; the file is there as a whole or not at all.

    Raises:
        BadInput: the name is that of another kind of file.
    """
    write_rows(path, COLUMNS, (_row(bar) for bar in bars))


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows under the names of their columns, as `write_bars` does."""
    if not path.name.removesuffix(".gz").endswith(".csv"):
        raise BadInput(f"{path}: expected a name ending in .csv or .csv.gz, found {path.name}; choose such a one")
    with _whole(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def _row(bar: Bar) -> tuple[object, ...]:
    volume = "" if bar.volume is None else bar.volume
    return new_york(bar.start).isoformat(), bar.open, bar.high, bar.low, bar.close, volume


@contextmanager
def _whole(path: Path) -> Iterator[TextIO]:
    half = path.with_name(f".{path.name}.half")
    try:
        with half.open("wb") as raw:
            # The same rows give the same bytes: no name and no time in the packed file.
            packed = gzip.GzipFile("", "wb", fileobj=raw, mtime=0) if path.suffix == ".gz" else raw
            with io.TextIOWrapper(packed, encoding="utf-8", newline="") as text:
                yield text
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
