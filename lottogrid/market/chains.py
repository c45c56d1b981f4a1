"""What a chain of same-day quotes says: the forward, the volatility at the money, the implied move."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from lottogrid.calendar import Calendar, TradingDay
from lottogrid.clock import trading_date
from lottogrid.market.option_quotes import Snapshot
from lottogrid.pricing.blocks import Floats
from lottogrid.pricing.moves import expected_move, total_sd_from_straddle
from lottogrid.pricing.time import annual_volatility

PARITY_STRIKES = 5
"""Strikes nearest the underlying of which each gives a forward; the median is taken."""
_FEWEST = 3


@dataclass(frozen=True, slots=True)
class Chain:
    """Quotes of one instant against the straddle at the money. Prices and strikes in the unit of the underlying.

    `strike`, `bid`, `ask`, `mid` are those of the options out of the money, puts below the forward and calls from it
    on, by strike; unknown prices are NaN.
    """

    at: datetime
    root: str
    day: TradingDay
    minutes_left: float
    """Trading minutes to expiry, above 0."""
    forward: float
    """By put-call parity."""
    total_sd: float
    """At the money, from now to expiry: from the straddles on both sides of the forward, linear between them."""
    expected_move: float
    strike: Floats
    bid: Floats
    ask: Floats
    mid: Floats

    @property
    def annual_volatility(self) -> float:
        """At the money, on the trading clock (0.16 is 16 %)."""
        return annual_volatility(self.total_sd, self.minutes_left)

    @property
    def is_call(self) -> NDArray[np.bool_]:
        """Which of the options are calls."""
        return self.strike >= self.forward

    @property
    def z(self) -> Floats:
        """Distances of the strikes from the forward, in expected moves."""
        distance: Floats = (self.strike - self.forward) / self.expected_move
        return distance


def chains_of(snapshots: Iterable[Snapshot], calendar: Calendar) -> tuple[list[Chain], Counter[str]]:
    """Return the chains that can be read, in the order of `snapshots`, and how many cannot, by reason.

    What is left out: another expiry than the quotes' own day, a time outside the session, and quotes in which fewer
    than three strikes have both sides or no straddle near the forward is worth more than its intrinsic value.
    """
    chains: list[Chain] = []
    left_out: Counter[str] = Counter()
    for snapshot in snapshots:
        found = _chain(snapshot, calendar)
        if isinstance(found, Chain):
            chains.append(found)
        else:
            left_out[found] += 1
    return chains, left_out


def _chain(snapshot: Snapshot, calendar: Calendar) -> Chain | str:
    on = trading_date(snapshot.at)
    if snapshot.expiry != on:
        return "not of the same day"
    day = calendar.day(on)
    if not isinstance(day, TradingDay) or not day.opens <= snapshot.at < day.closes:
        return "outside the session"
    strikes, calls, puts = _pairs(snapshot)
    if len(strikes) < _FEWEST:
        return "fewer than three strikes with both sides"
    near = np.argsort(np.abs(strikes - snapshot.underlying), kind="stable")[:PARITY_STRIKES]
    forward = float(np.median((strikes + calls - puts)[near]))
    total_sd = _at_the_money(forward, strikes, calls + puts) if forward > 0 else None
    if total_sd is None:
        return "no straddle at the money"
    side = snapshot.is_call == (snapshot.strike >= forward)
    order = np.flatnonzero(side)[np.argsort(snapshot.strike[side], kind="stable")]
    return Chain(
        at=snapshot.at,
        root=snapshot.root,
        day=day,
        minutes_left=day.minutes_left(snapshot.at),
        forward=forward,
        total_sd=total_sd,
        expected_move=expected_move(forward, total_sd),
        strike=snapshot.strike[order],
        bid=snapshot.bid[order],
        ask=snapshot.ask[order],
        mid=snapshot.mid[order],
    )


def _pairs(snapshot: Snapshot) -> tuple[Floats, Floats, Floats]:
    """Return the strikes at which call and put both have a price, and these prices."""
    has_price = snapshot.mid > 0
    calls, puts = snapshot.is_call & has_price, ~snapshot.is_call & has_price
    strikes, call, put = np.intersect1d(
        snapshot.strike[calls], snapshot.strike[puts], assume_unique=True, return_indices=True
    )
    return strikes, snapshot.mid[calls][call], snapshot.mid[puts][put]


def _at_the_money(forward: float, strikes: Floats, straddles: Floats) -> float | None:
    """Return the total standard deviation at the forward; straddles not above their intrinsic value say nothing."""
    above = int(np.searchsorted(strikes, forward))
    near = slice(max(above - 1, 0), above + 1)
    sds = [
        total_sd_from_straddle(straddle, forward, strike)
        for strike, straddle in zip(strikes[near].tolist(), straddles[near].tolist(), strict=True)
    ]
    known = np.array([math.nan if sd is None else sd for sd in sds])
    has_sd = np.isfinite(known)
    return float(np.interp(forward, strikes[near][has_sd], known[has_sd])) if has_sd.any() else None
