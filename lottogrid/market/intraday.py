"""How the variance of a trading day is spread over its minutes, as measured on real bars."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from lottogrid.calendar import TradingDay
from lottogrid.clock import new_york
from lottogrid.pricing.blocks import Floats

Ints = NDArray[np.int64]

# Squared one-minute returns of ES, each session's divided by that session's mean, averaged over the 196 complete full
# sessions from 2024-12-03 to 2025-09-30; one factor for each quarter of an hour from 09:30. Their mean is 1.
VARIANCE_SHAPE = (
    *(2.183, 1.843, 1.954, 1.431, 1.235, 1.164, 0.990, 0.940, 0.885, 0.837, 0.742, 0.770, 0.689),
    *(0.690, 0.714, 0.761, 0.782, 0.664, 0.796, 0.675, 0.729, 0.717, 0.708, 0.673, 0.815, 1.613),
)
# The same for the two hours before the open, without the five minutes from 08:30, when figures are published.
PREMARKET_FACTOR = 0.43

_QUARTER = 15
_FULL_SESSION = _QUARTER * len(VARIANCE_SHAPE)
_NYSE_OPEN = timedelta(hours=9, minutes=30)
_MINUTE = timedelta(minutes=1)


def minute_of_day(instant: datetime, day: TradingDay) -> int:
    """Return the whole minutes from 09:30 New York time on `day` to `instant` (aware); negative before."""
    opens = new_york(day.opens)
    # The trading window may be set to open later than the exchange does.
    late = timedelta(hours=opens.hour, minutes=opens.minute) - _NYSE_OPEN
    return (instant - day.opens + late) // _MINUTE


def variance_factor(minute: int) -> float:
    """Return the variance of a minute, counted from 09:30, as a multiple of the session's mean."""
    if minute < 0:
        return PREMARKET_FACTOR
    return VARIANCE_SHAPE[min(minute, _FULL_SESSION - 1) // _QUARTER]


def mean_factor(begin: int, end: int) -> float:
    """Return the mean factor of the cash minutes from `begin` to before `end`; of the last one where none is left."""
    begin = max(min(begin, end - 1), 0)
    return (_CUMULATED[min(end, _FULL_SESSION)] - _CUMULATED[begin]) / (min(end, _FULL_SESSION) - begin)


def mean_factors(begin: Ints, end: int) -> Floats:
    """Return `mean_factor` of many."""
    first, last = np.maximum(np.minimum(begin, end - 1), 0), min(end, _FULL_SESSION)
    found: Floats = (_CUMULATED[last] - np.array(_CUMULATED)[first]) / (last - first)
    return found


def _cumulated() -> tuple[float, ...]:
    sums = [0.0]
    for minute in range(_FULL_SESSION):
        sums.append(sums[-1] + variance_factor(minute))
    return tuple(sums)


_CUMULATED = _cumulated()
