"""`lottogrid db`: back the ledger up, bring it back, export it, check it."""

from __future__ import annotations

import argparse
from pathlib import Path

from lottogrid.cli import options
from lottogrid.errors import BadInput

_EXAMPLES = """
lottogrid db backup monday.sqlite
lottogrid db backup --into backups --keep 30
lottogrid db restore monday.sqlite
lottogrid db restore monday.sqlite --set storage.database=postgresql://lottogrid@localhost/lottogrid
lottogrid db export november --format parquet
lottogrid db check
"""


def add_parser(subparsers: options.Subparsers) -> None:
    """Add the command to the program's parser."""
    purpose = (
        "backup copies the ledger to FILE, also while the bot runs, and looks whether the copy is whole; restore makes "
        "a ledger of FILE where there is none; export writes every table to a file in the new folder FILE; check looks "
        "for damage. A copy is a file of SQLite's, also of a ledger on a PostgreSQL server, and is restored to either."
    )
    parser = options.command(subparsers, "db", purpose, _EXAMPLES)
    parser.add_argument(
        "task",
        choices=("backup", "restore", "export", "check"),
        metavar="TASK",
        help="backup, restore, export or check",
    )
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        metavar="FILE",
        help="the copy, or the new folder of an export; check looks at the ledger without it",
    )
    parser.add_argument(
        "--into", type=Path, metavar="DIR", help="with backup, instead of FILE: a folder of copies, named by time"
    )
    parser.add_argument("--keep", type=options.count, metavar="N", help="with --into: delete all but the newest N")
    parser.add_argument("--format", choices=("csv", "parquet"), help="with export: of the files; csv by default")
    options.add_ledger(parser)
    options.add_settings(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Do the task and say what was done."""
    from lottogrid.ledger.backup import backup, backup_dated, check, restore  # noqa: PLC0415 - slow, and --help needs none
    from lottogrid.ledger.lock import LedgerLock  # noqa: PLC0415

    _refuse_what_does_not_fit(args)
    settings = options.settings_of(args, *options.ledger_values(args))
    ledger = options.ledger_place(settings)
    match args.task:
        case "backup" if args.into is not None:
            from lottogrid.clock import SystemClock  # noqa: PLC0415

            copy, deleted = backup_dated(ledger, args.into, SystemClock().now(), args.keep)
            print(f"{ledger} copied to {copy}" + (f", {len(deleted)} older deleted" if deleted else ""))
        case "backup":
            backup(ledger, args.file)
            print(f"{ledger} copied to {args.file}")
        case "restore":
            with LedgerLock(options.ledger_path(settings)):
                restore(args.file, ledger)
            print(f"{ledger} made from {args.file}")
        case "export":
            from lottogrid.ledger.export import export  # noqa: PLC0415

            counts = export(ledger, args.file, args.format or "csv")
            print(f"{ledger} exported to {args.file}: " + ", ".join(f"{n} {table}" for table, n in counts.items()))
        case _:
            looked_at = args.file or ledger
            check(looked_at)
            print(f"{looked_at} is whole")
    return 0


def _refuse_what_does_not_fit(args: argparse.Namespace) -> None:
    idle = {
        "--into": args.into is not None and args.task != "backup",
        "--keep": args.keep is not None and args.into is None,
        "--format": args.format is not None and args.task != "export",
    }
    for name in (name for name, found in idle.items() if found):
        with_it = " without --into" if name == "--keep" else ""
        raise BadInput(f"{name}: expected none with db {args.task}{with_it}, where it means nothing; leave it out")
    if args.into is not None and args.file is not None:
        raise BadInput(f"db backup: expected FILE or --into, found both {args.file} and {args.into}; leave one out")
    if args.file is None and args.into is None and args.task != "check":
        what = "FOLDER for the files" if args.task == "export" else "FILE of the copy"
        raise BadInput(f"db {args.task}: expected the {what}, found none; name one")
