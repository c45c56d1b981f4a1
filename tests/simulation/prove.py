"""`make prove`: ten seeds of a thousand days in hell, and what they come to.

Each seed is one call of `lottogrid simulate`. What it prints is kept in `var/prove`, in a folder named after the
source, so that a run that was stopped goes on with the seed that it was at, and a change of the code begins anew.
"""

# ruff: noqa: T201 - it is a program

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SEEDS, DAYS, PROFILE = tuple(range(2, 12)), 1000, "hell"
SOURCES = ("lottogrid", "actors", "machines")
TRADING_YEAR = 252
COLUMNS = ("seed", "days", "processes", "messages", "orders", "fills", "faults", "classes", "violations", "CPU s")


def main(arguments: list[str]) -> int:
    """Play what is not there yet and print the tables; 1 where an invariant was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.prove", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS), help="2 to 11 by default")
    parser.add_argument("--days", type=int, default=DAYS, help="of each seed, 1000 by default")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes; all cores by default")
    parser.add_argument("--folder", type=Path, default=ROOT / "var" / "prove", help="where results are kept")
    asked = parser.parse_args(arguments)
    folder = asked.folder / source_digest()[:12]
    folder.mkdir(parents=True, exist_ok=True)
    results = [result_of(seed, asked.days, asked.jobs, folder) for seed in asked.seeds]
    print("\n".join(report(asked.seeds, results)))
    return 1 if any(each["violations"] for each in results) else 0


def source_digest() -> str:
    """Return the SHA-256 of everything that a simulated day runs, hexadecimal."""
    found = hashlib.sha256()
    for path in sorted(path for name in SOURCES for path in (ROOT / name).rglob("*.py")):
        found.update(path.relative_to(ROOT).as_posix().encode())
        found.update(path.read_bytes())
    return found.hexdigest()


def result_of(seed: int, days: int, jobs: int, folder: Path) -> dict[str, Any]:
    """Return what `lottogrid simulate --json` printed for a seed; played now where that was not kept."""
    kept = folder / f"{PROFILE}-{seed}-{days}.json"
    if not kept.exists():
        print(f"seed {seed}: {days} days on {jobs} cores", file=sys.stderr, flush=True)
        words = ["simulate", "--days", days, "--seed", seed, "--profile", PROFILE, "--jobs", jobs, "--json"]
        played = subprocess.run(
            [sys.executable, "-m", "lottogrid", *map(str, words)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if played.returncode > 1:
            sys.exit(f"seed {seed}: expected exit code 0 or 1, found {played.returncode}: {played.stderr}")
        being_written = kept.with_suffix(".part")
        being_written.write_text(played.stdout)
        being_written.replace(kept)
    result: dict[str, Any] = json.loads(kept.read_text())
    return result


def report(seeds: list[int], results: list[dict[str, Any]]) -> list[str]:
    """Return the tables as lines of Markdown, the violations with the command that shows each again."""
    rows = [row(str(seed), result) for seed, result in zip(seeds, results, strict=True)]
    total = ["all", *(str(sum(int(each[column]) for each in rows)) for column in range(1, len(COLUMNS)))]
    faults = total_of(results, "faults")
    total[COLUMNS.index("classes")] = str(sum(count > 0 for count in faults.values()))
    lines = [line(COLUMNS), line(["---:"] * len(COLUMNS)), *map(line, [*rows, total]), ""]
    lines += [line(("fault", "struck")), line(("---", "---:"))]
    lines += [line((fault, str(count or "untested"))) for fault, count in faults.items()]
    restarts = total_of(results, "restarts")
    days = sum(result["days"] for result in results)
    lines += [
        "",
        f"{days} simulated trading days, {days / TRADING_YEAR:.1f} years of {TRADING_YEAR}",
        f"restarts: {', '.join(f'{name} {count}' for name, count in sorted(restarts.items()))}",
        f"machines: {reached(results)}",
        f"source: {source_digest()}",
        *(f"digest of seed {seed}: {result['digest']}" for seed, result in zip(seeds, results, strict=True)),
    ]
    broken = (violation for result in results for violation in result["violations"])
    return [*lines, *(f"{each['invariant']}: {each['text']}\n  again: {each['reproduce']}" for each in broken)]


def row(seed: str, result: dict[str, Any]) -> list[str]:
    """Return a seed's line of the table."""
    faults = result["faults"].values()
    counts = (
        result["days"],
        result["processes"],
        result["steps"],
        result["orders"],
        result["executions"],
        sum(faults),
        sum(count > 0 for count in faults),
        len(result["violations"]),
        round(result["cpu_seconds"]),
    )
    return [seed, *map(str, counts)]


def total_of(results: list[dict[str, Any]], what: str) -> dict[str, int]:
    """Return the sum of counts by name."""
    total: Counter[str] = Counter()
    for result in results:
        total.update(result[what])
    return {name: total[name] for result in results for name in result[what]}


def reached(results: list[dict[str, Any]]) -> str:
    """Return how many rows of each machine were taken on any day of any seed."""
    unreached = set.intersection(*(set(result["unreached"]) for result in results))
    rows = {name: machine["rows"] for name, machine in results[0]["machines"].items()}
    missing = Counter(each.partition(":")[0] for each in unreached)
    return ", ".join(f"{name} {count - missing[name]}/{count}" for name, count in rows.items())


def line(cells: list[str] | tuple[str, ...]) -> str:
    """Return a line of a Markdown table."""
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
