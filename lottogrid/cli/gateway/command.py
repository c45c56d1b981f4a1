"""`lottogrid gateway`: the paper gateway alone, for any client of the TWS API."""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from lottogrid.cli import options
from lottogrid.cli.gateway import playing, recordings

if TYPE_CHECKING:
    from lottogrid.cli.run.paperday import PaperDay
    from lottogrid.exchange.store import Store
    from lottogrid.settings import Settings

_EXAMPLES = """
lottogrid gateway
lottogrid gateway --port 4002 --bars es.csv.gz --date 2025-04-09 --speed 1
lottogrid gateway --scenario outage.toml --control 4003 --version-max 157
lottogrid gateway record --upstream 127.0.0.1:4002 --port 4010 monday.jsonl
lottogrid gateway replay monday.jsonl
"""
_PURPOSE = (
    "Serve the TWS API's protocol on this machine, and trade on the simulated exchange for whoever connects. "
    "Ctrl-C stops; the next call goes on with the same account. docs/gateway.md has scenarios and the control port."
)


def add_parser(subparsers: options.Subparsers) -> None:
    """Add the command to the program's parser."""
    parser = options.command(subparsers, "gateway", _PURPOSE, _EXAMPLES)
    parser.add_argument(
        "--port", type=playing.port, default=4002, metavar="N", help="for clients, 4002 by default; 0 is any free one"
    )
    parser.add_argument("--control", type=playing.port, metavar="N", help="port that takes scenarios while it serves")
    playing.add_day(parser)
    parser.add_argument("--scenario", type=Path, metavar="FILE", help="what goes wrong, and when, in TOML")
    parser.add_argument(
        "--version-max",
        type=_version,
        default=178,
        metavar="V",
        help="newest protocol version, 157 to 178; by default 178",
    )
    options.add_ledger(parser)
    options.add_settings(parser)
    parser.set_defaults(func=run)
    tasks = parser.add_subparsers(metavar="TASK")
    recordings.add_record(tasks)
    recordings.add_replay(tasks)


def run(args: argparse.Namespace) -> int:
    """Serve until a signal; 1 where the gateway itself failed."""
    from lottogrid.cli.run.paperday import Account, Asked, choose  # noqa: PLC0415 - slow, and --help needs none of it
    from lottogrid.clock import SystemClock, trading_date  # noqa: PLC0415
    from lottogrid.exchange.store import Store  # noqa: PLC0415
    from lottogrid.ledger.lock import LedgerLock  # noqa: PLC0415

    settings = playing.settings_of(args, *options.ledger_values(args))
    path = settings.storage.directory / "gateway.sqlite"
    with LedgerLock(path):
        today = trading_date(SystemClock().now())
        asked = Asked(bars=args.bars, on=args.date, as_of=args.as_of)
        day = choose(asked, settings, Account.read(path), today=today, recorded=None)
        with closing(Store(path)) as store:
            store.put(day.date.isoformat(), day.market)
            store.flush()
            return _serve(args, settings, day, store)


def _serve(args: argparse.Namespace, settings: Settings, day: PaperDay, store: Store) -> int:
    from lottogrid.gateway.script import read  # noqa: PLC0415
    from lottogrid.gateway.server import Server  # noqa: PLC0415

    steps = read(args.scenario) if args.scenario is not None else []
    hub, clock = playing.hub_of(settings, day, store, version_max=args.version_max, steps=steps)
    with (
        playing.asked_to_stop() as asked,
        Server(hub, clock, port=args.port, control=args.control, log=playing.say) as server,
    ):
        speed = f"{settings.simulator.speed:g} times as fast as the clock"
        playing.say(f"Account {hub.rules.account} on port {server.port}; {day.date} ({day.feed.name}), {speed}.")
        if server.control_port is not None:
            playing.say(f"Control port {server.control_port}.")
        while not asked.is_set() and not server.wait(playing.LOOK_EVERY):
            pass
    if server.error is not None:
        raise server.error
    return 1 if server.faults else 0


def _version(text: str) -> int:
    from lottogrid.gateway.session import HIGHEST_VERSION, LOWEST_VERSION  # noqa: PLC0415

    if not (text.isascii() and text.isdigit()) or not LOWEST_VERSION <= int(text) <= HIGHEST_VERSION:
        raise argparse.ArgumentTypeError(
            f"expected a version from {LOWEST_VERSION} to {HIGHEST_VERSION}, found {text!r}"
        )
    return int(text)
