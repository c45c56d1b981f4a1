"""`lottogrid decisions`: what the strategy decided, minute by minute."""

from __future__ import annotations

import argparse

from lottogrid.cli import options, output
from lottogrid.cli.looking import book
from lottogrid.cli.output import moment, number
from lottogrid.strategies.base import Decision

_EXAMPLES = """
lottogrid decisions
lottogrid decisions --date 2026-11-20 --limit 390 --json
"""


def add_parser(subparsers: options.Subparsers) -> None:
    """Add the command to the program's parser."""
    parser = options.command(subparsers, "decisions", "Print the decisions, the latest last.", _EXAMPLES)
    options.add_reading(parser, limit=30)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Print the decisions; return 0."""
    with book.opened(args) as found:
        decisions = found.ledger.decisions(args.date, args.limit)[::-1]
    if args.json:
        output.print_json({"decisions": [output.plain(decision) for decision in decisions]})
    elif decisions:
        rows = [_row(decision) for decision in decisions]
        output.console().print(output.table(("decided", "price", "entered", "refused because"), rows, right=("price",)))
    else:
        output.console().print("No decision yet.")
    return 0


def _row(decision: Decision) -> tuple[str, ...]:
    entered = ", ".join(f"level {number(each.level)} for ${each.worst_case_usd:.2f}" for each in decision.proposals)
    refused = "" if entered else "; ".join(dict.fromkeys(reason.value for reason in decision.refusals))
    return moment(decision.at), number(decision.underlying), entered or "no", refused
