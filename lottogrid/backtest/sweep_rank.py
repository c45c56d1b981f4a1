"""The table of a sweep, and how far its best line can be believed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lottogrid.backtest.overfitting import DeflatedSharpe, deflated_sharpe, overfitting_probability
from lottogrid.backtest.sweep import Score

CRITERIA = ("sharpe", "pnl")
"""By what the best is chosen."""
_SURE = 0.95
_HIGH = 0.25
"""A probability of overfitting that is worth a warning: half of what blind choice comes to."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """The scores of a sweep, the best first."""

    scores: tuple[Score, ...]
    deflated: DeflatedSharpe | None
    """None where no setting has a Sharpe ratio."""
    overfitting: float | None
    """Probability that the best in one half of the days is below the median in the other; None with too little data."""

    @property
    def digest(self) -> str:
        """SHA-256 (hex) over the digests of all settings: equal wherever and in whatever order they were computed."""
        lines = sorted(f"{score.key} {score.data} {score.digest}" for score in self.scores)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    @property
    def warnings(self) -> list[str]:
        """Return in sentences why the best line should not be believed."""
        return [*_of_sharpe(self.deflated), *_of_choice(self.overfitting), *_of_gain(self.scores[0])]


def rank(scores: Sequence[Score], by: str = "sharpe") -> Ranking:
    """Return the scores in the order of `by` (one of `CRITERIA`), those without it last, and what it is worth.

    Settings are compared by the days that all of them played; where grounds differ in their days, nothing is said of
    the search.
    """
    ranked = sorted(scores, key=lambda each: (-criterion(each, by), -each.pnl, each.key))
    if len({len(each.daily) for each in ranked}) != 1:
        return Ranking(tuple(ranked), None, None)
    daily = np.array([each.daily for each in ranked]).T
    return Ranking(tuple(ranked), deflated_sharpe(daily), overfitting_probability(daily))


def criterion(score: Score, by: str) -> float:
    """Return what a setting is chosen by, minus infinity where it is not defined."""
    found = score.sharpe if by == "sharpe" else score.pnl
    return -np.inf if found is None else found


def _of_sharpe(found: DeflatedSharpe | None) -> list[str]:
    if found is None:
        return ["No Sharpe ratio could be computed: too few days, or nothing was traded."]
    if found.probability >= _SURE:
        return []
    luck = (
        f"The best Sharpe ratio is {found.sharpe:.2f}; the best of {found.trials} worthless settings would be expected "
        f"to show {found.expected_best:.2f}. The probability that it is more than luck is {found.probability:.0%}, and "
        f"below {_SURE:.0%} it proves nothing."
    )
    return [luck]


def _of_choice(probability: float | None) -> list[str]:
    if probability is None:
        return ["The probability of overfitting is unknown: it needs two different results over eight days."]
    if probability < _HIGH:
        return []
    chance = (
        f"The setting that is best in one half of the days is below the median in the other half in {probability:.0%} "
        "of all ways to halve them; choosing blindly would come to 50%."
    )
    return [chance]


def _of_gain(best: Score) -> list[str]:
    return [] if best.pnl > 0 else ["Even the best setting loses."]
