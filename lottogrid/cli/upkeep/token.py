"""`lottogrid token`: what opens the controls on the page."""

from __future__ import annotations

import argparse

from lottogrid.cli import options

_EXAMPLES = """
lottogrid token
lottogrid token --new
"""


def add_parser(subparsers: options.Subparsers) -> None:
    """Add the command to the program's parser."""
    purpose = "Print the token that opens the controls on the page; it is a secret."
    parser = options.command(subparsers, "token", purpose, _EXAMPLES)
    parser.add_argument("--new", action="store_true", help="make a new one first: whoever is logged in is out")
    options.add_reading(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Print the token; return 0."""
    from lottogrid.cli.output import print_json  # noqa: PLC0415 - slow, and --help needs neither
    from web.tokens import TokenFile  # noqa: PLC0415

    tokens = TokenFile(options.settings_of(args, *options.ledger_values(args)).storage.directory)
    token = tokens.rotate() if args.new else tokens.value()
    if args.json:
        print_json({"token": token, "path": str(tokens.path)})
    else:
        print(token)
    return 0
