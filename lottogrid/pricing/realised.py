"""Realised volatility: the standard deviation of one-minute log returns."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from lottogrid.clock import to_utc
from lottogrid.errors import BadInput

_MINUTE = timedelta(minutes=1)
_FEWEST = 2
_UNITS = 2.0**80


def minute_sd(closes: Sequence[float]) -> float | None:
    """Return the sample standard deviation (ddof 1) of the log returns between `closes`; None with fewer than three.

    The closes (points) must be one minute apart, without a gap: that is the caller's to see to.

    >>> round(minute_sd([6300.0, 6303.0, 6300.0, 6301.5]), 6)
    0.000496
    """
    for close in closes:
        _check(close)
    returns = [_units(before, after) for before, after in pairwise(closes)]
    return _sample_sd(len(returns), sum(returns), sum(value * value for value in returns))


class RealisedVolatility:
    """The standard deviation of the last one-minute log returns of an unbroken run of bars.

    A bar that does not start exactly one minute after the bar before begins a new run: no return bridges a gap, a
    halt, a roll or the night. The running sums are integers, so that no rounding error builds up over the day.
    """

    def __init__(self, window: int = 60, minimum: int | None = None) -> None:
        """Keep the last `window` returns; know nothing below `minimum` of them (as many as the window unless given)."""
        self._window = window
        self._minimum = window if minimum is None else minimum
        if not _FEWEST <= self._minimum <= window:
            raise BadInput(f"realised volatility: expected 2 <= minimum <= window, found {minimum} and {window}")
        self._returns: deque[int] = deque()
        self._sum = self._squares = 0
        self._start: datetime | None = None
        self._close = math.nan

    @property
    def samples(self) -> int:
        """Returns held, at most the window."""
        return len(self._returns)

    @property
    def minute_sd(self) -> float | None:
        """Standard deviation of the returns held, per square root of a minute; None with fewer than the minimum."""
        held = len(self._returns)
        return _sample_sd(held, self._sum, self._squares) if held >= self._minimum else None

    def add(self, start: datetime, close: float) -> None:
        """Take in the next bar: its `start` (aware) and `close` (points); a bad bar is refused and changes nothing."""
        start = to_utc(start)
        _check(close)
        if self._start is not None and start - self._start == _MINUTE:
            self._append(_units(self._close, close))
        else:
            self._returns.clear()
            self._sum = self._squares = 0
        self._start, self._close = start, close

    def _append(self, units: int) -> None:
        self._returns.append(units)
        self._sum += units
        self._squares += units * units
        if len(self._returns) > self._window:
            oldest = self._returns.popleft()
            self._sum -= oldest
            self._squares -= oldest * oldest


def _check(close: float) -> None:
    if not 0 < close < math.inf:
        raise BadInput(f"realised volatility: expected a close above 0, found {close}; leave the bar out")


def _units(before: float, after: float) -> int:
    """Return the log return as a whole number of units, finer than its last digit."""
    return int(math.log(after / before) * _UNITS)


def _sample_sd(count: int, total: int, squares: int) -> float | None:
    if count < _FEWEST:
        return None
    return math.sqrt((count * squares - total * total) / (count * (count - 1))) / _UNITS
