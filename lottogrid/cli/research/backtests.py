"""`lottogrid backtests`: the results that were kept."""

from __future__ import annotations

import argparse
from pathlib import Path

from lottogrid.cli import options

_EXAMPLES = """
lottogrid backtests
lottogrid backtests 3
lottogrid backtests 3 5
lottogrid backtests 3 --html report.html
"""


def add_parser(subparsers: options.Subparsers) -> None:
    """Add the command to the program's parser."""
    purpose = "List the results of backtests, look at one, or compare several."
    parser = options.command(subparsers, "backtests", purpose, _EXAMPLES)
    parser.add_argument(
        "number",
        nargs="*",
        type=options.count,
        metavar="NUMBER",
        help="of a result: one is shown, several are compared",
    )
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the page about the one result")
    parser.add_argument("--drop", action="store_true", help="forget the results of these numbers")
    options.add_ledger(parser)
    options.add_settings(parser)
    options.add_json(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """List, show, compare, write or forget."""
    from lottogrid.cli.research import backtests_work  # noqa: PLC0415 - slow, and --help needs none of it

    return backtests_work.run(args, options.settings_of(args, *options.ledger_values(args)))
