"""Where the rule allows an entry, as far as that depends on the market alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lottogrid.backtest.strangles import NOT_SOLD, Screen
from lottogrid.backtest.tape import Bools, Ints
from lottogrid.backtest.terms import Terms
from lottogrid.backtest.volatility import exact_minute_sd
from lottogrid.pricing.blocks import Floats
from lottogrid.strategies.lotto_grid import Rules, measured

_CLOSE = 1e-9
"""Of the limit: a realised volatility as near to it is compared again, exactly."""


@dataclass(frozen=True, eq=False)
class Shown:
    """What could be bought at some cells, one column a level."""

    rows: Ints
    columns: Ints
    strike: Ints
    """Cell, level, leg: strike steps; the call, then the put."""
    ask: Ints
    """Cell, level, leg: units of the grid."""
    worst: Ints
    """Cell, level: what is reserved for the whole position, which is the most that it can lose."""
    fits: Bools
    """Cell, level: the market is quiet, both sides are quoted, the strikes are not those of a nearer level, and the
    premium is not above the cap."""

    def of(self, numbers: Ints) -> Shown:
        """Return some of the cells."""
        return Shown(*(each[numbers] for each in vars(self).values()))


def show(terms: Terms, places: Ints, quiet: Bools) -> Shown:
    """Return what the rule finds at places of the screen; `quiet` says at which of them the market is."""
    screen, rules, cents = terms.screen, terms.rules, terms.cents
    levels = screen.levels(rules.multiples, places)
    costs, cap = cents.of(2 * 2 * rules.quantity * rules.commission_usd), cents.of(rules.cap_usd * rules.quantity)
    worst, fits = [], []
    for number, level in enumerate(levels):
        call, put = level.ask.T
        cost = (call + put) * (cents.a_unit * rules.quantity) + costs
        worst.append(terms.reserved(cost))
        fits.append(quiet & level.is_bid & (cost <= cap) & level.is_none_of(levels[:number]))
    strike, ask = (np.stack(each, axis=1) for each in ([x.strike for x in levels], [x.ask for x in levels]))
    worst_fits = np.stack(worst, axis=1), np.stack(fits, axis=1)
    return Shown(screen.rows[places], screen.columns[places], strike, ask, *worst_fits)


def fits_anywhere(terms: Terms, minute_sd: Floats) -> Bools:
    """Return for every place of the screen whether `show` finds that a level fits, at little cost where all is priced.

    `minute_sd` has the shape of the tape.
    """
    screen, rules, cents = terms.screen, terms.rules, terms.cents
    costs, cap = cents.of(2 * 2 * rules.quantity * rules.commission_usd), cents.of(rules.cap_usd * rules.quantity)
    most = min((cap - costs) // (cents.a_unit * rules.quantity), NOT_SOLD - 1)
    is_cheap = np.logical_or.reduce(screen.premiums(rules.multiples) <= most)
    key = rules.measure, rules.realised_minutes
    places = np.arange(len(screen.rows))
    if key not in screen.measured:
        screen.measured[key] = _measured(screen, minute_sd, rules, places)
    found: Bools = is_cheap & _compared(screen, rules, places, *screen.measured[key])
    return found


def is_quiet(screen: Screen, minute_sd: Floats, rules: Rules, places: Ints) -> Bools:
    """Return for each place whether the realised volatility is known and below the rule's share of the implied one."""
    return _compared(screen, rules, places, *_measured(screen, minute_sd, rules, places))


def _measured(screen: Screen, minute_sd: Floats, rules: Rules, places: Ints) -> tuple[Floats, Floats]:
    cells = screen.rows[places], screen.columns[places]
    minutes_left = screen.market.tape.minutes_left[cells]
    return measured(
        rules, minute_sd[cells], screen.total_sd(places), screen.forward[places], minutes_left, sqrt=np.sqrt
    )


def _compared(screen: Screen, rules: Rules, places: Ints, realised: Floats, implied: Floats) -> Bools:
    limit = rules.threshold * implied
    passed: Bools = realised < limit
    for number in np.flatnonzero(np.abs(realised - limit) <= _CLOSE * limit).tolist():
        passed[number] = _is_quiet(screen, int(places[number]), rules)
    return passed


def _is_quiet(screen: Screen, place: int, rules: Rules) -> bool:
    row, column = int(screen.rows[place]), int(screen.columns[place])
    minutes_left = float(screen.market.tape.minutes_left[row, column])
    found = exact_minute_sd(screen.market.tape, row, column, rules.realised_minutes)
    total_sd = screen.exact_total_sd(place)
    if total_sd is None:
        return False
    realised, implied = measured(rules, found, total_sd, float(screen.forward[place]), minutes_left)
    return realised < rules.threshold * implied
