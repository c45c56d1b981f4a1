"""What `lottogrid backtest` tells beside the trades: intervals, fill assumptions, the page, and the result it keeps."""

from __future__ import annotations

import argparse
import os
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from rich.console import Console

from lottogrid.backtest.bootstrap import Interval
from lottogrid.backtest.engine import Ground
from lottogrid.backtest.keep import NAME, Kept, Shelf
from lottogrid.backtest.report_facts import Facts, facts_of, facts_of_trades
from lottogrid.backtest.report_html import page
from lottogrid.backtest.report_parts import ModelError, Origin
from lottogrid.calendar import Calendar
from lottogrid.calibration.fit import Beside, Model, judge
from lottogrid.calibration.sample import within
from lottogrid.cli.feed import Feed
from lottogrid.cli.output import UNKNOWN, facts, money, table
from lottogrid.cli.research.backtest_work import plan_of
from lottogrid.cli.results import Result, assumptions
from lottogrid.cli.volatility import priced
from lottogrid.cli.wiring import smile_of
from lottogrid.clock import SystemClock
from lottogrid.errors import Missing
from lottogrid.market.chains import chains_of
from lottogrid.market.option_quotes import read_quotes
from lottogrid.settings import Settings

SHELF = NAME
_FILLS = {"mid": "none of it", "half": "half", "full": "all, the default"}
_NAMES = {
    "total": "profit and loss",
    "mean": "a session",
    "win_rate": "won",
    "sharpe": "Sharpe ratio",
    "max_drawdown": "deepest drawdown, by day",
}


def told_of(args: argparse.Namespace, settings: Settings, result: Result) -> Facts:
    """Return what a report tells of a result."""
    _, forecast = priced(args, settings, result.feed)  # one that has seen no bar
    ground, seed = Ground(result.feed.sessions, forecast), settings.simulator.seed
    if "left_to_the_actors" in result.more:
        return facts_of_trades(ground, result.trades, settings.risk.start_cash, seed=seed)
    return facts_of(ground, plan_of(settings), seed=seed)


def document(found: Facts) -> dict[str, Any]:
    """Return what stands in the JSON document of a backtest beside the trades."""
    return {
        "figures": found.figures,
        "intervals": {name: asdict(each) for name, each in found.intervals.items()},
        "fills": [asdict(each) for each in found.fills],
    }


def show(found: Facts, out: Console) -> None:
    """Print the intervals and the fill assumptions for a person."""
    if found.intervals:
        out.print()
        out.print("95% intervals, stationary block bootstrap over the sessions")
        out.print(facts((_NAMES[name], _between(name, each)) for name, each in found.intervals.items()))
    columns = ("spread paid", "trades", "P&L", "a session", "won")
    rows = [
        (
            _FILLS[fill.name],
            str(fill.trades),
            money(fill.pnl),
            money(fill.mean.estimate) if fill.mean else UNKNOWN,
            UNKNOWN if fill.win_rate is None else f"{fill.win_rate:.0%}",
        )
        for fill in found.fills
    ]
    out.print()
    out.print(table(columns, rows, right=columns[1:]))


def show_assumptions(settings: Settings, feed: Feed, out: Console) -> None:
    """Print what a result rests on that is not known."""
    out.print()
    for line in assumptions(settings, feed):
        out.print(f"assumed: {line}")


def show_left_out(feed: Feed, out: Console) -> None:
    """Print which sessions were left out, and why."""
    for skipped in feed.skipped:
        out.print(f"left out {skipped.date}: {skipped.reason}")


def html_of(args: argparse.Namespace, settings: Settings, feed: Feed, found: Facts) -> str:
    """Return the page about a backtest."""
    return page(found, replace(origin_of(settings, feed), errors=_errors(args, settings, feed)))


def origin_of(settings: Settings, feed: Feed) -> Origin:
    """Return what a result of these sessions was made from."""
    return Origin(
        source=feed.name,
        skipped=[(each.date, each.reason) for each in feed.skipped],
        assumptions=assumptions(settings, feed),
        settings=settings,
    )


def write(path: Path, text: str) -> None:
    """Write a page whole or not at all; a device or a pipe takes it as it comes.

    Raises:
        Missing: the folder cannot be written, or the disk is full; what was there before is as it was.
    """
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            path.write_text(text, encoding="utf-8")  # to put a file in the place of a device would harm the system
        else:
            _write_whole(path, text)
    except OSError as error:
        why = error.strerror or error
        raise Missing(f"{path}: expected to write the report, found: {why}; name another file") from None


def _write_whole(path: Path, text: str) -> None:
    with NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}-", encoding="utf-8", delete=False) as file:
        made = Path(file.name)
        try:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
            made.chmod(0o644)
            made.replace(path)
        except OSError:
            made.unlink()
            raise


def keep(settings: Settings, result: Result, found: Facts, html: str) -> Kept:
    """Put a result on the shelf beside the ledger, and return it."""
    more = {key: value for key, value in result.document().items() if key != "trades"} | document(found)
    with Shelf.open(settings.storage.directory / SHELF) as shelf:
        return shelf.put(more, html, SystemClock().now())


def _errors(args: argparse.Namespace, settings: Settings, feed: Feed) -> list[ModelError]:
    if args.quotes is None:
        return []
    chains, _ = chains_of(read_quotes(args.quotes), Calendar(settings.session))
    days = [session.day.date for session in feed.sessions]
    used = within(chains, days[0], days[-1])
    beside = Beside(index=None, sessions=(), prior_volatility=settings.market.prior_volatility)
    judged = judge(used, Model(smile=smile_of(settings), implied_premium=settings.market.implied_premium), beside)
    return [ModelError(row.multiple, row.n, row.median_ratio, row.mean_abs_error) for row in judged.rows]


def _between(name: str, found: Interval) -> str:
    form = {"win_rate": "{:.1%}".format, "sharpe": "{:.2f}".format}.get(name, money)
    return f"{form(found.estimate)}, from {form(found.low)} to {form(found.high)}"
