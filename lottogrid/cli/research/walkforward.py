"""`lottogrid walkforward`: choose on the past, trade what comes then, and go on."""

from __future__ import annotations

import argparse

from lottogrid.cli import options
from lottogrid.cli.research.sweep import add_grid

_EXAMPLES = """
lottogrid walkforward --bars es.csv.gz --train 60d --test 20d --grid volatility_threshold=0.5,0.67,0.8
lottogrid walkforward --days 120 --grid max_premium_per_strangle=15,25,40 profit_target_multiplier=3,4,5 --by pnl
"""


def add_parser(subparsers: options.Subparsers) -> None:
    """Add the command to the program's parser."""
    purpose = "Choose the best settings on some sessions, trade them on the next ones, and go on so to the end."
    parser = options.command(subparsers, "walkforward", purpose, _EXAMPLES)
    parser.add_argument(
        "--train", type=sessions, default=60, metavar="Nd", help="sessions to choose by, 60d by default"
    )
    parser.add_argument(
        "--test", type=sessions, default=20, metavar="Nd", help="sessions to trade then, 20d by default"
    )
    add_grid(parser)
    options.add_feed(parser)
    options.add_settings(parser)
    options.add_json(parser)
    parser.set_defaults(func=run)


def sessions(text: str) -> int:
    """Return the number of sessions that `text` (`60d` or `60`) names, for argparse."""
    return options.count(text.removesuffix("d"))


def run(args: argparse.Namespace) -> int:
    """Walk, and print the windows and what they came to."""
    from lottogrid.cli.output import console, print_json  # noqa: PLC0415
    from lottogrid.cli.research import report, walkforward_work  # noqa: PLC0415 - slow, and --help needs none of it
    from lottogrid.errors import BadInput  # noqa: PLC0415

    if not args.grid:
        raise BadInput(
            "walkforward: expected --grid with settings to choose from, found none; as in --grid realised_window=30,60"
        )
    walked = walkforward_work.walk_forward(args, options.settings_of(args, *options.feed_values(args)))
    if args.html is not None:
        report.write(args.html, walkforward_work.html_of(walked))
    print_json(walked.document()) if args.json else walkforward_work.show(walked, console())
    return 0
