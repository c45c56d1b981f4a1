"""Black-76 with 50 digits, and the range of options that a trading day can show."""

from __future__ import annotations

import random
from dataclasses import dataclass

import mpmath as mp

MINUTES_PER_YEAR = 98_280
DIGITS = 50


@dataclass(frozen=True)
class Option:
    """One option of the sample; `deviations` is the strike's distance in standard deviations."""

    forward: float
    strike: float
    minutes: float
    volatility: float
    deviations: float
    is_call: bool

    @property
    def years(self) -> float:
        return self.minutes / MINUTES_PER_YEAR

    @property
    def total_sd(self) -> float:
        return self.volatility * self.years**0.5


def sample(count: int, seed: int, deviations: float = 8.0) -> list[Option]:
    """Return `count` options, 1 to 390 minutes, 5 to 150 %, calls and puts on both sides of the forward."""
    rng = random.Random(seed)
    options = []
    for _ in range(count):
        forward, minutes = rng.uniform(3000, 9000), rng.choice([1, 2, 5, 390, rng.uniform(1, 390)])
        volatility, z = rng.choice([0.05, 1.5, rng.uniform(0.05, 1.5)]), rng.uniform(-deviations, deviations)
        sd = volatility * (minutes / MINUTES_PER_YEAR) ** 0.5
        options.append(Option(forward, forward * float(mp.exp(z * sd)), minutes, volatility, z, rng.random() < 0.5))
    return options


def cdf(z: mp.mpf) -> mp.mpf:
    return mp.erfc(-z / mp.sqrt(2)) / 2


def exact_price(forward: mp.mpf, strike: mp.mpf, total_sd: mp.mpf, is_call: bool) -> mp.mpf:
    """Return the price with DIGITS digits, or as many more as the caller works with."""
    with mp.workdps(max(DIGITS, mp.mp.dps)):
        forward, strike, total_sd = mp.mpf(forward), mp.mpf(strike), mp.mpf(total_sd)
        d1 = mp.log(forward / strike) / total_sd + total_sd / 2
        sign = 1 if is_call else -1
        return sign * (forward * cdf(sign * d1) - strike * cdf(sign * (d1 - total_sd)))


def exact_implied(price: float, forward: float, strike: float, is_call: bool, near: float) -> mp.mpf:
    """Return the root with DIGITS digits, sought from `near`."""
    with mp.workdps(DIGITS):
        logarithm = mp.log(mp.mpf(price))
        return mp.findroot(lambda s: mp.log(exact_price(forward, strike, s, is_call)) - logarithm, mp.mpf(near))
