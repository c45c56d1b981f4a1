"""The page about a sweep: what was tried, how it came out, and what the best of it is worth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from lottogrid.backtest import report_charts as charts
from lottogrid.backtest import report_parts as parts
from lottogrid.backtest.report_parts import Origin
from lottogrid.backtest.sweep import Refused, Score
from lottogrid.backtest.sweep_rank import Ranking

_KEYS_SHOWN = 6
_FIGURES = ("trades", "profit and loss", "won", "Sharpe", "drawdown")
_INDEPENDENT = (
    "All but equal results count as independent trials, which makes the deflated ratio err on the side of caution."
)
_SURE_WORDS = "The numbers raise no objection of their own; that is no promise for days to come."


@dataclass(frozen=True, kw_only=True)
class Search:
    """What was tried on which sessions, and what came of it."""

    ranking: Ranking
    refused: Sequence[Refused]
    dates: Sequence[date]
    by: str
    """What the best is chosen by: sharpe or pnl."""


def page(search: Search, origin: Origin, *, shown: int) -> str:
    """Return the page as HTML, with a row for each of the best `shown` settings."""
    ranking = search.ranking
    title = f"Sweep: {len(ranking.scores)} settings on {len(search.dates)} sessions"
    cards = [
        parts.card("What came of it", vitals(search), "wide"),
        parts.card("What the best is worth", parts.listed(ranking.warnings or [_SURE_WORDS]), "wide warning"),
        *_charts(search),
        parts.card(f"The best {min(shown, len(ranking.scores))}", _table(ranking.scores[:shown]), "wide"),
        *_refused(search.refused),
        parts.limits(_INDEPENDENT),
        *parts.foundations(origin),
    ]
    return parts.frame(
        title, f"{origin.source} · settings {origin.settings.hash} · digest {ranking.digest[:16]}", cards
    )


def vitals(search: Search) -> str:
    """Return the figures of a search."""
    ranking, best = search.ranking, search.ranking.scores[0]
    deflated = ranking.deflated
    gains = [score.pnl for score in ranking.scores]
    rows = [
        ("settings tried", f"{len(gains):,}", f"{len(search.refused)} cannot be traded"),
        ("that gained", f"{sum(each > 0 for each in gains):,}", f"the middle one came to {parts.money(median(gains))}"),
        ("best by the Sharpe ratio" if search.by == "sharpe" else "best by profit", parts.money(best.pnl), words(best)),
        ("its Sharpe ratio", parts.ratio(best.sharpe), f"deepest drawdown {parts.money(best.max_drawdown)}"),
        (
            "deflated Sharpe ratio",
            parts.share(deflated.probability if deflated else None),
            f"luck alone would show {parts.ratio(deflated.expected_best)}" if deflated else "",
        ),
        ("probability of overfitting", parts.share(ranking.overfitting), "blind choice comes to 50%"),
    ]
    return parts.vitals(rows, _SOURCES)


_SOURCES = (
    "Deflated Sharpe ratio: Bailey and López de Prado 2014. Probability of backtest overfitting: combinatorially "
    "symmetric cross-validation, Bailey, Borwein, López de Prado and Zhu 2015."
)


def words(score: Score) -> str:
    """Return what makes a setting differ, without the sections."""
    return ", ".join(f"{key.partition('.')[2]} {value}" for key, value in score.values)


def _charts(search: Search) -> list[str]:
    scores, found = search.ranking.scores, []
    ratios = [score.sharpe for score in scores if score.sharpe is not None]
    deflated = search.ranking.deflated
    if deflated is not None and len(ratios) > 1:
        note = parts.noted("The dashed line is what the best of as many worthless settings would be expected to show.")
        found.append(parts.card("Sharpe ratios", charts.of_ratios(ratios, deflated.expected_best) + note))
    if len(scores) > 1 and all(len(score.daily) == len(search.dates) for score in scores):
        lines = {"the best": scores[0], "the middle": scores[len(scores) // 2], "the last": scores[-1]}
        drawn = charts.compared([each.daily for each in lines.values()], search.dates)
        found.append(parts.card("Profit and loss added up", parts.legend([*lines]) + drawn))
    return found + [_by_value(scores, key) for key in [key for key, _ in scores[0].values][:_KEYS_SHOWN]]


def _by_value(scores: Sequence[Score], key: str) -> str:
    """Return a card with the middle result at each value of a setting."""
    found: dict[str, list[float]] = {}
    for score in scores:
        found.setdefault(dict(score.values)[key], []).append(score.pnl)
    amounts = {value: median(found[value]) for value in sorted(found, key=_in_order)}
    name = key.partition(".")[2]
    return parts.card(f"By {name}: the middle result at each value", charts.by_value(f"by {name}", amounts))


def _in_order(value: str) -> tuple[bool, float, str]:
    try:
        return False, float(value), ""
    except ValueError:
        return True, 0.0, value


def _table(scores: Sequence[Score]) -> str:
    names = [key.partition(".")[2] for key, _ in scores[0].values]
    rows = [
        (
            *(value for _, value in score.values),
            f"{score.trades:,}",
            parts.money(score.pnl),
            parts.share(score.win_rate),
            parts.ratio(score.sharpe),
            parts.money(score.max_drawdown),
        )
        for score in scores
    ]
    return parts.table((*names, *_FIGURES), rows)


def _refused(refused: Sequence[Refused]) -> list[str]:
    if not refused:
        return []
    reasons = Counter(each.reason for each in refused).most_common()
    return [
        parts.card("What cannot be traded", parts.listed(f"{count}: {reason}" for reason, count in reasons), "wide")
    ]
