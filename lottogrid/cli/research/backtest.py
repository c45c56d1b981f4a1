"""`lottogrid backtest`: what a replay would trade, computed for all days at once."""

from __future__ import annotations

import argparse
from pathlib import Path

from lottogrid.cli import options

_EXAMPLES = """
lottogrid backtest --bars es.csv.gz --from 2025-04-01 --to 2025-04-11
lottogrid backtest --days 250 --seed 7 --set volatility_threshold=0.8 --json
lottogrid backtest --bars es.csv.gz --verify
lottogrid backtest --bars es.csv.gz --html report.html
"""


def add_parser(subparsers: options.Subparsers) -> None:
    """Add the command to the program's parser."""
    purpose = "Compute what `lottogrid replay` would trade, to the cent and many times as fast."
    parser = options.command(subparsers, "backtest", purpose, _EXAMPLES)
    options.add_feed(parser)
    parser.add_argument(
        "--verify", action="store_true", help="replay the days as well, and name the first trade that differs"
    )
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page with charts, which needs no network")
    parser.add_argument("--no-keep", action="store_true", help="do not keep the result for `lottogrid backtests`")
    options.add_kernel(parser)
    options.add_settings(parser)
    options.add_json(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Backtest and print the result; 1 where the replay trades otherwise."""
    from lottogrid.cli import results  # noqa: PLC0415
    from lottogrid.cli.output import console, print_json  # noqa: PLC0415
    from lottogrid.cli.research import backtest_work, report  # noqa: PLC0415 - slow, and --help needs none of it

    settings = options.settings_of(args, *options.feed_values(args))
    result, difference = backtest_work.backtest(args, settings)
    found = report.told_of(args, settings, result)
    page = report.html_of(args, settings, result.feed, found)
    if args.html is not None:
        report.write(args.html, page)
    kept = None if args.no_keep else report.keep(settings, result, found, page)
    if args.json:
        print_json(result.document() | report.document(found) | {"kept": kept and kept.number})
    else:
        results.show(result, console())
        report.show(found, console())
        report.show_assumptions(settings, result.feed, console())
        if kept is not None:
            print(f"kept as {kept.number}; `lottogrid backtests` lists, compares and opens what is kept")
        if reason := result.more.get("left_to_the_actors"):
            print(f"played by the actors, as the engine does not compute it: {reason}")
        elif args.verify:
            print(difference or "the replay trades the same")
    return 1 if difference else 0
