"""One self-contained page about a backtest: no script, no network, readable on a telephone and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from lottogrid.backtest import report_charts as charts
from lottogrid.backtest import report_parts as parts
from lottogrid.backtest.report_facts import Facts
from lottogrid.backtest.report_parts import ModelError, Origin


def page(facts: Facts, origin: Origin) -> str:
    """Return the report as HTML."""
    first, last = facts.dates[0], facts.dates[-1]
    cards = [
        parts.card("What it came to", _vitals(facts), "wide"),
        parts.limits(parts.CHOSEN_BEFORE),
        *_charts(facts),
        _prices(facts, origin),
        *parts.foundations(origin),
    ]
    title = f"Backtest: {len(facts.dates)} sessions, {first} to {last}"
    return parts.frame(title, f"{origin.source} · settings {origin.settings.hash} · digest {facts.digest[:16]}", cards)


def _charts(facts: Facts) -> list[str]:
    found = [
        parts.card("Equity, and how far it is below its peak", _equity(facts)),
        parts.card("Profit and loss of each session", charts.by_day(facts.daily, facts.dates)),
    ]
    if facts.gains:
        found += [
            parts.card("Equity after each trade", charts.equity_by_trade(facts.gains_as_ended, facts.start_cash)),
            parts.card("By hour of entry, New York, with the number of trades", charts.by_hour(facts.hours)),
            parts.card("Trade results", charts.of_trades(facts.gains)),
            parts.card("What a leg brought, times its cost", _multiples(facts)),
            parts.card("How legs ended", charts.of_classes("how legs ended", facts.figures["exits"])),
        ]
    if facts.moves:
        found.append(parts.card("Implied move and the one that came, points", _moves(facts.moves)))
    return found


def _prices(facts: Facts, origin: Origin) -> str:
    cards = [parts.card("How much of the spread is paid", _fills(facts))]
    if origin.errors:
        cards.append(parts.card("The model's prices against the real quotes of these days", _errors(origin.errors)))
    return f'<div class="stack">{"".join(cards)}</div>\n'


def _equity(facts: Facts) -> str:
    note = "Every session begins with the start capital; the line adds up what they came to."
    return charts.equity(facts.daily, facts.dates, facts.start_cash) + parts.noted(note)


def _vitals(facts: Facts) -> str:
    found, sure = facts.figures, facts.intervals
    rows = [
        ("profit and loss", parts.money(found["pnl"]), parts.between(sure.get("total"), parts.money)),
        ("a session", parts.money(found["pnl"] / found["sessions"]), parts.between(sure.get("mean"), parts.money)),
        ("trades", f"{found['trades']:,}", f"on {found['sessions_traded']} of {found['sessions']} sessions"),
        ("won", parts.share(found["win_rate"]), parts.between(sure.get("win_rate"), parts.share)),
        ("average win", parts.money(found["average_win"]), f"loss {parts.money(found['average_loss'])}"),
        ("profit factor", parts.ratio(found["profit_factor"]), "gains over losses"),
        ("Sharpe ratio", parts.ratio(found["sharpe"]), parts.between(sure.get("sharpe"), parts.ratio)),
        ("Sortino ratio", parts.ratio(found["sortino"]), f"Calmar ratio {parts.ratio(found['calmar'])}"),
        ("deepest drawdown", parts.money(found["max_drawdown"]), parts.between(sure.get("max_drawdown"), parts.money)),
        ("premium paid", parts.money(found["premium"]), f"commissions {parts.money(found['commission'])}"),
        ("time with a position", parts.share(found["exposure"]), ""),
        ("legs at their target", f"{found['legs_at_target']:,}", f"of {2 * found['trades']:,}"),
    ]
    note = "Between brackets: 95% intervals, stationary block bootstrap over the sessions (Politis and Romano 1994)."
    return parts.vitals(rows, note)


def _multiples(facts: Facts) -> str:
    counts = facts.figures["multiples"]
    names = [*counts]
    ends = [f"{low} to {high}" for low, high in pairwise(names)] + [f"{names[-1]} up"]
    return charts.of_classes("what a leg brought", dict(zip(ends, counts.values(), strict=True)))


def _moves(moves: Sequence[tuple[float, float]]) -> str:
    share = sum(came < implied for implied, came in moves) / len(moves)
    mean = sum(came for _, came in moves) / sum(implied for implied, _ in moves)
    note = (
        f"One dot a session, from an hour behind the open to the close. {share:.0%} came to less than one standard "
        f"deviation (68% would if prices were right and moves normal); the mean move was {mean:.2f} of it (0.80)."
    )
    return charts.implied_and_realised(moves) + parts.noted(note)


def _fills(facts: Facts) -> str:
    words = {
        "mid": "none of it",
        "half": "half",
        "full": "all, the default",
    }
    rows = [
        (
            words[fill.name],
            f"{fill.trades:,}",
            parts.money(fill.pnl),
            parts.money(fill.mean.estimate) if fill.mean else parts.UNKNOWN,
            parts.between(fill.mean, parts.money),
            parts.share(fill.win_rate),
        )
        for fill in facts.fills
    ]
    note = (
        "The same rule each time, on the way in and out. What is cheaper fits the premium cap more often, so that the "
        "trades differ, too."
    )
    if len(rows) == 1:
        note = "The actors played this, once; what comes of another share was not played."
    columns = ("paid", "trades", "profit and loss", "a session", "95% interval", "won")
    return parts.table(columns, rows) + parts.noted(note)


def _errors(errors: Sequence[ModelError]) -> str:
    rows = [
        (f"{each.multiple:g}", f"{each.n:,}", f"{each.median_ratio:.3f}", f"{each.mean_abs_error:.1%}")
        for each in errors
    ]
    note = (
        "Strangles at multiples of the implied move, with the straddle's own volatility: the error of the smile alone."
    )
    return parts.table(("multiple", "strangles", "median ratio", "mean error"), rows) + parts.noted(note)
