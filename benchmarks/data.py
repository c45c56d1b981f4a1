"""Loading a year of one-minute bars from the folder that `lottogrid data import` writes, beside the same bars as CSV.

    python benchmarks/data.py [--json] [--days 252] [--bars FILE]

Generated sessions of 510 minutes each, or the bars of a file. Each way ends in the same list of bars with exact prices;
`pandas, unchecked` only parses the CSV into columns, without a check or an exact price. Medians of rounds in which
every way runs once, in processor seconds, so that a busy machine matters less.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lottogrid.calendar import Calendar
from lottogrid.cli.feed import days_from
from lottogrid.market.bars import Bar
from lottogrid.market.generated import generate_sessions
from lottogrid.market.reader import read_bars
from lottogrid.market.store import BarStore
from lottogrid.market.writer import write_bars
from lottogrid.settings import SessionSettings

TICK = Decimal("0.25")


def made_bars(days: int) -> list[Bar]:
    """Return generated bars of so many sessions."""
    trading = days_from(Calendar(SessionSettings()), date(2025, 1, 2), None, days)
    return [bar for session in generate_sessions(trading, seed=1) for bar in session.bars]


def measure(bars: list[Bar], folder: Path, rounds: int) -> dict[str, float]:
    """Return the median processor seconds of each way to load `bars`."""
    path, store = folder / "bars.csv.gz", BarStore(folder / "bars")
    write_bars(path, bars)
    store.write(bars, tick=TICK)
    ways: dict[str, Callable[[], object]] = {
        "store": lambda: store.read(tick=TICK),
        "csv.gz": lambda: read_bars(path, tick=TICK),
        "pandas, unchecked": lambda: pd.read_csv(path, parse_dates=["ts"]),
    }
    assert store.read(tick=TICK) == read_bars(path, tick=TICK) == bars
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, load in ways.items():
            began = process_time()
            load()
            taken[name].append(process_time() - began)
    return {name: statistics.median(times) for name, times in taken.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=252)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--bars", type=Path, help="a file in the project's schema instead of generated bars")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    bars = made_bars(args.days) if args.bars is None else read_bars(args.bars, tick=TICK)
    with TemporaryDirectory() as folder:
        seconds = measure(bars, Path(folder), args.rounds)
    found = {
        "bars": len(bars),
        "seconds": {name: round(value, 4) for name, value in seconds.items()},
        "million_bars_a_second": {name: round(len(bars) / value / 1e6, 3) for name, value in seconds.items()},
        "store_against_csv": round(seconds["csv.gz"] / seconds["store"], 2),
    }
    if args.json:
        print(json.dumps(found, indent=2))
        return
    for name, value in seconds.items():
        print(f"{name:18} {value:7.3f} s  {len(bars) / value / 1e6:6.2f} million bars a second")
    print(f"{len(bars)} bars; the store takes {seconds['store'] / seconds['csv.gz']:.2f} of the time of csv.gz")


if __name__ == "__main__":
    main()
