"""The limits on entries, as pure rules over the risk book.

The strategist shows them, the risk actor enforces them: both call this. Orders that reduce a holding are never asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from lottogrid.risk.book import RiskBook
from lottogrid.risk.reasons import Reason
from lottogrid.risk.verdict import Verdict, verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an entry must respect. Money in dollars."""

    min_time_between: timedelta
    max_per_day: int
    max_open: int
    max_draw_usd: Decimal
    """Loss in a day at most, with every open premium counted as lost."""


def standing_verdicts(book: RiskBook, limits: Limits, now: datetime) -> tuple[Verdict, ...]:
    """Return the rules that hold whatever is bought: standing, halts, spacing, counts."""
    obstacle = (*book.halts, *book.obstacles)[:1]
    waited = None if book.last_entry_at is None else now - book.last_entry_at
    return (
        verdict(
            "ready to trade",
            obstacle[0].name if obstacle else "yes",
            "no halt, engine running, every order known",
            obstacle[0] if obstacle else None,
        ),
        verdict(
            "time since the last entry",
            "no entry yet" if waited is None else f"{waited.total_seconds() / 60:.0f} min",
            f">= {limits.min_time_between.total_seconds() / 60:.0f} min",
            Reason.TOO_SOON if waited is not None and waited < limits.min_time_between else None,
        ),
        verdict(
            "strangles today",
            str(book.entries_today),
            f"< {limits.max_per_day}",
            Reason.DAY_COUNT_REACHED if book.entries_today >= limits.max_per_day else None,
        ),
        verdict(
            "strangles open",
            str(book.open_count),
            f"< {limits.max_open}",
            Reason.OPEN_COUNT_REACHED if book.open_count >= limits.max_open else None,
        ),
    )


def money_verdicts(book: RiskBook, limits: Limits, cost_usd: Decimal) -> tuple[Verdict, ...]:
    """Return the rules that depend on what the entry can lose, `cost_usd`: the day's loss and the cash."""
    if not cost_usd.is_finite():
        raise ValueError(f"cost of an entry: expected a finite number of dollars, found {cost_usd}")
    worst = book.reserved_usd + cost_usd - book.realised_usd
    cash = book.baseline_usd + book.realised_usd - book.reserved_usd
    return (
        verdict(
            "worst loss of the day",
            f"${worst:.2f}",
            f"<= ${limits.max_draw_usd:.2f}",
            Reason.LOSS_LIMIT if worst > limits.max_draw_usd else None,
        ),
        verdict(
            "cash after every open premium",
            f"${cash:.2f}",
            f">= ${cost_usd:.2f}",
            Reason.CASH_SHORT if cash < cost_usd else None,
        ),
    )
