"""Made-up sessions from a seed: one kind with the habits of the real market, one with none at all.

Prices are built from normal draws with additions, products and square roots only, so that a seed gives the same bars
on every machine. A day hangs on its seed and its date alone, whichever days are generated with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from math import exp, sqrt

import numpy as np
from numpy.typing import NDArray

from lottogrid.calendar import TradingDay
from lottogrid.errors import BadInput
from lottogrid.market.bars import Bar
from lottogrid.market.intraday import minute_of_day, variance_factor
from lottogrid.market.sessions import Session
from lottogrid.pricing.time import MINUTES_PER_SESSION, MINUTES_PER_YEAR

# Measured on the one-minute bars of ES, 196 complete full sessions from 2024-12-03 to 2025-09-30.
LOG_VOLATILITY_SD = 0.54
"""Standard deviation over sessions of the logarithm of a session's realised volatility."""
PERSISTENT_SHARE = 0.86
"""Part of that variance which lasts; with `DAY_DECAY` it gives the correlations found: 0.78, 0.53 at lags 1, 5."""
DAY_DECAY = 0.933
"""What of it is left after one calendar day."""
JUMPS_A_SESSION = 0.33
"""One-minute returns beyond 5 standard deviations of their quarter of an hour: 64 in 196 sessions."""
JUMP_FROM, JUMP_EXCESS = 5.0, 1.0
"""Size of a jump in standard deviations of its minute: the least, and by how much the mean lies above (found: 0.98)."""

# Not measured: a slow wander, so that days differ in their strikes while the night before costs about a per cent.
LEVEL_SD = 0.01

SUBSTEPS = 12
"""Steps of the walk within a minute, from which its high and low come."""

_MEMORY_DAYS = 90
_MINUTE = timedelta(minutes=1)
_DAY_STREAM, _PATH_STREAM = 0, 1

# E (a + x)^2 with x the square of a normal draw of mean e is a^2 + 2ae + 3e^2.
_JUMP_VARIANCE = JUMP_FROM**2 + 2 * JUMP_FROM * JUMP_EXCESS + 3 * JUMP_EXCESS**2
_DIFFUSION_SHARE = 1 / (1 + JUMPS_A_SESSION * _JUMP_VARIANCE / MINUTES_PER_SESSION)


def generate_sessions(
    days: Sequence[TradingDay],
    *,
    seed: int,
    start_price: Decimal = Decimal(6300),
    annual_volatility: float = 0.13,
    tick: Decimal = Decimal("0.25"),
    jumps: bool = True,
    shape: bool = True,
    premarket_minutes: int = 120,
) -> list[Session]:
    """Return one session for each of `days` that behaves as ES was measured to.

    Volatility differs from day to day (lognormal, persistent), is high after the open and at the close (`shape`), and
    rarely a price leaps (`jumps`). No price drifts: the expected next price is the present one, whatever has been.

    Args:
        days: which days; each has the same bars whatever other days are asked for.
        seed: from 0 on; another seed is another market.
        start_price: around which all days open, points.
        annual_volatility: root of the mean variance, 0.13 for 13 %, of cash minutes at 252 x 390 a year. The volatility
            of the median day is a quarter lower.
        tick: step of all prices, points.
        jumps: whether prices leap.
        shape: whether variance follows the time of day; without it the minutes before the open are as wild as the rest.
        premarket_minutes: how long before the open the bars begin.

    Raises:
        BadInput: an argument is out of its range, or a price would fall to nothing.
    """
    market = _Market(seed, start_price, annual_volatility, tick, premarket_minutes)
    return [market.session(day, habits=_Habits(day.date, seed, jumps=jumps, shape=shape)) for day in days]


def random_walk_sessions(
    days: Sequence[TradingDay], *, seed: int, start_price: Decimal, annual_volatility: float, tick: Decimal
) -> list[Session]:
    """Return sessions of a price that is a martingale with one known volatility: no drift, shape, jump or memory.

    Every day begins at `start_price` two hours before the open. The returns of a minute have the standard deviation
    `annual_volatility` / sqrt(252 x 390), and the log price drifts by minus half their variance, so that the price
    itself does not drift. Prices are rounded to the nearest tick, the walk beneath them is not: rounding biases no
    price and adds tick^2 / 6 to the variance of each one-minute change (0.15 % of it at 6300 points, 13 % and a tick of
    0.25) but nothing that grows with time.

    Raises:
        BadInput: an argument is out of its range, or a price would fall to nothing.
    """
    market = _Market(seed, start_price, annual_volatility, tick, premarket_minutes=120)
    return [market.session(day, habits=None) for day in days]


@dataclass(frozen=True, slots=True)
class _Habits:
    """What makes a day of a real market: its level, its volatility, its jumps, its hours."""

    on: date
    seed: int
    jumps: bool
    shape: bool

    def level(self) -> float:
        """Where the day begins, as a multiple of the start price."""
        return 1 + LEVEL_SD * _memory(self.seed, self.on, 1)

    def volatility(self) -> float:
        """The day's volatility as a multiple of the root of the mean variance."""
        own = _day_draws(self.seed, self.on.toordinal())[2]
        lasting = _memory(self.seed, self.on, 0)
        log = LOG_VOLATILITY_SD * (sqrt(PERSISTENT_SHARE) * lasting + sqrt(1 - PERSISTENT_SHARE) * own)
        # The last digits of an exponential differ between machines.
        return round(exp(log - LOG_VOLATILITY_SD**2), 9)

    def minute_factors(self, day: TradingDay, minutes: int, before: int) -> NDArray[np.float64]:
        """Standard deviation of each minute as a multiple of the day's."""
        share = _DIFFUSION_SHARE if self.jumps else 1.0
        first = minute_of_day(day.opens, day) - before
        shape = (variance_factor(first + number) if self.shape else 1.0 for number in range(minutes))
        return np.array([sqrt(share * factor) for factor in shape])


@dataclass(frozen=True, slots=True)
class _Market:
    seed: int
    start_price: Decimal
    annual_volatility: float
    tick: Decimal
    premarket_minutes: int

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise BadInput(f"seed: expected a whole number from 0 on, found {self.seed}")
        if not 0 < self.annual_volatility <= 5:  # noqa: PLR2004
            raise BadInput(f"volatility: expected above 0, at most 5 (500 %), found {self.annual_volatility}")
        if not self.tick > 0 or not self.start_price > 0 or self.start_price % self.tick:
            raise BadInput(f"start price: expected a multiple of the tick {self.tick}, found {self.start_price}")
        if self.premarket_minutes < 0:
            raise BadInput(f"minutes before the open: expected 0 or more, found {self.premarket_minutes}")

    def session(self, day: TradingDay, habits: _Habits | None) -> Session:
        minutes = self.premarket_minutes + int(day.minutes)
        generator = _generator(self.seed, day.date.toordinal(), _PATH_STREAM)
        sd = np.full(minutes, self.annual_volatility / sqrt(MINUTES_PER_YEAR))
        level = float(self.start_price / self.tick)
        if habits is not None:
            level *= habits.level()
            sd *= habits.volatility() * habits.minute_factors(day, minutes, self.premarket_minutes)
        changes = generator.standard_normal((minutes, SUBSTEPS)) * (sd / sqrt(SUBSTEPS))[:, np.newaxis]
        if habits is not None and habits.jumps:
            changes[:, 0] += _jumps(generator, sd) * (np.arange(minutes) >= self.premarket_minutes)
        # Growth by 1 + normal, not exp(normal): as free of drift, and exact to the last digit everywhere.
        walk = level * np.cumprod(1 + changes.ravel()).reshape(changes.shape)
        return Session(day, self._bars(day, np.floor(walk + 0.5).astype(np.int64), int(level + 0.5)))

    def _bars(self, day: TradingDay, ticks: NDArray[np.int64], level: int) -> tuple[Bar, ...]:
        closes = ticks[:, -1]
        opens = np.concatenate(([level], closes[:-1]))
        highs, lows = np.maximum(ticks.max(axis=1), opens), np.minimum(ticks.min(axis=1), opens)
        if lows.min() < 1:
            raise BadInput(f"start price: expected one that cannot fall to 0 in a day, found {self.start_price}")
        first = day.opens - self.premarket_minutes * _MINUTE
        columns = opens.tolist(), highs.tolist(), lows.tolist(), closes.tolist()
        # One object a price: exact decimals are large, and a session has few prices.
        prices = {price: price * self.tick for price in set().union(*columns)}
        rows = zip(*columns, strict=True)
        return tuple(
            Bar(first + number * _MINUTE, *(prices[price] for price in row)) for number, row in enumerate(rows)
        )


def _jumps(generator: np.random.Generator, sd: NDArray[np.float64]) -> NDArray[np.float64]:
    happens = generator.random(len(sd)) < JUMPS_A_SESSION / MINUTES_PER_SESSION
    sign = 2 * generator.integers(0, 2, len(sd)) - 1
    size = JUMP_FROM + JUMP_EXCESS * generator.standard_normal(len(sd)) ** 2
    diffusion: NDArray[np.float64] = sd / sqrt(_DIFFUSION_SHARE)
    return happens * sign * size * diffusion


def _memory(seed: int, on: date, which: int) -> float:
    """Return a standard normal value that remembers those of the days before it, from their dates alone."""
    total, weight = 0.0, sqrt(1 - DAY_DECAY * DAY_DECAY)
    for ago in range(_MEMORY_DAYS):
        total += weight * _day_draws(seed, on.toordinal() - ago)[which]
        weight *= DAY_DECAY
    return total


@lru_cache(maxsize=4096)
def _day_draws(seed: int, ordinal: int) -> tuple[float, float, float]:
    volatility, level, own = _generator(seed, ordinal, _DAY_STREAM).standard_normal(3).tolist()
    return volatility, level, own


def _generator(seed: int, ordinal: int, stream: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, ordinal, stream])))
