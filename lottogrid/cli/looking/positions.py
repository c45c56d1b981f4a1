"""`lottogrid positions`: what is held and what was."""

from __future__ import annotations

import argparse
from typing import Any

from lottogrid import trades
from lottogrid.cli import options, output
from lottogrid.cli.looking import book
from lottogrid.cli.output import UNKNOWN, moment, money, number, plain
from lottogrid.positions import LegRecord, PositionRecord

_EXAMPLES = """
lottogrid positions
lottogrid positions --date 2026-11-20 --json
"""
_COLUMNS = ("position", "planned", "level", "state", "leg", "held", "leg state", "target", "P&L")


def add_parser(subparsers: options.Subparsers) -> None:
    """Add the command to the program's parser."""
    parser = options.command(subparsers, "positions", "Print the positions, the latest last.", _EXAMPLES)
    options.add_reading(parser, limit=50)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Print the positions; return 0."""
    with book.opened(args) as found:
        records = found.ledger.positions(args.date)[-args.limit :]
    if args.json:
        output.print_json({"positions": [to_json(record) for record in records]})
    elif records:
        rows = [row for record in records for row in _rows(record)]
        output.console().print(output.table(_COLUMNS, rows, right=("level", "held", "target", "P&L")))
    else:
        output.console().print("No position yet.")
    return 0


def to_json(record: PositionRecord) -> dict[str, Any]:
    """Return a position ready for JSON; `trade` is null until it is over."""
    over = trades.trades([record])
    return {
        "id": record.position_id,
        "trading_date": plain(record.trading_date),
        "level": plain(record.level),
        "state": plain(record.state),
        "planned_at": plain(record.planned_at),
        "changed_at": plain(record.changed_at),
        "reserved_usd": plain(record.reserved_usd),
        "legs": [
            {
                **plain(leg.plan),
                "state": plain(leg.state),
                "bought": leg.bought,
                "held": leg.held,
                "orders": [order.intent.ref for order in leg.orders],
            }
            for leg in record.legs
        ],
        "trade": trades.to_json(over[0]) if over else None,
    }


def _rows(record: PositionRecord) -> list[tuple[str, ...]]:
    over = trades.trades([record])
    gain = money(over[0].pnl) if over else UNKNOWN
    head = record.position_id, moment(record.planned_at), number(record.level), record.state.value
    return [
        (*(("",) * 4 if place else head), *_leg(leg), "" if place else gain) for place, leg in enumerate(record.legs)
    ]


def _leg(leg: LegRecord) -> tuple[str, str, str, str]:
    target = leg.plan.target_price
    shown = UNKNOWN if target is None else f"{target:.2f}"
    return leg.plan.contract.key, str(leg.held), leg.state.value, shown
