"""Speed of lottogrid's pricing beside the bare numpy expression and beside vollib, in one process.

    python benchmarks/pricing.py [--json] [--options 100000] [--rounds 15]

Options of 1 to 390 minutes, 5 to 150 % volatility, strikes up to eight standard deviations out. Every round runs every
candidate once, so that a busy machine slows all of them; the medians are printed, in million options a second. Only the
ratios mean anything on another machine.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lottogrid.pricing.black76 import greeks, price
from lottogrid.pricing.implied import implied_total_sd
from lottogrid.pricing.time import MINUTES_PER_YEAR

Floats = NDArray[np.float64]

LOOPED = 1000
"""Options that the loops over vollib price in a round."""


class Sample:
    """A seeded set of out-of-the-money options with their prices."""

    def __init__(self, count: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.years = rng.uniform(1, 390, count) / MINUTES_PER_YEAR
        self.volatility = rng.uniform(0.05, 1.5, count)
        self.total_sd = self.volatility * np.sqrt(self.years)
        z = rng.uniform(-8, 8, count)
        self.forward = np.full(count, 6300.0)
        self.strike = self.forward * np.exp(z * self.total_sd)
        self.is_call = z >= 0
        self.sign = np.where(self.is_call, 1.0, -1.0)
        self.price = price(self.forward, self.strike, self.total_sd, self.is_call)


def bare_price(s: Sample) -> Floats:
    """Price with the textbook formula, calls and puts by a sign that is already there."""
    d1 = np.log(s.forward / s.strike) / s.total_sd + 0.5 * s.total_sd
    d2 = d1 - s.total_sd
    result: Floats = s.sign * (s.forward * ndtr(s.sign * d1) - s.strike * ndtr(s.sign * d2))
    return result


def bare_call_price(s: Sample) -> Floats:
    """Price calls alone: the shortest expression there is."""
    d1 = np.log(s.forward / s.strike) / s.total_sd + 0.5 * s.total_sd
    result: Floats = s.forward * ndtr(d1) - s.strike * ndtr(d1 - s.total_sd)
    return result


def bare_price_and_greeks(s: Sample) -> list[Floats]:
    """Price and the same eleven greeks, each by its textbook formula with what can be shared shared."""
    d1 = np.log(s.forward / s.strike) / s.total_sd + 0.5 * s.total_sd
    d2 = d1 - s.total_sd
    delta = s.sign * ndtr(s.sign * d1)
    density = np.exp(-0.5 * d1 * d1) / np.sqrt(2 * np.pi)
    gamma = density / (s.forward * s.total_sd)
    vega = s.forward * density * np.sqrt(s.years)
    return [
        s.forward * delta - s.strike * s.sign * ndtr(s.sign * d2),
        delta,
        gamma,
        vega,
        -vega * s.volatility / (2 * s.years),
        -density * d2 / s.volatility,
        vega * d1 * d2 / s.volatility,
        density * d2 / (2 * s.years),
        -vega * (1 + d1 * d2) / (2 * s.years),
        -gamma / s.forward * (1 + d1 / s.total_sd),
        gamma * (d1 * d2 - 1) / s.volatility,
        gamma * (1 - d1 * d2) / (2 * s.years),
    ]


def price_and_greeks(s: Sample) -> None:
    """Price and eleven greeks from lottogrid."""
    price(s.forward, s.strike, s.total_sd, s.is_call)
    greeks(s.forward, s.strike, s.total_sd, s.years, s.is_call)


def vollib_loops(s: Sample) -> dict[str, Callable[[], object]]:
    """Return loops over vollib's scalar functions, or none where it is not installed."""
    try:
        from vollib.black import undiscounted_black  # noqa: PLC0415
        from vollib.black.greeks import analytical  # noqa: PLC0415
        from vollib.black.implied_volatility import (  # noqa: PLC0415
            implied_volatility_of_undiscounted_option_price as implied,
        )
    except ImportError:
        return {}
    columns = (s.forward, s.strike, s.volatility, s.years, s.price, np.where(s.is_call, "c", "p"))
    rows = list(zip(*(column[:LOOPED].tolist() for column in columns), strict=True))
    four = (analytical.delta, analytical.gamma, analytical.vega, analytical.theta)
    return {
        "price, vollib": lambda: [undiscounted_black(f, k, v, t, c) for f, k, v, t, _, c in rows],
        "price and greeks, vollib (four greeks)": lambda: [
            (undiscounted_black(f, k, v, t, c), *(greek(c, f, k, t, 0.0, v) for greek in four))
            for f, k, v, t, _, c in rows
        ],
        "implied, vollib": lambda: [implied(p, f, k, t, c) for f, k, _, t, p, c in rows],
    }


def speeds(candidates: dict[str, Callable[[], object]], count: int, rounds: int) -> dict[str, float]:
    """Return million options a second by candidate: the median of interleaved rounds, after one round to warm up."""
    seconds: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds + 1):
        for name, run in candidates.items():
            began = perf_counter()
            run()
            seconds[name].append(perf_counter() - began)
    sizes = {name: LOOPED if "vollib" in name else count for name in candidates}
    return {name: min(count, sizes[name]) / statistics.median(taken[1:]) / 1e6 for name, taken in seconds.items()}


def measure(count: int, rounds: int) -> dict[str, object]:
    """Return speeds, ratios and the errors of implied volatility."""
    s = Sample(count, seed=20250409)
    found = speeds(
        {
            "price": lambda: price(s.forward, s.strike, s.total_sd, s.is_call),
            "price, bare ndtr": lambda: bare_price(s),
            "price, bare ndtr, calls alone": lambda: bare_call_price(s),
            "price and greeks": lambda: price_and_greeks(s),
            "price and greeks, bare ndtr": lambda: bare_price_and_greeks(s),
            "implied": lambda: implied_total_sd(s.price, s.forward, s.strike, s.is_call),
            **vollib_loops(s),
        },
        count,
        rounds,
    )
    error = np.abs(implied_total_sd(s.price, s.forward, s.strike, s.is_call) / s.total_sd - 1)
    ratios = {other: found[other.split(",")[0]] / speed for other, speed in found.items() if "," in other}
    return {
        "options": count,
        "million_per_second": {name: round(speed, 4) for name, speed in found.items()},
        "ratio_to": {name: round(ratio, 3) for name, ratio in ratios.items()},
        "implied_max_relative_error": float(np.fmax.reduce(error)),
        "implied_failures": int(np.isnan(error).sum()),
    }


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--options", type=int, default=100_000, help="length of the vectors")
    parser.add_argument("--rounds", type=int, default=15, help="interleaved rounds")
    arguments = parser.parse_args()
    result = measure(arguments.options, arguments.rounds)
    if arguments.json:
        print(json.dumps(result))
        return
    for title in ("million_per_second", "ratio_to"):
        print(title.replace("_", " "))
        for name, number in result[title].items():  # type: ignore[attr-defined]
            print(f"  {name:<42}{number:>10.3f}")
    print(f"implied: largest relative error {result['implied_max_relative_error']:.1e}", end=", ")
    print(f"{result['implied_failures']} failures in {result['options']}")


if __name__ == "__main__":
    main()
