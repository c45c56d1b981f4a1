"""How volatility at the money runs through the day."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from lottogrid.errors import BadInput


@dataclass(frozen=True, slots=True)
class DayShape:
    """Annual volatility at the money by the trading minutes left: (minutes left, factor), rising in minutes.

    Between the points the factor is linear, beyond them constant.
    """

    points: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        rising = all(left[0] < right[0] for left, right in pairwise(self.points))
        if not self.points or not rising or any(not 0 < factor < math.inf for _, factor in self.points):
            raise BadInput(f"day shape: expected rising minutes with factors above 0, found {self.points}")

    def factor(self, minutes_left: float) -> float:
        """Return the factor with `minutes_left` trading minutes to expiry."""
        minutes, factors = zip(*self.points, strict=True)
        return float(np.interp(minutes_left, minutes, factors))


INDEX_SHAPE = DayShape(
    (
        (30.0, 0.592),
        (60.0, 0.530),
        (120.0, 0.512),
        (180.0, 0.515),
        (240.0, 0.500),
        (300.0, 0.511),
        (330.0, 0.532),
        (360.0, 0.553),
        (385.0, 0.571),
    )
)
"""As a share of the VIX at the close before: medians of SPXW straddles on 470 full sessions, 2023-11 to 2025-09.

One day differs from another: at 10:00 the logarithm of the share has a standard deviation of 0.27.
"""
