"""`lottogrid data`: brings bars in, looks at them, makes some up, fetches them."""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path

from lottogrid.cli import options

_EXAMPLES = """
lottogrid data import es.csv.gz
lottogrid data check es.csv.gz
lottogrid data make --days 20 --seed 7 --output made.csv.gz
lottogrid replay --bars var/bars/MES
"""
_IMPORT = """
lottogrid data import es.csv.gz more.parquet
lottogrid data import --layout kibot ES.txt --to bars/ES
lottogrid data import --layout tradestation --zone America/Chicago es.txt
"""
_CHECK = """
lottogrid data check es.csv.gz
lottogrid data check var/bars/MES --json
"""
_MAKE = """
lottogrid data make --days 250 --seed 7 --to bars/made
lottogrid data make --days 5 --output made.csv.gz --quotes quotes.csv.gz
"""
_FETCH = """
lottogrid data fetch --ib --from 2026-10-01 --to 2026-10-30
lottogrid data fetch --yahoo
"""


def add_parser(subparsers: options.Subparsers) -> None:
    """Add the command to the program's parser."""
    parser = options.command(
        subparsers,
        "data",
        "Bars of one minute: import keeps them by day in a folder that --bars takes, check looks for holes and wrong "
        "hours, make makes sessions up, fetch asks a broker or Yahoo. docs/data.md has the layouts.",
        _EXAMPLES,
    )
    tasks = parser.add_subparsers(metavar="TASK", required=True)
    _add_import(tasks)
    _add_check(tasks)
    _add_make(tasks)
    _add_fetch(tasks)


def _add_import(tasks: options.Subparsers) -> None:
    parser = options.command(tasks, "import", "Check files of bars and keep them by day in a folder.", _IMPORT)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="CSV or Parquet, gzip allowed")
    _add_folder(parser, "--to", "--store")
    parser.add_argument("--replace", action="store_true", help="a new bar takes the place of one that differs")
    _add_layout(parser)
    _finish(parser, "work", "import_files")


def _add_check(tasks: options.Subparsers) -> None:
    parser = options.command(
        tasks, "check", "Look for holes, repeated rows, wrong hours and jumps; 1 where something is wrong.", _CHECK
    )
    parser.add_argument(
        "path",
        nargs="?",
        type=Path,
        metavar="PATH",
        help="a file, or a folder of bars; by default the one that import fills",
    )
    parser.add_argument("--sessions", action="store_true", help="list every trade date, not only those with holes")
    _add_layout(parser)
    _finish(parser, "work", "check")


def _add_make(tasks: options.Subparsers) -> None:
    parser = options.command(
        tasks,
        "make",
        "Make sessions up from a seed: the market's course of the day, jumps and memory, and none of its history.",
        _MAKE,
    )
    parser.add_argument("--days", type=options.count, default=1, metavar="N", help="trading days, 1 by default")
    parser.add_argument(
        "--from", dest="first", type=options.day, metavar="DAY", help="the first trading day, YYYY-MM-DD"
    )
    parser.add_argument(
        "--seed", metavar="N", help="another seed is another market; by default simulator.seed of the settings"
    )
    parser.add_argument(
        "--output", "-o", type=Path, metavar="FILE", help="write CSV, gzip allowed, instead of a folder"
    )
    parser.add_argument("--quotes", type=Path, metavar="FILE", help="also write half-hourly option quotes of the model")
    _add_folder(parser, "--to", "--store", default="made-SEED")
    _finish(parser, "work", "make")


def _add_fetch(tasks: options.Subparsers) -> None:
    purpose = (
        "Fetch one-minute bars into a folder. --ib asks the gateway of the settings day by day, no faster than it "
        "allows, and goes on where it was stopped. --yahoo has the last seven days only, delayed and unchecked."
    )
    parser = options.command(tasks, "fetch", purpose, _FETCH)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--ib", action="store_true", help="from TWS or an IB Gateway")
    source.add_argument("--yahoo", action="store_true", help="from Yahoo")
    parser.add_argument(
        "--from", dest="first", type=options.day, metavar="DAY", help="with --ib: the first day, YYYY-MM-DD"
    )
    parser.add_argument("--to", dest="last", type=options.day, metavar="DAY", help="with --ib: the last day, included")
    parser.add_argument(
        "--client-id",
        type=options.count,
        default=57,
        metavar="N",
        help="with --ib: a client id that the bot has not; 57 by default",
    )
    parser.add_argument("--replace", action="store_true", help="a new bar takes the place of one that differs")
    _add_folder(parser, "--store")
    _finish(parser, "fetch", "fetch")


def _add_folder(parser: argparse.ArgumentParser, *names: str, default: str = "INSTRUMENT") -> None:
    where = f"the folder; by default bars/{default} in storage.directory"
    parser.add_argument(*names, dest="folder", type=Path, metavar="DIR", help=where)


def _add_layout(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--layout", metavar="NAME", help="the vendor's, where the columns do not tell it: docs/data.md has the names"
    )
    parser.add_argument(
        "--zone", metavar="TZ", help="time zone of times that name none, where it is not the vendor's usual one"
    )
    parser.add_argument("--symbol", metavar="NAME", help="of several instruments in a file, the one wanted")


def _finish(parser: argparse.ArgumentParser, module: str, work: str) -> None:
    options.add_settings(parser)
    options.add_json(parser)
    parser.set_defaults(func=run, module=f"lottogrid.cli.data.{module}", work=work)


def run(args: argparse.Namespace) -> int:
    """Do the task and say what was done."""
    from lottogrid.cli.output import console, print_json  # noqa: PLC0415 - slow, and --help needs none of it

    seed = getattr(args, "seed", None)
    settings = options.settings_of(args, *([] if seed is None else [f"simulator.seed={seed}"]))
    found = getattr(import_module(args.module), args.work)(args, settings)
    if args.json:
        print_json(found.document)
    else:
        for line in found.lines:
            console().print(line, soft_wrap=isinstance(line, str))
    return int(found.code)
