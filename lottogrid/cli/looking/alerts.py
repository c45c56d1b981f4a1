"""`lottogrid alerts`: the alarms that nobody has acknowledged, and a test of the way that they take."""

from __future__ import annotations

import argparse
from typing import Any

from lottogrid.cli import options, output
from lottogrid.cli.looking.book import opened
from lottogrid.cli.output import plain
from lottogrid.errors import Missing
from lottogrid.settings import Settings

_EXAMPLES = """
lottogrid alerts
lottogrid alerts --json
lottogrid alerts --test --set alerts.urls_file=/etc/lottogrid/alerts
"""
_PURPOSE = (
    "Print the alarms that no person has acknowledged, the most severe first. With --test, send a message to every "
    "address of alerts.urls_file instead, once each, and say whether it arrived."
)
_TEST_SECONDS = 60.0
"""Real time after which an address that does not answer counts as failed."""


def add_parser(subparsers: options.Subparsers) -> None:
    """Add the command to the program's parser."""
    parser = options.command(subparsers, "alerts", _PURPOSE, _EXAMPLES)
    parser.add_argument("--test", action="store_true", help="send a test to every address; exit 1 where one fails")
    options.add_reading(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Print what stands, or test; 1 where a test did not arrive."""
    if args.test:
        return _test(options.settings_of(args), as_json=args.json)
    from lottogrid.ledger.alarms import open_alarms  # noqa: PLC0415 - --help needs no database

    with opened(args) as book:
        rows = [
            {
                **plain(each),
                "code": each.code.name,
                "severity": each.code.severity.value,
                "runbook": f"docs/runbook/{each.code.value}.md",
            }
            for each in open_alarms(book.ledger)
        ]
    if args.json:
        output.print_json({"alarms": rows})
    elif rows:
        output.console().print(output.facts([(f"{row['severity']} {row['code']}", _line(row)) for row in rows]))
    else:
        output.console().print("No alarm waits for a person.")
    return 0


def _line(row: dict[str, Any]) -> str:
    times = "" if row["count"] == 1 else f", {row['count']} times since {row['first_at']}"
    return f"{row['text']} ({row['last_at']}{times}); see {row['runbook']}"


def _test(settings: Settings, *, as_json: bool) -> int:
    from lottogrid.alerts.codes import AlertCode  # noqa: PLC0415
    from lottogrid.alerts.courier import Courier  # noqa: PLC0415
    from lottogrid.alerts.outside import lanes  # noqa: PLC0415
    from lottogrid.alerts.standing import Standing  # noqa: PLC0415
    from lottogrid.alerts.throttle import message_of  # noqa: PLC0415
    from lottogrid.alerts.urls import urls_of  # noqa: PLC0415
    from lottogrid.cli import logs  # noqa: PLC0415
    from lottogrid.clock import SystemClock  # noqa: PLC0415

    logs.to_terminal("CRITICAL")
    courier = Courier(lanes(urls_of(settings.alerts.urls_file), attempts=1))
    if not courier.lanes:
        raise Missing("alerts.urls_file: expected a file with an address a line, found none; name one and write it")
    now = SystemClock().now()
    courier.start()
    courier.send(message_of(Standing(code=AlertCode.TEST, text="This is a test.", first_at=now, last_at=now)))
    courier.close(_TEST_SECONDS)
    found = {lane.name: lane.delivered == 1 for lane in courier.lanes}
    if as_json:
        output.print_json({"delivered": found})
    else:
        words = {True: "delivered", False: "failed: look at the address, and at its service"}
        output.console().print(output.facts([(name, words[arrived]) for name, arrived in found.items()]))
    return 0 if all(found.values()) else 1
