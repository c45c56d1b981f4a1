"""How many days of the simulator a core plays in a second, beside the bare runtime, and where the time goes.

    python benchmarks/simulation.py [--json] [--days 20] [--rounds 3]

The days are those of `lottogrid simulate --seed 1 --profile hell`: the real actors, machines and SQLite ledger, with
all faults and invariants. The reference runs in the same process: as many messages between actors that do nothing, on
the same stepped runtime. CPU time; of each day the fastest round counts, so that a busy machine disturbs little. The
shares are of one more round, with a clock around every message.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from actors.runtime.actor import Actor
from actors.runtime.stepped import SteppedRuntime
from actors.simulation.options import Options
from actors.simulation.run import quiet_play_day
from lottogrid.cli.simulate.house import SimulatedHouse
from lottogrid.clock import VirtualClock

OPTIONS = Options(house=SimulatedHouse(), seed=1, profile="hell")
NOBODY = 10
SHOWN = 8


class Passing(Actor):
    """Passes a number on to the next, one less, until none is left."""

    def on_receive(self, message: object) -> None:
        left = int(str(message))
        if left:
            self.send(str(left % NOBODY), left - 1)


def bare_seconds(messages: int) -> float:
    """Return the CPU seconds of `messages` between actors that do nothing."""
    runtime = SteppedRuntime(VirtualClock(datetime(2026, 1, 5, tzinfo=UTC)), shuffle=True)
    for number in range(NOBODY):
        runtime.spawn(str(number), Passing)
    runtime.run_until_idle()
    runtime.send("0", messages - 1)
    began = process_time()
    runtime.run_until_idle()
    return process_time() - began


def day_seconds(number: int) -> tuple[float, int]:
    """Return the CPU seconds of a day, and its messages."""
    began = process_time()
    day = quiet_play_day(OPTIONS, number)
    if day.violation is not None:
        raise RuntimeError(f"day {number}: expected every invariant kept, found {day.violation}")
    return process_time() - began, day.steps


@contextmanager
def timed() -> Iterator[dict[str, float]]:
    """Sum the seconds of messages by who handles them; all positions are one."""
    took: defaultdict[str, float] = defaultdict(float)
    plain = Actor._handle_receive  # noqa: SLF001 - where every message passes

    def handle(actor: Actor, message: object) -> object:
        began = perf_counter()  # cheaper than the CPU's clock, which would weigh on small messages
        try:
            return plain(actor, message)
        finally:
            took["position" if actor.name.startswith("LG-") else actor.name] += perf_counter() - began

    Actor._handle_receive = handle  # type: ignore[assignment,method-assign] # noqa: SLF001
    try:
        yield took
    finally:
        Actor._handle_receive = plain  # type: ignore[method-assign] # noqa: SLF001


def measure(days: int, rounds: int) -> dict[str, object]:
    """Return speed, ratio and shares."""
    day_seconds(0)  # warm
    best = [float("inf")] * days
    bare = float("inf")
    steps = 0
    for _ in range(rounds):
        found = [day_seconds(number) for number in range(days)]
        best = [min(took, earlier) for (took, _), earlier in zip(found, best, strict=True)]
        steps = sum(count for _, count in found)
        bare = min(bare, bare_seconds(steps))
    began = perf_counter()
    with timed() as took:
        for number in range(days):
            day_seconds(number)
    whole = perf_counter() - began
    ranked = sorted(took.items(), key=lambda each: -each[1])
    shares = {name: round(seconds / whole, 3) for name, seconds in ranked[:SHOWN]}
    return {
        "days": days,
        "messages": steps,
        "days_a_second": round(days / sum(best), 2),
        "microseconds_a_message": round(sum(best) / steps * 1e6, 1),
        "over_bare_runtime": round(sum(best) / bare, 2),
        "shares": shares,
    }


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--days", type=int, default=20, help="days of seed 1, from the first")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is played")
    arguments = parser.parse_args()
    found = measure(arguments.days, arguments.rounds)
    if arguments.json:
        print(json.dumps(found))
        return
    print(f"{found['days']} days, {found['messages']} messages")
    print(f"  {found['days_a_second']} days a second of one core, {found['microseconds_a_message']} us a message")
    print(f"  {found['over_bare_runtime']} times the time of as many messages between actors that do nothing")
    shares = found["shares"]
    assert isinstance(shares, dict)
    print("  " + ", ".join(f"{name} {share:.0%}" for name, share in shares.items()))


if __name__ == "__main__":
    main()
