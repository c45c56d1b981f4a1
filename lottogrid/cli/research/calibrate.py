"""`lottogrid calibrate`: fits the model of option prices to real quotes, and says how far off it is."""

from __future__ import annotations

import argparse
from pathlib import Path

from lottogrid.cli import options

_EXAMPLES = """
lottogrid calibrate --quotes spxw.csv.gz --to 2025-01-31
lottogrid calibrate --quotes spxw.csv.gz --to 2025-01-31 --judge spy.csv.gz --vix vix.csv --bars es.csv.gz
lottogrid calibrate --quotes spy.csv.gz --evaluate-only --json
"""
_PURPOSE = (
    "Fit smile, time of day and spread to same-day option quotes, and report the error of the model's strangles by "
    "multiple and time of day, in and out of sample. docs/calibration.md has the method and what it found."
)


def add_parser(subparsers: options.Subparsers) -> None:
    """Add the command to the program's parser."""
    parser = options.command(subparsers, "calibrate", _PURPOSE, _EXAMPLES)
    parser.add_argument("--quotes", type=Path, required=True, metavar="FILE", help="option quotes, CSV or Parquet")
    parser.add_argument(
        "--from", dest="first", type=options.day, metavar="DAY", help="fit from this day on, YYYY-MM-DD"
    )
    parser.add_argument(
        "--to", dest="last", type=options.day, metavar="DAY", help="fit up to this day; later ones judge the fit"
    )
    parser.add_argument("--judge", type=Path, metavar="FILE", help="judge the fit on these quotes instead")
    parser.add_argument("--vix", type=Path, metavar="FILE", help="daily closes: volatility as a share of the index")
    parser.add_argument("--bars", type=Path, metavar="FILE", help="one-minute bars: the premium over their forecast")
    parser.add_argument(
        "--half-life", type=_sessions, metavar="N", help="sessions after which a day counts half, 40 by default"
    )
    parser.add_argument(
        "--evaluate-only", action="store_true", help="fit nothing; judge the numbers that the settings hold"
    )
    options.add_settings(parser)
    options.add_json(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Fit, judge and print."""
    from lottogrid.cli.output import console, print_json  # noqa: PLC0415
    from lottogrid.cli.research import calibrate_work  # noqa: PLC0415 - slow, and --help needs none of it

    found = calibrate_work.calibrate(args, options.settings_of(args))
    if args.json:
        print_json(found.document())
    else:
        found.show(console())
    return 0


def _sessions(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number of sessions above 0, found {text!r}")
    return number
