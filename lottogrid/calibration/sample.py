"""Chains of quotes as flat vectors, one element an option."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from lottogrid.errors import BadInput
from lottogrid.market.chains import Chain
from lottogrid.pricing.blocks import Floats
from lottogrid.pricing.implied import implied_total_sd

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sample:
    """The options out of the money of many chains."""

    chain: Integers
    """Number of the chain that an option is of."""
    z: Floats
    """Distance from the forward, in expected moves."""
    multiple: Floats
    """Its implied volatility over that at the money; NaN where it has none."""
    minutes_left: Floats
    annual_volatility: Floats
    """At the money."""


def sample_of(chains: Sequence[Chain]) -> Sample:
    """Return the options of `chains`; an option that somebody offers and nobody bids for has no known volatility."""
    counts = [len(chain.strike) for chain in chains]

    def spread_out(values: Sequence[float]) -> Floats:
        return np.repeat(np.array(values, dtype=np.float64), counts)

    strike, mid, bid = (np.concatenate([getattr(chain, name) for chain in chains]) for name in ("strike", "mid", "bid"))
    forward = spread_out([chain.forward for chain in chains])
    implied = implied_total_sd(np.where(bid == 0, np.nan, mid), forward, strike, strike >= forward)
    return Sample(
        chain=np.repeat(np.arange(len(chains)), counts),
        z=np.concatenate([chain.z for chain in chains]),
        multiple=implied / spread_out([chain.total_sd for chain in chains]),
        minutes_left=spread_out([chain.minutes_left for chain in chains]),
        annual_volatility=spread_out([chain.annual_volatility for chain in chains]),
    )


def dates_of(chains: Sequence[Chain]) -> list[date]:
    """Return the days that have chains, oldest first."""
    return sorted({chain.day.date for chain in chains})


def within(chains: Sequence[Chain], first: date | None, last: date | None) -> list[Chain]:
    """Return the chains from `first` to `last`, both included; None is as far as they go.

    Raises:
        BadInput: there is none.
    """
    found = [
        chain
        for chain in chains
        if (first is None or chain.day.date >= first) and (last is None or chain.day.date <= last)
    ]
    if not found:
        days = dates_of(chains)
        reach = f"{days[0]} to {days[-1]}" if days else "no day"
        asked = f"{first or 'the first'} to {last or 'the last'}"
        raise BadInput(f"quotes: expected some from {asked}, found {reach}; ask for days in it")
    return found
