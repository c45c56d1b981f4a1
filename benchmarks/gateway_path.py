"""Speed of the path to the broker: the whole bot over the IB adapter and TCP, on a paper gateway in the same process.

    python benchmarks/gateway_path.py [--json] [--speed 60] [--flips 1500]

Three figures. *Tick to order*: from the quote that decides leaving the adapter, over market data, decision and risk, to
the order handed to the client library; decision and intent are committed to the ledger on disk on the way. *Ticks a
second*: quotes of the gateway from its socket into the market data actor, as fast as it goes. *Start to READY*: from
the start of the tree to the first comparison of the books. Gateway and bot share the processor, and one interpreter.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from time import perf_counter
from typing import Any

from loguru import logger

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from actors.market_data import MarketData
from lottogrid.brokers.ib.link import Link
from lottogrid.brokers.ib.orders import Orders
from lottogrid.brokers.port import Quoted
from lottogrid.cli.desk import Desk
from lottogrid.cli.paperday import Account, Asked, choose
from lottogrid.cli.worlds import ThroughGateway
from lottogrid.exchange.store import Store
from lottogrid.gateway.actions import bound
from lottogrid.ledger.ledger import Ledger
from lottogrid.settings import Settings, load
from lottogrid.strategies.lotto_grid import LottoGrid
from machines.connection import ConnectionState

DAY = date(2025, 7, 3)
BUSY = (
    "session.market_open=12:15",
    "strategy.volatility_threshold=10",
    "strategy.max_premium_per_strangle=700",
    "risk.max_draw=100000",
    "risk.start_cash=200000",
    "risk.min_time_between_trades=1",
    "risk.max_trades_per_day=1000",
    "risk.max_open_trades=1000",
    "session.last_entry_minutes=8",
    "session.flatten_minutes=6",
    "simulator.seed=7",
)


@dataclass
class Stamps:
    """Instants of `perf_counter`."""

    quoted: float = 0.0
    decided_on: float | None = None
    """When the quote that the present decision was made on left the adapter; None once its first order is out."""
    to_order: list[float] = field(default_factory=list)
    """Seconds, one for each strangle."""
    quotes: int = 0
    ready: Event = field(default_factory=Event)


@contextmanager
def watched(stamps: Stamps) -> Iterator[None]:
    """Take the instants in passing."""
    tell, decide, transmit, take = Link._tell, LottoGrid.decide, Orders._transmit, MarketData._on_quotes  # noqa: SLF001

    def on_tell(self: Link, event: Any) -> None:
        if isinstance(event, Quoted):
            stamps.quoted = perf_counter()
        tell(self, event)

    def on_decide(self: LottoGrid, *view_and_book: Any) -> Any:
        stamps.decided_on = stamps.quoted
        return decide(self, *view_and_book)

    def on_transmit(self: Orders, *order: Any) -> None:
        transmit(self, *order)
        if stamps.decided_on is not None and order[0].ref.endswith("-1-1"):
            stamps.to_order.append(perf_counter() - stamps.decided_on)
            stamps.decided_on = None

    def on_quotes(self: MarketData, quotes: Any) -> None:
        take(self, quotes)
        stamps.quotes += len(quotes)

    parts: list[tuple[type, str, Callable[..., Any], Callable[..., Any]]] = [
        (Link, "_tell", tell, on_tell),
        (LottoGrid, "decide", decide, on_decide),
        (Orders, "_transmit", transmit, on_transmit),
        (MarketData, "_on_quotes", take, on_quotes),
    ]
    for owner, name, _, stamped in parts:
        setattr(owner, name, stamped)
    try:
        yield
    finally:
        for owner, name, own, _ in parts:
            setattr(owner, name, own)


@contextmanager
def running(folder: Path, settings: Settings) -> Iterator[tuple[Desk, ThroughGateway, float]]:
    """Yield a day that trades, its gateway, and the seconds from the start to READY."""
    day = choose(Asked(on=DAY, broker="gateway"), settings, Account(), today=DAY, recorded=None)
    path = folder / "ledger.sqlite"
    Ledger.open(path).close()
    with closing(Store(folder / "paper.sqlite")) as store:
        world = ThroughGateway(settings, day, store)
        desk = Desk(settings, day, path, world)
        began = perf_counter()
        desk.start()
        try:
            while (broker := desk.look().broker) is None or broker.state is not ConnectionState.READY:
                desk.wait(0.002)
            yield desk, world, perf_counter() - began
        finally:
            desk.stop()


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


def measure(speed: float, flips: int) -> dict[str, float]:
    """Return the figures; times in milliseconds."""
    stamps = Stamps()
    with watched(stamps), TemporaryDirectory() as folder:
        settings = load(None, {}, [*BUSY, f"simulator.speed={speed}", f"storage.directory={folder}"])
        with running(Path(folder), settings) as (desk, world, to_ready):
            while desk.look().at < _last_entry(desk):
                desk.wait(0.2)
            ticks = ticks_a_second(desk, world, stamps, flips)
    orders = sorted(stamps.to_order)
    return {
        "strangles": len(orders),
        "tick_to_order_p50_ms": statistics.median(orders) * 1000,
        "tick_to_order_p99_ms": orders[min(int(len(orders) * 0.99), len(orders) - 1)] * 1000,
        "quotes_a_second": ticks,
        "start_to_ready_ms": to_ready * 1000,
    }


def _last_entry(desk: Desk) -> Any:
    session = desk.look().session
    return session.day.last_entry if session is not None and session.day is not None else desk.look().at


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--speed", type=float, default=60)
    parser.add_argument("--flips", type=int, default=1500)
    args = parser.parse_args()
    logger.remove()
    found = measure(args.speed, args.flips)
    if args.json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            print(f"{name:24} {value:10.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
