"""Unmodified client libraries, each in an environment of its own, against the gateway: `python -m tests.clients.run`.

Environments are kept in the folder given (default: var/clients). Some of these libraries have licences that do not let
them become a dependency: they are fetched here, used, and never shipped.
"""

# ruff: noqa: T201 - it is a program

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from lottogrid.clock import ScaledClock
from lottogrid.exchange.exchange import Exchange
from lottogrid.exchange.profiles import profile_of
from lottogrid.gateway.hub import Hub
from lottogrid.gateway.server import Server
from lottogrid.market.contracts import spec_of
from lottogrid.pricing.smile import Smile
from tests.clients import bot_day
from tests.exchange.desk import OPENS, FixedForecast
from tests.gateway.made import CALENDAR, session_of

CLIENTS = {
    "ib_insync": ("library", ["ib_insync==0.9.86", "tzdata"], 176),
    "ib_async": ("library", ["ib_async==2.1.0", "tzdata"], 178),
    "ibapi": ("official", ["ibapi==9.81.1.post1"], 157),
    "nautilus_ibapi": ("official", ["nautilus_ibapi==10.46.1", "protobuf"], 178),
}
"""Adapter, what is installed, and the protocol version that must be spoken."""
LEAST = 60
"""Checks that each client has to pass."""
TIME_LIMIT = 120


def main() -> int:
    """Run the checks with every client, or with those named; 1 where one fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.clients.run", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="CLIENT", help=f"out of {', '.join(CLIENTS)}; all by default")
    parser.add_argument("--folder", type=Path, default=Path("var/clients"), help="where the environments are kept")
    args = parser.parse_args()
    if unknown := set(args.names) - set(CLIENTS):
        parser.error(f"expected clients out of {', '.join(CLIENTS)}, found {', '.join(sorted(unknown))}")
    names = args.names or list(CLIENTS)
    return max([*(_run(name, args.folder) for name in names), _run_bot(names, args.folder)])


def _run(name: str, folder: Path) -> int:
    adapter, packages, version = CLIENTS[name]
    python = _environment(folder / name, packages)
    with _gateway() as server:
        words = [python, Path(__file__).with_name("checks.py"), adapter, name, str(server.port), str(version)]
        done = subprocess.run(words, capture_output=True, text=True, timeout=TIME_LIMIT, check=False)
    try:
        found = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        found = {"passed": 0, "failed": [f"it broke off: {done.stderr.strip()[-2000:]}"]}
    failed = found["failed"] + [f"the gateway: {error!r}" for error in [*server.faults, server.error] if error]
    if found["passed"] < LEAST:
        failed.append(f"expected {LEAST} checks, found {found['passed']}")
    print(f"{name:15} protocol {version}: {found['passed']} passed, {len(failed)} failed")
    for line in failed:
        print(f"    {line}")
    return 1 if failed else 0


def _run_bot(names: list[str], folder: Path) -> int:
    """Let the bot itself trade one day with each library that it may use."""
    libraries = [name for name in names if name in bot_day.LIBRARIES]
    if not libraries:
        return 0
    trades = {}
    try:
        for name in libraries:
            python = _environment(folder / name, CLIENTS[name][1])
            bot_day.install(python)
            trades[name] = bot_day.play(python, name)
        failed = bot_day.compare(trades)
    except RuntimeError as error:
        failed = [str(error)]
    counted = ", ".join(f"{len(each)} trades with {name}" for name, each in trades.items())
    print(f"the bot's day   {counted or 'not played'}: {'; '.join(failed) or 'the same'}")
    return 1 if failed else 0


def _environment(folder: Path, packages: list[str]) -> Path:
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
    return python.absolute()


@contextmanager
def _gateway() -> Iterator[Server]:
    """Serve a made-up day, a minute a second."""
    clock = ScaledClock(OPENS + timedelta(minutes=1), speed=60)
    exchange = Exchange(spec_of("MES"), profile_of("paper"), 1, Smile(), FixedForecast())
    moves = {minute: 6300 + 5 * (minute % 3) for minute in range(390)}
    with Server(Hub(exchange, session_of(moves), CALENDAR, clock.now), clock, port=0) as server:
        yield server


if __name__ == "__main__":
    sys.exit(main())
