"""The option market over a tape: the exchange's model for many options and minutes in one call."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import erf, ndtr

from lottogrid.backtest.grid import TickGrid
from lottogrid.backtest.kernels import Kernel
from lottogrid.backtest.tape import Bools, Ints, Tape
from lottogrid.errors import BadInput
from lottogrid.exchange.model import MarketModel, MarketPoint
from lottogrid.market.contracts import ContractSpec, OptionContract, Right
from lottogrid.pricing.blocks import Floats
from lottogrid.pricing.normalised import ROOT_HALF
from lottogrid.pricing.smile import SmileSource
from lottogrid.pricing.time import MINUTES_PER_YEAR

if TYPE_CHECKING:
    from lottogrid.backtest.compiled.loops import Loops

_NO_TIME = 1e-15
"""Stands for a standard deviation of 0, at which an option is worth its intrinsic value."""

Cells = tuple[Ints, Ints]
"""Rows and columns of a tape."""


@dataclass(frozen=True, eq=False)
class Surface:
    """What options are worth at any cell, at the volatility known there and for the minutes left behind it."""

    volatility: Floats
    minutes_left: Floats
    smile: SmileSource

    @cached_property
    def total_sd(self) -> Floats:
        """Standard deviation of the log price from each cell to expiry, at the money."""
        found: Floats = self.minutes_left / MINUTES_PER_YEAR
        np.sqrt(found, out=found)
        found *= self.volatility
        return found

    @cached_property
    def _move(self) -> Floats:
        return expected_moves(1.0, self.total_sd)

    def theo(self, cells: Cells, forward: Floats, strike: Floats, is_call: Bools) -> Floats:
        """Return what options are worth where the underlying costs `forward`, points, to some 1e-9."""
        # One number a cell: half the time of two.
        place = cells[0] * self.total_sd.shape[1] + cells[1]
        move = forward * self._move.take(place)
        distance = np.divide(strike - forward, move, out=np.zeros_like(move), where=move > 0)
        multiple = self.smile.multiplier_at(distance, self.volatility.take(place), self.minutes_left.take(place))
        return worth(forward, strike, self.total_sd.take(place) * multiple, is_call)


@dataclass(frozen=True, eq=False)
class OptionMarket:
    """Bids and asks of any option at any minute of a tape.

    The arithmetic is that of `lottogrid.exchange.model`, which also decides wherever the vectors come so near to a
    step of the ladder that their last digits could matter: no rounding differs from what a replay would see.
    """

    tape: Tape
    spec: ContractSpec
    model: MarketModel
    volatility: Floats
    """Annual, at the money, behind each bar."""
    kernel: Kernel = Kernel.NUMPY

    @cached_property
    def grid(self) -> TickGrid:
        """The ladder that option prices stand on."""
        return TickGrid.of(self.model.ladder)

    @cached_property
    def quoted(self) -> Surface:
        """What is quoted at the end of each bar."""
        return Surface(self.volatility, self.tape.minutes_left, self.model.smile)

    @cached_property
    def path(self) -> Surface:
        """What the path of each bar meets: the volatility known before the bar, the minutes left behind it."""
        before = np.full(self.tape.shape, np.nan)
        before[:, 1:] = self.volatility[:, :-1]
        return Surface(before, self.tape.minutes_left, self.model.smile)

    @cached_property
    def highest(self) -> Floats:
        """Highest price that the path of each bar visits, points."""
        return _extreme(self.tape, np.maximum)

    @cached_property
    def lowest(self) -> Floats:
        """Lowest price that the path of each bar visits, points."""
        return _extreme(self.tape, np.minimum)

    @cached_property
    def half_spread(self) -> Floats:
        """Half the distance of bid and ask, as a fraction of an option's value."""
        found: Floats = self.half_spreads[self.tape.minutes_left.astype(np.int64)]
        return found

    @cached_property
    def half_spreads(self) -> Floats:
        """The same by whole minutes left."""
        minutes, fractions = zip(*self.model.spread.points, strict=True)
        left = np.arange(self.tape.shape[1] + 1.0)
        found: Floats = np.minimum(self.model.spread_factor * np.interp(left, minutes, fractions) / 2, 1.0)
        return found

    @cached_property
    def loops(self) -> Loops | None:
        """The compiled loops over this market; None where numpy computes."""
        if self.kernel is Kernel.NUMPY:
            return None
        from lottogrid.backtest.compiled.loops import Loops  # noqa: PLC0415 - numba is an extra, and slow to import

        return Loops.over(self)

    def quotes(self, cells: Cells, strike: Floats, is_call: Bools) -> tuple[Ints, Ints]:
        """Return bid (0 where nobody bids) and ask at the close of bars, in units of the grid.

        Raises:
            BadInput: a strike is not above 0.
        """
        lowest = strike.min(initial=np.inf)
        if lowest <= 0:
            raise BadInput(
                f"strikes: expected them above 0, found {lowest:g}; lower the volatility, or the multiples of the move"
            )
        bid, ask, undecided = (self.loops or self).nearly(cells, strike, is_call)
        for place in np.flatnonzero(undecided).tolist():
            row, column = int(cells[0][place]), int(cells[1][place])
            contract = self.contract(row, float(strike[place]), bool(is_call[place]))
            exact_bid, exact_ask = self._point(row, column).bid_and_ask(contract)
            bid[place], ask[place] = self.grid.units(exact_bid or Decimal(0)), self.grid.units(exact_ask)
        return bid, ask

    def nearly(self, cells: Cells, strike: Floats, is_call: Bools) -> tuple[Ints, Ints, Bools]:
        """Return bids and asks, and which of them are undecided: so near to a step that they mean nothing."""
        theo = self.quoted.theo(cells, self.tape.close[cells], strike, is_call)
        half = self.half_spread[cells]
        bid, bid_undecided = self.grid.floor(theo * (1 - half))
        ask, ask_undecided = self.grid.ceil(theo * (1 + half))
        ask = np.maximum(ask, 1)
        return bid, ask, bid_undecided | ask_undecided | (ask <= bid)

    def point_within(self, row: int, column: int, price: Decimal) -> MarketPoint:
        """Return the market at a price on the path of the bar of a column, as the exchange has it."""
        return self._at(self.path, row, column, price)

    def contract(self, row: int, strike: float, is_call: bool) -> OptionContract:
        """Return an option of a session's day."""
        return OptionContract(
            symbol=self.spec.symbol,
            expiry=self.tape.sessions[row].day.date,
            right=Right.CALL if is_call else Right.PUT,
            strike=Decimal(strike),
        )

    def _point(self, row: int, column: int) -> MarketPoint:
        return self._at(self.quoted, row, column, self.tape.bar(row, column).close)

    def _at(self, surface: Surface, row: int, column: int, price: Decimal) -> MarketPoint:
        volatility, minutes_left = surface.volatility[row, column], surface.minutes_left[row, column]
        return self.model.at(price, float(volatility), float(minutes_left))


def _extreme(tape: Tape, larger: np.ufunc) -> Floats:
    found: Floats = larger(tape.open, tape.close)
    for prices in (tape.high, tape.low):
        larger(found, prices, out=found)
    return found


def worth(forward: float | Floats, strike: Floats, total_sd: Floats, is_call: Bools | np.bool_) -> Floats:
    """Return Black-76 prices in points, to some 1e-12 of the forward.

    `lottogrid.pricing.black76.price` keeps the digits of the smallest values, which takes ten times as many calls; here
    what the last digits could decide is computed once more.
    """
    sign = 2.0 * is_call - 1.0
    held = np.maximum(total_sd, _NO_TIME)
    d1 = np.log(forward / strike) / held + 0.5 * held
    found: Floats = np.maximum(sign * (forward * ndtr(sign * d1) - strike * ndtr(sign * (d1 - held))), 0.0)
    return found


def expected_moves(forward: float | Floats, total_sd: Floats) -> Floats:
    """Return `lottogrid.pricing.moves.expected_move` of arrays."""
    found: Floats = erf(0.5 * ROOT_HALF * total_sd)
    found *= 2 * forward
    return found
