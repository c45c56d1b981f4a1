"""The work of `lottogrid sweep --stress`: one rule under harder and harder conditions."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console

from lottogrid.backtest.engine import Ground
from lottogrid.backtest.kernels import kernel_of
from lottogrid.backtest.report_stress import page
from lottogrid.backtest.stress import STRESSES, Stressed, magnified, stressed
from lottogrid.cli.feed import Feed
from lottogrid.cli.output import money, table
from lottogrid.cli.research.backtest_work import plan_of
from lottogrid.cli.research.replay_work import feed_of
from lottogrid.cli.research.report import origin_of, show_assumptions, show_left_out
from lottogrid.cli.results import assumptions
from lottogrid.cli.volatility import priced
from lottogrid.cli.wiring import forecast_of
from lottogrid.settings import Settings
from lottogrid.settings.load import changed

_COLUMNS = ("condition", "sessions", "trades", "P&L", "a session", "95% interval", "won", "worst session")


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """What came of all conditions."""

    settings: Settings
    feed: Feed
    rows: Sequence[Stressed]

    def document(self) -> dict[str, Any]:
        """Return the result ready for JSON."""
        return {
            "conditions": [
                {
                    "name": row.stress.name,
                    "description": row.stress.description,
                    "sessions": row.sessions,
                    "trades": row.trades,
                    "pnl": row.pnl,
                    "worst_session": row.worst_session,
                    "intervals": {name: asdict(each) for name, each in row.intervals.items()},
                }
                for row in self.rows
            ],
            "settings": self.settings.to_dict(),
            "settings_hash": self.settings.hash,
            "source": self.feed.name,
            "sessions": len(self.feed.sessions),
            "skipped": [{"date": each.date.isoformat(), "reason": each.reason} for each in self.feed.skipped],
            "assumptions": assumptions(self.settings, self.feed),
        }


def stress(args: argparse.Namespace, settings: Settings) -> Conditions:
    """Run the settings under every condition.

    Raises:
        BadInput: the bars, the quotes or the settings are not what they should be.
        Missing: a file is absent.
    """
    feed, forecast = priced(args, settings, feed_of(args, settings))
    as_they_are = Ground(feed.sessions, forecast, kernel_of(args.kernel, len(feed.sessions) * len(STRESSES)))
    grounds = {times: _ground(args, settings, as_they_are, times) for times in {each.moves for each in STRESSES}}
    seed = settings.simulator.seed
    rows = [
        stressed(each, grounds[each.moves], plan_of(changed(settings, each.values)), seed=seed) for each in STRESSES
    ]
    return Conditions(settings=settings, feed=feed, rows=rows)


def _ground(args: argparse.Namespace, settings: Settings, ground: Ground, times: int) -> Ground:
    """Return a ground with every move so many times as large, and options priced so."""
    if times == 1:
        return ground
    wilder = magnified(ground.tape.sessions, times)
    if args.quotes is None and args.vix is None:
        return Ground(wilder, forecast_of(settings), ground.kernel)
    # No quotes were made in that market: those of this one, scaled.
    return Ground(wilder, times * ground.volatility, ground.kernel)


def html_of(found: Conditions) -> str:
    """Return the page about the conditions."""
    return page(found.rows, origin_of(found.settings, found.feed))


def show(found: Conditions, out: Console) -> None:
    """Print the table, and what the conditions are."""
    out.print(table(_COLUMNS, [_cells(row) for row in found.rows], right=_COLUMNS[1:]))
    out.print()
    for row in found.rows:
        out.print(f"{row.stress.name}: {row.stress.description}")
    out.print(f"on {found.feed.name}")
    show_left_out(found.feed, out)
    show_assumptions(found.settings, found.feed, out)
    out.print(f"settings {found.settings.hash}")


def _cells(row: Stressed) -> tuple[str, ...]:
    mean, won = row.intervals.get("mean"), row.intervals.get("win_rate")
    between = f"{money(mean.low)} to {money(mean.high)}" if mean else ""
    return (
        row.stress.name,
        str(row.sessions),
        str(row.trades),
        money(row.pnl),
        money(row.pnl / row.sessions),
        between,
        f"{won.estimate:.0%}" if won else "",
        money(row.worst_session),
    )
