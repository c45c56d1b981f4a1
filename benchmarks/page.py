"""What the status page costs: a view with its page, and fifty open browsers. CPU time, each beside its aim.

`python -m benchmarks.page` prints medians; `--clients` and `--seconds` change the crowd.
"""

from __future__ import annotations

import argparse
import gc
import logging
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

from loguru import logger

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from actors.runtime.messages import Started
from actors.runtime.trace import Trace
from actors.view import View, look
from lottogrid.clock import ScaledClock
from lottogrid.settings import Settings
from tests.web import made
from web.app import create_app
from web.page import page
from web.picture import Picture
from web.server import Server

BUSY = (
    "strategy.volatility_threshold=10",
    "strategy.max_premium_per_strangle=700",
    "strategy.profit_target_multiplier=30",
    "risk.max_draw=50000",
    "risk.start_cash=500000",
    "risk.min_time_between_trades=15",
    "risk.max_trades_per_day=1000",
)
"""What has bought as much as may be open at once by the afternoon, and keeps it."""
BUILD_AIM_MS = 5.0
CROWD_AIM_PERCENT = 5.0
_CROWD = """
import http.client, sys, threading, time
host, port, clients, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
answered = [0] * clients
def poll(number):
    link, tag, end = http.client.HTTPConnection(host, port), "", time.monotonic() + seconds
    time.sleep(number / clients)
    while time.monotonic() < end:
        link.request("GET", "/fragment", headers={"Accept-Encoding": "gzip", "If-None-Match": tag or "x"})
        answer = link.getresponse(); answer.read()
        tag, answered[number] = answer.headers["ETag"], answered[number] + 1
        time.sleep(1)
threads = [threading.Thread(target=poll, args=(number,)) for number in range(clients)]
[each.start() for each in threads]; [each.join() for each in threads]
print(sum(answered))
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=20)
    options = parser.parse_args()
    logger.remove()
    logging.disable()  # the server's own remarks on its queue
    replay, settings, _ = made.stopped_day(Path(tempfile.mkdtemp()), *BUSY, minutes=380)
    spec = made.about(settings).spec
    view = look(replay.runtime, spec)
    rows = sum(len(story.records) for story in view.ledger.stories) if view.ledger else 0
    print(f"{len(view.open_positions)} positions open, {rows} rows of the journal about them, {view.sequence} in all")
    print(f"look at the bot        {_median_ms(lambda: look(replay.runtime, spec)):6.2f} ms")
    picture = Picture(view, ())
    about = made.about(settings)
    build = _median_ms(lambda: page(Picture(look(replay.runtime, spec), ()), about))
    print(f"look, and the page     {build:6.2f} ms, aim {BUILD_AIM_MS:g} ms ({build / BUILD_AIM_MS:.0%} of it)")
    print(f"the page alone         {_median_ms(lambda: page(picture, about)):6.2f} ms")
    print(f"one message traced     {_trace_us():6.2f} us")
    _crowd(view, settings, options.clients, options.seconds)
    replay.stop()


def _median_ms(work: Callable[[], object], times: int = 50) -> float:
    found = []
    gc.collect()
    for _ in range(times):
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return statistics.median(found) * 1000


def _trace_us(times: int = 100_000) -> float:
    trace, clock, message = Trace(), ScaledClock(made.NOON, 1), Started("x", 1)
    began = time.process_time()
    for _ in range(times):
        trace.note(clock.now(), "one", "two", message)
    return (time.process_time() - began) / times * 1e6


def _crowd(view: View, settings: Settings, clients: int, seconds: float) -> None:
    """Serve browsers that poll once a second a picture that moves; count this process's CPU time only."""
    began = time.monotonic()

    def moving() -> View:
        return replace(view, at=view.at + timedelta(seconds=time.monotonic() - began))

    app = create_app(moving, made.about(settings))
    percent, rate = _polled(app, clients, seconds)
    bare, _ = _polled(_bare, clients, seconds)
    print(f"{clients} browsers, {rate:.0f} answers/s  {percent:6.2f} % of a core, aim {CROWD_AIM_PERCENT:g} %")
    print(f"the bare server        {bare:6.2f} % of a core for as many answers of two bytes")
    print(f"nobody looking         {_idle_percent(app):6.2f} % of a core")


def _bare(environ: dict[str, object], start: Callable[..., object]) -> list[bytes]:
    del environ
    start("200 OK", [("ETag", "bare"), ("Content-Length", "2")])
    return [b"ok"]


def _polled(app: Any, clients: int, seconds: float) -> tuple[float, float]:
    """Return the share of a core, per cent, and answers a second."""
    server = Server(app)
    server.start()
    with urlopen(f"{server.url}fragment") as first:  # templates are compiled once in a process
        first.read()
    address = urlsplit(server.url)
    arguments = (str(address.hostname), str(address.port), str(clients), str(seconds))
    used, real = time.process_time(), time.monotonic()
    done = subprocess.run([sys.executable, "-c", _CROWD, *arguments], capture_output=True, text=True, check=True)
    used, real = time.process_time() - used, time.monotonic() - real
    server.stop()
    return used / real * 100, int(done.stdout) / real


def _idle_percent(app: Any, seconds: float = 3) -> float:
    server = Server(app)
    server.start()
    used = time.process_time()
    time.sleep(seconds)  # noqa: TID251 - what it costs when nothing happens
    used = time.process_time() - used
    server.stop()
    return used / seconds * 100


if __name__ == "__main__":
    main()
