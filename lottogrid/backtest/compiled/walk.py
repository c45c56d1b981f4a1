"""One session from entry to entry."""

from __future__ import annotations

import math

from lottogrid.backtest.compiled.book import enter, fits, offer, stand, worst
from lottogrid.backtest.compiled.dearness import least_ask
from lottogrid.backtest.compiled.exits import left
from lottogrid.backtest.compiled.jit import compiled
from lottogrid.backtest.compiled.quoting import NO_QUOTE, straddle, strangle
from lottogrid.backtest.compiled.records import (
    Bars,
    Bought,
    Moment,
    Narrow,
    Options,
    Rule,
    Seen,
    Survey,
)
from lottogrid.backtest.compiled.values import moment
from lottogrid.backtest.dearness import CHEAP
from lottogrid.backtest.tape import Bools, Ints
from lottogrid.pricing.blocks import Floats
from lottogrid.pricing.time import MINUTES_PER_SESSION, MINUTES_PER_YEAR

DONE, MOVE, QUIET, LEVEL, EXIT = 0, 1, 2, 3, 4
"""What a walk stops for: nothing, or what has to be found out exactly."""
_FITS = 5
"""What a search stops for besides: a level that can be bought, as far as the market goes."""
_NO, _YES = -1, 0
UNKNOWN = -1
"""Of the flags of what was found out exactly."""
_CLOSE = 1e-9
"""Of the limit: a realised volatility as near to it is compared again, exactly."""


@compiled
def walk_all(
    options: Options,
    bars: Bars,
    rule: Rule,
    seen: Seen,
    survey: Survey,
    bought: Bought,
    minute_sd: Floats,
    last: Ints,
    rows: Ints,
    stops: Ints,
) -> int:
    """Walk the sessions numbered `rows`; return how many were stopped.

    Of each of these `stops` is told what for, which session it is, and where: a place and the number of a level, or
    the number of a position and of its leg. `last` are the last columns at which targets are met.
    """
    count = 0
    for row in rows:
        kind, where, which = _walk(options, bars, rule, seen, survey, bought, minute_sd[row], last[row], row)
        if kind != DONE:
            stop = stops[count]
            stop[0], stop[1], stop[2], stop[3] = kind, row, where, which
            count += 1
    return count


@compiled
def _walk(
    options: Options,
    bars: Bars,
    rule: Rule,
    seen: Seen,
    survey: Survey,
    bought: Bought,
    minute_sd: Floats,
    last: int,
    row: int,
) -> tuple[int, int, int]:
    bought.counts[row] = 0
    place = seen.first[row]
    while bought.counts[row] < rule.per_day:
        kind, place, level = _next(options, bars, rule, seen, minute_sd, row, place)
        if kind != _FITS:
            return kind, place, level
        before = bought.counts[row]
        for number in range(before, _buy(rule, seen, bought, row, place)):
            leg = offer(options, bars, rule, survey, bought, row, number, last)
            if leg >= 0:
                return EXIT, number, leg
        place += rule.spacing if bought.counts[row] > before else 1
    return DONE, 0, 0


@compiled
def _next(
    options: Options, bars: Bars, rule: Rule, seen: Seen, minute_sd: Floats, row: int, place: int
) -> tuple[int, int, int]:
    """Return _FITS and the next place of a session at which a level fits; else what stopped the search, and where."""
    while place < seen.first[row + 1]:
        column = seen.columns[place]
        if minute_sd[column] >= 0:
            found, level = _look_at(options, bars, rule, seen, minute_sd[column], row, place)
            if found != DONE:
                return found, place, level
        place += 1
    return DONE, place, 0


@compiled
def _moment(options: Options, bars: Bars, row: int, column: int) -> Moment:
    left_now = left(bars.closing[row], bars.lead, column)
    forward, volatility = bars.close[row, column], bars.volatility[row, column]
    return moment(options.smile, forward, volatility, left_now, bars.half_spread[left_now])


@compiled
def _look_at(
    options: Options, bars: Bars, rule: Rule, seen: Seen, minute_sd: float, row: int, place: int
) -> tuple[int, int]:
    """Return _FITS where a level does, DONE where none does, else what has to be found out, and of which level."""
    if seen.least_ask[place] > rule.affordable:
        return DONE, 0
    column = seen.columns[place]
    if not seen.is_known[place]:
        now = _moment(options, bars, row, column)
        if _is_dear(options, rule, now, place, seen):
            return DONE, 0
        seen.straddle[place], seen.total_sd[place], certain = straddle(options, now)
        if not certain:
            return MOVE, 0
        seen.is_known[place] = True
    quiet = _is_quiet(rule, bars.close[row, column], left(bars.closing[row], bars.lead, column), minute_sd, place, seen)
    if quiet != _YES:
        return (DONE if quiet == _NO else quiet), 0
    # A sweep comes here again and again: what a moment is made of takes longer than all the rest.
    if not (seen.near_known[place] and (rule.levels == 1 or seen.far_known[place])):
        level = _undecided_level(options, rule, _moment(options, bars, row, column), place, seen)
        if level >= 0:
            return LEVEL, level
    does = fits(rule, seen.near, place) or (rule.levels > 1 and fits(rule, seen.far, place))
    return _FITS if does else DONE, 0


@compiled
def _is_dear(options: Options, rule: Rule, now: Moment, place: int, seen: Seen) -> bool:
    """Return whether every level is surely dearer than the cap; what is found out is remembered."""
    if math.isnan(seen.least_ask[place]) and now.forward * now.total_sd > CHEAP * rule.affordable:
        seen.least_ask[place] = least_ask(options, rule, now)
    return bool(seen.least_ask[place] > rule.affordable)


@compiled
def _is_quiet(rule: Rule, forward: float, minutes_left: int, minute_sd: float, place: int, seen: Seen) -> int:
    """Return _YES or _NO, or that it has to be found out exactly."""
    total_sd = seen.total_sd[place]
    if rule.is_move:
        realised = minute_sd * math.sqrt(rule.window) * forward
        limit = rule.threshold * (total_sd * math.sqrt(MINUTES_PER_SESSION / minutes_left) * forward)
    else:
        realised = minute_sd * math.sqrt(MINUTES_PER_YEAR)
        limit = rule.threshold * (total_sd * math.sqrt(MINUTES_PER_YEAR / minutes_left))
    if not abs(realised - limit) <= _CLOSE * limit:
        return _YES if realised < limit else _NO
    if seen.quiet[place] == UNKNOWN:
        return QUIET
    return _YES if seen.quiet[place] else _NO


@compiled
def _undecided_level(options: Options, rule: Rule, now: Moment, place: int, seen: Seen) -> int:
    """Look at the levels of a place; return the number of one that has to be looked at exactly, else -1."""
    total_sd = seen.total_sd[place]
    if not _look(options, rule, now, total_sd, rule.near, seen.near_known, seen.near, place):
        return 0
    if rule.levels > 1 and not _look(options, rule, now, total_sd, rule.far, seen.far_known, seen.far, place):
        return 1
    return -1


@compiled
def _look(
    options: Options,
    rule: Rule,
    now: Moment,
    total_sd: float,
    multiple: float,
    known: Bools,
    table: Narrow,
    place: int,
) -> bool:
    """Fill in strikes and quotes of a level; return whether they are certain, or too dear whatever they are."""
    if known[place]:
        return True
    call, put, call_bid, put_bid, call_ask, put_ask, is_tie = strangle(options, now, total_sd, multiple)
    if min(call_ask, put_ask) == NO_QUOTE:
        return False
    if is_tie:
        return (call_ask + put_ask) * rule.a_unit + rule.costs > rule.cap
    table[place, 0, 0], table[place, 0, 1] = call, put
    table[place, 1, 0], table[place, 1, 1] = call_bid, put_bid
    table[place, 2, 0], table[place, 2, 1] = call_ask, put_ask
    known[place] = True
    return True


@compiled
def _buy(rule: Rule, seen: Seen, bought: Bought, row: int, place: int) -> int:
    """Enter what is bought at a place; return how many positions there are then."""
    column = seen.columns[place]
    held, reserved, realised = stand(rule, bought, row, column)
    spent, entered = 0, 0
    for level in range(rule.levels):
        table = seen.near if level == 0 else seen.far
        if not fits(rule, table, place) or (level > 0 and _is_same(seen, place)):
            continue
        reserve = max(worst(rule, table, place), rule.reserve)
        cost = spent + reserve
        counts = bought.counts[row] < rule.per_day and held + entered < rule.most_open
        money = reserved + cost - realised <= rule.max_draw and rule.cash + realised - reserved >= cost
        if not (counts and money):
            continue
        enter(rule, bought, table, row, column, place, level, reserve)
        spent, entered = cost, entered + 1
        if not rule.buys_every_level:
            break
    return int(bought.counts[row])


@compiled
def _is_same(seen: Seen, place: int) -> bool:
    """Return whether the far level has the strikes of the near one."""
    return bool(seen.near[place, 0, 0] == seen.far[place, 0, 0] and seen.near[place, 0, 1] == seen.far[place, 0, 1])
