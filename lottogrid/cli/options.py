"""Options that commands share, and the settings that they lead to."""

from __future__ import annotations

import argparse
import os
import textwrap
from datetime import date, datetime
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, TypeAlias

from lottogrid.cli import volatility

if TYPE_CHECKING:
    from lottogrid.ledger.place import Place
    from lottogrid.settings import Settings

Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - named nowhere else


def command(subparsers: Subparsers, name: str, purpose: str, examples: str) -> argparse.ArgumentParser:
    """Add the command `name` and return its parser; `examples` are lines that can be copied."""
    lines = "\n".join(f"  {line}" for line in examples.strip().splitlines())
    return subparsers.add_parser(
        name,
        help=purpose.partition(". ")[0].replace("%", "%%"),
        description=textwrap.fill(purpose, get_terminal_size().columns - 2, break_on_hyphens=False),
        epilog=f"examples:\n{lines}\n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which settings hold."""
    group = parser.add_argument_group("settings")
    group.add_argument(
        "--config", type=Path, metavar="FILE", help="the settings file; by default ./settings.ini, if it exists"
    )
    group.add_argument("--preset", metavar="NAME", help="a named set of values; wins over file and environment")
    group.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="one value; wins over all others, may be repeated",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add `--json`."""
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")


def add_kernel(parser: argparse.ArgumentParser) -> None:
    """Add `--kernel`."""
    parser.add_argument(
        "--kernel",
        choices=("auto", "numpy", "numba"),
        default="auto",
        help="what computes; both come to the same, and auto takes numba where it is installed and there is much to do",
    )


def add_feed(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which days are played, and how."""
    parser.add_argument(
        "--bars",
        type=Path,
        metavar="PATH",
        help="one-minute bars: a file, CSV or Parquet, or a folder; by default generated",
    )
    volatility.add_options(parser)
    parser.add_argument("--from", dest="first", type=day, metavar="DAY", help="the first trading day, YYYY-MM-DD")
    parser.add_argument("--to", dest="last", type=day, metavar="DAY", help="the last trading day, included")
    parser.add_argument(
        "--days", type=count, metavar="N", help="this many trading days; by default 1 without --to and --bars"
    )
    parser.add_argument(
        "--seed", metavar="N", help="seed of all that is random; by default simulator.seed of the settings"
    )
    parser.add_argument("--strategy", metavar="NAME", help="what decides; by default strategy.name of the settings")


def feed_values(args: argparse.Namespace) -> list[str]:
    """Return what `add_feed`'s options set, as `KEY=VALUE`."""
    given = {"simulator.seed": args.seed, "strategy.name": args.strategy}
    return [f"{key}={value}" for key, value in given.items() if value is not None]


def add_ledger(parser: argparse.ArgumentParser) -> None:
    """Add the option that says where the ledger lives."""
    parser.add_argument(
        "--ledger", metavar="DIR", help="folder of the ledger; by default storage.directory of the settings"
    )


def add_reading(parser: argparse.ArgumentParser, *, limit: int | None = None) -> None:
    """Add the options of a command that reads the ledger; with `limit`, those that choose among many lines."""
    if limit is not None:
        parser.add_argument("--date", type=day, metavar="DAY", help="of this trading day only, YYYY-MM-DD")
        parser.add_argument("--limit", type=count, default=limit, metavar="N", help=f"the last N, {limit} by default")
    add_ledger(parser)
    add_settings(parser)
    add_json(parser)


def ledger_values(args: argparse.Namespace) -> list[str]:
    """Return what `add_ledger`'s option sets, as `KEY=VALUE`."""
    return [] if args.ledger is None else [f"storage.directory={args.ledger}"]


def settings_of(args: argparse.Namespace, *values: str) -> Settings:
    """Return the settings that hold; `values` (`KEY=VALUE`) come from options of their own and win.

    Raises:
        BadInput: a setting is unknown, out of range, or contradicts another.
        Missing: the settings file cannot be read.
    """
    from lottogrid.settings import load  # noqa: PLC0415 - slow, and --help needs none

    return load(args.config, os.environ, [*args.set, *values], args.preset)


def ledger_path(settings: Settings) -> Path:
    """Return the file of the ledger; where a server has its tables, its lock and all else still lie beside that."""
    return settings.storage.directory / "ledger.sqlite"


def ledger_place(settings: Settings) -> Place:
    """Return where the ledger's tables are: in that file, or on the server that the settings name."""
    from lottogrid.ledger.place import Server  # noqa: PLC0415 - slow, and --help needs none

    storage = settings.storage
    if not storage.database:
        return ledger_path(settings)
    return Server(storage.database, Path(storage.database_password_file) if storage.database_password_file else None)


def day(text: str) -> date:
    """Return the date that `text` (YYYY-MM-DD) names, for argparse."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a day as YYYY-MM-DD, found {text!r}") from None


def instant(text: str) -> datetime:
    """Return the instant that `text` (ISO 8601 with an offset) names, for argparse."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise argparse.ArgumentTypeError(
            f"expected an instant with its offset, as 2026-11-20T10:30-05:00, found {text!r}"
        )
    return found


def address(text: str) -> tuple[str | None, str]:
    """Return host and port of `text` (`HOST:PORT` or `PORT`); no host is None. The port is checked as a setting."""
    host, _, port = text.rpartition(":")
    return host or None, port


def count(text: str) -> int:
    """Return the number from 1 on that `text` names, for argparse."""
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 on, found {text!r}")
    return int(text)


def number(text: str) -> int:
    """Return the number from 0 on that `text` names, for argparse."""
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"expected a whole number from 0 on, found {text!r}")
    return int(text)


def add_played_day(parser: argparse.ArgumentParser, *, date: str) -> None:
    """Add the options that say which day is played, from when, and how fast; `date` is the help of one of them."""
    parser.add_argument(
        "--bars",
        type=Path,
        metavar="PATH",
        help="one-minute bars: a file, CSV or Parquet, or a folder; by default generated",
    )
    parser.add_argument(
        "--date",
        type=day,
        metavar="DAY",
        help=date,
    )
    parser.add_argument(
        "--as-of", type=instant, metavar="INSTANT", help="begin within the day, as 2026-11-20T10:30-05:00"
    )
    parser.add_argument(
        "--seed", metavar="N", help="seed of all that is random; by default simulator.seed of the settings"
    )
    parser.add_argument(
        "--speed", metavar="X", help="market seconds in a real one; by default simulator.speed of the settings"
    )
