"""The walk through all sessions, compiled; what it cannot decide is found out by the functions of the live bot."""

from __future__ import annotations

import numpy as np

from lottogrid.backtest.compiled import walk
from lottogrid.backtest.compiled.book import UNASKED
from lottogrid.backtest.compiled.loops import Loops, can_walk, rule_of
from lottogrid.backtest.compiled.records import Bought, Seen
from lottogrid.backtest.entering import enter as by_vectors
from lottogrid.backtest.entries import is_quiet
from lottogrid.backtest.offers import Offers, first_fills
from lottogrid.backtest.positions import Positions
from lottogrid.backtest.strangles import Screen
from lottogrid.backtest.tape import Ints
from lottogrid.backtest.terms import Terms
from lottogrid.pricing.blocks import Floats


def enter(terms: Terms, minute_sd: Floats, loops: Loops) -> Positions:
    """Return what `lottogrid.backtest.entering.enter` returns."""
    if not can_walk(terms):
        return by_vectors(terms, minute_sd)
    rule, screen, tape = rule_of(terms), terms.screen, terms.market.tape
    seen = _seen(screen, terms)
    room = min(rule.per_day, rule.levels * tape.shape[1])
    bought = _nothing(tape.shape[0], room)
    last, rows = terms.timing.last_of_targets(tape), np.arange(tape.shape[0])
    stops = np.empty((len(rows), 4), dtype=np.int64)
    while len(rows):
        count = walk.walk_all(loops.options, loops.bars, rule, seen, loops.survey, bought, minute_sd, last, rows, stops)
        _find_out(terms, minute_sd, seen, bought, stops[:count])
        rows = stops[:count, 1].copy()
    return _positions(bought)


def _find_out(terms: Terms, minute_sd: Floats, seen: Seen, bought: Bought, stops: Ints) -> None:
    """Find out exactly what sessions were stopped for; prices of all of them together, as each call has its cost."""
    screen, (kinds, rows, wheres, whiches) = terms.screen, stops.T
    screen.total_sd(wheres[kinds == walk.MOVE])
    for number, multiple in enumerate(terms.rules.multiples):
        screen.level(multiple, wheres[(kinds == walk.LEVEL) & (whiches == number)])
    quiet = wheres[kinds == walk.QUIET]
    seen.quiet[quiet] = is_quiet(screen, minute_sd, terms.rules, quiet)
    for leg in zip(*(each[kinds == walk.EXIT].tolist() for each in (rows, wheres, whiches)), strict=True):
        bought.reached[leg] = _reached(terms, bought, leg)


def _seen(screen: Screen, terms: Terms) -> Seen:
    tables = [screen.seen(multiple) for multiple in terms.rules.multiples]
    near, far = tables[0], tables[-1]
    sessions = np.arange(len(terms.market.tape.sessions) + 1)
    return Seen(
        first=screen.place(sessions, np.zeros_like(sessions)),
        columns=screen.columns,
        least_ask=screen.least_ask(terms.rules.multiples),
        is_known=screen.is_known,
        total_sd=screen.known_total_sd,
        straddle=screen.straddle,
        near_known=near.is_known,
        near=near.table,
        far_known=far.is_known,
        far=far.table,
        quiet=np.full(len(screen.columns), walk.UNKNOWN, dtype=np.int8),
    )


def _nothing(sessions: int, room: int) -> Bought:
    some, legs = (sessions, room), (sessions, room, 2)
    return Bought(
        counts=np.zeros(sessions, dtype=np.int64),
        columns=np.zeros(some, dtype=np.int64),
        level=np.zeros(some, dtype=np.int64),
        worst=np.zeros(some, dtype=np.int64),
        strike=np.zeros(legs, dtype=np.int64),
        paid=np.zeros(legs, dtype=np.int64),
        target=np.zeros(legs, dtype=np.int64),
        reached=np.full(legs, UNASKED),
    )


def _reached(terms: Terms, bought: Bought, leg: tuple[int, int, int]) -> int:
    market, timing, (row, number, side) = terms.market, terms.timing, leg
    rows = np.array([row])
    offer = Offers(
        rows=rows,
        strike=np.array([bought.strike[leg] * np.float64(market.spec.strike_step)]),
        is_call=np.array([side == 0]),
        limit=np.array([bought.target[leg]]),
        first=np.array([bought.columns[row, number] + 1]),
        last=timing.last_of_targets(market.tape)[rows],
        from_the_start=np.array([timing.is_immediate]),
    )
    return int(first_fills(market, terms.screen.bids, offer)[0])


def _positions(bought: Bought) -> Positions:
    places = np.nonzero(np.arange(bought.columns.shape[1]) < bought.counts[:, np.newaxis])
    return Positions(
        rows=places[0],
        number=places[1] + 1,
        columns=bought.columns[places],
        level=bought.level[places],
        strike=bought.strike[places],
        paid=bought.paid[places],
        target=bought.target[places],
        reached=bought.reached[places],
    )
