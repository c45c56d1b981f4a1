"""What a look back costs, and what it costs the bot that there can be one. CPU time, each beside its aim.

    python benchmarks/time_travel.py [--json] [--moments 200] [--minutes 30]

The busy end of a day with 15 strangles is recorded once a second, as in production: first as it is with minute bars,
then with quotes that all change each second. Then random moments are looked at again. *A message* goes from one thread
to another and back, as between two actors, while a recorder is at work beside it and while none is. Full collections of
what this process holds besides, the exchange and a played day, are kept out of the looks.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import statistics
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from threading import Event, Thread
from time import perf_counter, process_time

from loguru import logger

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from actors.past import Past
from actors.recorder import CHAIN
from actors.view import View
from actors.view_form import change, whole
from lottogrid.cli.run.desk import HAND_OVER
from lottogrid.flight.file import FlightWriter
from lottogrid.flight.header import Header
from lottogrid.market.quotes import Quote
from tests.timetravel.made import RecordedDay, recorded_day
from tests.web import made
from web.app import create_app

LOOK_AIM_MS = 200.0
SHARE_AIM_PERCENT = 2.0
SESSION_SECONDS = 390 * 60
BUSY = (
    "risk.min_time_between_trades=10",
    "risk.max_trades_per_day=20",
    "strategy.max_premium_per_strangle=60",
)
SECOND = timedelta(seconds=1)
GLANCE = 0.25
"""Seconds between two pictures when something happens all the time: four times as often as in a quiet hour."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--moments", type=int, default=200)
    parser.add_argument("--minutes", type=int, default=30, help="of the busy end of a day, recorded second by second")
    options = parser.parse_args()
    logger.remove()
    with TemporaryDirectory() as name:
        found = measure(Path(name), options.minutes, options.moments)
    if options.json:
        print(json.dumps(found, indent=2))
        return
    print(
        f"{found['positions']:.0f} positions, {found['frames']:.0f} pictures, {found['rows']:.0f} rows of the journal"
    )
    print(f"a picture recorded        {found['record_ms']:7.2f} ms median, {found['record_p99_ms']:.2f} ms at the 99th")
    print(f"of a core, once a second  {found['share_percent']:7.2f} %, aim {SHARE_AIM_PERCENT:g} %")
    print(f"disk, quotes move         {found['moving_mb_a_day']:7.1f} MB a session of {SESSION_SECONDS} pictures")
    print(f"disk, minute bars         {found['still_mb_a_day']:7.1f} MB a session of {SESSION_SECONDS} pictures")
    print(
        f"a moment rebuilt          {found['look_ms']:7.1f} ms median, {found['look_most_ms']:.1f} ms at most, ", end=""
    )
    print(f"aim {LOOK_AIM_MS:g} ms ({found['look_most_ms'] / LOOK_AIM_MS:.0%} of it)")
    print(f"the first in a process    {found['first_look_ms']:7.1f} ms")
    print(
        f"a message, no recorder    {found['message_us']:7.1f} us median, {found['message_p99_us']:.0f} us at the 99th"
    )
    print(f"a message, beside one     {found['message_beside_us']:7.1f} us median, ", end="")
    print(f"{found['message_beside_p99_us']:.0f} us at the 99th")
    print(f"the page of a moment      {found['page_ms']:7.1f} ms median, {found['page_most_ms']:.1f} ms at most")


def measure(folder: Path, minutes: int, moments: int) -> dict[str, float]:
    """Return the figures."""
    day = recorded_day(folder, *BUSY)
    day.run_to(380 - minutes)
    still, _ = _record(day, folder / "still.sqlite", lambda view, _: view, until=380 - minutes / 2)
    moving, times = _record(day, folder / "moving.sqlite", _shaken, until=380)
    view = day.look()
    without, beside = _messages(view, folder / "beside.sqlite")
    first, last = moving[0], moving[-1]
    past = Past(folder / "moving.sqlite", day.ledger)
    source = random.Random(1)
    asked = [first + source.random() * (last - first) for _ in range(moments)]
    gc.collect()
    gc.freeze()
    first_look = _ms(lambda: past.at(first))
    looks = [_ms(lambda at=at: past.at(at)) for at in asked]  # type: ignore[misc]
    client = create_app(lambda: view, made.about(day.settings), past=past).test_client()
    pages = [_ms(lambda at=at: client.get("/fragment", query_string={"at": at.isoformat()})) for at in asked]  # type: ignore[misc]
    day.replay.stop()
    return {
        "positions": len(view.positions),
        "frames": len(moving),
        "rows": view.sequence,
        "record_ms": statistics.median(times),
        "record_p99_ms": statistics.quantiles(times, n=100)[98],
        "share_percent": statistics.mean(times) / 10,
        "moving_mb_a_day": _megabytes(folder / "moving.sqlite", len(moving)),
        "still_mb_a_day": _megabytes(folder / "still.sqlite", len(still)),
        "first_look_ms": first_look,
        "look_ms": statistics.median(looks),
        "look_most_ms": max(looks),
        "message_us": statistics.median(without),
        "message_p99_us": statistics.quantiles(without, n=100)[98],
        "message_beside_us": statistics.median(beside),
        "message_beside_p99_us": statistics.quantiles(beside, n=100)[98],
        "page_ms": statistics.median(pages),
        "page_most_ms": max(pages),
    }


def _record(
    day: RecordedDay, path: Path, shake: Callable[[View, random.Random], View], *, until: float
) -> tuple[list[datetime], list[float]]:
    """Record each second as the recorder does, and time looking, comparing and writing together."""
    header = Header(settings=day.settings, started_at=day.day.opens, data="simulated", silence=5 * SECOND).write()
    writer = FlightWriter(path, header)
    source = random.Random(2)
    at = day.runtime.clock.now()
    end = day.day.opens + timedelta(minutes=until)
    instants, times, last = [], [], None
    while at < end:
        at += SECOND
        day.replay.runtime.run_until(at)
        began = process_time()
        seen = day.look()
        looked = process_time() - began
        view = shake(seen, source)
        began = process_time()
        is_whole = last is None or len(instants) % CHAIN == 0
        body = whole(view) if is_whole else change(last, view)
        if body is not None:
            writer.append(view.at, view.sequence, body, is_whole=is_whole)
        times.append((process_time() - began + looked) * 1000)
        instants.append(view.at)
        last = view
    writer.close()
    return instants, times


def _shaken(view: View, source: random.Random) -> View:
    """Let every quote move, as a real market's do, and what follows from it in the positions' rows."""
    if view.market is None:
        return view
    quotes = {
        contract: Quote(contract, view.at, Decimal(source.randint(1, 80)) / 20, None, source.randint(1, 99))
        for contract in view.market.quotes
    }
    price = Decimal(source.randint(24_000, 24_400)) / 4
    market = replace(view.market, at=view.at, underlying=price, underlying_at=view.at, quotes=quotes)
    rows = []
    for row in view.positions:
        legs = tuple(
            replace(leg, bid=quotes[leg.contract].bid, distance=leg.contract.strike - price)
            if leg.held and leg.contract in quotes
            else leg
            for leg in row.legs
        )
        rows.append(replace(row, legs=legs))
    actors = tuple(replace(row, handled=row.handled + source.randint(1, 50)) for row in view.actors)
    return replace(view, market=market, positions=tuple(rows), actors=actors)


def _messages(view: View, path: Path, blocks: int = 6, each: int = 400) -> tuple[list[float], list[float]]:
    """Return how long messages take to come back, us: without and with a recorder beside, in turns."""
    sys.setswitchinterval(HAND_OVER)
    there, back, at_work, over = SimpleQueue[int](), SimpleQueue[int](), Event(), Event()
    found: tuple[list[float], list[float]] = ([], [])

    def answer() -> None:
        while not over.is_set():
            back.put(there.get())

    def record() -> None:
        writer, last, source, number = FlightWriter(path, "{}"), None, random.Random(3), 0
        while not over.wait(GLANCE):
            if at_work.is_set():
                seen = _shaken(view, source)
                is_whole = last is None or number % CHAIN == 0
                body = whole(seen) if last is None or is_whole else change(last, seen)
                writer.append(seen.at, seen.sequence, body or "{}", is_whole=is_whole)
                last, number = seen, number + 1
        writer.close()

    threads = [Thread(target=answer, daemon=True), Thread(target=record, daemon=True)]
    for thread in threads:
        thread.start()
    for block in range(blocks):
        (at_work.set if block % 2 else at_work.clear)()
        for number in range(each):
            began = perf_counter()
            there.put(number)
            back.get()
            found[block % 2].append((perf_counter() - began) * 1e6)
            over.wait(0.003)
    over.set()
    there.put(0)
    threads[1].join()
    return found


def _megabytes(path: Path, frames: int) -> float:
    return path.stat().st_size / frames * SESSION_SECONDS / 1e6


def _ms(work: Callable[[], object]) -> float:
    """Return its CPU time: the wall's would be that of whoever else is at work on this machine."""
    began = process_time()
    work()
    return (process_time() - began) * 1000


if __name__ == "__main__":
    main()
