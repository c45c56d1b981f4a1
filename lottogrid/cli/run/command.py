"""`lottogrid run`: the bot, for one session."""

from __future__ import annotations

import argparse

from lottogrid.cli import options
from lottogrid.errors import BadInput

_EXAMPLES = """
lottogrid run
lottogrid run --seed 7 --speed 300 --no-web
lottogrid run --bars es.csv.gz --date 2025-04-09 --json
lottogrid run --broker ib --gateway 7497
"""
_PURPOSE = (
    "Trade one session: the actors on threads, supervised, with the status page; on paper, inside this program, unless "
    "another broker is named. Ctrl-C stops in order, and the next run of the same day goes on where it stopped."
)


def add_parser(subparsers: options.Subparsers) -> None:
    """Add the command to the program's parser."""
    parser = options.command(subparsers, "run", _PURPOSE, _EXAMPLES)
    options.add_played_day(parser, date="trading day, YYYY-MM-DD; by default the unfinished one, today's or the last")
    parser.add_argument("--port", metavar="N", help="port of the page; by default web.port of the settings")
    parser.add_argument("--no-web", action="store_true", help="do not serve the status page")
    parser.add_argument(
        "--broker",
        choices=("paper", "ib"),
        default="paper",
        help="paper: the paper gateway inside this program, over TCP and the client library, as real orders go; ib: a "
        "TWS or IB Gateway elsewhere",
    )
    parser.add_argument(
        "--gateway",
        metavar="[HOST:]PORT",
        help="with --broker ib: where it is; by default mode.host and mode.port of the settings",
    )
    parser.add_argument(
        "--clock",
        choices=("system", "gateway"),
        default="system",
        help="with --broker ib: gateway takes the time of a paper gateway that plays its own day, --speed times as "
        "fast",
    )
    parser.add_argument("--rearm", action="store_true", help="end every halt and trade again, once you have looked")
    options.add_ledger(parser)
    options.add_settings(parser)
    options.add_json(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the session; 1 where it did not end flat, the books differ or the actors gave up."""
    from lottogrid.cli import results  # noqa: PLC0415 - slow, and --help needs none of it
    from lottogrid.cli.output import console, print_json  # noqa: PLC0415
    from lottogrid.cli.run.paperday import Asked  # noqa: PLC0415
    from lottogrid.cli.run.session import play  # noqa: PLC0415

    _refuse_idle_options(args)
    asked = Asked(
        bars=args.bars, on=args.date, as_of=args.as_of, rearm=args.rearm, broker=args.broker, clock=args.clock
    )
    result = play(options.settings_of(args, *_values(args)), asked)
    if args.json:
        print_json(result.document())
    else:
        results.show(result, console())
    return 1 if result.faults else 0


def _refuse_idle_options(args: argparse.Namespace) -> None:
    """An option that would change nothing was meant for something else."""
    is_at_broker = args.broker == "ib"
    idle = {
        "--gateway": args.gateway is not None and not is_at_broker,
        "--clock gateway": args.clock == "gateway" and not is_at_broker,
        "--seed": args.seed is not None and is_at_broker,
        "--speed": args.speed is not None and is_at_broker and args.clock != "gateway",
    }
    for name in (name for name, found in idle.items() if found):
        kind = f"{args.broker}{' --clock system' * is_at_broker}"
        raise BadInput(f"{name}: expected none with --broker {kind}, where it means nothing; leave it out")


def _values(args: argparse.Namespace) -> list[str]:
    host, port = (None, None) if args.gateway is None else options.address(args.gateway)
    given = {
        "simulator.seed": args.seed,
        "simulator.speed": args.speed,
        "web.port": args.port,
        "mode.host": host,
        "mode.port": port,
    }
    values = [f"{key}={value}" for key, value in given.items() if value is not None]
    return [*values, *options.ledger_values(args), *(["web.enabled=false"] if args.no_web else [])]
