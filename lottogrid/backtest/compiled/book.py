"""The books of a session: what is open, what it came to, what is offered at which limit. Money in cents."""

from __future__ import annotations

from lottogrid.backtest.compiled.exits import first_fill
from lottogrid.backtest.compiled.jit import compiled
from lottogrid.backtest.compiled.records import Bars, Bought, Narrow, Options, Rule, Survey
from lottogrid.backtest.offers import UNDECIDED

_LEGS = 2
UNASKED = -1
"""In the place of a column: nobody has looked when a target is reached."""


@compiled
def worst(rule: Rule, table: Narrow, place: int) -> int:
    """Return premium and all commissions of a strangle."""
    return int(table[place, 2, 0] + table[place, 2, 1]) * rule.a_unit + rule.costs


@compiled
def fits(rule: Rule, table: Narrow, place: int) -> bool:
    """Return whether both sides of a strangle are bid for, and the premium is not above the cap."""
    is_bid = table[place, 1, 0] > 0 and table[place, 1, 1] > 0
    return bool(is_bid and worst(rule, table, place) <= rule.cap)


@compiled
def stand(rule: Rule, bought: Bought, row: int, column: int) -> tuple[int, int, int]:
    """Return positions open, cents reserved and cents realised at a column."""
    held, reserved, realised = 0, 0, -2 * rule.leg_costs * bought.counts[row]
    for number in range(bought.counts[row]):
        sold = 0
        for leg in range(_LEGS):
            if bought.reached[row, number, leg] <= column:
                sold += 1
                gain = (bought.target[row, number, leg] - bought.paid[row, number, leg]) * rule.a_unit
                realised += gain - rule.leg_costs
        if sold < _LEGS:
            held += 1
            reserved += bought.worst[row, number]
    return held, reserved, realised


@compiled
def enter(
    rule: Rule, bought: Bought, table: Narrow, row: int, column: int, place: int, level: int, reserve: int
) -> None:
    """Enter a strangle."""
    number = bought.counts[row]
    bought.columns[row, number], bought.level[row, number], bought.worst[row, number] = column, level, reserve
    for leg in range(2):
        paid = int(table[place, 2, leg])
        bought.strike[row, number, leg], bought.paid[row, number, leg] = table[place, 0, leg], paid
        bought.target[row, number, leg] = target(rule, paid)
    bought.counts[row] = number + 1


@compiled
def target(rule: Rule, paid: int) -> int:
    """Return the lowest price on the ladder that is the rule's multiple of `paid` or more, in units."""
    wanted, scale, step = paid * rule.target, rule.target_scale, rule.ladder.whole_steps[0]
    for tier in range(1, 3):
        if wanted > rule.ladder.whole_edges[tier] * scale:
            step = rule.ladder.whole_steps[tier]
    return int(-(-wanted // (step * scale)) * step)


@compiled
def offer(
    options: Options, bars: Bars, rule: Rule, survey: Survey, bought: Bought, row: int, number: int, last: int
) -> int:
    """Find out when the legs of a position are sold; return the leg that has to be looked at exactly, else -1."""
    first = bought.columns[row, number] + 1
    for leg in range(2):
        if bought.reached[row, number, leg] == UNASKED:
            strike = bought.strike[row, number, leg] * options.strike_step
            limit = bought.target[row, number, leg] / options.ladder.per_point
            at_once = rule.is_immediate
            found = first_fill(options, bars, survey, row, strike, leg == 0, limit, first, last, at_once)
            if found == UNDECIDED:
                return leg
            bought.reached[row, number, leg] = found
    return -1
