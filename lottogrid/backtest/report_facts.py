"""What a report tells, computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from lottogrid.backtest.bootstrap import Days, Interval, days_of, intervals
from lottogrid.backtest.engine import Ground, Plan
from lottogrid.backtest.metrics import figures
from lottogrid.backtest.stress import by_fill
from lottogrid.backtest.sweep import closing_order
from lottogrid.clock import new_york, trading_date
from lottogrid.errors import NeedsOperator
from lottogrid.pricing.time import MINUTES_PER_YEAR
from lottogrid.trades import Trade, digest

_WARMED_UP = 60
"""Minutes behind the open at which the implied move is read: then the realised volatility is known, too."""


@dataclass(frozen=True, slots=True)
class Hour:
    """The trades that began in an hour of the day, New York."""

    hour: int
    trades: int
    pnl: float


@dataclass(frozen=True, slots=True)
class Fill:
    """What the same rule comes to when another share of the spread is paid."""

    name: str
    trades: int
    pnl: float
    win_rate: float | None
    mean: Interval | None
    """Dollars a session; None with a single one."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a backtest came to. Money in dollars."""

    dates: Sequence[date]
    daily: Sequence[float]
    gains: Sequence[float]
    """Of each trade, in the order of their entries."""
    gains_as_ended: Sequence[float]
    """The same in the order of their ends."""
    start_cash: float
    figures: dict[str, Any]
    intervals: dict[str, Interval]
    fills: Sequence[Fill]
    hours: Sequence[Hour]
    moves: Sequence[tuple[float, float]]
    """Of each session the implied and the realised move from an hour behind the open to the close, points."""
    digest: str


@dataclass(frozen=True, slots=True)
class _Booked:
    """The results of trades. Dollars."""

    gains: list[float]
    gains_as_ended: list[float]
    days: Days


def facts_of(ground: Ground, plan: Plan, *, seed: int) -> Facts:
    """Return what `plan` comes to on `ground`; `seed` is the bootstrap's."""
    outcomes = by_fill(ground, plan)
    booked = {
        name: _Booked(each.gains_usd.tolist(), each.gains_usd[closing_order(each)].tolist(), days_of(each))
        for name, each in outcomes.items()
    }
    return _facts(ground, outcomes["full"].trades, booked, plan.start_cash_usd, seed)


def facts_of_trades(ground: Ground, trades: Sequence[Trade], start_cash_usd: Decimal, *, seed: int) -> Facts:
    """Return what trades came to that the actors have played, with all of the spread paid: no other was played."""
    return _facts(ground, trades, {"full": _booked(ground, trades)}, start_cash_usd, seed)


def _booked(ground: Ground, trades: Sequence[Trade]) -> _Booked:
    rows = {session.day.date: row for row, session in enumerate(ground.tape.sessions)}
    at = np.array([rows[trading_date(trade.opened_at)] for trade in trades], dtype=np.int64)
    gains = np.array([_known(trade) for trade in trades], dtype=np.float64)
    ended = sorted(range(len(trades)), key=lambda place: (trades[place].closed_at, trades[place].id))
    counts = (np.bincount(each, minlength=len(rows)) for each in (at, at[gains > 0]))
    daily = np.bincount(at, weights=gains, minlength=len(rows)).astype(np.float64)
    return _Booked(gains.tolist(), gains[ended].tolist(), Days(daily, *counts))


def _known(trade: Trade) -> float:
    if trade.pnl is None:
        raise NeedsOperator(f"{trade.id}: expected a result, found a commission unknown; replay the day by itself")
    return float(trade.pnl)


def _facts(
    ground: Ground, trades: Sequence[Trade], booked: Mapping[str, _Booked], start_cash_usd: Decimal, seed: int
) -> Facts:
    """Return the facts of `trades`, which are those with the whole spread paid."""
    days = [session.day for session in ground.tape.sessions]
    own = booked["full"]
    return Facts(
        dates=[day.date for day in days],
        daily=own.days.pnl_usd.tolist(),
        gains=own.gains,
        gains_as_ended=own.gains_as_ended,
        start_cash=float(start_cash_usd),
        figures=figures(trades, days, start_cash_usd),
        intervals=intervals(own.days, seed=seed) if len(days) > 1 else {},
        fills=[_fill(name, each, seed) for name, each in booked.items()],
        hours=_by_hour(trades, own.gains),
        moves=_moves(ground),
        digest=digest(trades),
    )


def _fill(name: str, booked: _Booked, seed: int) -> Fill:
    gains, days = np.array(booked.gains), booked.days
    sure = intervals(days, seed=seed) if len(days.pnl_usd) > 1 else {}
    won = float((gains > 0).mean()) if len(gains) else None
    return Fill(name, len(gains), float(gains.sum()), won, sure.get("mean"))


def _by_hour(trades: Sequence[Trade], gains: Sequence[float]) -> list[Hour]:
    found: dict[int, list[float]] = {}
    for trade, gain in zip(trades, gains, strict=True):
        found.setdefault(new_york(trade.opened_at).hour, []).append(gain)
    return [Hour(hour, len(found[hour]), sum(found[hour])) for hour in sorted(found)]


def _moves(ground: Ground) -> list[tuple[float, float]]:
    tape = ground.tape
    column = tape.lead + _WARMED_UP
    if column >= tape.shape[1]:
        return []
    price, last = tape.close[:, column], tape.close[np.arange(len(tape.closing)), tape.closing]
    implied = price * ground.volatility[:, column] * np.sqrt(tape.minutes_left[:, column] / MINUTES_PER_YEAR)
    known = (tape.closing > column) & np.isfinite(implied)
    return list(zip(implied[known].tolist(), np.abs(last - price)[known].tolist(), strict=True))
