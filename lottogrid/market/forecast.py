"""The implied volatility to expect where no option quotes are known, from the underlying's own movement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from typing import TypeVar

from lottogrid.calendar import TradingDay
from lottogrid.errors import BadInput
from lottogrid.market.bars import Bar
from lottogrid.market.intraday import mean_factor, minute_of_day, variance_factor
from lottogrid.pricing.blocks import Floats
from lottogrid.pricing.time import MINUTES_PER_YEAR

Number = TypeVar("Number", float, Floats)

# All fitted to the at-the-money volatility of SPXW straddles at nine times of day on 187 sessions, 2024-12 to 2025-09,
# with the movement of ES: median ratio 1.00, mean absolute error of the logarithm 0.135 (VIX scaled by the time of day:
# 0.28). Numbers chosen on the first half alone leave 0.15 on the second.
PREMIUM = 1.0
"""Implied over expected realised volatility."""
RECENT_DECAY = 0.977160
"""Weight a minute keeps after the next one: a half-life of 30 minutes."""
PRIOR_MINUTES = 12.0
"""How many of today's minutes the sessions before count for."""
SESSION_DECAY = 0.870551
"""Weight a session keeps after the next one: a half-life of 5 sessions."""
CAP = 4.0
"""A return counts for at most this many standard deviations: one wild print is not a regime."""

_ENOUGH_MINUTES = 60
_MINUTE = timedelta(minutes=1)


def minute_variance(prior: Number, recent: Number, weight: Number) -> Number:
    """Return the variance of a minute with the mean share of its day's, from the annual `prior` and today's minutes."""
    return (PRIOR_MINUTES * (prior * prior / MINUTES_PER_YEAR) + recent) / (PRIOR_MINUTES + weight)


def next_prior(prior: float, squares: float, shares: float, count: int) -> float:
    """Return the prior of the day after one whose `count` squared returns and shares of variance sum to these."""
    if count < _ENOUGH_MINUTES:
        return prior
    return SESSION_DECAY * prior + (1 - SESSION_DECAY) * sqrt(squares / shares * MINUTES_PER_YEAR)


class VolatilityForecast:
    """Forecasts the annual volatility from now to today's close, bar by bar, from nothing later than the bars fed.

    The variance of a typical minute is the mean of what previous sessions had and what today's minutes had, these
    with weights that decay, each divided by its usual share of the day's variance; the usual shares of the minutes
    that are left scale it back. Volatilities are fractions (0.13 is 13 %) on the trading clock of 252 x 390 minutes a
    year. Only additions, products and square roots: the same on every machine.
    """

    def __init__(self, prior_annual: float, premium: float = PREMIUM) -> None:
        for name, value in (("prior volatility", prior_annual), ("volatility premium", premium)):
            if not 0 < value < float("inf"):
                raise BadInput(f"{name}: expected a number above 0, found {value}; 0.13 is 13 %, a premium of 1 none")
        self._prior = prior_annual
        self.premium = premium
        self._day: TradingDay | None = None
        self._today = _Today()

    @property
    def prior(self) -> float:
        """Annual volatility of the sessions so far, today's not among them."""
        return self._prior

    def start_session(self, day: TradingDay) -> None:
        """Begin `day`: what the session before it realised becomes part of the prior. Called twice it does nothing."""
        if self._day is not None and day.date <= self._day.date:
            if day.date == self._day.date:
                return
            raise BadInput(f"forecast: expected a day after {self._day.date}, found {day.date}; feed days in order")
        today = self._today
        self._prior = next_prior(self._prior, today.squares, today.shares, today.count)
        self._day = day
        self._today = _Today()

    def add(self, bar: Bar, day: TradingDay) -> None:
        """Take in the finished one-minute `bar` of `day`; bars come in order, those outside cash hours only connect.

        A return counts between two bars of adjoining minutes of the same day; after a gap the next one begins anew.
        """
        self.start_session(day)
        today = self._today
        if today.last_start is not None and bar.start <= today.last_start:
            raise BadInput(f"forecast: expected a bar after {today.last_start}, found {bar.start}; feed bars in order")
        close = float(bar.close)
        today.minute = minute_of_day(bar.start, day)
        adjoins = today.last_start is not None and bar.start - today.last_start == _MINUTE
        if adjoins and today.minute >= 0 and bar.start < day.closes:
            self._learn(close / today.last_close - 1)
        today.last_start, today.last_close = bar.start, close

    def annual_volatility(self) -> float:
        """Return the volatility to expect of an at-the-money option from the last bar's end to the close, annual."""
        if self._day is None:
            return self.premium * self._prior
        close = minute_of_day(self._day.closes, self._day)
        left = mean_factor(self._today.minute + 1, close)
        return self.premium * sqrt(self._minute_variance() * left * MINUTES_PER_YEAR)

    def _learn(self, change: float) -> None:
        today = self._today
        share = variance_factor(today.minute)
        square = change * change
        today.count += 1
        today.squares += square
        today.shares += share
        capped = min(square / share, CAP * CAP * self._minute_variance())
        today.recent = RECENT_DECAY * today.recent + capped
        today.weight = RECENT_DECAY * today.weight + 1

    def _minute_variance(self) -> float:
        return minute_variance(self._prior, self._today.recent, self._today.weight)


@dataclass(slots=True)
class _Today:
    last_start: datetime | None = None
    last_close: float = 0.0
    minute: int = -1
    recent: float = 0.0
    """Squared returns over their shares, decayed and capped, and the `weight` they have together."""
    weight: float = 0.0
    squares: float = 0.0
    shares: float = 0.0
    count: int = 0
