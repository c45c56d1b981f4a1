"""The result of a sweep as what a person reads."""

from __future__ import annotations

from collections import Counter

from rich.console import Console

from lottogrid.backtest.report_sweep import Search, page
from lottogrid.backtest.sweep import Score
from lottogrid.backtest.sweep_rank import Ranking
from lottogrid.cli.output import UNKNOWN, money, table
from lottogrid.cli.research.report import origin_of, show_assumptions, show_left_out
from lottogrid.cli.research.sweep_work import Swept


def show(swept: Swept, out: Console, limit: int) -> None:
    """Print the table, and what it is worth."""
    scores = swept.ranking.scores
    keys = [key for key, _ in scores[0].values]
    columns = [key.partition(".")[2] for key in keys]
    figures = ("trades", "P&L", "won", "Sharpe", "drawdown")
    rows = [[*(value for _, value in score.values), *cells(score)] for score in scores[:limit]]
    out.print(table([*columns, *figures], rows, right=(*columns, *figures)))
    if len(scores) > limit:
        out.print(f"... and {len(scores) - limit} more in {swept.out}")
    out.print()
    days = f"{len(swept.feed.sessions)} sessions ({swept.feed.name}, {len(swept.feed.skipped)} left out)"
    again = f", {swept.resumed} of them from an earlier run" if swept.resumed else ""
    out.print(f"{len(scores)} settings on {days} in {swept.seconds:.1f} s{again}")
    for reason, count in Counter(each.reason for each in swept.refused).most_common():
        out.print(f"{count} combination{'s' * (count > 1)} cannot be traded: {reason}")
    for line in told(swept.ranking):
        out.print(line)
    show_left_out(swept.feed, out)
    show_assumptions(swept.settings, swept.feed, out)
    out.print(f"settings {swept.settings.hash}")
    out.print(f"digest {swept.ranking.digest}")


def html_of(swept: Swept, shown: int) -> str:
    """Return the page about a sweep, with the best `shown` settings."""
    return page(search_of(swept), origin_of(swept.settings, swept.feed), shown=shown)


def search_of(swept: Swept) -> Search:
    """Return a sweep as a page tells of it."""
    dates = [session.day.date for session in swept.feed.sessions]
    return Search(ranking=swept.ranking, refused=swept.refused, dates=dates, by=swept.by)


def cells(score: Score) -> tuple[str, ...]:
    """Return the figures of a score as text."""
    won = UNKNOWN if score.win_rate is None else f"{score.win_rate:.0%}"
    ratio = UNKNOWN if score.sharpe is None else f"{score.sharpe:.2f}"
    return str(score.trades), money(score.pnl), won, ratio, money(score.max_drawdown)


def told(ranking: Ranking) -> list[str]:
    """Return what a ranking is worth, in lines."""
    found = []
    if ranking.deflated is not None:
        deflated = ranking.deflated
        found.append(f"deflated Sharpe ratio of the best: {deflated.probability:.0%} over {deflated.trials} trials")
    if ranking.overfitting is not None:
        found.append(f"probability of backtest overfitting: {ranking.overfitting:.0%}")
    return [*found, *(f"WARNING {warning}" for warning in ranking.warnings)]
