"""`lottogrid check`: whether everything that a run needs is there."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from lottogrid.cli import options

if TYPE_CHECKING:
    from lottogrid.cli.upkeep.check_work import Check

_EXAMPLES = """
lottogrid check
lottogrid check --config settings.ini --json
lottogrid check --broker ib --gateway 7497
"""


def add_parser(subparsers: options.Subparsers) -> None:
    """Add the command to the program's parser."""
    purpose = "Check what a run needs, each thing with what to do where it fails. Exit code 1 where one does."
    parser = options.command(subparsers, "check", purpose, _EXAMPLES)
    parser.add_argument(
        "--broker",
        choices=("paper", "ib"),
        default="paper",
        help="ib: also look at a TWS or IB Gateway; nothing that could trade is sent",
    )
    parser.add_argument(
        "--gateway",
        metavar="[HOST:]PORT",
        help="with --broker ib: where it is; by default mode.host and mode.port of the settings",
    )
    options.add_reading(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Check and print; 1 where anything failed."""
    from lottogrid.cli import output  # noqa: PLC0415 - slow, and --help needs neither
    from lottogrid.cli.upkeep.check_work import checks_of  # noqa: PLC0415

    found = checks_of(args)
    passed = all(each.passed for each in found)
    if args.json:
        output.print_json({"passed": passed, "checks": [output.plain(each) for each in found]})
    else:
        rows = [(_state(each), each.name, each.found) for each in found]
        output.console().print(output.table(("", "check", "found"), rows))
    return 0 if passed else 1


def _state(check: Check) -> str:
    if not check.passed:
        return "FAILED"
    return "look" if check.warns else "ok"
