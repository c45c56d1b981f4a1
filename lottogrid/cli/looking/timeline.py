"""`lottogrid timeline`: the moments of a day, and the bot as it was at any of them."""

from __future__ import annotations

import argparse
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lottogrid.cli import options, output
from lottogrid.cli.looking.book import Book, opened
from lottogrid.clock import new_york, trading_date
from lottogrid.errors import BadInput

if TYPE_CHECKING:
    from actors.past import Sight
    from actors.view import View

_EXAMPLES = """
lottogrid timeline
lottogrid timeline --date 2026-11-20 --json
lottogrid timeline --at 2026-11-20T14:02:06-05:00
lottogrid timeline --seq 812 --json
"""
_PURPOSE = (
    "Without --at, list the moments of a day: starts of the process, what the engine did, entries, fills, halts, "
    "alarms. With it, print the bot as it was recorded then, as a run and the page show it live; --json prints the "
    "document of the page's /api/view."
)


def add_parser(subparsers: options.Subparsers) -> None:
    """Add the command to the program's parser."""
    parser = options.command(subparsers, "timeline", _PURPOSE, _EXAMPLES)
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--at", type=options.instant, metavar="INSTANT", help="as it was then: 2026-11-20T14:02:06-05:00"
    )
    which.add_argument("--seq", type=options.count, metavar="N", help="as it was first seen with this journal row")
    which.add_argument("--date", type=options.day, metavar="DAY", help="of this day, New York; else the last recorded")
    options.add_reading(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Print the moments, or the picture of one; return 0."""
    if args.at is None and args.seq is None:
        with opened(args) as book:
            return _list(book, args)
    from actors.past import Past  # noqa: PLC0415 - slow, and --help needs none of it
    from lottogrid.cli.run.recording import beside  # noqa: PLC0415

    settings = options.settings_of(args, *options.ledger_values(args))
    past = Past(beside(options.ledger_path(settings)), options.ledger_place(settings))
    sight = past.with_row(args.seq) if args.at is None else past.at(args.at)
    if args.json:
        output.print_json(document(sight, args.at))
    else:
        output.console().print(output.facts(_facts(sight)))
    return 0


def document(sight: Sight, asked: datetime | None) -> dict[str, Any]:
    """Return the picture as the page's JSON, with what was asked for and whether nothing was recorded there."""
    from actors.view_json import to_json  # noqa: PLC0415 - slow, and --help needs none of it

    gap = sight.gap
    return {
        "asked": output.plain(asked),
        "gap": None if gap is None else {"after": output.plain(gap.after), "until": output.plain(gap.until)},
        **to_json(sight.view),
    }


def _facts(sight: Sight) -> list[tuple[str, str]]:
    from lottogrid.cli.run import display  # noqa: PLC0415 - slow, and --help needs none of it

    view = sight.view
    rows = [("as it was at", f"{new_york(view.at):%Y-%m-%d %H:%M:%S} ET, with row {view.sequence} of the journal")]
    if sight.gap is not None:
        rows.append(("but", str(sight.gap)))
    return [*rows, *((name, text) for name, text in display.facts(view).items() if name != "time"), *_standing(view)]


def _standing(view: View) -> list[tuple[str, str]]:
    halts = view.ledger.halts if view.ledger else ()
    book = view.risk.book if view.risk else None
    live = sum(len(leg.live_orders) for row in view.positions for leg in row.record.legs)
    return [
        ("halts", "; ".join(f"{halt.reason.value}: {halt.detail}" for halt in halts) or "none"),
        ("today", f"{book.entries_today} entries" if book else output.UNKNOWN),
        ("at risk", output.money(book.reserved_usd if book else None)),
        ("orders", f"{live} live"),
    ]


def _list(book: Book, args: argparse.Namespace) -> int:
    from lottogrid.flight.moments import moments  # noqa: PLC0415 - --help needs no database
    from web.journal import line  # noqa: PLC0415

    at = book.recorded_at
    on = args.date or (trading_date(at) if at else None)
    if on is None:
        raise BadInput("timeline: expected a ledger with a day in it, found none begun; run the bot once")
    rows = [
        {"at": output.plain(moment.at), "seq": moment.sequence, "kind": shown.kind, "text": shown.text}
        for moment in moments(book.ledger, on)
        for shown in (line(moment.record, moment.at),)
    ]
    if args.json:
        output.print_json({"date": on.isoformat(), "moments": rows})
    elif rows:
        table = [
            (str(row["at"])[11:19], str(row["seq"]), str(row["kind"]), " ".join(str(row["text"]).split()))
            for row in rows
        ]
        output.console().print(output.table(("time (ET)", "row", "what", ""), table, right=("row",)))
    else:
        output.console().print(f"Nothing of {on} is in the journal.")
    return 0
