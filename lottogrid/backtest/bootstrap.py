"""How sure a result is: confidence intervals by the stationary block bootstrap over days.

Days are drawn in blocks of random length, so that what quiet and wild stretches do to a result is kept. Source:
D. N. Politis, J. P. Romano, "The Stationary Bootstrap", Journal of the American Statistical Association 89, 1994.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lottogrid.backtest.engine import Outcome
from lottogrid.backtest.metrics import SESSIONS_A_YEAR
from lottogrid.errors import BadInput
from lottogrid.pricing.blocks import Floats

RESAMPLES = 2000
LEVEL = 0.95
_AT_ONCE = 2_000_000
"""Days of resamples held in memory together."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate, and the ends between which it would lie in `level` of such histories."""

    estimate: float
    low: float
    high: float
    level: float = LEVEL


@dataclass(frozen=True, slots=True)
class Days:
    """What each session came to."""

    pnl_usd: Floats
    trades: NDArray[np.int64]
    wins: NDArray[np.int64]


def days_of(outcome: Outcome) -> Days:
    """Return what each session of a backtest came to."""
    rows, sessions = outcome.positions.rows, len(outcome.dates)
    won = rows[outcome.gains_usd > 0]
    return Days(outcome.daily_usd, np.bincount(rows, minlength=sessions), np.bincount(won, minlength=sessions))


def block_length(days: int) -> float:
    """Return the mean length of a block, days: the cube root of how many there are, the order Politis and Romano give.

    200 days come to six, a little more than a week.
    """
    return float(max(1.0, days ** (1 / 3)))


def resampled_days(days: int, resamples: int, mean_length: float, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the days of each resample by their numbers: a row each, blocks that wrap round the end."""
    begins = rng.random((resamples, days)) < 1 / mean_length
    begins[:, 0] = True
    places = np.arange(days)
    at = np.maximum.accumulate(np.where(begins, places, 0), axis=1)
    starts = rng.integers(0, days, (resamples, days))
    found: NDArray[np.int64] = (np.take_along_axis(starts, at, axis=1) + places - at) % days
    return found


def intervals(
    days: Days, *, seed: int, resamples: int = RESAMPLES, mean_length: float | None = None, level: float = LEVEL
) -> dict[str, Interval]:
    """Return the interval of each figure of a result: percentiles of what resampled histories came to.

    Keys: `mean` and `total` (dollars a day and altogether), `win_rate`, `sharpe` (annual), `max_drawdown` (dollars,
    looked at after each day). A figure that is not defined for the history is left out; one that some resamples do
    not have, as the Sharpe ratio of equal days, is taken over the others.

    Raises:
        BadInput: there are fewer than two days.
    """
    count = len(days.pnl_usd)
    if count < 2:  # noqa: PLR2004 - nothing varies
        raise BadInput(f"bootstrap: expected two days or more, found {count}; give more sessions")
    rng = np.random.default_rng(seed)
    length = block_length(count) if mean_length is None else mean_length
    own = _statistics(days, np.arange(count)[np.newaxis])
    room = max(1, _AT_ONCE // count)
    sizes = [min(room, resamples - done) for done in range(0, resamples, room)]
    drawn = [_statistics(days, resampled_days(count, size, length, rng)) for size in sizes]
    found = {}
    for name, (estimate,) in own.items():
        values = np.concatenate([each[name] for each in drawn])
        values = values[np.isfinite(values)]
        if np.isfinite(estimate) and len(values):
            low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
            found[name] = Interval(float(estimate), float(low), float(high), level)
    return found


def _statistics(days: Days, chosen: NDArray[np.int64]) -> dict[str, Floats]:
    """Return each figure of each row of days; NaN where it is not defined."""
    pnl = days.pnl_usd[chosen]
    total, mean = pnl.sum(axis=1), pnl.mean(axis=1)
    deviation = pnl.std(axis=1, ddof=1)
    trades, wins = days.trades[chosen].sum(axis=1), days.wins[chosen].sum(axis=1)
    equity = np.cumsum(pnl, axis=1)
    peak = np.maximum(np.maximum.accumulate(equity, axis=1), 0.0)
    unknown = np.full(len(chosen), np.nan)
    return {
        "mean": mean,
        "total": total,
        "win_rate": np.divide(wins, trades, out=unknown.copy(), where=trades > 0),
        "sharpe": np.divide(mean, deviation, out=unknown.copy(), where=deviation > 0) * SESSIONS_A_YEAR**0.5,
        "max_drawdown": (peak - equity).max(axis=1),
    }
