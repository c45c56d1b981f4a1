"""The volatilities of sessions bar by bar: the operations of `lottogrid.backtest.volatility`, in the same order."""

from __future__ import annotations

import math

from lottogrid.backtest.compiled.jit import compiled
from lottogrid.backtest.tape import Ints
from lottogrid.market import forecast
from lottogrid.market.forecast import CAP, RECENT_DECAY
from lottogrid.pricing.blocks import Floats
from lottogrid.pricing.time import MINUTES_PER_YEAR

_minute_variance = compiled(forecast.minute_variance)
_next_prior = compiled(forecast.next_prior)


@compiled
def annual(
    close: Floats, minutes: Ints, shares: Floats, left: Floats, prior: float, premium: float, found: Floats
) -> None:
    """Fill in the annual volatility behind each column; NaN where there is no bar.

    `minutes` are those of the day, counted from 09:30, at which the bars of a session's first column start; `shares`
    are the shares of variance of each minute from one before 09:30 on, `left` the mean share of what is left.
    """
    for row in range(close.shape[0]):
        recent, weight, squares, learned, count = 0.0, 0.0, 0.0, 0.0, 0
        variance = _minute_variance(prior, recent, weight)
        for column in range(close.shape[1]):
            minute = minutes[row] + column
            change = close[row, column] / close[row, column - 1] - 1 if column > 0 else math.nan
            if minute >= 0 and not math.isnan(change):
                share, square = shares[minute + 1], change * change
                squares, learned, count = squares + square, learned + share, count + 1
                recent = RECENT_DECAY * recent + min(square / share, CAP * CAP * variance)
                weight = RECENT_DECAY * weight + 1
                variance = _minute_variance(prior, recent, weight)
            is_bar = not math.isnan(close[row, column])
            now = premium * math.sqrt(variance * left[row, column] * MINUTES_PER_YEAR)
            found[row, column] = now if is_bar else math.nan
        prior = _next_prior(prior, squares, learned, count)


@compiled
def minute_sds(returns: Floats, window: int, sums: Floats, found: Floats) -> None:
    """Fill in the standard deviation of the last `window` returns at each column; NaN where one is unknown.

    `sums` has three rows to work in, as long as those of `returns`.
    """
    for row in range(returns.shape[0]):
        counted, total, squared = 0.0, 0.0, 0.0
        for column in range(returns.shape[1]):
            value = returns[row, column]
            if not math.isnan(value):
                counted, total, squared = counted + 1, total + value, squared + value * value
            sums[0, column], sums[1, column], sums[2, column] = counted, total, squared
            number, first, second = counted, total, squared
            if column >= window:
                number -= sums[0, column - window]
                first -= sums[1, column - window]
                second -= sums[2, column - window]
            variance = (window * second - first * first) / (window * (window - 1))
            found[row, column] = math.sqrt(max(variance, 0.0)) if number == window else math.nan
