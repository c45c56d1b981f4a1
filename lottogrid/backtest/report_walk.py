"""The page about a walk-forward: what choosing by the past came to on days that the choice did not know."""

from __future__ import annotations

from lottogrid.backtest import report_charts as charts
from lottogrid.backtest import report_parts as parts
from lottogrid.backtest.report_parts import Origin
from lottogrid.backtest.report_sweep import Search, vitals, words
from lottogrid.backtest.walkforward import Path, Walk, Window

_PATHS = ("path", "profit and loss", "a session", "95% interval", "Sharpe", "drawdown")
_WINDOWS = ("chosen on", "traded on", "sessions", "chosen", "then", "came to", "best of these days")
_HINDSIGHT = "The best of all settings was known only afterwards; the difference to it is what hindsight is worth."
_UNPROVEN = "The interval of what a session came to reaches below zero: no gain is established."


def page(walk: Walk, search: Search, origin: Origin) -> str:
    """Return the page as HTML; the search is the sweep that was walked over."""
    found = walk.out_of_sample
    paths = {
        "walked forward": found,
        "settings as given": walk.unchanged,
        "best of all, known afterwards": walk.best_of_all,
    }
    known = {name: path for name, path in paths.items() if path is not None}
    traded = search.dates[len(search.dates) - len(found.daily) :]
    drawn = charts.compared([path.daily.tolist() for path in known.values()], traded)
    gains = [each.test_usd for each in walk.windows]
    each_window = charts.by_value("windows", {str(place): gain for place, gain in enumerate(gains, 1)})
    cards = [
        parts.card("What it came to", _paths(known) + parts.noted(_HINDSIGHT), "wide"),
        _worth(found, search),
        parts.card("Profit and loss added up, on days that the choice did not know", parts.legend([*known]) + drawn),
        parts.card("What each window came to, by its number", each_window),
        parts.card("The windows", _windows(walk, search), "wide"),
        parts.card("The sweep beneath, over all sessions", vitals(search), "wide"),
        parts.limits(parts.CHOSEN_BEFORE),
        *parts.foundations(origin),
    ]
    title = f"Walk-forward: {len(walk.windows)} windows, {len(found.daily)} sessions traded"
    lead = f"{origin.source} · settings {origin.settings.hash} · digest {search.ranking.digest[:16]}"
    return parts.frame(title, lead, cards)


def _worth(found: Path, search: Search) -> str:
    unproven = [_UNPROVEN] if found.mean is not None and found.mean.low <= 0 else []
    lines = [*unproven, *(f"Of the sweep beneath: {line}" for line in search.ranking.warnings)]
    sound = ["The interval of what a session came to lies above zero; these days are one sample, and the past."]
    return parts.card("What it is worth", parts.listed(lines or sound), "wide warning")


def _paths(paths: dict[str, Path]) -> str:
    rows = [
        (
            name,
            parts.money(path.pnl),
            parts.money(path.pnl / len(path.daily)),
            parts.between(path.mean, parts.money),
            parts.ratio(path.sharpe),
            parts.money(path.max_drawdown),
        )
        for name, path in paths.items()
    ]
    return parts.table(_PATHS, rows)


def _windows(walk: Walk, search: Search) -> str:
    return parts.table(_WINDOWS, [_row(each, search) for each in walk.windows], prose="chosen")


def _row(window: Window, search: Search) -> tuple[str, ...]:
    value = window.train_value
    return (
        _span(window.train, search),
        _span(window.test, search),
        str(window.test[1] - window.test[0]),
        words(window.chosen),
        parts.ratio(value) if search.by == "sharpe" else parts.money(value),
        parts.money(window.test_usd),
        parts.money(window.hindsight_usd),
    )


def _span(ends: tuple[int, int], search: Search) -> str:
    return f"{search.dates[ends[0]]} to {search.dates[ends[1] - 1]}"
