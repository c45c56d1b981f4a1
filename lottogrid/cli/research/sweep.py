"""`lottogrid sweep`: many settings on the same days, and what their best is worth."""

from __future__ import annotations

import argparse
from pathlib import Path

from lottogrid.cli import options

_EXAMPLES = """
lottogrid sweep --bars es.csv.gz --grid volatility_threshold=0.5,0.67,0.8 profit_target_multiplier=3,4,5
lottogrid sweep --days 250 --grid max_premium_per_strangle=15,20,25,30 max_trades_per_day=4,8,12 --random 6
lottogrid sweep --bars es.csv.gz --grid realised_window=30,60 --dask 10.0.0.5:8786
lottogrid sweep --bars es.csv.gz --stress --html conditions.html
"""
_SHOWN = 20


def add_grid(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which settings are tried, and where."""
    parser.add_argument(
        "--grid", nargs="+", action="extend", default=[], metavar="KEY=A,B,C", help="try every combination of these"
    )
    parser.add_argument("--random", type=options.count, metavar="N", help="try only N of them, drawn with the seed")
    parser.add_argument(
        "--by", choices=("sharpe", "pnl"), default="sharpe", help="what the best is chosen by; sharpe by default"
    )
    parser.add_argument(
        "--jobs", type=options.count, metavar="N", help="worker processes; by default one for each core"
    )
    options.add_kernel(parser)
    parser.add_argument("--dask", metavar="ADDRESS", help="compute on the Dask cluster of this scheduler, host:port")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="the results, a line each; a killed sweep goes on from this file"
    )
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page with charts, which needs no network")


def add_parser(subparsers: options.Subparsers) -> None:
    """Add the command to the program's parser."""
    purpose = "Backtest many settings on the same days, and say how far the best can be believed."
    parser = options.command(subparsers, "sweep", purpose, _EXAMPLES)
    add_grid(parser)
    parser.add_argument(
        "--stress",
        action="store_true",
        help="instead of a grid: more trades, wider spreads, twice the volatility, crash days",
    )
    parser.add_argument(
        "--limit", type=options.count, default=_SHOWN, metavar="N", help=f"print the best N, {_SHOWN} by default"
    )
    options.add_feed(parser)
    options.add_settings(parser)
    options.add_json(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Sweep, and print the table."""
    from lottogrid.cli.output import console, print_json  # noqa: PLC0415
    from lottogrid.cli.research import report, sweep_stress, sweep_table, sweep_work  # noqa: PLC0415 - slow
    from lottogrid.errors import BadInput  # noqa: PLC0415

    settings = options.settings_of(args, *options.feed_values(args))
    if args.stress == bool(args.grid):
        raise BadInput(
            f"sweep: expected either --grid or --stress, found {'both' if args.stress else 'none'}; as in --grid "
            "realised_window=30,60"
        )
    unused = [name for name in ("random", "jobs", "dask", "out") if args.stress and getattr(args, name) is not None]
    if unused:
        raise BadInput(f"--stress: expected no --{unused[0]}, which is for a grid, found it; leave it out")
    if args.stress:
        found = sweep_stress.stress(args, settings)
        if args.html is not None:
            report.write(args.html, sweep_stress.html_of(found))
        print_json(found.document()) if args.json else sweep_stress.show(found, console())
        return 0
    swept = sweep_work.sweep(args, settings)
    if args.html is not None:
        report.write(args.html, sweep_table.html_of(swept, args.limit))
    print_json(swept.document()) if args.json else sweep_table.show(swept, console(), args.limit)
    return 0
