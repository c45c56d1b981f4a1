"""How far the model is from real prices, strangle by strangle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lottogrid.clock import new_york
from lottogrid.errors import BadInput
from lottogrid.market.chains import Chain
from lottogrid.pricing.black76 import price
from lottogrid.pricing.smile import SmileSource

MULTIPLES = (1.0, 1.25, 1.5, 2.0)
"""Distances of the strangles that are judged, in implied moves."""
NEAR = 0.2
"""Implied moves that a listed strike may lie off the wanted one."""

_SLOT = 30


@dataclass(frozen=True, slots=True)
class Strangle:
    """A real strangle and what the model makes of it. Prices in the unit of the underlying."""

    multiple: float
    slot: str
    """The half hour of its quotes, New York time, as `10:00`."""
    minutes_left: float
    call: float
    put: float
    model_call: float
    model_put: float
    spread: float
    """Ask - bid of the whole; NaN where a price is not known."""

    @property
    def ratio(self) -> float:
        """Model over real price."""
        return (self.model_call + self.model_put) / (self.call + self.put)

    @property
    def relative_spread(self) -> float:
        """Its spread over its price; NaN where not known."""
        return self.spread / (self.call + self.put)


@dataclass(frozen=True, slots=True)
class Row:
    """The errors of some strangles."""

    multiple: float
    n: int
    median_ratio: float
    """Model over real."""
    mean_abs_error: float
    """Of the ratio, from 1."""
    median_call_ratio: float
    median_put_ratio: float


def slot_of(chain: Chain) -> str:
    """Return the half hour of a chain's quotes, New York time, as `10:00`."""
    local = new_york(chain.at)
    return f"{local.hour:02}:{local.minute // _SLOT * _SLOT:02}"


def strangles(chains: Sequence[Chain], smile: SmileSource, multiples: Sequence[float] = MULTIPLES) -> list[Strangle]:
    """Return the strangles that could be bought in `chains`, priced with `smile` on the chain's own volatility.

    A level counts where a strike is listed within 0.2 implied moves of it on both sides and both legs have a price
    and, where bids are known, a bid.
    """
    return [
        found for chain in chains for multiple in multiples if (found := _strangle(chain, smile, multiple)) is not None
    ]


def _strangle(chain: Chain, smile: SmileSource, multiple: float) -> Strangle | None:
    legs = [_nearest(chain, sign * multiple) for sign in (1, -1)]
    places = [place for place in legs if place is not None]
    if len(places) < len(legs):
        return None
    now = smile.at(chain.annual_volatility, chain.minutes_left)
    strikes = chain.strike[places]
    z = chain.z[places]
    model_call, model_put = price(chain.forward, strikes, chain.total_sd * now.multiplier(z), z >= 0).tolist()
    call, put = chain.mid[places].tolist()
    return Strangle(
        multiple=multiple,
        slot=slot_of(chain),
        minutes_left=chain.minutes_left,
        call=call,
        put=put,
        model_call=model_call,
        model_put=model_put,
        spread=float((chain.ask - chain.bid)[places].sum()),
    )


def _nearest(chain: Chain, z: float) -> int | None:
    place = int(np.argmin(np.abs(chain.z - z)))
    is_tradable = chain.mid[place] > 0 and chain.bid[place] != 0
    is_near = abs(chain.z[place] - z) <= NEAR and (chain.z[place] >= 0) == (z >= 0)
    return place if is_near and is_tradable else None


def summarise(judged: Sequence[Strangle]) -> list[Row]:
    """Return the errors by multiple.

    Raises:
        BadInput: there is nothing to judge.
    """
    if not judged:
        raise BadInput("quotes: expected a strangle at 1 to 2 implied moves, found none; take quotes of more strikes")
    return [
        _row(multiple, [each for each in judged if each.multiple == multiple])
        for multiple in sorted({each.multiple for each in judged})
    ]


def by_time(judged: Sequence[Strangle]) -> list[tuple[str, Row]]:
    """Return the errors by half hour and multiple."""
    return [
        (slot, row)
        for slot in sorted({each.slot for each in judged})
        for row in summarise([each for each in judged if each.slot == slot])
    ]


def _row(multiple: float, judged: Sequence[Strangle]) -> Row:
    ratios = np.array([each.ratio for each in judged])
    return Row(
        multiple=multiple,
        n=len(judged),
        median_ratio=float(np.median(ratios)),
        mean_abs_error=float(np.mean(np.abs(ratios - 1))),
        median_call_ratio=float(np.median([each.model_call / each.call for each in judged])),
        median_put_ratio=float(np.median([each.model_put / each.put for each in judged])),
    )
