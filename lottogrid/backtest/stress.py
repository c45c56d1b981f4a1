"""Harder conditions than those of the bars: the same rule with more trades, wider spreads, wilder markets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from lottogrid.backtest.bootstrap import Days, Interval, days_of, intervals
from lottogrid.backtest.engine import Ground, Outcome, Plan, run
from lottogrid.backtest.tape import Ints
from lottogrid.errors import BadInput
from lottogrid.market.bars import Bar
from lottogrid.market.sessions import Session

FILLS = MappingProxyType({"mid": 0.0, "half": 0.5, "full": 1.0})
"""What share of the spread is crossed, on the way in and out."""
CRASH_SHARE = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Stress:
    """A condition, by what it changes."""

    name: str
    description: str
    values: tuple[str, ...] = ()
    """Settings, as KEY=VALUE."""
    spread_factor: float = 1.0
    moves: int = 1
    """How many times every move of the market."""
    widest: float = 1.0
    """Share of the days that count: those of the widest range."""


@dataclass(frozen=True, kw_only=True)
class Stressed:
    """What came of one condition. Money in dollars."""

    stress: Stress
    sessions: int
    trades: int
    pnl: float
    worst_session: float
    intervals: dict[str, Interval]
    """Of the mean session and of the share of trades that won; empty with a single session."""


STRESSES: tuple[Stress, ...] = (
    Stress(name="as set", description="the settings on the bars as they are"),
    Stress(
        name="more trades",
        description="an entry every five minutes, as many as there are, no limit a day reaches",
        values=(
            "risk.min_time_between_trades=5",
            "risk.max_trades_per_day=200",
            "risk.max_open_trades=200",
            "risk.max_draw=1000000",
            "risk.start_cash=1000000",
        ),
    ),
    Stress(name="wider spreads", description="twice the measured spread, on the way in and out", spread_factor=2.0),
    Stress(name="twice the volatility", description="every move of the market doubled, and options priced so", moves=2),
    Stress(
        name="crash days",
        description=f"only the {CRASH_SHARE:.0%} of the days with the widest range, known only afterwards",
        widest=CRASH_SHARE,
    ),
)


def stressed(each: Stress, ground: Ground, plan: Plan, *, seed: int) -> Stressed:
    """Return what `plan`, made of the condition's settings, comes to on a ground of its moves.

    `seed` is the bootstrap's.
    """
    found = days_of(run(ground, crossing(plan, each.spread_factor)))
    chosen = widest_days(ground, each.widest)
    days = Days(found.pnl_usd[chosen], found.trades[chosen], found.wins[chosen])
    sure = intervals(days, seed=seed) if len(chosen) > 1 else {}
    return Stressed(
        stress=each,
        sessions=len(chosen),
        trades=int(days.trades.sum()),
        pnl=float(days.pnl_usd.sum()),
        worst_session=float(days.pnl_usd.min()),
        intervals={name: sure[name] for name in ("mean", "win_rate") if name in sure},
    )


def crossing(plan: Plan, share: float) -> Plan:
    """Return `plan` where `share` of the spread is paid: 0 trades at the theoretical mid, on a tick."""
    profile = plan.profile
    return replace(plan, profile=replace(profile, spread_factor=profile.spread_factor * share))


def by_fill(ground: Ground, plan: Plan) -> dict[str, Outcome]:
    """Return what `plan` comes to under each fill assumption."""
    return {name: run(ground, crossing(plan, share)) for name, share in FILLS.items()}


def magnified(sessions: Sequence[Session], times: int) -> list[Session]:
    """Return sessions in which every price is `times` as far from the session's first one.

    Raises:
        BadInput: a price would fall to nothing.
    """
    return [replace(session, bars=tuple(_magnified(session.bars, times))) for session in sessions]


def widest_days(ground: Ground, share: float) -> Ints:
    """Return the rows of the `share` of sessions with the widest range between open and close; one at least."""
    tape = ground.tape
    inside = (tape.places >= 0) & (np.arange(tape.shape[1]) > tape.lead)
    high = np.where(inside, tape.high, -np.inf).max(axis=1)
    low = np.where(inside, tape.low, np.inf).min(axis=1)
    count = max(1, round(share * len(tape.sessions)))
    found: Ints = np.sort(np.argsort((low - high) / low, kind="stable")[:count])
    return found


def _magnified(bars: Sequence[Bar], times: int) -> list[Bar]:
    first = bars[0].open
    found = []
    for bar in bars:
        prices = [first + times * (price - first) for price in (bar.open, bar.high, bar.low, bar.close)]
        if min(prices) <= 0:
            raise BadInput(f"stress: expected prices above 0, found {min(prices)} at {bar.start}; leave the day out")
        found.append(replace(bar, open=prices[0], high=prices[1], low=prices[2], close=prices[3]))
    return found
