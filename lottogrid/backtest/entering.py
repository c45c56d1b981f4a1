"""The walk through all sessions at once, from entry to entry."""

from __future__ import annotations

import numpy as np

from lottogrid.backtest.book import Books
from lottogrid.backtest.dearness import too_dear
from lottogrid.backtest.entries import Shown, fits_anywhere, is_quiet, show
from lottogrid.backtest.positions import Positions
from lottogrid.backtest.tape import MINUTE, Bools, Ints, ragged
from lottogrid.backtest.terms import Terms
from lottogrid.pricing.blocks import Floats

_FARTHEST = 32
"""Minutes that are looked ahead at most."""


def enter(terms: Terms, minute_sd: Floats) -> Positions:
    """Return what is bought, and when its targets are reached; `minute_sd` is realised, in the shape of the tape.

    Each round goes on, in every session, to the next minute at which a level fits, and asks the books. All sessions
    begin with the start capital and an empty book.
    """
    screen = terms.screen
    sessions = np.arange(len(screen.market.tape.sessions))
    books = Books(terms, len(sessions))
    spacing = max(-(-terms.limits.min_time_between // MINUTE), 1)
    begin, end = (screen.place(rows, np.zeros_like(rows)) for rows in (sessions, sessions + 1))
    look = (_Index if screen.is_walked_often(terms.rules.multiples) else _Lookout)(terms, minute_sd, begin, end)
    active = sessions
    while len(active := active[(begin < end)[active] & (books.count < terms.limits.max_per_day)[active]]):
        found, places, at = look(active)
        bought = books.allow(found, at)
        begin[found] = places + np.where(np.logical_or.reduce(bought.T), spacing, 1)
        if bought.any():
            books.buy(found, at, bought)
    return books.positions()


class _Lookout:
    """Looks some minutes ahead in each session, and prices no more than these."""

    def __init__(self, terms: Terms, minute_sd: Floats, begin: Ints, end: Ints) -> None:
        self._terms, self._minute_sd = terms, minute_sd
        self._begin, self._end = begin, end
        self._ahead = np.ones_like(begin)
        self._maybe = ~too_dear(terms)
        self._following = _following(self._maybe)

    def __call__(self, active: Ints) -> tuple[Ints, Ints, Shown]:
        """Return sessions in which a level fits, where, and what is shown there; of the others `begin` goes on."""
        begin, ahead = self._begin, self._ahead
        begin[active] = self._following[begin[active]]
        which, places = ragged(begin[active], np.minimum(begin + ahead, self._end)[active] - 1)
        maybe = self._maybe[places]
        which, places = which[maybe], places[maybe]
        quiet = is_quiet(self._terms.screen, self._minute_sd, self._terms.rules, places)
        shown = show(self._terms, places, quiet)
        first = _first(shown.fits, which, len(active))
        begin[active] += ahead[active]
        ahead[active] = np.minimum(2 * ahead[active], _FARTHEST)
        found = active[first >= 0]
        ahead[found] = 1
        numbers = first[first >= 0]
        return found, places[numbers], shown.of(numbers)


class _Index:
    """Knows of every place the next one at which a level fits: worth its while where most is priced already."""

    def __init__(self, terms: Terms, minute_sd: Floats, begin: Ints, end: Ints) -> None:
        self._terms = terms
        self._begin, self._end = begin, end
        self._following = _following(fits_anywhere(terms, minute_sd))

    def __call__(self, active: Ints) -> tuple[Ints, Ints, Shown]:
        """Return sessions in which a level fits, where, and what is shown there; of the others `begin` is the end."""
        places = self._following[self._begin[active]]
        is_found = places < self._end[active]
        self._begin[active] = np.where(is_found, places, self._end[active])
        found = places[is_found]
        return active[is_found], found, show(self._terms, found, np.ones(len(found), dtype=np.bool_))


def _following(chosen: Bools) -> Ints:
    """Return for every place, and the one behind the last, the next that is chosen; the one behind the last if none."""
    none = len(chosen)
    found: Ints = np.append(np.where(chosen, np.arange(none), none), none)
    return np.minimum.accumulate(found[::-1])[::-1]


def _first(fits: Bools, which: Ints, count: int) -> Ints:
    """Return for each of `count` groups the number of its first member of which a level fits, -1 where none does."""
    found = np.full(count, -1)
    held = np.flatnonzero(np.logical_or.reduce(fits.T))[::-1]
    found[which[held]] = held  # written from the last to the first, so that the first stays
    return found
