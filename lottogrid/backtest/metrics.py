"""What trades and days came to: the one definition of every figure that is printed of a result.

Figures are `None` where they are not defined. Days are sessions; a year has 252 of them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lottogrid.calendar import TradingDay
from lottogrid.clock import trading_date
from lottogrid.errors import BadInput
from lottogrid.pricing.blocks import Floats
from lottogrid.trades import Trade

SESSIONS_A_YEAR = 252
MULTIPLES = (0.0, 0.5, 1.0, 2.0, 3.0, 4.0)
"""Of what a leg cost: the lower ends of the classes in which `figures` counts what legs brought."""

_ROOT_YEAR = math.sqrt(SESSIONS_A_YEAR)
_ZERO = Decimal(0)
_ROUNDING = 1e-12
"""Relative: a deviation that small is one of rounding, not of the days."""


def sharpe(daily_usd: ArrayLike) -> float | None:
    """Return the annual Sharpe ratio of daily P&L: mean over sample standard deviation, times the square root of 252.

    None with fewer than two days or no variance. Source: W. F. Sharpe, "The Sharpe Ratio", 1994.
    """
    days = np.asarray(daily_usd, dtype=np.float64)
    if len(days) < 2:  # noqa: PLR2004 - one day has no variance
        return None
    deviation = float(days.std(ddof=1))
    if deviation <= _ROUNDING * float(np.abs(days).max()):
        return None
    return float(days.mean()) / deviation * _ROOT_YEAR


def sortino(daily_usd: ArrayLike) -> float | None:
    """Return the annual Sortino ratio of daily P&L against zero: the downside is the root mean square of the losses.

    None without a day that lost. Source: F. A. Sortino, L. N. Price, "Performance Measurement in a Downside Risk
    Framework", 1994.
    """
    days = np.asarray(daily_usd, dtype=np.float64)
    downside = float(np.sqrt(np.mean(np.minimum(days, 0.0) ** 2))) if len(days) else 0.0
    return float(days.mean()) / downside * _ROOT_YEAR if downside > 0 else None


def calmar(daily_usd: ArrayLike, start_usd: float) -> float | None:
    """Return the annual growth of an account that began with `start_usd`, over its deepest drawdown (a share).

    None where the account was never below its peak, or was ever used up. Source: T. W. Young, "Calmar Ratio", 1991.
    """
    days = np.asarray(daily_usd, dtype=np.float64)
    equity = start_usd + np.cumsum(days)
    deepest = drawdown(days, start_usd)[1]
    if not len(days) or not deepest or equity.min() <= 0:
        return None
    return float((equity[-1] / start_usd) ** (SESSIONS_A_YEAR / len(days)) - 1) / deepest


def drawdown(gains_usd: Sequence[Decimal] | Floats, start_usd: Decimal | float) -> tuple[float, float | None]:
    """Return the largest fall of the equity below its peak, in dollars and as a share of that peak.

    It is looked at after each gain. The share is None where the account had nothing at some peak.
    """
    equity = np.cumsum([start_usd, *gains_usd])
    peak = np.maximum.accumulate(equity)
    fall = (peak - equity).astype(np.float64)
    share = None if min(peak) <= 0 else float((fall / peak.astype(np.float64)).max())
    return float((peak - equity).max()), share


def summary(trades: Sequence[Trade], sessions: Sequence[date], start_cash: Decimal) -> dict[str, Any]:
    """Return what `trades` came to over `sessions`, as JSON numbers; money in dollars, null where nothing is known.

    `max_drawdown` is the largest fall of the equity below its peak, looked at after each closed trade. `sharpe` is of
    the sessions' P&L, in which a day without a trade counts as 0. Trades whose commissions are not all known are
    counted in `pnl_unknown` and left out of every sum.

    Raises:
        BadInput: where a trade was opened on a day that is not among `sessions`.
    """
    known = _known(trades)
    gains = [pnl for _, pnl in known]
    return {
        "pnl": float(sum(gains, _ZERO)),
        "trades": len(trades),
        "win_rate": sum(gain > 0 for gain in gains) / len(gains) if gains else None,
        "max_drawdown": drawdown(gains, start_cash)[0],
        "sharpe": sharpe(daily(trades, sessions)),
        "sessions": len(sessions),
        "sessions_traded": len({trading_date(trade.opened_at) for trade in trades}),
        "legs_at_target": sum(leg.exit_reason == "target" for trade in trades for leg in trade.legs),
        "commission": float(sum((trade.commission or _ZERO for trade, _ in known), _ZERO)),
        "premium": float(sum((trade.premium for trade, _ in known), _ZERO)),
        "best": float(max(gains)) if gains else None,
        "worst": float(min(gains)) if gains else None,
        "pnl_unknown": len(trades) - len(known),
    }


def daily(trades: Sequence[Trade], sessions: Sequence[date]) -> Floats:
    """Return the P&L of each session, dollars; 0 without a trade. BadInput for a trade on another day."""
    days = dict.fromkeys(sessions, _ZERO)
    for trade, pnl in _known(trades):
        day = trading_date(trade.opened_at)
        if day not in days:
            raise BadInput(
                f"summary: expected trades on the sessions given, found {trade.id} on {day}; give all sessions"
            )
        days[day] += pnl
    return np.array([days[day] for day in sessions], dtype=np.float64)


def figures(trades: Sequence[Trade], days: Sequence[TradingDay], start_cash: Decimal) -> dict[str, Any]:
    """Return `summary` and what a report tells beside it, as JSON numbers.

    `profit_factor` is what winners gained over what losers lost; `exposure` the share of trading time in which
    something was held; `exits` how many legs ended how; `multiples` how many legs brought at least so many times what
    they cost, and less than the next class.
    """
    by_day = daily(trades, [day.date for day in days])
    gains = np.array([float(pnl) for _, pnl in _known(trades)])
    won, lost = gains[gains > 0], gains[gains < 0]
    legs = [leg for trade in trades for leg in trade.legs]
    start = float(start_cash)
    return {
        **summary(trades, [day.date for day in days], start_cash),
        "average_win": float(won.mean()) if len(won) else None,
        "average_loss": float(lost.mean()) if len(lost) else None,
        "profit_factor": float(won.sum() / -lost.sum()) if len(lost) else None,
        "max_drawdown_share": drawdown(by_day, start)[1],
        "sortino": sortino(by_day),
        "calmar": calmar(by_day, start),
        "exposure": exposure(trades, days),
        "exits": dict(Counter(leg.exit_reason for leg in legs).most_common()),
        "multiples": _classes([float(leg.exit_price / leg.entry_price) for leg in legs]),
    }


def exposure(trades: Iterable[Trade], days: Sequence[TradingDay]) -> float | None:
    """Return the share of the time between open and close in which at least one position was held."""
    held = 0.0
    last = None
    for trade in sorted(trades, key=lambda each: each.opened_at):
        begin = trade.opened_at if last is None else max(trade.opened_at, last)
        held += max((trade.closed_at - begin).total_seconds(), 0.0)
        last = trade.closed_at if last is None else max(trade.closed_at, last)
    whole = sum((day.closes - day.opens).total_seconds() for day in days)
    return held / whole if whole else None


def _classes(multiples: Sequence[float]) -> dict[str, int]:
    counts = np.histogram(multiples, bins=[*MULTIPLES, np.inf])[0].tolist()
    return {f"{lowest:g}": count for lowest, count in zip(MULTIPLES, counts, strict=True)}


def _known(trades: Iterable[Trade]) -> list[tuple[Trade, Decimal]]:
    """Return the trades whose P&L is known, with it, in the order of their closing."""
    found = [(trade, trade.pnl) for trade in trades if trade.pnl is not None]
    return sorted(found, key=lambda pair: (pair[0].closed_at, pair[0].id))
