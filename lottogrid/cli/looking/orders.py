"""`lottogrid orders`: every order and what became of it."""

from __future__ import annotations

import argparse
from typing import Any

from lottogrid.cli import options, output
from lottogrid.cli.looking import book
from lottogrid.cli.output import moment, plain
from lottogrid.positions import OrderRecord

_EXAMPLES = """
lottogrid orders
lottogrid orders --limit 10 --json
"""
_COLUMNS = ("order", "made", "for", "side", "contract", "quantity", "limit", "filled", "state", "reason")


def add_parser(subparsers: options.Subparsers) -> None:
    """Add the command to the program's parser."""
    parser = options.command(subparsers, "orders", "Print the orders, the latest last.", _EXAMPLES)
    options.add_reading(parser, limit=50)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Print the orders; return 0."""
    with book.opened(args) as found:
        positions = found.ledger.positions(args.date)
    orders = [order for position in positions for leg in position.legs for order in leg.orders]
    orders.sort(key=lambda order: (order.intent.created_at, order.intent.ref))
    orders = orders[-args.limit :]
    if args.json:
        output.print_json({"orders": [to_json(order) for order in orders]})
    elif orders:
        rows = [_row(order) for order in orders]
        output.console().print(output.table(_COLUMNS, rows, right=("quantity", "limit", "filled")))
    else:
        output.console().print("No order yet.")
    return 0


def to_json(order: OrderRecord) -> dict[str, Any]:
    """Return an order ready for JSON."""
    document: dict[str, Any] = {**plain(order.intent), **plain(order), "filled": order.filled}
    del document["intent"]
    return document


def _row(order: OrderRecord) -> tuple[str, ...]:
    intent = order.intent
    limit = "market" if intent.limit_price is None else f"{intent.limit_price:.2f}"
    what = intent.ref, moment(intent.created_at), intent.purpose.value, intent.side.value, intent.contract.key
    return *what, str(intent.quantity), limit, str(order.filled), order.state.value, order.reason
