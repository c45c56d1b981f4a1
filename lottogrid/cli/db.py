"""`lottogrid db`: back the ledger up, bring it back, check it."""

from __future__ import annotations

import argparse
from pathlib import Path

from lottogrid.cli import options
from lottogrid.errors import BadInput
from lottogrid.ledger.backup import backup, check
from lottogrid.ledger.lock import LedgerLock

_EXAMPLES = """
lottogrid db backup monday.sqlite
lottogrid db restore monday.sqlite
lottogrid db check
"""


def add_parser(subparsers: options.Subparsers) -> None:
    """Add the command to the program's parser."""
    purpose = (
        "backup copies the ledger to FILE, also while the bot runs; restore makes a ledger of FILE where there is "
        "none; check looks for damage."
    )
    parser = options.command(subparsers, "db", purpose, _EXAMPLES)
    parser.add_argument("task", choices=("backup", "restore", "check"), help="what is to be done")
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="the copy; check looks at it, if given")
    options.add_ledger(parser)
    options.add_settings(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Do the task and say what was done."""
    if args.file is None and args.task != "check":
        raise BadInput(f"db {args.task}: expected the FILE of the copy, found none; name one")
    ledger = options.ledger_path(options.settings_of(args, *options.ledger_values(args)))
    match args.task:
        case "backup":
            backup(ledger, args.file)
            print(f"{ledger} copied to {args.file}")
        case "restore":
            with LedgerLock(ledger):
                backup(args.file, ledger)
            print(f"{ledger} made from {args.file}")
        case _:
            looked_at = args.file or ledger
            check(looked_at)
            print(f"{looked_at} is whole")
    return 0
