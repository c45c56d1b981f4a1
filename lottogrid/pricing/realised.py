"""Realised volatility: the standard deviation of one-minute log returns."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from lottogrid.clock import to_utc
from lottogrid.errors import BadInput

_MINUTE = timedelta(minutes=1)
_FEWEST = 2


def minute_sd(closes: Sequence[float]) -> float | None:
    """Return the sample standard deviation (ddof 1) of the log returns between `closes`; None with fewer than three.

    The closes (points) must be one minute apart, without a gap: that is the caller's to see to.

    >>> round(minute_sd([6300.0, 6303.0, 6300.0, 6301.5]), 6)
    0.000496
    """
    for close in closes:
        _check(close)
    return _sample_sd([math.log(after / before) for before, after in pairwise(closes)])


class RealisedVolatility:
    """The standard deviation of the last one-minute log returns of an unbroken run of bars.

    A bar that does not start exactly one minute after the bar before begins a new run: no return bridges a gap, a
    halt, a roll or the night. The sum is taken afresh each time it is asked for, so that no rounding error builds up.
    """

    def __init__(self, window: int = 60, minimum: int | None = None) -> None:
        """Keep the last `window` returns; know nothing below `minimum` of them (as many as the window unless given)."""
        self._minimum = window if minimum is None else minimum
        if not _FEWEST <= self._minimum <= window:
            raise BadInput(f"realised volatility: expected 2 <= minimum <= window, found {minimum} and {window}")
        self._returns: deque[float] = deque(maxlen=window)
        self._start: datetime | None = None
        self._close = math.nan
        self._known: float | None = None
        self._is_current = False

    @property
    def samples(self) -> int:
        """Returns held, at most the window."""
        return len(self._returns)

    @property
    def minute_sd(self) -> float | None:
        """Standard deviation of the returns held, per square root of a minute; None with fewer than the minimum."""
        if not self._is_current:
            self._known = _sample_sd(self._returns) if len(self._returns) >= self._minimum else None
            self._is_current = True
        return self._known

    def add(self, start: datetime, close: float) -> None:
        """Take in the next bar: its `start` (aware) and `close` (points); a bad bar is refused and changes nothing."""
        start = to_utc(start)
        _check(close)
        if self._start is not None and start - self._start == _MINUTE:
            self._returns.append(math.log(close / self._close))
        else:
            self._returns.clear()
        self._start, self._close, self._is_current = start, close, False


def _check(close: float) -> None:
    if not 0 < close < math.inf:
        raise BadInput(f"realised volatility: expected a close above 0, found {close}; leave the bar out")


def _sample_sd(returns: Iterable[float]) -> float | None:
    held = tuple(returns)
    if len(held) < _FEWEST:
        return None
    mean = math.fsum(held) / len(held)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in held) / (len(held) - 1))
