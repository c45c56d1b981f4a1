"""`lottogrid gateway`: the paper gateway alone, for any client of the TWS API."""

from __future__ import annotations

import argparse
import signal
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from lottogrid.cli import options

if TYPE_CHECKING:
    from lottogrid.cli.paperday import PaperDay
    from lottogrid.clock import Clock
    from lottogrid.exchange.store import Keeper, Store
    from lottogrid.gateway.hub import Hub
    from lottogrid.gateway.script import Step
    from lottogrid.settings import Settings

LOOK_EVERY = 0.5
"""Real seconds between two looks at whether it is to stop."""

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
    from lottogrid.cli import recordings  # noqa: PLC0415 - it needs this module

    parser = options.command(subparsers, "gateway", _PURPOSE, _EXAMPLES)
    parser.add_argument("--port", type=port, default=4002, metavar="N", help="for clients; 4002, and 0 any free one")
    parser.add_argument("--control", type=port, metavar="N", help="port that scenarios are played through, live")
    add_day(parser)
    parser.add_argument("--scenario", type=Path, metavar="FILE", help="what goes wrong, and when, in TOML")
    parser.add_argument(
        "--version-max", type=_version, default=178, metavar="V", help="newest protocol, 157 to 178; 178"
    )
    options.add_ledger(parser)
    options.add_settings(parser)
    parser.set_defaults(func=run)
    tasks = parser.add_subparsers(metavar="TASK")
    recordings.add_record(tasks)
    recordings.add_replay(tasks)


def add_day(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which day is played, from when, and how fast."""
    parser.add_argument(
        "--bars", type=Path, metavar="FILE", help="one-minute bars, CSV or Parquet; else generated ones"
    )
    parser.add_argument("--date", type=options.day, metavar="DAY", help="New York; else the unfinished or the last day")
    parser.add_argument(
        "--as-of", type=options.instant, metavar="INSTANT", help="begin within the day: 2026-11-20T10:30-05:00"
    )
    parser.add_argument("--seed", metavar="N", help="of everything random; simulator.seed of the settings")
    parser.add_argument("--speed", metavar="X", help="market seconds in a real one; simulator.speed of the settings")


def settings_of(args: argparse.Namespace, *more: str) -> Settings:
    """Return the settings with what `add_day`'s options say."""
    values = {"simulator.seed": args.seed, "simulator.speed": args.speed}
    return options.settings_of(args, *more, *(f"{name}={value}" for name, value in values.items() if value is not None))


def run(args: argparse.Namespace) -> int:
    """Serve until a signal; 1 where the gateway itself failed."""
    from lottogrid.cli.paperday import Account, Asked, choose  # noqa: PLC0415 - slow, and --help needs none of it
    from lottogrid.clock import SystemClock, trading_date  # noqa: PLC0415
    from lottogrid.exchange.store import Store  # noqa: PLC0415
    from lottogrid.ledger.lock import LedgerLock  # noqa: PLC0415

    settings = settings_of(args, *options.ledger_values(args))
    path = settings.storage.directory / "gateway.sqlite"
    with LedgerLock(path):
        today = trading_date(SystemClock().now())
        asked = Asked(bars=args.bars, on=args.date, as_of=args.as_of)
        day = choose(asked, settings, Account.read(path), today=today, recorded=None)
        with closing(Store(path)) as store:
            store.put(day.date.isoformat(), day.market)
            store.flush()
            return _serve(args, settings, day, store)


def hub_of(
    settings: Settings, day: PaperDay, keeper: Keeper, *, version_max: int, steps: list[Step]
) -> tuple[Hub, Clock]:
    """Return a gateway that plays `day`, and the clock that it lives on, which runs from now on."""
    from lottogrid.calendar import Calendar  # noqa: PLC0415
    from lottogrid.cli.wiring import exchange_of  # noqa: PLC0415
    from lottogrid.clock import ScaledClock  # noqa: PLC0415
    from lottogrid.gateway.hub import GatewayRules, Hub  # noqa: PLC0415

    clock = ScaledClock(day.session.day.closes if day.is_over else day.starts_at, settings.simulator.speed)
    hub = Hub(
        exchange_of(settings, keeper),
        day.session,
        Calendar(settings.session),
        clock.now,
        rules=GatewayRules(start_cash_usd=settings.risk.start_cash, version_max=version_max),
        keeper=keeper,
        steps=steps,
        seed=settings.simulator.seed,
    )
    return hub, clock


def _serve(args: argparse.Namespace, settings: Settings, day: PaperDay, store: Store) -> int:
    from lottogrid.gateway.script import read  # noqa: PLC0415
    from lottogrid.gateway.server import Server  # noqa: PLC0415

    steps = read(args.scenario) if args.scenario is not None else []
    hub, clock = hub_of(settings, day, store, version_max=args.version_max, steps=steps)
    with asked_to_stop() as asked, Server(hub, clock, port=args.port, control=args.control, log=say) as server:
        speed = f"{settings.simulator.speed:g} times as fast as the clock"
        say(f"Account {hub.rules.account} on port {server.port}; {day.date} ({day.feed.name}), {speed}.")
        if server.control_port is not None:
            say(f"Control port {server.control_port}.")
        while not asked.is_set() and not server.wait(LOOK_EVERY):
            pass
    if server.error is not None:
        raise server.error
    return 1 if server.faults else 0


@contextmanager
def asked_to_stop() -> Iterator[threading.Event]:
    """Yield what Ctrl-C and SIGTERM set."""
    asked = threading.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, lambda *_: asked.set())
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def say(text: str) -> None:
    """Print a line for the operator on standard error."""
    from lottogrid.cli.output import console  # noqa: PLC0415

    # Whoever read the terminal may have left; clients are served all the same.
    with suppress(OSError):
        console(error=True).print(text, soft_wrap=True)


def port(text: str) -> int:
    """Return the port that an option names."""
    if not (text.isascii() and text.isdigit()) or int(text) > 65535:  # noqa: PLR2004 - the highest port there is
        raise argparse.ArgumentTypeError(f"expected a port from 0 to 65535, found {text!r}")
    return int(text)


def _version(text: str) -> int:
    from lottogrid.gateway.session import HIGHEST_VERSION, LOWEST_VERSION  # noqa: PLC0415

    if not (text.isascii() and text.isdigit()) or not LOWEST_VERSION <= int(text) <= HIGHEST_VERSION:
        raise argparse.ArgumentTypeError(
            f"expected a version from {LOWEST_VERSION} to {HIGHEST_VERSION}, found {text!r}"
        )
    return int(text)
