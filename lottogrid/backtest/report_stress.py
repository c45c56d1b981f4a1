"""The page about one rule under harder conditions."""

from __future__ import annotations

from collections.abc import Sequence

from lottogrid.backtest import report_charts as charts
from lottogrid.backtest import report_parts as parts
from lottogrid.backtest.report_parts import Origin
from lottogrid.backtest.stress import Stressed

_COLUMNS = ("condition", "sessions", "trades", "profit and loss", "a session", "95% interval", "won", "worst session")


def page(rows: Sequence[Stressed], origin: Origin) -> str:
    """Return the page as HTML."""
    whiskers = [
        (row.stress.name, mean.estimate, mean.low, mean.high)
        for row in rows
        if (mean := row.intervals.get("mean")) is not None
    ]
    conditions = parts.listed(f"{row.stress.name}: {row.stress.description}." for row in rows)
    cards = [
        parts.card("What the conditions came to", parts.table(_COLUMNS, map(_cells, rows)), "wide"),
        parts.limits("The crash days are known only afterwards; nobody trades on them alone."),
        parts.card("The conditions", conditions),
    ]
    if whiskers:
        cards.insert(2, parts.card("What a session came to, with its 95% interval", charts.between(whiskers)))
    lead = f"{origin.source} · settings {origin.settings.hash}"
    title = f"Harder conditions: {rows[0].sessions} sessions"
    return parts.frame(title, lead, [*cards, *parts.foundations(origin)])


def _cells(row: Stressed) -> tuple[str, ...]:
    mean, won = row.intervals.get("mean"), row.intervals.get("win_rate")
    return (
        row.stress.name,
        f"{row.sessions:,}",
        f"{row.trades:,}",
        parts.money(row.pnl),
        parts.money(row.pnl / row.sessions),
        parts.between(mean, parts.money),
        parts.share(won.estimate if won else None),
        parts.money(row.worst_session),
    )
