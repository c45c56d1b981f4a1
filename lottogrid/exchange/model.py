"""From the underlying's price to an option's bid and ask.

The arithmetic, in the order a vectorised caller has to repeat it:

1. `total_sd = annual_volatility * sqrt(minutes_left / (252 * 390))`, at the money;
2. `z = (strike - price) / expected_move(price, total_sd)`, `sd = total_sd * smile(z)`;
3. `theo = Black-76(price, strike, sd)`, undiscounted, points;
4. `h = factor * full_spread(minutes_left) / 2`, linear between the points of the spread curve;
5. `bid = floor(theo * (1 - h))` and `ask = ceil(theo * (1 + h))` on the tick ladder, so that rounding always costs
   the trader; a bid of 0 is no bid, an ask is one tick at least, and bid and ask lie at least one tick apart.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from lottogrid.errors import BadInput
from lottogrid.market.contracts import OptionContract, Right
from lottogrid.market.ticks import TickLadder
from lottogrid.pricing.black76 import price_one
from lottogrid.pricing.moves import expected_move
from lottogrid.pricing.smile import Smile, SmileSource
from lottogrid.pricing.time import total_sd

# Wider than the grain of the ladder: within it the exact rounding decides, beyond it the floats do.
_NEAR = 1e-6


@dataclass(frozen=True)
class SpreadCurve:
    """How wide the market is by the time that is left: (minutes left, ask - bid as a fraction of the mid), rising.

    Between the points the fraction is linear, beyond them constant, as in `numpy.interp`.
    """

    points: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        rising = all(left[0] < right[0] for left, right in pairwise(self.points))
        if not self.points or not rising or any(not 0 <= fraction < 1 for _, fraction in self.points):
            raise BadInput(f"spread curve: expected rising minutes with fractions from 0 to 1, found {self.points}")

    def full_spread(self, minutes_left: float) -> float:
        """Return ask - bid as a fraction of the mid, before rounding to the grid."""
        place = bisect_left(self.points, (minutes_left, 0.0))
        if place == 0:
            return self.points[0][1]
        if place == len(self.points):
            return self.points[-1][1]
        (left, low), (right, high) = self.points[place - 1 : place + 1]
        return low + (high - low) * (minutes_left - left) / (right - left)


SAME_DAY_SPREAD = SpreadCurve(
    (
        (15.0, 0.100),
        (30.0, 0.085),
        (60.0, 0.067),
        (120.0, 0.053),
        (180.0, 0.047),
        (240.0, 0.040),
        (300.0, 0.036),
        (360.0, 0.030),
        (390.0, 0.029),
    )
)
"""Measured on whole SPY 0DTE strangles at 1.25 implied moves (25 days of 2026, real bids and offers)."""


def bid_and_ask(theo: float, half_spread: float, ladder: TickLadder) -> tuple[Decimal | None, Decimal]:
    """Return bid (None where nobody bids) and ask on the ladder, points, from a value and half a spread.

    >>> from lottogrid.market.contracts import spec_of
    >>> bid_and_ask(4.755, 0.0145, spec_of("MES").ladder)
    (Decimal('4.65'), Decimal('4.85'))
    """
    bid = ladder.floor(theo * (1 - half_spread))
    ask = max(ladder.ceil(theo * (1 + half_spread)), ladder.smallest)
    if ask <= bid:
        ask = ladder.ceil(bid + ladder.smallest)
    return bid or None, ask


@dataclass(frozen=True, slots=True)
class MarketPoint:
    """The whole option market at one price of the underlying and one instant."""

    forward: float
    total_sd: float
    """At the money, from now to expiry."""
    expected_move: float
    """Points; 0 when no time is left."""
    half_spread: float
    """Fraction of an option's value."""
    smile: Smile
    ladder: TickLadder

    def theo(self, contract: OptionContract) -> float:
        """Return what `contract` is worth, points; the intrinsic value when no time is left."""
        strike = float(contract.strike)
        total = self.total_sd
        if self.expected_move > 0:
            total *= self.smile.multiplier_one((strike - self.forward) / self.expected_move)
        return price_one(self.forward, strike, total, contract.right is Right.CALL)

    def bid_and_ask(self, contract: OptionContract) -> tuple[Decimal | None, Decimal]:
        """Return bid (None where nobody bids) and ask, points, on the ladder."""
        return bid_and_ask(self.theo(contract), self.half_spread, self.ladder)

    def bid_reaches(self, contract: OptionContract, limit: Decimal) -> bool:
        """Return whether somebody bids `limit` or more."""
        theo = self.theo(contract)
        if theo * (1 - self.half_spread) < float(limit) - _NEAR:
            return False
        bid, _ = bid_and_ask(theo, self.half_spread, self.ladder)
        return bid is not None and bid >= limit

    def ask_reaches(self, contract: OptionContract, limit: Decimal) -> bool:
        """Return whether somebody offers at `limit` or less."""
        theo = self.theo(contract)
        if theo * (1 + self.half_spread) > float(limit) + _NEAR:
            return False
        _, ask = bid_and_ask(theo, self.half_spread, self.ladder)
        return ask <= limit


@dataclass(frozen=True)
class MarketModel:
    """The rule by which options are quoted. Pure: the same inputs give the same quotes anywhere."""

    ladder: TickLadder
    smile: SmileSource
    spread: SpreadCurve = SAME_DAY_SPREAD
    spread_factor: float = 1.0
    """1 is the spread as measured; thinner books want more."""

    def at(self, price: Decimal, annual_volatility: float, minutes_left: float) -> MarketPoint:
        """Return the market at `price` (points), at-the-money volatility (per year) and trading minutes to expiry.

        Raises:
            BadInput: a number is not finite, the price is not above 0, or volatility or time is negative.
        """
        forward = float(price)
        if not (0 < forward < math.inf and 0 <= annual_volatility < math.inf and 0 <= minutes_left < math.inf):
            raise BadInput(
                f"market: expected a price above 0 with volatility and minutes not below 0, "
                f"found {price}, {annual_volatility}, {minutes_left}; look at the bars and the forecast behind them"
            )
        total = total_sd(annual_volatility, minutes_left)
        return MarketPoint(
            forward=forward,
            total_sd=total,
            expected_move=expected_move(forward, total),
            half_spread=min(self.spread_factor * self.spread.full_spread(minutes_left) / 2, 1.0),
            smile=self.smile.at(annual_volatility, minutes_left),
            ladder=self.ladder,
        )
