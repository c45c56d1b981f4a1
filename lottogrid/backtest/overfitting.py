"""How much of a best result is the search for it: the deflated Sharpe ratio, and the probability of overfitting."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from lottogrid.backtest.metrics import SESSIONS_A_YEAR
from lottogrid.pricing.blocks import Floats

BLOCKS = 16
"""Into which the days are cut: 12,870 ways to choose half of them, the number of the paper's own examples."""
_DAYS_A_BLOCK = 2
_WAYS_AT_ONCE = 4_000_000
"""Ways times settings held in memory together."""


@dataclass(frozen=True, slots=True)
class DeflatedSharpe:
    """How likely the best Sharpe ratio of a search is more than the luck of so many trials."""

    sharpe: float
    """Annual, of the best."""
    expected_best: float
    """Annual, that the best of as many worthless settings would be expected to show."""
    probability: float
    """That the true ratio is above zero, given the search: the deflated Sharpe ratio. Below 0.95 proves nothing."""
    trials: int
    """Settings whose days differ."""


def deflated_sharpe(daily_usd: ArrayLike) -> DeflatedSharpe | None:
    """Return the deflated Sharpe ratio of the best column of `daily_usd` (a row a day, a column a setting).

    Columns that are equal are one trial. Others are counted as if they were independent, which errs on the side of
    caution. None where no column has a Sharpe ratio, or there are fewer than three days. With one trial it is the
    probabilistic Sharpe ratio.

    Source: D. H. Bailey, M. Lopez de Prado, "The Deflated Sharpe Ratio", Journal of Portfolio Management 40 (5), 2014.
    """
    ratios, days = _ratios_and_days(daily_usd)
    if not len(ratios) or len(days) < 3:  # noqa: PLR2004 - the formula divides by days less one, twice removed
        return None
    best = int(np.argmax(ratios))
    trials = len(ratios)
    expected = float(ratios.std(ddof=1)) * _expected_maximum(trials) if trials > 1 else 0.0
    year = SESSIONS_A_YEAR**0.5
    return DeflatedSharpe(
        sharpe=float(ratios[best]) * year,
        expected_best=expected * year,
        probability=_probabilistic(days[:, best], float(ratios[best]), expected),
        trials=trials,
    )


def overfitting_probability(daily_usd: ArrayLike, *, blocks: int = BLOCKS) -> float | None:
    """Return the probability that the setting which is best in one half of the days is below the median in the other.

    By combinatorially symmetric cross-validation: the days are cut into `blocks` (even) pieces, and every way of
    choosing half of them is tried. 0.5 is what worthless settings come to. `daily_usd` has a row a day and a column a
    setting; columns that are equal count once. With few days there are fewer blocks. None with fewer than two
    different settings or eight days.

    Source: D. H. Bailey, J. Borwein, M. Lopez de Prado, Q. J. Zhu, "The Probability of Backtest Overfitting", Journal
    of Computational Finance 20 (4), 2017 (first 2015).
    """
    matrix = _distinct(daily_usd)
    count = min(blocks, len(matrix) // _DAYS_A_BLOCK) // 2 * 2
    if matrix.shape[1] < 2 or count < 4:  # noqa: PLR2004
        return None
    pieces = np.array_split(matrix, count)
    sums = np.array([piece.sum(axis=0) for piece in pieces])
    squares = np.array([(piece * piece).sum(axis=0) for piece in pieces])
    sizes = np.array([len(piece) for piece in pieces], dtype=np.float64)
    ways = list(combinations(range(count), count // 2))
    room = max(1, _WAYS_AT_ONCE // matrix.shape[1])
    below = 0.0
    for begin in range(0, len(ways), room):
        chosen = np.zeros((len(ways[begin : begin + room]), count))
        np.put_along_axis(chosen, np.array(ways[begin : begin + room]), 1.0, axis=1)
        inside, outside = (_block_ratios(half, sums, squares, sizes) for half in (chosen, 1 - chosen))
        below += float((_relative_rank(inside, outside) <= 0.5).sum())  # noqa: PLR2004 - the median
    return below / len(ways)


def _block_ratios(half: Floats, sums: Floats, squares: Floats, sizes: Floats) -> Floats:
    """Return the Sharpe ratio a day of each setting in each half; 0 where nothing varies."""
    days = (half @ sizes)[:, np.newaxis]
    total = half @ sums
    variance = np.maximum(half @ squares - total * total / days, 0.0) / (days - 1)
    return np.divide(total / days, np.sqrt(variance), out=np.zeros_like(total), where=variance > 0)


def _relative_rank(inside: Floats, outside: Floats) -> Floats:
    """Return the rank outside, from 0 to 1, of the setting that is best inside; equals share theirs."""
    rows = np.arange(len(inside))
    own = outside[rows, inside.argmax(axis=1)][:, np.newaxis]
    rank = (outside < own).sum(axis=1) + 0.5 * ((outside == own).sum(axis=1) + 1)
    return np.asarray(rank / (inside.shape[1] + 1))


def _expected_maximum(trials: int) -> float:
    """Return the expected largest of so many standard normal draws, in the approximation of the paper."""
    gamma = np.euler_gamma
    return float((1 - gamma) * ndtri(1 - 1 / trials) + gamma * ndtri(1 - 1 / (trials * np.e)))


def _probabilistic(daily: Floats, ratio: float, benchmark: float) -> float:
    """Return the probability that the true ratio a day is above `benchmark`, with the days' skew and kurtosis."""
    scores = (daily - daily.mean()) / daily.std()
    skew, kurtosis = float((scores**3).mean()), float((scores**4).mean())
    variance = 1 - skew * ratio + (kurtosis - 1) / 4 * ratio * ratio
    return float(ndtr((ratio - benchmark) * np.sqrt(len(daily) - 1) / np.sqrt(max(variance, 1e-12))))


def _ratios_and_days(daily_usd: ArrayLike) -> tuple[Floats, Floats]:
    """Return the Sharpe ratio a day of every different column that varies, and those columns."""
    matrix = _distinct(daily_usd)
    if len(matrix) < 2:  # noqa: PLR2004
        return np.empty(0), matrix
    deviations = matrix.std(axis=0, ddof=1)
    varies = deviations > 0
    matrix = matrix[:, varies]
    return matrix.mean(axis=0) / deviations[varies], matrix


def _distinct(daily_usd: ArrayLike) -> Floats:
    return np.unique(np.atleast_2d(np.asarray(daily_usd, dtype=np.float64)), axis=1)
