"""Fits how volatility at the money runs through the day, and how dear it is against an index and against the bars."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import fmean, median

from lottogrid.calibration.judge import slot_of
from lottogrid.market.chains import Chain
from lottogrid.market.day_shape import DayShape
from lottogrid.market.forecast import VolatilityForecast
from lottogrid.market.sessions import Session
from lottogrid.market.volatility_index import VolatilityIndex

_MINUTE = timedelta(minutes=1)
_MOST_SLOTS_MISSING = 0.2


@dataclass(frozen=True, slots=True)
class Fairness:
    """How a source of volatility compares with that of real straddles."""

    n: int
    median_ratio: float
    """The source's over the straddles'."""
    mean_abs_log_error: float


def compare(pairs: Iterable[tuple[float, float]]) -> Fairness | None:
    """Return the errors of (source, real) volatilities; None where there are none."""
    logs = [math.log(source / real) for source, real in pairs]
    return Fairness(len(logs), math.exp(median(logs)), fmean(map(abs, logs))) if logs else None


def fit_index_shape(chains: Sequence[Chain], index: VolatilityIndex) -> DayShape | None:
    """Return the median share of the index's close before that the straddles' volatility is; None without closes."""
    closes = {chain.day.date: index.close_before(chain.day.date) for chain in chains}
    return _shape(chains, closes)


def fit_day_shape(chains: Sequence[Chain]) -> DayShape | None:
    """Return the median course of volatility against the day's mean, from days quoted nearly throughout.

    None where no day is. The mean is of the logarithms, with one value a half hour.
    """
    days = _by_day(chains)
    usual = max((len({slot_of(chain) for chain in day}) for day in days.values()), default=0)
    logs = {on: _slot_logs(day) for on, day in days.items()}
    least = (1 - _MOST_SLOTS_MISSING) * usual
    whole = {on: math.exp(fmean(found)) for on, found in logs.items() if len(found) >= least}
    return _shape(chains, whole) if usual > 1 else None


def _shape(chains: Sequence[Chain], reference: Mapping[date, float | None]) -> DayShape | None:
    shares: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for chain in chains:
        base = reference.get(chain.day.date)
        if base is not None and not chain.day.is_half_day:
            shares[slot_of(chain)].append((chain.minutes_left, chain.annual_volatility / base))
    points = sorted(
        (round(median(left for left, _ in found), 1), round(median(share for _, share in found), 4))
        for found in shares.values()
    )
    return DayShape(tuple(points)) if points else None


def _by_day(chains: Sequence[Chain]) -> dict[date, list[Chain]]:
    days: defaultdict[date, list[Chain]] = defaultdict(list)
    for chain in chains:
        days[chain.day.date].append(chain)
    return days


def _slot_logs(day: Sequence[Chain]) -> list[float]:
    slots: defaultdict[str, list[float]] = defaultdict(list)
    for chain in day:
        slots[slot_of(chain)].append(math.log(chain.annual_volatility))
    return [fmean(logs) for logs in slots.values()]


def from_index(chains: Sequence[Chain], index: VolatilityIndex, shape: DayShape) -> Fairness | None:
    """Return how far the index, scaled by `shape`, is from the straddles."""
    closes = {chain.day.date: index.close_before(chain.day.date) for chain in chains}
    return compare(
        (close * shape.factor(chain.minutes_left), chain.annual_volatility)
        for chain in chains
        if (close := closes[chain.day.date]) is not None
    )


def carried(chains: Sequence[Chain], shape: DayShape) -> Fairness | None:
    """Return how far each straddle's volatility, carried on by `shape` to the next half hour's, is from that one."""
    pairs: list[tuple[float, float]] = []
    for day in _by_day(chains).values():
        firsts = list({slot_of(chain): chain for chain in reversed(day)}.values())[::-1]
        for earlier, later in pairwise(firsts):
            step = shape.factor(later.minutes_left) / shape.factor(earlier.minutes_left)
            pairs.append((earlier.annual_volatility * step, later.annual_volatility))
    return compare(pairs)


def from_bars(
    chains: Sequence[Chain], sessions: Sequence[Session], make: Callable[[], VolatilityForecast]
) -> Fairness | None:
    """Return how far the forecast from bars is from the straddles of the same sessions.

    Each straddle is met by the forecast as it stood when its minute began.
    """
    days, pairs, forecast = _by_day(chains), [], make()
    for session in sessions:
        forecast.start_session(session.day)
        waiting = sorted(days.get(session.day.date, []), key=lambda chain: chain.at, reverse=True)
        for bar in session.bars:
            forecast.add(bar, session.day)
            while waiting and waiting[-1].at <= bar.start + _MINUTE:
                pairs.append((forecast.annual_volatility(), waiting.pop().annual_volatility))
    return compare(pairs)
