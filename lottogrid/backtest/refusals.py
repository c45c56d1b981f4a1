"""Why nothing was bought: the reasons of every minute's decision, as the journal of a replay has them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from lottogrid.backtest.closing import Exits, How
from lottogrid.backtest.entries import is_quiet
from lottogrid.backtest.positions import Positions
from lottogrid.backtest.strangles import Screen
from lottogrid.backtest.tape import MINUTE, Bools, Ints
from lottogrid.backtest.terms import Terms
from lottogrid.pricing.blocks import Floats
from lottogrid.risk.reasons import Reason


@dataclass(frozen=True, eq=False)
class Standing:
    """The books at each decision, before it is taken; money in cents."""

    entries: Ints
    held: Ints
    waited: Ints
    """Minutes since the last entry; as many as there are where there was none."""
    reserved: Ints
    realised: Ints


def refusals(terms: Terms, minute_sd: Floats, positions: Positions, exits: Exits) -> tuple[int, Counter[Reason]]:
    """Return how many decisions were taken, and how often each reason refused; a decision may have several.

    Every rule is asked in every minute from the open to the flatten, also after another has refused.
    """
    screen = Screen(terms.market, terms.market.tape.flatten)
    books = _books(terms, screen, positions, exits)
    found: Counter[Reason] = Counter()
    for first in range(0, len(screen.rows), _AT_ONCE):
        places = np.arange(first, min(first + _AT_ONCE, len(screen.rows)))
        now = Standing(*(figure[places] for figure in vars(books).values()))
        for reason, mask in (
            *_of_the_market(terms, screen, minute_sd, places),
            *_of_the_book(terms, now),
            *_of_the_levels(terms, screen, places, now),
        ):
            found[reason] += int(mask.sum())
    return len(screen.rows), +found


_AT_ONCE = 8192
"""Decisions that are looked at together: more of them take memory and save no time."""
_Reasons = list[tuple[Reason, Bools]]


def _of_the_market(terms: Terms, screen: Screen, minute_sd: Floats, places: Ints) -> _Reasons:
    rows, columns = screen.rows[places], screen.columns[places]
    few = np.isnan(minute_sd[rows, columns])
    unknown = np.isnan(screen.total_sd(places))
    return [
        (Reason.AFTER_LAST_ENTRY, columns > terms.market.tape.last_entry[rows]),
        (Reason.TOO_FEW_SAMPLES, few),
        (Reason.IMPLIED_UNKNOWN, ~few & unknown),
        (Reason.VOLATILITY_TOO_HIGH, ~few & ~unknown & ~is_quiet(screen, minute_sd, terms.rules, places)),
    ]


def _of_the_book(terms: Terms, books: Standing) -> _Reasons:
    limits = terms.limits
    return [
        (Reason.TOO_SOON, books.waited < -(-limits.min_time_between // MINUTE)),
        (Reason.DAY_COUNT_REACHED, books.entries >= limits.max_per_day),
        (Reason.OPEN_COUNT_REACHED, books.held >= limits.max_open),
    ]


def _of_the_levels(terms: Terms, screen: Screen, places: Ints, books: Standing) -> _Reasons:
    """Money is told of the first level that could be bought, where no level can be afforded."""
    rules, cents = terms.rules, terms.cents
    unknown = np.isnan(screen.total_sd(places))
    costs, cap = cents.of(2 * 2 * rules.quantity * rules.commission_usd), cents.of(rules.cap_usd * rules.quantity)
    cash = cents.of(terms.start_cash_usd) + books.realised - books.reserved
    left = cents.of(terms.limits.max_draw_usd) + books.realised - books.reserved
    found: _Reasons = []
    nearer: list[Ints] = []
    none_yet, is_affordable = np.ones(len(places), dtype=np.bool_), np.zeros(len(places), dtype=np.bool_)
    first = np.zeros(len(places), dtype=np.int64)
    for multiple in rules.multiples:
        level = screen.level(multiple, places)
        collapsed = ~unknown & _any_same(level.strike, nearer)
        one_sided = ~unknown & ~collapsed & ~level.is_bid
        cost = (level.ask[:, 0] + level.ask[:, 1]) * (cents.a_unit * rules.quantity) + costs
        worst = terms.reserved(cost)
        priced = ~unknown & ~collapsed & ~one_sided
        fits = priced & (cost <= cap)
        found += [(Reason.IMPLIED_UNKNOWN, unknown), (Reason.STRIKES_COLLAPSE, collapsed)]
        found += [(Reason.QUOTE_ONE_SIDED, one_sided), (Reason.PREMIUM_ABOVE_CAP, priced & ~fits)]
        first = np.where(fits & none_yet, worst, first)
        none_yet &= ~fits
        is_affordable |= fits & (worst <= np.minimum(cash, left))
        nearer.append(level.strike)
    poor = ~none_yet & ~is_affordable
    return [*found, (Reason.LOSS_LIMIT, poor & (first > left)), (Reason.CASH_SHORT, poor & (first > cash))]


def _any_same(strike: Ints, nearer: list[Ints]) -> Bools:
    same = np.zeros(len(strike), dtype=np.bool_)
    for other in nearer:
        same |= (strike[:, 0] == other[:, 0]) & (strike[:, 1] == other[:, 1])
    return same


def _books(terms: Terms, screen: Screen, positions: Positions, exits: Exits) -> Standing:
    figures = np.zeros((5, len(screen.rows)), dtype=np.int64)
    figures[2] = screen.columns
    bounds = np.searchsorted(screen.rows, np.arange(len(terms.market.tape.sessions) + 1))
    owned = np.searchsorted(positions.rows, np.arange(len(terms.market.tape.sessions) + 1))
    for row in np.unique(positions.rows).tolist():
        cells, mine = slice(bounds[row], bounds[row + 1]), slice(owned[row], owned[row + 1])
        figures[:, cells] = _book_of_day(terms, screen.columns[cells], positions, exits, mine)
    return Standing(*figures)


def _book_of_day(terms: Terms, columns: Ints, positions: Positions, exits: Exits, mine: slice) -> Ints:
    rules, cents = terms.rules, terms.cents
    at = columns[:, np.newaxis]
    entered, paid = positions.columns[mine], positions.paid[mine]
    was_bought = entered < at
    # What is sold a moment after a minute's end is not sold yet when that minute is decided on.
    is_over = exits.columns[mine] + (exits.late[mine] > 0) <= at[:, :, np.newaxis]
    is_held = was_bought & ~is_over.all(axis=2)
    commission = cents.of(rules.commission_usd * rules.quantity)
    costs = 2 * 2 * commission
    worst = terms.reserved(paid.sum(axis=1) * (cents.a_unit * rules.quantity) + costs)
    gain = (exits.cents[mine] - paid * cents.a_unit) * rules.quantity - commission * (exits.how[mine] != How.SETTLED)
    realised = np.where(is_over, gain, 0).sum(axis=(1, 2)) - 2 * commission * was_bought.sum(axis=1)
    last = np.where(was_bought, entered, 0).max(axis=1, initial=0)
    return np.stack(
        [was_bought.sum(axis=1), is_held.sum(axis=1), columns - last, np.where(is_held, worst, 0).sum(axis=1), realised]
    )
