"""`lottogrid simulate`: days of the real bot under planted faults, with invariants checked at every step."""

from __future__ import annotations

import argparse
from pathlib import Path

from lottogrid.cli import options

_PROFILES = ("calm", "rough", "hell")
_EXAMPLES = """
lottogrid simulate --days 100 --seed 1 --profile hell
lottogrid simulate --days 20 --profile calm --fault F21=2 --fault F10=1.5
lottogrid simulate --days 1 --seed 1 --day 37 --shrink
lottogrid simulate --seed 3 --crash-everywhere
"""


def add_parser(subparsers: options.Subparsers) -> None:
    """Add the command to the program's parser."""
    parser = options.command(
        subparsers,
        "simulate",
        "Play days of the real bot under planted faults; check invariants at every step.",
        _EXAMPLES,
    )
    parser.add_argument("--days", type=options.count, default=1, metavar="N", help="this many days; 1 by default")
    parser.add_argument(
        "--seed", type=options.number, default=1, metavar="S", help="seed of all that is random, 1 by default"
    )
    parser.add_argument("--day", type=options.number, default=0, metavar="K", help="begin with this day of the seed")
    parser.add_argument("--profile", choices=_PROFILES, default="hell", help="how much goes wrong; hell by default")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        type=_rate,
        metavar="CLASS=RATE",
        help="so many strikes a day of a fault class, in place of the profile's; --faults lists them; may be repeated",
    )
    parser.add_argument("--only", type=_numbers, metavar="N,N", help="only these entries of the fault plan; with --day")
    parser.add_argument("--real-bars", type=Path, metavar="FILE", help="cut the days out of these one-minute bars")
    parser.add_argument(
        "--jobs", type=options.count, default=1, metavar="N", help="processes that share the days, 1 by default"
    )
    parser.add_argument("--shrink", action="store_true", help="look for the smallest fault plan that still fails")
    parser.add_argument("--plan", action="store_true", help="print the fault plan of every day")
    parser.add_argument("--faults", action="store_true", help="print the table of fault classes and invariants")
    parser.add_argument(
        "--crash-everywhere", action="store_true", help="kill the process behind each commit of a day, a day each"
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="a setting on all days, over what is drawn"
    )
    options.add_json(parser)
    parser.set_defaults(func=run)


def _rate(text: str) -> tuple[str, float]:
    fault, _, rate = text.partition("=")
    try:
        value = float(rate)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1000:  # noqa: PLR2004
        raise argparse.ArgumentTypeError(f"expected CLASS=RATE as F21=0.5, found {text!r}")
    return fault, value


def _numbers(text: str) -> tuple[int, ...]:
    if not all(part.isdigit() for part in text.split(",") if part):
        raise argparse.ArgumentTypeError(f"expected numbers as 0,3,7, found {text!r}")
    return tuple(int(part) for part in text.split(",") if part)


def run(args: argparse.Namespace) -> int:
    """Simulate and print what came of it; 1 where an invariant was broken."""
    from lottogrid.cli.simulate import work  # noqa: PLC0415 - slow, and --help needs none of it

    return work.run(args)
