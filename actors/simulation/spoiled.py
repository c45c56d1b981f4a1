"""Bad data as it comes out of the door: what is no price at all has died there, so that a side is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from lottogrid.brokers.port import BarClosed, BrokerEvent, Quoted
from lottogrid.market.quotes import Quote

_STALE = timedelta(minutes=2)
_OUTLIER = Decimal("1.05")
_OFF_THE_TICK = Decimal("0.01")
_CHEAP = Decimal("1.5")
"""Below this offer, in points, an option is far out of the money, and seldom quoted anew."""


def spoil(event: BrokerEvent, how: int) -> BrokerEvent | None:
    """Return what becomes of `event`: itself where bad data of this kind does not concern it, None where it is lost."""
    if isinstance(event, BarClosed):
        return _BARS[how](event) if how in _BARS else event
    if isinstance(event, Quoted) and how in _QUOTES:
        return Quoted(event.at, tuple(_QUOTES[how](quote) for quote in event.quotes))
    return event


def _gap(event: BarClosed) -> None:
    del event


def _outlier(event: BarClosed) -> BarClosed:
    close = event.bar.close * _OUTLIER // 1
    return BarClosed(replace(event.bar, close=close, high=max(event.bar.high, close)))


def _stale(quote: Quote) -> Quote:
    return replace(quote, at=quote.at - _STALE)


def _stale_where_cheap(quote: Quote) -> Quote:
    return _stale(quote) if quote.ask is not None and quote.ask < _CHEAP else quote


def _crossed_or_zero(quote: Quote) -> Quote:
    return replace(quote, bid=None, bid_size=0)


def _wrong_tick(quote: Quote) -> Quote:
    return replace(quote, ask=quote.ask and quote.ask + _OFF_THE_TICK)


_BARS: dict[int, Callable[[BarClosed], BarClosed | None]] = {0: _gap, 1: _outlier}
_QUOTES: dict[int, Callable[[Quote], Quote]] = {
    2: _stale,
    3: _crossed_or_zero,
    4: _wrong_tick,
    5: _stale_where_cheap,
}
