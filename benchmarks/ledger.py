"""How long a commit of the ledger takes that must outlive a power cut: in a file, and on a PostgreSQL server.

    python benchmarks/ledger.py [--json] [--commits 1000] [--database postgresql://USER@HOST/NAME]

A commit is that of an order: its intent and its move to SENT. Beside it stands the bare one: the same two lines of the
journal in a table without an index, in one transaction of the driver alone. All take turns, one after the other, on the
same disk. Without `--database`, which must be an empty one, a server is made and thrown away; where there is none
on this machine, only the file is measured.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory, gettempdir
from time import perf_counter

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lottogrid.ledger.codec import encode
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.place import Place, Server
from lottogrid.ledger.records import Record
from lottogrid.orders import OrderState
from tests.ledger.builders import intended, moved, planned
from tests.postgres.cluster import started

Commit = Callable[[int], object]
_TABLE = "CREATE TABLE bare (kind TEXT, subject TEXT, payload TEXT)"
_WARM = 50
"""Commits before the first that counts: a driver prepares what comes often."""


def order(number: int) -> list[Record]:
    """Return what is written before an order leaves."""
    intent = intended(attempt=number)
    return [intent, moved(intent, OrderState.INTENDED, OrderState.SENT)]


def ledger_commit(place: Place, closes: ExitStack) -> Commit:
    """Return a commit of the ledger at `place`, which is durable."""
    ledger = closes.enter_context(closing(Ledger.open(place)))
    ledger.commit([planned()])
    return lambda number: ledger.commit(order(number))


def bare_file(path: Path, closes: ExitStack) -> Commit:
    """Return the same lines written by sqlite3 alone."""
    database = closes.enter_context(closing(sqlite3.connect(path, isolation_level=None)))
    for statement in ("PRAGMA journal_mode = wal", "PRAGMA synchronous = full", _TABLE):
        database.execute(statement)

    def commit(number: int) -> None:
        database.execute("BEGIN IMMEDIATE")
        for record in order(number):
            database.execute("INSERT INTO bare VALUES (?, ?, ?)", encode(record))
        database.execute("COMMIT")

    return commit


def bare_server(server: Server, closes: ExitStack) -> Commit:
    """Return the same lines written by psycopg alone."""
    import psycopg  # noqa: PLC0415 - an extra

    database = closes.enter_context(psycopg.connect(server.url, autocommit=True))
    for statement in ("SET synchronous_commit = on", "DROP TABLE IF EXISTS bare", _TABLE):
        database.execute(statement.encode())

    def commit(number: int) -> None:
        database.execute("BEGIN")
        for record in order(number):
            database.execute("INSERT INTO bare VALUES (%s, %s, %s)", encode(record))
        database.execute("COMMIT")

    return commit


def measure(ways: dict[str, Commit], commits: int) -> dict[str, dict[str, float]]:
    """Return the median and the 99th percentile of each way's commits, microseconds."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(1, commits + _WARM + 1):
        for name, commit in ways.items():
            began = perf_counter()
            commit(number)
            taken[name].append(perf_counter() - began)
    found = {}
    for name, seconds in taken.items():
        cuts = quantiles(seconds[_WARM:], n=100)
        found[name] = {"p50_us": round(cuts[49] * 1e6), "p99_us": round(cuts[98] * 1e6)}
    return found


@contextmanager
def databases(given: str | None) -> Iterator[tuple[Server, Server] | None]:
    """Return two empty databases on a server, the second for what is bare; None where there is no server."""
    if given is not None:
        yield Server(given), Server(given)
        return
    try:
        with started(gettempdir()) as cluster, cluster.set(fsync="on"):
            yield cluster.place(), cluster.place()
    except pytest.skip.Exception as why:
        print(f"PostgreSQL is left out: {why}", file=sys.stderr)
        yield None


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commits", type=int, default=1000)
    parser.add_argument("--database", metavar="URL", help="an empty database, instead of a server made for it")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    with TemporaryDirectory() as folder, databases(args.database) as servers, ExitStack() as closes:
        ways = {
            "file, bare": bare_file(Path(folder) / "bare.sqlite", closes),
            "file": ledger_commit(Path(folder) / "ledger.sqlite", closes),
        }
        if servers is not None:
            ways["server"] = ledger_commit(servers[0], closes)
            ways["server, bare"] = bare_server(servers[1], closes)
        found = measure(ways, args.commits)
    against = {
        name: round(found[name]["p50_us"] / found[f"{name}, bare"]["p50_us"], 2)
        for name in ("file", "server")
        if name in found
    }
    if args.json:
        print(json.dumps({"commits": args.commits, "microseconds": found, "against_bare": against}))
        return
    for name, figures in found.items():
        beside = f", {against[name]} x the bare one" if name in against else ""
        print(f"{name:13} p50 {figures['p50_us']:6} us, p99 {figures['p99_us']:6} us{beside}")


if __name__ == "__main__":
    main()
