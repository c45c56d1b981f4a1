"""`lottogrid service`: run the bot under systemd."""

from __future__ import annotations

import argparse
from pathlib import Path

from lottogrid.cli import options

_EXAMPLES = """
lottogrid service install --dry-run
sudo lottogrid service install --config /etc/lottogrid/settings.ini --run "--broker ib" --start
lottogrid service status --user
"""
_PURPOSE = (
    "Run the bot under systemd. install writes its units, has them verified and lets them begin at boot; uninstall "
    "takes them away and leaves the ledger; status tells how the service stands. due and alert are called by the "
    "units: due says by its exit code whether a session is to be traded today, alert that a unit has given up."
)
_TASKS = ("install", "uninstall", "status", "due", "alert")


def add_parser(subparsers: options.Subparsers) -> None:
    """Add the command to the program's parser."""
    parser = options.command(subparsers, "service", _PURPOSE, _EXAMPLES)
    parser.add_argument("task", choices=_TASKS, metavar="TASK", help="install, uninstall, status, due or alert")
    parser.add_argument(
        "--run", metavar="OPTIONS", help="with install: options of `lottogrid run`, all in one pair of quotes"
    )
    parser.add_argument("--user", action="store_true", help="for your own service manager, which confines less")
    parser.add_argument("--dry-run", action="store_true", help="print what install or uninstall would do, do nothing")
    parser.add_argument("--start", action="store_true", help="with install: also begin now")
    parser.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="with install: an address besides this machine and the gateway that it may talk to; any for all",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="the settings file that the service reads")
    options.add_json(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Do the task; 1 where the answer is no: the service does not run, or no session is due."""
    from lottogrid.cli.upkeep import service_work  # noqa: PLC0415 - settings are slow, and --help needs none

    service_work.refuse_idle_options(args)
    match args.task:
        case "install":
            return service_work.install(args)
        case "uninstall":
            return service_work.uninstall(args)
        case "status":
            return service_work.status(args)
        case "due":
            return service_work.due(args)
        case _:
            return service_work.alert(args)
