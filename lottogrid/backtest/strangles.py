"""What the strategy is shown at each minute at which it may buy: the implied move, and the quotes of each level."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from math import floor

import numpy as np
from numpy.typing import NDArray

from lottogrid.backtest.bids import Bids
from lottogrid.backtest.market import OptionMarket, expected_moves
from lottogrid.backtest.tape import Bools, Ints
from lottogrid.pricing.blocks import Floats
from lottogrid.pricing.implied import implied_total_sd
from lottogrid.pricing.moves import expected_move, total_sd_from_straddle
from lottogrid.strategies.lotto_grid import EntryMeasure, listed_strike

_TIE = 1e-9
"""Of a strike step: a price as near to the middle of two strikes is looked at again, exactly."""


@dataclass(frozen=True, eq=False)
class Strangles:
    """Strikes and quotes, a row for each cell: the call, then the put."""

    strike: Ints
    """In strike steps."""
    bid: Ints
    """Units of the grid; 0 where nobody bids."""
    ask: Ints

    def of(self, cells: slice) -> Strangles:
        """Return those of some cells."""
        return Strangles(self.strike[cells], self.bid[cells], self.ask[cells])

    @property
    def is_bid(self) -> Bools:
        """Whether somebody bids for both legs."""
        found: Bools = (self.bid[:, 0] > 0) & (self.bid[:, 1] > 0)
        return found

    def is_none_of(self, others: Sequence[Strangles]) -> Bools:
        """Return where the strikes are not those of any of `others`."""
        found = np.ones(len(self.strike), dtype=np.bool_)
        for other in others:
            found &= (self.strike[:, 0] != other.strike[:, 0]) | (self.strike[:, 1] != other.strike[:, 1])
        return found


NOT_SOLD = np.iinfo(np.int32).max
"""The premium of what cannot be bought."""
_OFTEN = 2
"""Walks over the same levels after which it pays to price all of them."""
_AT_ONCE = 8192
"""Places that are priced together where all are: few enough for the cache, and for little memory."""
_UNKNOWN = -1
_Levels = tuple[Decimal, ...]


class Seen:
    """Strangles that have been looked at, by place; narrow, as most of a screen never is."""

    def __init__(self, places: int) -> None:
        self.is_known = np.zeros(places, dtype=np.bool_)
        self.table = np.zeros((places, 3, 2), dtype=np.int32)
        """Strikes, bids and asks."""

    def missing(self, places: Ints) -> Ints:
        """Return those of `places` that are not known."""
        return places[~self.is_known[places]]

    def put(self, places: Ints, found: Strangles) -> None:
        """Remember what was found."""
        self.table[places] = np.stack((found.strike, found.bid, found.ask), axis=1)
        self.is_known[places] = True

    def at(self, places: Ints) -> Strangles:
        """Return what is known."""
        found = self.table[places].astype(np.int64)
        return Strangles(found[:, 0], found[:, 1], found[:, 2])


class Screen:
    """The cells of a market, from the open to a column of each session, at which a bar has just ended.

    They are numbered by session and then by minute; a place is such a number. Each is priced when somebody first looks
    at it, and remembered.
    """

    def __init__(self, market: OptionMarket, last: Ints) -> None:
        self.market = market
        self.bids = Bids(market)
        tape = market.tape
        columns = np.arange(tape.shape[1])
        allowed = (columns >= tape.lead) & (columns <= last[:, np.newaxis]) & (tape.places >= 0)
        self.cells = np.flatnonzero(allowed)
        """Of the tape, numbered in one row."""
        self.rows = self.cells // tape.shape[1]
        self.columns = self.cells - self.rows * tape.shape[1]
        self.forward: Floats = tape.close.take(self.cells)
        """Price of the underlying, points."""
        self.step = np.float64(market.spec.strike_step)
        """Of the strikes, points."""
        self.is_known = np.zeros(len(self.rows), dtype=np.bool_)
        """Where the straddle at the money has been looked at: the next two are known there."""
        self.known_total_sd: Floats = np.full(len(self.rows), np.nan)
        self.straddle: Floats = np.full(len(self.rows), np.nan)
        """Its mid, points."""
        self._levels: dict[Decimal, Seen] = {}
        self._walks: Counter[_Levels] = Counter()
        self._premiums: dict[_Levels, NDArray[np.int32]] = {}
        self._targets: dict[Decimal, Ints] = {}
        self.measured: dict[tuple[EntryMeasure, int], tuple[Floats, Floats]] = {}
        """What was realised and what is implied at every place, by measure and window; filled by those who ask."""
        self._least_asks: dict[_Levels, Floats] = {}

    def place(self, rows: Ints, columns: Ints) -> Ints:
        """Return the first places of sessions that are not before these columns."""
        width = self.market.tape.shape[1]
        return np.searchsorted(self.cells, rows * width + columns)

    def total_sd(self, places: Ints) -> Floats:
        """Return the standard deviation to expiry that the straddle at the money implies; NaN where it is unknown."""
        new = places[~self.is_known[places]]
        if len(new):
            forward, strike = self.forward[new], self.at_the_money(new)
            straddle = self._mid(new, strike)
            at = strike * self.step
            self.straddle[new] = straddle
            self.known_total_sd[new] = implied_total_sd(
                0.5 * (straddle - np.abs(forward - at)), forward, at, at >= forward
            )
            self.is_known[new] = True
        found: Floats = self.known_total_sd[places]
        return found

    def exact_total_sd(self, place: int) -> float | None:
        """Return the same for a place that was looked at, as the live bot computes it."""
        forward, step = float(self.forward[place]), float(self.step)
        return total_sd_from_straddle(float(self.straddle[place]), forward, floor(forward / step + 0.5) * step)

    def level(self, multiple: Decimal, places: Ints) -> Strangles:
        """Return the strangles at `multiple` implied moves; they mean nothing where the implied move is unknown."""
        return self.levels((multiple,), places)[0]

    def levels(self, multiples: _Levels, places: Ints) -> list[Strangles]:
        """Return the same of each of `multiples`; what is new of all of them is priced together."""
        seen = [self.seen(multiple) for multiple in multiples]
        new = [each.missing(places) for each in seen]
        ends = np.cumsum([len(each) for each in new])
        if ends[-1]:
            strikes = [self._strikes(each, multiple) for each, multiple in zip(new, multiples, strict=True)]
            found = self._quoted(np.concatenate(new), np.concatenate(strikes))
            for each, missing, end in zip(seen, new, ends.tolist(), strict=True):
                each.put(missing, found.of(slice(end - len(missing), end)))
        return [each.at(places) for each in seen]

    def seen(self, multiple: Decimal) -> Seen:
        """Return what has been looked at of a level."""
        if multiple not in self._levels:
            self._levels[multiple] = Seen(len(self.rows))
        return self._levels[multiple]

    def targets(self, multiple: Decimal, paid: Ints) -> Ints:
        """Return where legs that cost `paid` (units) are offered at `multiple` of it; the ladder is asked once each."""
        spec, grid = self.market.spec, self.market.grid
        known = self._targets.get(multiple, np.zeros(0, dtype=np.int64))
        if (short := int(paid.max(initial=0)) + 1 - len(known)) > 0:
            known = self._targets[multiple] = np.append(known, np.full(short, _UNKNOWN))
        found: Ints = known[paid]
        if (found == _UNKNOWN).any():
            for each in np.unique(paid[found == _UNKNOWN]).tolist():
                known[each] = grid.units(spec.ladder.ceil(grid.price(each) * multiple))
            found = known[paid]
        return found

    def least_ask(self, multiples: _Levels) -> Floats:
        """Return what both asks of the cheapest of the levels surely come to at each place, points, at least.

        NaN where nobody has looked; who looks fills it in.
        """
        return self._least_asks.setdefault(multiples, np.full(len(self.rows), np.nan))

    def is_walked_often(self, multiples: _Levels) -> bool:
        """Count a walk over these levels; return whether there were so many that all places should be known."""
        self._walks[multiples] += 1
        return self._walks[multiples] > _OFTEN

    def premiums(self, multiples: _Levels) -> NDArray[np.int32]:
        """Return what the strangle of each level costs at every place, units of the grid: level, place.

        It is `NOT_SOLD` where a side has no bid, or the strikes are those of a nearer level.
        """
        if multiples not in self._premiums:
            places = np.arange(len(self.rows))
            for begin in range(0, len(places), _AT_ONCE):
                self.levels(multiples, places[begin : begin + _AT_ONCE])
            levels = self.levels(multiples, places)
            self._premiums[multiples] = np.stack(
                [
                    np.where(level.is_bid & level.is_none_of(levels[:number]), level.ask.sum(axis=1), NOT_SOLD)
                    for number, level in enumerate(levels)
                ]
            ).astype(np.int32)
        return self._premiums[multiples]

    def at_the_money(self, places: Ints) -> Ints:
        """Return the strikes nearest to the money, in steps."""
        found: Ints = np.floor(self.forward[places] / self.step + 0.5).astype(np.int64)
        return found

    def _mid(self, places: Ints, strike: Ints) -> Floats:
        """Return the straddle's mid in points; NaN where a side is missing."""
        quoted = self._quoted(places, np.stack((strike, strike), axis=1))
        call, put = (quoted.bid + quoted.ask).T
        return np.where(quoted.is_bid, (call + put) / (2 * self.market.grid.per_point), np.nan)

    def _quoted(self, places: Ints, strike: Ints) -> Strangles:
        cells = np.repeat(self.rows[places], 2), np.repeat(self.columns[places], 2)
        is_call = np.tile(np.array([True, False]), len(places))
        bid, ask = self.market.quotes(cells, strike.ravel() * self.step, is_call)
        return Strangles(strike, bid.reshape(-1, 2), ask.reshape(-1, 2))

    def _strikes(self, places: Ints, multiple: Decimal) -> Ints:
        """Return the strikes of call and put, in steps."""
        forward, total_sd = self.forward[places], self.total_sd(places)
        move = float(multiple) * expected_moves(forward, np.nan_to_num(total_sd))
        wings = np.stack((forward + move, forward - move), axis=1) / self.step
        strike: Ints = np.rint(wings).astype(np.int64)
        is_tie = np.abs(wings - np.floor(wings) - 0.5) < _TIE * np.maximum(np.abs(wings), 1.0)
        for number in np.flatnonzero((is_tie[:, 0] | is_tie[:, 1]) & ~np.isnan(total_sd)).tolist():
            strike[number] = self._exact_strikes(int(places[number]), multiple)
        return strike

    def _exact_strikes(self, place: int, multiple: Decimal) -> tuple[int, int]:
        price = self.market.tape.bar(int(self.rows[place]), int(self.columns[place])).close
        move = multiple * Decimal(expected_move(float(price), self.exact_total_sd(place) or 0.0))
        spec = self.market.spec
        above = listed_strike(price + move, spec, ROUND_HALF_UP)
        below = listed_strike(price - move, spec, ROUND_HALF_DOWN)
        return int(above / spec.strike_step), int(below / spec.strike_step)
