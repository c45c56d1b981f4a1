"""The volatility at the money from the best that is known: real straddles, else an index, else the bars."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from lottogrid.calendar import TradingDay
from lottogrid.market.bars import Bar
from lottogrid.market.chains import Chain
from lottogrid.market.day_shape import INDEX_SHAPE, DayShape
from lottogrid.market.forecast import VolatilityForecast
from lottogrid.market.volatility_index import VolatilityIndex

DELAY = timedelta(minutes=1)
"""From a quote's time to the instant from which it counts as known. Mids that are made from trades bear the start of
their minute: taken at once, they would tell what is to come."""

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class _Known:
    since: datetime
    minutes_left: float
    """At the quote, not at `since`."""
    annual_volatility: float


class QuotedVolatility:
    """A forecast as `VolatilityForecast` is one, from nothing later than the last bar fed.

    The volatility of the day's last known straddle is carried on through the shape of the day. Before the first one
    the close of an index on the day before is scaled by that shape; where there is none the forecast from the bars
    stands. It is a percentage, so that straddles on an index price options on its future.
    """

    def __init__(
        self,
        chains: Iterable[Chain],
        index: VolatilityIndex | None,
        bars: VolatilityForecast,
        shape: DayShape = INDEX_SHAPE,
    ) -> None:
        """Prepare; of several roots or underlyings the chains should hold one."""
        self._known: defaultdict[date, list[_Known]] = defaultdict(list)
        for chain in sorted(chains, key=lambda chain: chain.at):
            known = _Known(chain.at + DELAY, chain.minutes_left, chain.annual_volatility)
            self._known[chain.day.date].append(known)
        self._index, self._bars, self._shape = index, bars, shape
        self._day: TradingDay | None = None
        self._now: datetime | None = None
        self._coming: list[_Known] = []
        self._last: _Known | None = None

    def has_quotes(self, on: date) -> bool:
        """Return whether there is a straddle of that day."""
        return on in self._known

    def has_index(self, on: date) -> bool:
        """Return whether the index closed on the day before `on`."""
        return self._index is not None and self._index.close_before(on) is not None

    def start_session(self, day: TradingDay) -> None:
        """Begin `day`. Called twice it does nothing."""
        self._bars.start_session(day)
        if self._day is None or self._day.date != day.date:
            self._day, self._now, self._last = day, None, None
            self._coming = self._known.get(day.date, [])[::-1]

    def add(self, bar: Bar, day: TradingDay) -> None:
        """Take in the finished one-minute `bar` of `day`; bars come in order."""
        self.start_session(day)
        self._bars.add(bar, day)
        self._now = bar.start + _MINUTE
        while self._coming and self._coming[-1].since <= self._now:
            self._last = self._coming.pop()

    def annual_volatility(self) -> float:
        """Return the volatility at the money from the last bar's end to the close, per year."""
        day = self._day
        if day is None:
            return self._bars.annual_volatility()
        factor = self._shape.factor(day.minutes if self._now is None else day.minutes_left(self._now))
        if self._last is not None:
            return self._last.annual_volatility * factor / self._shape.factor(self._last.minutes_left)
        close = None if self._index is None else self._index.close_before(day.date)
        return self._bars.annual_volatility() if close is None else close * factor
