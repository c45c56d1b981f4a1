"""Fits how wide strangles are quoted by the time that is left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lottogrid.calibration.judge import Strangle
from lottogrid.exchange.model import SpreadCurve

LEVEL = 1.25
"""Implied moves of the strangles that the curve is fitted to: the strategy's first level."""
_FEWEST = 5


@dataclass(frozen=True, slots=True)
class SpreadRow:
    """How the curve compares with real spreads."""

    multiple: float
    n: int
    median_ratio: float
    """The curve's over the real spread."""
    mean_abs_error: float
    """Between the two, as fractions of the price."""


def fit_spread(judged: Sequence[Strangle]) -> SpreadCurve | None:
    """Return the median ask - bid over mid of whole strangles by half hour; None where bids and asks are not known."""
    slots: defaultdict[str, list[Strangle]] = defaultdict(list)
    for each in judged:
        if each.multiple == LEVEL and each.spread >= 0:
            slots[each.slot].append(each)
    points = [
        (
            round(float(np.median([each.minutes_left for each in found])), 1),
            round(float(np.median([each.relative_spread for each in found])), 4),
        )
        for found in slots.values()
        if len(found) >= _FEWEST
    ]
    return SpreadCurve(tuple(sorted(points))) if points else None


def judge_spread(judged: Sequence[Strangle], curve: SpreadCurve) -> list[SpreadRow]:
    """Return the errors of `curve` by multiple; none where bids and asks are not known."""
    known = [each for each in judged if each.spread > 0]
    rows = []
    for multiple in sorted({each.multiple for each in known}):
        found = [each for each in known if each.multiple == multiple]
        real = np.array([each.relative_spread for each in found])
        model = np.array([curve.full_spread(each.minutes_left) for each in found])
        median, error = float(np.median(model / real)), float(np.mean(np.abs(model - real)))
        rows.append(SpreadRow(multiple, len(found), median, error))
    return rows
