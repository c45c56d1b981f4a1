"""Which bar's path first reaches an option that is on offer."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from lottogrid.backtest.bids import Bids
from lottogrid.backtest.bounds import BLOCK
from lottogrid.backtest.grid import NEAR
from lottogrid.backtest.market import OptionMarket
from lottogrid.backtest.tape import Bools, Ints, ragged
from lottogrid.pricing.blocks import Floats

NEVER = np.iinfo(np.int64).max
"""The column of what does not happen."""
UNDECIDED = -2
"""In the place of a column: it has to be computed exactly."""


@dataclass(frozen=True, eq=False)
class Offers:
    """Options on offer at a limit, from a bar on to a bar (both included)."""

    rows: Ints
    strike: Floats
    """Points."""
    is_call: Bools
    limit: Ints
    """Units of the grid."""
    first: Ints
    """The bar during which the order came, or the one after it."""
    last: Ints
    from_the_start: Bools
    """Whether the order was there when the first bar began; else it meets the close of that bar only."""

    def of(self, numbers: Ints) -> Offers:
        """Return some of them."""
        return Offers(*(each[numbers] for each in vars(self).values()))


def first_fills(market: OptionMarket, bids: Bids, offers: Offers) -> Ints:
    """Return the column of the bar whose path first reaches each offer; NEVER where none does."""
    if market.loops is None:
        return _by_vectors(market, bids, offers)
    found = market.loops.first_fills(offers)
    undecided = np.flatnonzero(found == UNDECIDED)
    if len(undecided):
        found[undecided] = _by_vectors(market, bids, offers.of(undecided))
    return found


def _by_vectors(market: OptionMarket, bids: Bids, offers: Offers) -> Ints:
    found = np.full(len(offers.rows), NEVER)
    numbers, limit = bids.numbers(offers.rows, offers.strike, offers.is_call), offers.limit / market.grid.per_point
    late = np.flatnonzero(~offers.from_the_start & (offers.first <= offers.last))
    if len(late):
        late = late[_may_reach(bids, numbers[late], offers.first[late] // BLOCK, limit[late])]
        filled = late[_reach_at_close(market, offers, late, limit[late])]
        found[filled] = offers.first[filled]
    begin = np.where(found == NEVER, offers.first + ~offers.from_the_start, offers.last + 1)
    which, blocks = ragged(begin // BLOCK, offers.last // BLOCK)
    maybe = _may_reach(bids, numbers[which], blocks, limit[which])
    which, blocks = which[maybe], blocks[maybe]
    while len(which):
        is_next = np.concatenate(([True], which[1:] != which[:-1]))
        looked, at = which[is_next], blocks[is_next]
        columns = at[:, np.newaxis] * BLOCK + np.arange(BLOCK)
        excess = bids.at(numbers[looked], at) - limit[looked, np.newaxis]
        excess[(columns < begin[looked, np.newaxis]) | (columns > offers.last[looked, np.newaxis])] = np.nan
        reached = _reach(market, offers, looked, columns, excess)
        has_reached = reached.any(axis=1)
        found[looked[has_reached]] = columns[has_reached, reached[has_reached].argmax(axis=1)]
        is_left = ~is_next & (found[which] == NEVER)
        which, blocks = which[is_left], blocks[is_left]
    return found


def _may_reach(bids: Bids, numbers: Ints, blocks: Ints, limit: Floats) -> Bools:
    found: Bools = bids.most(numbers, blocks) >= limit - 2 * NEAR
    return found


def _reach_at_close(market: OptionMarket, offers: Offers, which: Ints, limit: Floats) -> Bools:
    """Return which offers the close of their first bar reaches."""
    cells, is_call = (offers.rows[which], offers.first[which]), offers.is_call[which]
    bid = market.path.theo(cells, market.tape.close[cells], offers.strike[which], is_call)
    bid *= 1 - market.half_spread[cells]
    excess = (bid - limit)[:, np.newaxis]
    return _reach(market, offers, which, cells[1][:, np.newaxis], excess)[:, 0]


def _reach(market: OptionMarket, offers: Offers, which: Ints, columns: Ints, excess: Floats) -> Bools:
    """Return where bids exceed the limits; what is undecided is computed exactly. A row each offer, NaN never does."""
    reached: Bools = excess >= 0
    for row, place in np.argwhere(np.abs(excess) < NEAR).tolist():
        reached[row, place] = _reaches(market, offers, int(which[row]), int(columns[row, place]))
    return reached


def _reaches(market: OptionMarket, offers: Offers, offer: int, column: int) -> bool:
    """Return whether somebody bids an offer's limit on a bar's path, as the exchange finds it."""
    row, is_call = int(offers.rows[offer]), bool(offers.is_call[offer])
    is_late = column == offers.first[offer] and not offers.from_the_start[offer]
    best = market.highest if is_call else market.lowest
    price = float((market.tape.close if is_late else best)[row, column])
    contract = market.contract(row, float(offers.strike[offer]), is_call)
    limit = market.grid.price(int(offers.limit[offer]))
    return market.point_within(row, column, Decimal(price)).bid_reaches(contract, limit)
