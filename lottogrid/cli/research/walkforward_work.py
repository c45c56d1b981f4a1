"""The work of `lottogrid walkforward`."""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from rich.console import Console

from lottogrid.backtest.report_sweep import words
from lottogrid.backtest.report_walk import page
from lottogrid.backtest.walkforward import Path, Walk, Window, walk
from lottogrid.cli.output import UNKNOWN, money, table
from lottogrid.cli.research.report import origin_of, show_assumptions, show_left_out
from lottogrid.cli.research.sweep_table import search_of, told
from lottogrid.cli.research.sweep_work import Swept, sweep
from lottogrid.settings import Settings

_COLUMNS = ("chosen on", "traded on", "sessions", "chosen", "then", "came to", "best of these days")
_PATHS = ("", "P&L", "a session", "95% interval", "Sharpe", "drawdown")


@dataclass(frozen=True, kw_only=True)
class Walked:
    """What came of a walk-forward, and of the sweep beneath it."""

    walk: Walk
    swept: Swept
    by: str

    @property
    def dates(self) -> list[date]:
        """The sessions."""
        return [session.day.date for session in self.swept.feed.sessions]

    def document(self) -> dict[str, Any]:
        """Return the result ready for JSON."""
        below = self.swept.document()
        found = self.walk
        return {
            "criterion": self.by,
            "windows": [self._window(each) for each in found.windows],
            "out_of_sample": _path(found.out_of_sample),
            "unchanged": None if found.unchanged is None else _path(found.unchanged),
            "best_of_all": _path(found.best_of_all),
            **{key: value for key, value in below.items() if key != "results"},
        }

    def _window(self, window: Window) -> dict[str, Any]:
        first, last = (self._span(ends) for ends in (window.train, window.test))
        return {
            "train": {"from": first[0].isoformat(), "to": first[1].isoformat()},
            "test": {"from": last[0].isoformat(), "to": last[1].isoformat()},
            "sessions": window.test[1] - window.test[0],
            "values": dict(window.chosen.values),
            "settings_hash": window.chosen.key,
            "train_value": window.train_value,
            "test_pnl": round(window.test_usd, 6),
            "hindsight_pnl": round(window.hindsight_usd, 6),
        }

    def span(self, ends: tuple[int, int]) -> str:
        """Return the first and the last day of a window in words."""
        first, last = self._span(ends)
        return f"{first} to {last}"

    def _span(self, ends: tuple[int, int]) -> tuple[date, date]:
        return self.dates[ends[0]], self.dates[ends[1] - 1]


def walk_forward(args: argparse.Namespace, settings: Settings) -> Walked:
    """Sweep, and walk over what it came to; a killed one goes on where it stopped, as a sweep does.

    Raises:
        BadInput: as of a sweep, and where there are too few sessions for one window.
        Missing: as of a sweep.
    """
    swept = sweep(args, settings)
    found = walk(
        swept.ranking.scores,
        train=args.train,
        test=args.test,
        by=args.by,
        base=settings.hash,
        start_usd=float(settings.risk.start_cash),
        seed=settings.simulator.seed,
    )
    return Walked(walk=found, swept=swept, by=args.by)


def html_of(walked: Walked) -> str:
    """Return the page about a walk-forward."""
    swept = walked.swept
    return page(walked.walk, search_of(swept), origin_of(swept.settings, swept.feed))


def show(walked: Walked, out: Console) -> None:
    """Print the windows, what they came to, and what that is worth."""
    found = walked.walk
    out.print(table(_COLUMNS, [_row(walked, each) for each in found.windows], right=(*_COLUMNS[2:3], *_COLUMNS[4:])))
    paths = [("walked forward", found.out_of_sample), ("settings as given", found.unchanged)]
    paths += [("best of all, known afterwards", found.best_of_all)]
    out.print()
    out.print(table(_PATHS, [_cells(name, path) for name, path in paths if path is not None], right=_PATHS[1:]))
    out.print()
    what = "the Sharpe ratio" if walked.by == "sharpe" else "the profit"
    count = len(found.out_of_sample.daily)
    scores = len(walked.swept.ranking.scores)
    out.print(f"chosen among {scores} settings by {what} of the sessions before; traded on {count} sessions")
    if found.out_of_sample.mean is not None and found.out_of_sample.mean.low <= 0:
        out.print("WARNING The interval of what a session came to reaches below zero: no gain is established.")
    out.print("on all sessions together:")
    for line in told(walked.swept.ranking):
        out.print(line)
    show_left_out(walked.swept.feed, out)
    show_assumptions(walked.swept.settings, walked.swept.feed, out)
    out.print(f"settings {walked.swept.settings.hash}")
    out.print(f"digest {walked.swept.ranking.digest}")


def _row(walked: Walked, window: Window) -> tuple[str, ...]:
    value = window.train_value
    shown = UNKNOWN if value is None else f"{value:.2f}" if walked.by == "sharpe" else money(value)
    return (
        walked.span(window.train),
        walked.span(window.test),
        str(window.test[1] - window.test[0]),
        words(window.chosen),
        shown,
        money(window.test_usd),
        money(window.hindsight_usd),
    )


def _cells(name: str, path: Path) -> tuple[str, ...]:
    between = UNKNOWN if path.mean is None else f"{money(path.mean.low)} to {money(path.mean.high)}"
    ratio = UNKNOWN if path.sharpe is None else f"{path.sharpe:.2f}"
    return name, money(path.pnl), money(path.pnl / len(path.daily)), between, ratio, money(path.max_drawdown)


def _path(path: Path) -> dict[str, Any]:
    return {
        "sessions": len(path.daily),
        "pnl": round(path.pnl, 6),
        "sharpe": path.sharpe,
        "max_drawdown": round(path.max_drawdown, 6),
        "mean": None if path.mean is None else asdict(path.mean),
        "daily": [round(float(each), 6) for each in path.daily],
    }
