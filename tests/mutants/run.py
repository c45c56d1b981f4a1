"""`make mutants`: every mutant, the day of the workload that catches it, and the invariant that names it."""

# ruff: noqa: T201 - it is a program

from __future__ import annotations

import argparse
import sys

from tests.mutants.table import CAUGHT_ON, MUTANTS
from tests.mutants.workload import COMMAND, SEED, play, search


def main(arguments: list[str]) -> int:
    """Print a line a mutant; 1 where one survives."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants.run", description=__doc__)
    parser.add_argument("--search", action="store_true", help=f"look through all of: {COMMAND}")
    parser.add_argument("names", nargs="*", help="only these")
    asked = parser.parse_args(arguments)
    chosen = [each for each in MUTANTS if not asked.names or each.name in asked.names]
    caught = 0
    print(f"{'mutant':28} {'seed':>4} {'day':>4} {'invariant':9} {'step':>6}")
    for mutant in chosen:
        day = search(mutant) if asked.search else play(CAUGHT_ON[mutant.name], mutant)
        found = day.violation if day else None
        if day is None or found is None:
            print(f"{mutant.name:28} survives", flush=True)
            continue
        caught += found.invariant in mutant.trips
        print(
            f"{mutant.name:28} {SEED:4} {day.number:4} {found.invariant:9} {day.steps:6}  {found.text[:90]}", flush=True
        )
    print(f"{caught} of {len(chosen)} caught by: {COMMAND}")
    return 0 if caught == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
