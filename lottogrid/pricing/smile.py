"""The same-day volatility smile, as a multiple of the at-the-money volatility."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import product
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from lottogrid.errors import BadInput
from lottogrid.pricing.blocks import Floats
from lottogrid.pricing.time import MINUTES_PER_SESSION


class SmileSource(Protocol):
    """What knows the smile of every moment."""

    def at(self, annual_volatility: float, minutes_left: float) -> Smile:
        """Return the smile at this volatility at the money (per year) and so many trading minutes before expiry."""
        ...

    def multiplier_at(self, z: ArrayLike, annual_volatility: Floats, minutes_left: Floats) -> Floats:
        """Return the multiples at `z`, each with the smile of its moment."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Smile:
    """Two parabolas that meet at the money, over z = (strike - forward) / expected move, held constant beyond `clamp`.

    With p = min(z, 0) and c = max(z, 0), clamped, the volatility of a strike is the one at the money times

        1 + put_slope p + put_curve p^2 + call_slope c + call_curve c^2.

    The numbers are the middle of the fit to SPXW same-day options up to 2025-01-31 (`lottogrid calibrate`); its slopes
    also move: see `MovingSmile`. On the days after it, a flat volatility errs by 12 and 20 % of a strangle's price at
    1.25 and 1.5 expected moves, the fit by 4 and 6 %. They are settings: skew deepened over those years.
    """

    put_slope: float = -0.05915
    call_slope: float = -0.08138
    put_curve: float = 0.0234
    call_curve: float = 0.0412
    clamp: float = 2.25
    """Largest |z| the parabolas are trusted at, in expected moves."""

    def __post_init__(self) -> None:
        numbers = (self.put_slope, self.call_slope, self.put_curve, self.call_curve, self.clamp)
        if not (all(map(math.isfinite, numbers)) and self.clamp > 0):
            raise BadInput(f"smile: expected finite numbers and a clamp above 0, found {numbers}")
        lowest = min(
            self._lowest(self.put_slope, self.put_curve, -1), self._lowest(self.call_slope, self.call_curve, 1)
        )
        if lowest <= 0:
            raise BadInput(
                f"smile: expected multipliers above 0 up to the clamp, found {lowest:.4f}; flatten the slopes"
            )

    def multiplier(self, z: ArrayLike) -> Floats:
        """Return the multiples at `z` (expected moves, below 0 for strikes under the forward), NaN where z is NaN.

        >>> Smile().multiplier([-1.5, -1.25, 0, 1.25, 1.5]).round(4).tolist()
        [1.1414, 1.1105, 1.0, 0.9626, 0.9706]
        """
        return self.multiplier_of_slopes(z, self.put_slope, self.call_slope)

    def multiplier_of_slopes(self, z: ArrayLike, put_slope: float | Floats, call_slope: float | Floats) -> Floats:
        """Return the multiples at `z` with other slopes than its own."""
        held = np.clip(np.asarray(z, dtype=np.float64), -self.clamp, self.clamp)
        put, call = np.minimum(held, 0.0), np.maximum(held, 0.0)
        puts: Floats = put * (put_slope + self.put_curve * put)
        return 1.0 + puts + call * (call_slope + self.call_curve * call)

    def multiplier_one(self, z: float) -> float:
        """Return the multiple at one `z`; NaN is refused."""
        if math.isnan(z):
            raise BadInput("smile: expected a distance in expected moves, found nan; wait for a valid expected move")
        held = min(max(z, -self.clamp), self.clamp)
        if held < 0:
            return 1.0 + held * (self.put_slope + self.put_curve * held)
        return 1.0 + held * (self.call_slope + self.call_curve * held)

    def at(self, annual_volatility: float, minutes_left: float) -> Smile:  # noqa: ARG002 - the same at every moment
        """Return the smile itself."""
        return self

    def multiplier_at(
        self,
        z: ArrayLike,
        annual_volatility: Floats,  # noqa: ARG002
        minutes_left: Floats,  # noqa: ARG002
    ) -> Floats:
        """Return the multiples at `z`."""
        return self.multiplier(z)

    def slopes(self, annual_volatility: ArrayLike, minutes_left: ArrayLike) -> tuple[Floats, Floats]:  # noqa: ARG002
        """Return the slopes of puts and calls."""
        return np.asarray(self.put_slope), np.asarray(self.call_slope)

    def _lowest(self, slope: float, curve: float, sign: int) -> float:
        """Return the smallest multiple on one side, at the clamp or at the bottom of the parabola."""
        ends = [sign * self.clamp]
        if curve > 0 and 0 < sign * -slope / (2 * curve) < self.clamp:
            ends.append(-slope / (2 * curve))
        return min(1.0 + z * (slope + curve * z) for z in ends)


FLAT = Smile(put_slope=0.0, call_slope=0.0, put_curve=0.0, call_curve=0.0)
"""No smile: every strike at the volatility of the money."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovingSmile:
    """A smile whose slopes change with the time that is left and with the volatility at the money.

    With h = minutes left / 390 - 0.5, within -0.5 and 0.5, and v = ln(volatility / 0.10), the volatility held within
    5 % and 50 %, a slope is that of `middle` plus `..._time` times h plus `..._volatility` times v.

    Slopes that move were found on the SPXW options of 2023-11 to 2025-01, and judged on later months of them; see
    `lottogrid.calibration`.
    """

    middle: Smile
    """At half a session before expiry and a volatility of 10 %."""
    put_slope_time: float = 0.0
    call_slope_time: float = 0.0
    put_slope_volatility: float = 0.0
    call_slope_volatility: float = 0.0

    def __post_init__(self) -> None:
        # The multiple at one z is linear in h and in v: it is lowest in a corner, where Smile refuses one below 0.
        for volatility, minutes in product(VOLATILITY_RANGE, (0.0, float(MINUTES_PER_SESSION))):
            self.at(volatility, minutes)

    def at(self, annual_volatility: float, minutes_left: float) -> Smile:
        """Return the smile at this volatility at the money (per year) and so many trading minutes before expiry."""
        put_slope, call_slope = self.slopes(annual_volatility, minutes_left)
        return replace(self.middle, put_slope=float(put_slope), call_slope=float(call_slope))

    def multiplier_at(self, z: ArrayLike, annual_volatility: Floats, minutes_left: Floats) -> Floats:
        """Return the multiples at `z`, each with the smile of its moment."""
        return self.middle.multiplier_of_slopes(z, *self.slopes(annual_volatility, minutes_left))

    def slopes(self, annual_volatility: ArrayLike, minutes_left: ArrayLike) -> tuple[Floats, Floats]:
        """Return the slopes of puts and calls at moments."""
        time, volatility = time_term(minutes_left), volatility_term(annual_volatility)
        return (
            self.middle.put_slope + self.put_slope_time * time + self.put_slope_volatility * volatility,
            self.middle.call_slope + self.call_slope_time * time + self.call_slope_volatility * volatility,
        )


VOLATILITY_RANGE = (0.05, 0.50)
"""Annual volatilities at the money between which slopes move: there were quotes to fit."""
MIDDLE_VOLATILITY = 0.10


def time_term(minutes_left: ArrayLike) -> Floats:
    """Return h of `MovingSmile`."""
    held = np.clip(np.asarray(minutes_left, dtype=np.float64) / MINUTES_PER_SESSION, 0.0, 1.0)
    return np.asarray(held - 0.5)


def volatility_term(annual_volatility: ArrayLike) -> Floats:
    """Return v of `MovingSmile`."""
    held = np.clip(np.asarray(annual_volatility, dtype=np.float64), *VOLATILITY_RANGE)
    return np.asarray(np.log(held / MIDDLE_VOLATILITY))
