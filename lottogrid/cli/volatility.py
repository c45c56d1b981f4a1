"""Where the volatility at the money comes from: real quotes and an index on request, else the bars."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lottogrid.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from lottogrid.cli.feed import Feed
    from lottogrid.exchange.exchange import Forecast
    from lottogrid.market.chains import Chain
    from lottogrid.settings import Settings

MOST_UNQUOTED = 0.1
"""Share of the sessions that may be without quotes; a file that lacks more does not cover the bars."""
_NAMED = 3


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add `--quotes` and `--vix`."""
    parser.add_argument(
        "--quotes",
        type=Path,
        metavar="FILE",
        help="same-day option quotes; implied volatility is that of their straddles",
    )
    parser.add_argument(
        "--vix", type=Path, metavar="FILE", help="daily closes of a volatility index, for where there are no quotes"
    )


def priced(args: argparse.Namespace, settings: Settings, feed: Feed) -> tuple[Feed, Forecast]:
    """Return the feed, which now tells where its volatility comes from, and the forecast to price its options with.

    Each call makes a new forecast: one has a memory, and serves one run over the sessions.

    Raises:
        BadInput: a file breaks its rules, or does not cover the sessions of the feed.
        Missing: a file is absent.
    """
    from lottogrid.cli.wiring import forecast_of  # noqa: PLC0415 - slow, and --help needs none of it
    from lottogrid.market.quoted_volatility import QuotedVolatility  # noqa: PLC0415
    from lottogrid.market.volatility_index import read_index  # noqa: PLC0415

    if args.quotes is None and args.vix is None:
        return feed, forecast_of(settings)
    chains = [] if args.quotes is None else _chains(args.quotes, settings)
    index = None if args.vix is None else read_index(args.vix)
    source = QuotedVolatility(chains, index, forecast_of(settings))
    days = [session.day.date for session in feed.sessions]
    unquoted = [on for on in days if not source.has_quotes(on)]
    unknown = [on for on in unquoted if not source.has_index(on)]
    parts = []
    if args.quotes is not None:
        _check_cover(args.quotes, chains, days, unquoted)
        parts.append(f"that of the straddles in {args.quotes.name}, carried on through the measured shape of the day")
    if args.vix is not None:
        if args.quotes is None and unknown:
            raise BadInput(
                f"{args.vix}: expected a close in the week before each session, found none before {_dates(unknown)}; "
                "take a file that covers the bars, or choose --from and --to"
            )
        parts.append(f"the share of {args.vix.name} at the close before that is usual for the time of day")
    parts.append(f"{settings.market.implied_premium:g} times the forecast from the bars")
    words = ", else ".join(parts) + (f"; without quotes: {_dates(unquoted)}" if chains and unquoted else "")
    return replace(feed, volatility=words), source


def _chains(path: Path, settings: Settings) -> list[Chain]:
    from lottogrid.calendar import Calendar  # noqa: PLC0415
    from lottogrid.market.chains import chains_of  # noqa: PLC0415
    from lottogrid.market.option_quotes import read_quotes  # noqa: PLC0415

    chains, left_out = chains_of(read_quotes(path), Calendar(settings.session))
    if not chains:
        raise BadInput(f"{path}: expected same-day quotes within a session, found none: {', '.join(left_out)}")
    roots = sorted({chain.root for chain in chains})
    if len(roots) > 1:
        raise BadInput(f"{path}: expected quotes of one root, found {', '.join(roots)}; leave one in the file")
    return chains


def _check_cover(path: Path, chains: Sequence[Chain], days: Sequence[date], unquoted: Sequence[date]) -> None:
    """Refuse quotes that begin after, end before or leave out too many of the sessions."""
    first, last = min(chain.day.date for chain in chains), max(chain.day.date for chain in chains)
    if first <= days[0] and days[-1] <= last and len(unquoted) <= MOST_UNQUOTED * len(days):
        return
    raise BadInput(
        f"{path}: expected quotes of the sessions from {days[0]} to {days[-1]}, found {first} to {last}, and none for "
        f"{len(unquoted)} of {len(days)} sessions ({_dates(unquoted)}); choose --from and --to within the quotes"
    )


def _dates(days: Sequence[date]) -> str:
    more = f" and {len(days) - _NAMED} more" if len(days) > _NAMED else ""
    return ", ".join(map(str, days[:_NAMED])) + more
