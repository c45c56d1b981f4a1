"""Speed of the path to the broker: the whole bot over the IB adapter and TCP, on a paper gateway.

    python benchmarks/gateway_path.py [--json] [--speed 120] [--flips 1500]

*Tick to order*: from the quote that decides leaving the adapter, over market data, decision and risk, to the order
handed to the client library; on the way decision, plan and both orders are committed to the ledger on disk. The
gateway is another process, as a broker's is. Where the time goes is printed by stage, beside what the disk needs for a
bare write. *Ticks a second*: quotes of a gateway in this process from its socket into the market data actor, as fast
as it goes. *Start to READY*: from the start of the tree to the first comparison of the books.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from time import perf_counter
from typing import Any

from loguru import logger

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from actors.broker import Broker
from actors.market_data import MarketData
from actors.risk import Risk
from lottogrid.brokers.ib.link import Link
from lottogrid.brokers.ib.orders import Orders
from lottogrid.brokers.port import Quoted
from lottogrid.cli.run.desk import Desk
from lottogrid.cli.run.ib.day import stage_of
from lottogrid.cli.run.paperday import GATEWAY, IB, Account, Asked, choose
from lottogrid.cli.run.worlds import ThroughGateway
from lottogrid.exchange.store import Store
from lottogrid.gateway.actions import bound
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.records import PositionPlanned
from lottogrid.settings import load
from lottogrid.strategies.lotto_grid import LottoGrid
from machines.connection import ConnectionState

DAY = date(2025, 7, 2)
BUSY = (
    "session.market_open=12:00",
    "strategy.volatility_threshold=10",
    "strategy.max_premium_per_strangle=700",
    "risk.max_draw=100000",
    "risk.start_cash=200000",
    "risk.min_time_between_trades=1",
    "risk.max_trades_per_day=1000",
    "risk.max_open_trades=1000",
    "session.last_entry_minutes=30",
    "session.flatten_minutes=6",
    "simulator.seed=7",
)
STAGES = (
    "market data has it",
    "strategist decides",
    "risk is asked",
    "ledger begins to write",
    "it is on the disk",
    "broker has the order",
    "the client library has it",
)


Tap = Callable[..., None]
"""Looks at a call in passing."""


@dataclass
class Stamps:
    """Instants of `perf_counter`."""

    quoted: float = 0.0
    passed: list[float] = field(default_factory=list)
    """When the present decision passed the stages; empty where there is none."""
    paths: list[tuple[float, ...]] = field(default_factory=list)
    """Seconds that each stage took, one row for each strangle."""
    taken: float = 0.0
    quotes: int = 0
    ready: Event = field(default_factory=Event)

    def passes(self, stage: int) -> None:
        """Note an instant, where the stages before it have been passed."""
        if len(self.passed) != stage + 1:
            return
        self.passed.append(perf_counter())
        if len(self.passed) > len(STAGES):
            self.paths.append(tuple(after - before for before, after in pairwise(self.passed)))
            self.passed = []

    def on_tell(self, _: Link, event: Any) -> None:
        """The adapter tells something."""
        if isinstance(event, Quoted):
            self.quoted = perf_counter()

    def on_quotes(self, _: MarketData, quotes: Any) -> None:
        """Market data has quotes."""
        self.taken = perf_counter()
        self.quotes += len(quotes)

    def on_decide(self, *_: Any) -> None:
        """The strategist decides on the latest of them."""
        self.passed = [self.quoted, self.taken]
        self.passes(1)

    def at_commit(self, stage: int) -> Tap:
        """Pass a stage with each commit that plans a position."""

        def tap(_: Ledger, records: Any) -> None:
            if any(isinstance(record, PositionPlanned) for record in records):
                self.passes(stage)

        return tap

    def at_first_leg(self, stage: int) -> Tap:
        """Pass a stage with the first order of a position."""

        def tap(_: Any, intent: Any, *__: Any) -> None:
            if intent.ref.endswith("-1-1"):
                self.passes(stage)

        return tap


@contextmanager
def watched(stamps: Stamps) -> Iterator[None]:
    """Take the instants in passing."""
    taps: list[tuple[Any, str, Tap | None, Tap | None]] = [
        (Link, "_tell", stamps.on_tell, None),
        (MarketData, "_on_quotes", stamps.on_quotes, None),
        (LottoGrid, "decide", stamps.on_decide, None),
        (Risk, "_on_request", lambda *_: stamps.passes(2), None),
        (Ledger, "commit", stamps.at_commit(3), stamps.at_commit(4)),
        (Broker, "_place", stamps.at_first_leg(5), None),
        (Orders, "_transmit", None, stamps.at_first_leg(6)),
    ]
    with ExitStack() as stack:
        for owner, name, before, after in taps:
            own = getattr(owner, name)
            stack.callback(setattr, owner, name, own)
            setattr(owner, name, _tapped(own, before, after))
        yield


def _tapped(own: Callable[..., Any], before: Tap | None, after: Tap | None) -> Callable[..., Any]:
    def tapped(*args: Any) -> Any:
        if before is not None:
            before(*args)
        answer = own(*args)
        if after is not None:
            after(*args)
        return answer

    return tapped


@contextmanager
def gateway_apart(folder: Path, given: Sequence[str]) -> Iterator[int]:
    """Yield the port of a paper gateway that has just started as a process of its own."""
    command = [sys.executable, "-m", "lottogrid", "gateway", "--port", "0", "--date", DAY.isoformat()]
    for each in (*given, f"storage.directory={folder}"):
        command += ["--set", each]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        found = None
        while found is None:
            line = process.stderr.readline()
            assert line, "the gateway ended"
            found = re.search(r"Account \S+ on port (\d+)", line)
        yield int(found[1])
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def running(desk: Desk) -> Iterator[float]:
    """Let a desk trade; yield the seconds from the start to READY."""
    began = perf_counter()
    desk.start()
    try:
        while (broker := desk.look().broker) is None or broker.state is not ConnectionState.READY:
            desk.wait(0.002)
        yield perf_counter() - began
    finally:
        desk.stop()


@contextmanager
def desk_apart(folder: Path, given: Sequence[str]) -> Iterator[Desk]:
    """Yield a bot whose gateway is another process."""
    with gateway_apart(folder / "gateway", given) as port:
        settings = load(None, {}, [*given, f"storage.directory={folder}", f"mode.port={port}"])
        day, stage = stage_of(settings, Asked(broker=IB, clock=GATEWAY), recorded=None)
        yield Desk(settings, day, folder / "ledger.sqlite", stage.world, clock=stage.clock)


@contextmanager
def desk_embedding(folder: Path, given: Sequence[str]) -> Iterator[tuple[Desk, ThroughGateway]]:
    """Yield a bot with its gateway in this process, and the gateway."""
    settings = load(None, {}, [*given, f"storage.directory={folder}"])
    day = choose(Asked(on=DAY), settings, Account(), today=DAY, recorded=None)
    with closing(Store(folder / "paper.sqlite")) as store:
        world = ThroughGateway(settings, day, store)
        yield Desk(settings, day, folder / "ledger.sqlite", world), world


def ticks_a_second(desk: Desk, world: ThroughGateway, stamps: Stamps, flips: int) -> float:
    """Let every line's quote change `flips` times as fast as it goes; return quotes a second that came through."""
    server = world._server  # noqa: SLF001
    count, began = stamps.quotes, perf_counter()
    for number in range(flips):
        flip = bound("quotes", {"show": "true" if number % 2 else "one-sided"})
        done = Event()
        server.call(lambda hub, flip=flip, done=done: (flip(hub), done.set()))
        done.wait(5)
    last = -1
    while last != stamps.quotes:
        last, ended = stamps.quotes, perf_counter()
        desk.wait(0.2)
    return (last - count) / (ended - began)


def bare_write(folder: Path) -> float:
    """Return the median seconds that the disk needs to make 4 kB durable."""
    took = []
    with (folder / "bare").open("wb", buffering=0) as file:
        for _ in range(200):
            began = perf_counter()
            file.write(b"x" * 4096)
            os.fdatasync(file.fileno())
            took.append(perf_counter() - began)
    return statistics.median(took)


def measure(speed: float, flips: int) -> dict[str, Any]:
    """Return the figures; times in milliseconds."""
    given = (*BUSY, f"simulator.speed={speed}")
    stamps = Stamps()
    with watched(stamps):
        with TemporaryDirectory() as name, desk_apart(Path(name), given) as desk:
            bare = bare_write(Path(name))
            with running(desk) as to_ready:
                last = _last_entry(desk)
                while desk.runtime.clock.now() < last:
                    desk.wait(0.5)
        found = {"bare_write_ms": bare * 1000, "start_to_ready_ms": to_ready * 1000, **_paths(stamps)}
        with TemporaryDirectory() as name, desk_embedding(Path(name), given) as (desk, world), running(desk):
            desk.wait(2)
            found["quotes_a_second"] = ticks_a_second(desk, world, stamps, flips)
    return found


def _paths(stamps: Stamps) -> dict[str, Any]:
    whole = sorted(sum(path) for path in stamps.paths)
    by_stage = {
        stage: [_at(sorted(taken), 0.5) * 1000, _at(sorted(taken), 0.99) * 1000]
        for stage, taken in zip(STAGES, zip(*stamps.paths, strict=True), strict=True)
    }
    return {
        "strangles": len(whole),
        "tick_to_order_p50_ms": _at(whole, 0.5) * 1000,
        "tick_to_order_p99_ms": _at(whole, 0.99) * 1000,
        "stages_p50_p99_ms": by_stage,
    }


def _at(ordered: list[float], share: float) -> float:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def _last_entry(desk: Desk) -> Any:
    while (session := desk.look().session) is None or session.day is None:
        desk.wait(0.05)
    return session.day.last_entry + timedelta(minutes=1)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--speed", type=float, default=120)
    parser.add_argument("--flips", type=int, default=1500)
    args = parser.parse_args()
    logger.remove()
    found = measure(args.speed, args.flips)
    if args.json:
        print(json.dumps(found))
        return 0
    for stage, (median, slow) in found.pop("stages_p50_p99_ms").items():
        print(f"  {stage:26} {median:8.3f} {slow:8.3f}")
    for name, value in found.items():
        print(f"{name:26} {value:10.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
