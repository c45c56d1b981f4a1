"""How legs end that never reached their target: sold before the close, or settled at the fixing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum

import numpy as np

from lottogrid.backtest.offers import NEVER, Offers, first_fills
from lottogrid.backtest.positions import Positions
from lottogrid.backtest.tape import MINUTE, Bools, Ints
from lottogrid.backtest.terms import Terms
from lottogrid.backtest.timing import QUOTE_WAIT
from lottogrid.pricing.blocks import Floats

_MICROSECOND = timedelta(microseconds=1)


class How(IntEnum):
    """How a leg ended."""

    TARGET = 0
    FLATTEN = 1
    SETTLED = 2


@dataclass(frozen=True, eq=False)
class Exits:
    """The ends of legs; all arrays have one shape."""

    how: Ints
    columns: Ints
    """The minute at or behind which it happened."""
    late: Ints
    """Microseconds behind that minute."""
    cents: Ints
    """What one contract brought, without costs."""


@dataclass(frozen=True, eq=False)
class _Left:
    """Legs that are held when everything is sold."""

    rows: Ints
    strike: Floats
    """Points."""
    is_call: Bools


def close(terms: Terms, positions: Positions) -> Exits:
    """Return how every leg ends."""
    shape = positions.paid.shape
    exits = Exits(
        how=np.full(shape, How.TARGET, dtype=np.int64),
        columns=positions.reached.copy(),
        late=np.zeros(shape, dtype=np.int64),
        cents=positions.target * terms.cents.a_unit,
    )
    places = np.nonzero(positions.is_left)
    if len(places[0]):
        left = _Left(
            positions.rows[places[0]],
            positions.strike[places] * np.float64(terms.market.spec.strike_step),
            places[1] == 0,
        )
        ends = _sold_or_settled(terms, left)
        for name, values in vars(ends).items():
            getattr(exits, name)[places] = values
    return exits


def _sold_or_settled(terms: Terms, left: _Left) -> Exits:
    market, timing, cents, quote_age = terms.market, terms.timing, terms.cents, terms.rules.quote_age
    tape, rows = market.tape, left.rows
    flatten, closing = tape.flatten[rows], tape.closing[rows]
    is_early = timing.sells_early(tape)[rows]
    is_fresh = np.where(is_early, quote_age >= MINUTE, quote_age >= timing.ack)
    is_early &= is_fresh
    bid, _ = market.quotes((rows, flatten - is_early), left.strike, left.is_call)
    resting = Offers(
        rows=rows,
        strike=left.strike,
        is_call=left.is_call,
        limit=np.ones(len(rows), dtype=np.int64),
        first=flatten + 1 - is_early,
        last=np.where(bid > 0, -1, closing),
        from_the_start=np.zeros(len(rows), dtype=np.bool_),
    )
    touched = first_fills(market, terms.screen.bids, resting)
    is_settled = (bid == 0) & (touched == NEVER)
    waited = np.where(is_fresh, 0, _microseconds(QUOTE_WAIT))
    worth = _settlement(terms, left)
    return Exits(
        how=np.where(is_settled, How.SETTLED, How.FLATTEN),
        columns=np.where(bid > 0, flatten, np.where(is_settled, closing, touched)),
        late=np.where(bid > 0, _microseconds(timing.sale) + waited, 0),
        cents=np.where(is_settled, worth, np.maximum(bid, 1) * cents.a_unit),
    )


def _settlement(terms: Terms, left: _Left) -> Ints:
    tape = terms.market.tape
    last = tape.close[left.rows, tape.closing[left.rows]]
    points = np.maximum(np.where(left.is_call, last - left.strike, left.strike - last), 0.0)
    found: Ints = np.rint(points * float(terms.market.spec.multiplier) * terms.cents.per_dollar).astype(np.int64)
    return found


def _microseconds(span: timedelta) -> int:
    return span // _MICROSECOND
