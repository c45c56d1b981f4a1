"""What the fault points cost in production: speed of a replay with the hooks, and without them, in one process.

    python benchmarks/faults.py [--json] [--days 2] [--rounds 5]

Around each message the runtime asks whether a fault is planted; in production none is. *With* is the code as it is;
*without* runs the same sessions with these calls cut out of the actor's source; *idle* has an `Interference` installed
that does nothing, as a simulation without faults has. Rounds are interleaved and their order alternates, so that a busy
machine slows all; medians of the paired ratios are printed, beside the spread of *with* against itself, which is what
this machine can tell apart. The calls alone are timed, too.
"""

from __future__ import annotations

import argparse
import inspect
import json
import statistics
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from timeit import timeit
from typing import Any

from loguru import logger

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from actors.replay import Replay, play
from actors.runtime import actor as actor_module
from actors.runtime.actor import Actor
from actors.runtime.runtime import Interference
from actors.runtime.stepped import SteppedRuntime
from actors.venue import Line
from lottogrid.calendar import Calendar
from lottogrid.cli.feed import FIRST_GENERATED, days_from, generated
from lottogrid.cli.wiring import exchange_of, parts_of
from lottogrid.clock import VirtualClock
from lottogrid.ledger.ledger import Ledger
from lottogrid.market.sessions import Session
from lottogrid.settings import Settings, load

HOOKED = ("begin_life", "_handle_receive")
CALLS = 1_000_000


def seconds(settings: Settings, sessions: list[Session], interference: Interference | None = None) -> tuple[float, int]:
    """Return the CPU seconds of a replay, and its steps."""
    line = Line()
    with TemporaryDirectory(prefix="lottogrid-bench-") as folder:
        path = Path(folder) / "ledger.sqlite"
        Ledger.open(path, durable=False).close()
        parts = parts_of(settings, lambda: Ledger.open(path, durable=False), line.connect, compounds=False)
        replay = Replay(parts, line, exchange_of(settings), sessions, interference=interference)
        with closing(Ledger.open_read_only(path)) as ledger:
            began = process_time()
            result = play(replay, ledger)
            took = process_time() - began
    if result.faults:
        raise RuntimeError(f"replay: expected flat days and equal books, found {result.faults}")
    return took, result.steps


def without_hooks(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method of `Actor` compiled again without its calls of the fault points."""
    lines = textwrap.dedent(inspect.getsource(method)).splitlines()
    kept = [line for line in lines if ".interfere(" not in line]
    if len(lines) - len(kept) != 2:
        raise RuntimeError(f"{method.__name__}: expected two fault points, found {len(lines) - len(kept)}")
    # A class body round it, so that its bare `super()` finds its class.
    source = "from __future__ import annotations\nclass _Cut(Actor):\n" + textwrap.indent("\n".join(kept), "    ")
    source = source.replace("super()", "super(Actor, self)")
    space = dict(vars(actor_module))
    exec(source, space)  # the module's own source, less two lines
    cut: Callable[..., Any] = vars(space["_Cut"])[method.__name__]
    return cut


@contextmanager
def cut_out() -> Iterator[None]:
    """Take the fault points out of the actors for a while."""
    kept = {name: getattr(Actor, name) for name in HOOKED}
    try:
        for name, method in kept.items():
            setattr(Actor, name, without_hooks(method))
        yield
    finally:
        for name, method in kept.items():
            setattr(Actor, name, method)


def play_rounds(days: int, rounds: int) -> tuple[dict[str, list[float]], int]:
    """Return the CPU seconds of each way, round by round, and the steps, which must be the same for all."""
    settings = load(None, {}, ["simulator.profile=ideal", "max_premium_per_strangle=60"])
    sessions = generated(settings, days_from(Calendar(settings.session), FIRST_GENERATED, None, days)).sessions
    took: dict[str, list[float]] = {"with": [], "again": [], "without": [], "idle": []}
    steps = {seconds(settings, sessions)[1]}  # and warm
    for number in range(rounds):
        for name in list(took)[:: 1 if number % 2 else -1]:
            with cut_out() if name == "without" else nullcontext():
                found = seconds(settings, sessions, Interference() if name == "idle" else None)
            took[name].append(found[0])
            steps.add(found[1])
    if len(steps) != 1:
        raise RuntimeError(f"faults: expected the same steps each time, found {steps}")
    return took, steps.pop()


def measure(days: int, rounds: int) -> dict[str, float | int]:
    """Return the medians and the ratios."""
    took, steps = play_rounds(days, rounds)

    def ratio(name: str, other: str) -> float:
        return round(statistics.median(a / b for a, b in zip(took[name], took[other], strict=True)), 4)

    runtime = SteppedRuntime(VirtualClock(datetime(2026, 1, 5, tzinfo=UTC)))
    cell = runtime.spawn("nobody", Actor)
    call = timeit(lambda: runtime.interfere(cell, None, before=True), number=CALLS) / CALLS
    median = statistics.median(took["with"])
    return {
        "days": days,
        "steps": steps,
        "with_seconds": round(median, 3),
        "with_over_without": ratio("with", "without"),
        "with_over_with": ratio("again", "with"),
        "idle_over_without": ratio("idle", "without"),
        "nanoseconds_a_call": round(call * 1e9),
        "share_of_a_step": round(2 * call / (median / steps), 5),
    }


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--days", type=int, default=2, help="generated sessions")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds")
    arguments = parser.parse_args()
    logger.remove()
    found = measure(arguments.days, arguments.rounds)
    if arguments.json:
        print(json.dumps(found))
        return
    print(f"{found['days']} days, {found['steps']} steps, {found['with_seconds']} CPU seconds")
    print(f"  fault points, none planted {found['with_over_without']:>8.3f} times the time without them")
    print(f"  the same against itself    {found['with_over_with']:>8.3f} times: what this machine can tell apart")
    print(f"  an idle Interference       {found['idle_over_without']:>8.3f} times")
    print(f"  one call                   {found['nanoseconds_a_call']:>8} ns")
    print(f"  the two of a message       {found['share_of_a_step']:>8.2%} of a step")


if __name__ == "__main__":
    main()
