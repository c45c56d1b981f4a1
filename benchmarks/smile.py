"""What half-life, and whether moving slopes, price the next two months best: the choice behind `lottogrid calibrate`.

    python benchmarks/smile.py [--json] [--quotes FILE]

The smile is fitted to the real SPXW quotes up to each month of 2024-05 to 2024-12 and judged on the 62 days after it;
days from 2025-02 on, which judge the result elsewhere, are not looked at. Printed is the mean over the months of the
mean absolute error of whole strangles. The quotes are no part of the project; without them nothing is measured.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lottogrid.calendar import Calendar
from lottogrid.calibration.judge import strangles, summarise
from lottogrid.calibration.sample import within
from lottogrid.calibration.smile_fit import fit_smile
from lottogrid.market.chains import Chain, chains_of
from lottogrid.market.option_quotes import read_quotes
from lottogrid.settings import SessionSettings

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
QUOTES = "bench_spxw_0dte_mids_2023-11-06_2025-09-30.csv.gz"
LAST = date(2025, 1, 31)
MONTHS = [date(2024, month, 1) for month in range(5, 13)]
AHEAD = timedelta(days=62)
HALF_LIVES = (20.0, 40.0, 120.0, math.inf)
LEVELS = (1.25, 1.5)


def errors(chains: Sequence[Chain], half_life: float, *, may_move: bool) -> list[float]:
    """Return the mean absolute error at each level, averaged over the months."""
    found = []
    for month in MONTHS:
        smile = fit_smile(within(chains, None, month - timedelta(days=1)), half_life, may_move=may_move)
        later = within(chains, month, min(month + AHEAD, LAST))
        found.append([row.mean_abs_error for row in summarise(strangles(later, smile, LEVELS))])
    return [sum(column) / len(column) for column in zip(*found, strict=True)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    folder = Path(os.environ.get("LOTTOGRID_DATA", DATA))
    parser.add_argument("--quotes", type=Path, default=folder / QUOTES)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if not args.quotes.is_file():
        print(f"real quotes absent: {args.quotes.name}; set LOTTOGRID_DATA to their folder", file=sys.stderr)
        return
    chains, _ = chains_of(read_quotes(args.quotes), Calendar(SessionSettings()))
    rows = [
        {
            "slopes": "moving" if may_move else "still",
            "half_life": half_life,
            "errors": errors(chains, half_life, may_move=may_move),
        }
        for may_move in (False, True)
        for half_life in HALF_LIVES
    ]
    if args.json:
        print(json.dumps([{**row, "half_life": str(row["half_life"])} for row in rows], indent=2))
        return
    for row in rows:
        words = ", ".join(f"{error:.1%} at {level:g}" for level, error in zip(LEVELS, row["errors"], strict=True))
        print(f"slopes {row['slopes']:6} half-life {row['half_life']:4g} sessions: {words}")


if __name__ == "__main__":
    main()
