"""What the path of each bar brings a seller at best; what has been computed serves every later setting."""

from __future__ import annotations

import numpy as np

from lottogrid.backtest.bounds import BLOCK, Bounds
from lottogrid.backtest.market import OptionMarket
from lottogrid.backtest.tape import Bools, Ints
from lottogrid.pricing.blocks import Floats

_AT_ONCE = 1024
"""Blocks that are valued together: few enough for the cache."""
_BOUNDS_AT_ONCE = 8192
"""The same of blocks of which a bound is asked."""
_MOST_BLOCKS = 2**17
"""Remembered at most, 16 MB: then all is forgotten and looked at anew."""
_ROOM = 1024


class Bids:
    """The bids that sales meet, before they are rounded down to the ladder: by option, and by block of columns.

    An option gets a number when somebody first asks for it. Of each of its blocks at first a bound is known, and from
    the moment at which that does not suffice each bid.
    """

    def __init__(self, market: OptionMarket) -> None:
        self._market = market
        self._bounds = Bounds(market)
        self._blocks = -(-market.tape.shape[1] // BLOCK)
        self._begin()

    def numbers(self, rows: Ints, strike: Floats, is_call: Bools) -> Ints:
        """Return the numbers of options: session, strike in points, right. They hold until it is called again."""
        if self._used > _MOST_BLOCKS:
            self._begin()
        steps = np.rint(strike / np.float64(self._market.spec.strike_step)).astype(np.int64)
        keys = (rows << 40) + (steps << 1) + is_call
        places = np.searchsorted(self._keys, keys)
        is_new = self._keys[np.minimum(places, len(self._keys) - 1)] != keys
        if is_new.any():
            self._add(np.unique(keys[is_new]))
            places = np.searchsorted(self._keys, keys)
        found: Ints = self._numbers[places]
        return found

    def most(self, number: Ints, blocks: Ints) -> Floats:
        """Return what each option can be bid for at most in a block, points; infinite where no bound is known."""
        found: Floats = self._most[number, blocks]
        places = np.flatnonzero(np.isnan(found))
        for begin in range(0, len(places), _BOUNDS_AT_ONCE):
            piece = places[begin : begin + _BOUNDS_AT_ONCE]
            options, new = number[piece], blocks[piece]
            found[piece] = self._bounds.most((self._rows[options], new), self._strike[options], self._is_call[options])
            self._most[options, new] = found[piece]
        return found

    def at(self, number: Ints, blocks: Ints) -> Floats:
        """Return the bid at each column of a block, points: a row each; NaN where nothing is quoted."""
        pages = self._pages[number, blocks]
        new = np.flatnonzero(pages < 0)
        if len(new):
            fresh = np.arange(self._used, self._used + len(new))
            self._used += len(new)
            self._make_room()
            for begin in range(0, len(new), _AT_ONCE):
                piece = slice(begin, begin + _AT_ONCE)
                self._values[fresh[piece]] = self._value(number[new[piece]], blocks[new[piece]])
            self._pages[number[new], blocks[new]] = pages[new] = fresh
            self._most[number[new], blocks[new]] = np.fmax.reduce(self._values[fresh], axis=1, initial=-np.inf)
        found: Floats = self._values[pages]
        return found

    def _begin(self) -> None:
        # The first option is none: its key is that of no other.
        self._keys = np.array([-1])
        self._numbers = self._rows = np.zeros(1, dtype=np.int64)
        self._strike, self._is_call = np.zeros(1), np.zeros(1, dtype=np.bool_)
        self._most = np.full((1, self._blocks), np.nan)
        self._pages = np.full((1, self._blocks), -1, dtype=np.int32)
        self._values = np.empty((_ROOM, BLOCK))
        self._used = 0

    def _add(self, new: Ints) -> None:
        keys = np.concatenate((self._keys, new))
        order = np.argsort(keys)
        self._keys = keys[order]
        self._numbers = np.concatenate((self._numbers, len(self._rows) + np.arange(len(new))))[order]
        steps = (new & (1 << 40) - 1) >> 1
        self._rows = np.concatenate((self._rows, new >> 40))
        self._strike = np.concatenate((self._strike, steps * np.float64(self._market.spec.strike_step)))
        self._is_call = np.concatenate((self._is_call, (new & 1) == 1))
        self._most = np.concatenate((self._most, np.full((len(new), self._blocks), np.nan)))
        self._pages = np.concatenate((self._pages, np.full((len(new), self._blocks), -1, dtype=np.int32)))

    def _make_room(self) -> None:
        while self._used > len(self._values):
            self._values = np.concatenate((self._values, np.empty_like(self._values)))

    def _value(self, number: Ints, blocks: Ints) -> Floats:
        market, last = self._market, self._market.tape.shape[1] - 1
        columns = (blocks[:, np.newaxis] * BLOCK + np.arange(BLOCK)).ravel()
        options = np.repeat(number, BLOCK)
        cells = self._rows[options], np.minimum(columns, last)
        is_call = self._is_call[options]
        best = np.where(is_call, market.highest[cells], market.lowest[cells])
        theo = market.path.theo(cells, best, self._strike[options], is_call)
        found: Floats = theo * (1 - market.half_spread[cells])
        found[columns > last] = np.nan
        return found.reshape(-1, BLOCK)
