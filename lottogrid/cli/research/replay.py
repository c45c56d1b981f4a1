"""`lottogrid replay`: days of bars through the real actors, stepped, in virtual time."""

from __future__ import annotations

import argparse
from pathlib import Path

from lottogrid.cli import options

_EXAMPLES = """
lottogrid replay --bars es.csv.gz --from 2025-04-01 --to 2025-04-11
lottogrid replay --days 20 --seed 7 --set volatility_threshold=0.8 --json
"""


def add_parser(subparsers: options.Subparsers) -> None:
    """Add the command to the program's parser."""
    parser = options.command(subparsers, "replay", "Play days of bars through the real actors.", _EXAMPLES)
    options.add_feed(parser)
    parser.add_argument("--ledger", type=Path, metavar="FILE", help="keep the ledger in this new file")
    options.add_settings(parser)
    options.add_json(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Replay and print the result; 1 where a day did not end flat or the books differ."""
    from lottogrid.cli import results  # noqa: PLC0415
    from lottogrid.cli.output import console, print_json  # noqa: PLC0415
    from lottogrid.cli.research import replay_work  # noqa: PLC0415 - slow, and --help needs none of it

    result = replay_work.replay(args, options.settings_of(args, *options.feed_values(args)))
    if args.json:
        print_json(result.document())
    else:
        results.show(result, console())
    return 1 if result.faults else 0
