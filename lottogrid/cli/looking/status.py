"""`lottogrid status`: how the bot stands, from its ledger."""

from __future__ import annotations

import argparse
from decimal import Decimal
from typing import Any

from lottogrid.cli import options, output
from lottogrid.cli.looking.book import Book, opened
from lottogrid.cli.output import money, plain
from lottogrid.clock import trading_date

_EXAMPLES = """
lottogrid status
lottogrid status --ledger /var/lib/lottogrid --json
"""


def add_parser(subparsers: options.Subparsers) -> None:
    """Add the command to the program's parser."""
    parser = options.command(subparsers, "status", "Print how the bot stands, whether it runs or not.", _EXAMPLES)
    options.add_reading(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Print the status; return 0."""
    with opened(args) as found:
        document = status(found)
    if args.json:
        output.print_json(document)
    else:
        output.console().print(output.facts(_rows(document)))
    return 0


def status(book: Book) -> dict[str, Any]:
    """Return how the bot stands, ready for JSON; null is unknown, money in dollars."""
    ledger, at = book.ledger, book.recorded_at
    on = trading_date(at) if at else None
    engine = ledger.engine()
    last = ledger.decisions(limit=1)
    positions = ledger.open_positions()
    marks = ledger.equity(on) if on else ()
    return {
        "ledger": book.path,
        "running": book.holder is not None,
        "pid": book.holder.pid if book.holder else None,
        "url": (book.holder.url or None) if book.holder else None,
        "run": plain(book.last_run),
        "recorded_at": plain(at),
        "trading_date": plain(on),
        "engine": plain(engine),
        "ordered": plain(book.ordered),
        "halts": plain(ledger.halts()),
        "baseline_usd": plain(ledger.baseline(on)) if on else None,
        "realised_usd": plain(ledger.realised_usd(on)) if on else None,
        "reserved_usd": plain(sum((position.reserved_usd for position in positions), Decimal(0))),
        "cash_usd": plain(ledger.cash_usd(book.settings.risk.start_cash)),
        "commissions_unknown": ledger.commissions_unknown(),
        "equity": plain(marks[-1]) if marks else None,
        "entries_today": ledger.entries(on) if on else 0,
        "open_positions": len(positions),
        "live_orders": len(ledger.live_orders()),
        "last_decision": plain(last[0]) if last else None,
    }


def _rows(found: dict[str, Any]) -> list[tuple[str, str]]:
    engine, run, ordered = found["engine"], found["run"], found["ordered"]
    page = f", page {found['url']}" if found["url"] else ""
    halts = "; ".join(f"{halt['reason']}: {halt['detail']}" for halt in found["halts"])
    return [
        ("ledger", found["ledger"]),
        ("process", f"running, process {found['pid']}{page}" if found["running"] else "not running"),
        ("run", f"{run['mode']}, {run['detail']}" if run else "none yet"),
        ("recorded", found["recorded_at"] or "nothing yet"),
        ("engine", f"{engine['state']} since {engine['since']}" if engine else "not started yet"),
        ("ordered", f"{ordered['command']} by {ordered['by']} since {ordered['at']}" if ordered else "nothing"),
        ("halts", halts or "none"),
        ("today", f"{found['entries_today']} entries, {_dollars(found['realised_usd'])} realised"),
        ("open", f"{found['open_positions']} positions, {_dollars(found['reserved_usd'])} at risk"),
        ("orders", f"{found['live_orders']} live"),
        ("cash", _dollars(found["cash_usd"])),
    ]


def _dollars(amount: str | None) -> str:
    return money(None if amount is None else Decimal(amount))
