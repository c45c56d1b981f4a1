"""Between the objects of the backtest and the compiled loops."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

import numpy as np

from lottogrid.backtest.bounds import largest_multiples
from lottogrid.backtest.compiled import batches
from lottogrid.backtest.compiled.exits import BLOCK
from lottogrid.backtest.compiled.records import Bars, Ladder, Options, Rule, Smile, Survey
from lottogrid.backtest.dearness import affordable
from lottogrid.backtest.grid import TickGrid
from lottogrid.backtest.market import Cells, OptionMarket
from lottogrid.backtest.offers import Offers
from lottogrid.backtest.tape import MINUTE, Bools, Ints
from lottogrid.backtest.terms import Terms
from lottogrid.pricing import smile
from lottogrid.pricing.blocks import Floats
from lottogrid.pricing.smile import SmileSource
from lottogrid.strategies.lotto_grid import EntryMeasure

Number = TypeVar("Number", int, float)

_TIERS = 3
_BEYOND = 2**40
"""Units that no price has."""
_LEVELS = 2
"""Of a rule that the walk knows."""
_DIGITS = 6
"""Behind the point of a target's multiple, at most: beyond, the ladder's own rounding shows."""


@dataclass(frozen=True, eq=False)
class Loops:
    """The compiled loops over one option market."""

    options: Options
    bars: Bars
    survey: Survey

    @classmethod
    def over(cls, market: OptionMarket) -> Loops | None:
        """Return the loops over `market`; None where its smile or its ladder is of a kind that they do not know."""
        numbers = smile_of(market.model.smile)
        if numbers is None or len(market.grid.edges) > _TIERS:
            return None
        tape = market.tape
        sessions, columns = tape.shape
        blocks = np.zeros((sessions, -(-columns // BLOCK), 4))
        prices = tape.open, tape.high, tape.low, tape.close
        return cls(
            Options(float(market.spec.strike_step), ladder_of(market.grid), numbers),
            Bars(*prices, market.volatility, market.half_spreads, tape.closing, tape.lead),
            Survey(np.zeros(sessions, dtype=np.bool_), blocks),
        )

    def nearly(self, cells: Cells, strike: Floats, is_call: Bools) -> tuple[Ints, Ints, Bools]:
        """Return bids and asks, units, and which of them are undecided."""
        bid, ask = np.empty(len(strike), dtype=np.int64), np.empty(len(strike), dtype=np.int64)
        batches.quotes(self.options, self.bars, *cells, strike, is_call, bid, ask)
        return bid, ask, ask < 0

    def first_fills(self, offers: Offers) -> Ints:
        """Return the columns in which offers are first reached, UNDECIDED or NEVER."""
        found = np.empty(len(offers.rows), dtype=np.int64)
        limit = offers.limit / self.options.ladder.per_point
        what = offers.rows, offers.strike, offers.is_call, limit
        when = offers.first, offers.last, offers.from_the_start
        batches.first_fills(self.options, self.bars, self.survey, *what, *when, found)
        return found


def smile_of(source: SmileSource) -> Smile | None:
    """Return the numbers of a smile; None for one of a kind not known here."""
    most = largest_multiples(source)
    if isinstance(source, smile.Smile):
        return Smile(*_shape(source), False, 0.0, 0.0, 0.0, 0.0, *most)
    if isinstance(source, smile.MovingSmile):
        slopes = source.put_slope_time, source.call_slope_time
        slopes_of_level = source.put_slope_volatility, source.call_slope_volatility
        return Smile(*_shape(source.middle), True, *slopes, *slopes_of_level, *most)
    return None


def _shape(found: smile.Smile) -> tuple[float, float, float, float, float]:
    return found.put_slope, found.call_slope, found.put_curve, found.call_curve, found.clamp


def ladder_of(grid: TickGrid) -> Ladder:
    """Return the numbers of a ladder."""
    more = _TIERS - len(grid.edges)
    edges, steps = [*grid.edges.tolist(), *[np.inf] * more], [*grid.steps.tolist(), *[1.0] * more]
    whole = [*np.rint(grid.edges * grid.per_point).astype(np.int64).tolist(), *[_BEYOND] * more]
    counts = [*grid.counts.tolist(), *[1] * more]
    return Ladder(
        _three(edges),
        _three(steps),
        _three([1 / each for each in steps]),
        _three(whole),
        _three(counts),
        grid.per_point,
    )


def _three(values: list[Number]) -> tuple[Number, Number, Number]:
    first, second, third = values
    return first, second, third


def can_walk(terms: Terms) -> bool:
    """Return whether the compiled walk knows this rule."""
    digits = -int(terms.rules.target_multiple.normalize().as_tuple().exponent)
    return len(terms.rules.multiples) <= _LEVELS and digits <= _DIGITS


def rule_of(terms: Terms) -> Rule:
    """Return the numbers of the rule, the limits and the broker."""
    rules, limits, cents = terms.rules, terms.limits, terms.cents
    cap = cents.of(rules.cap_usd * rules.quantity)
    target, scale = _fraction(rules.target_multiple)
    near, far = float(rules.multiples[0]), float(rules.multiples[-1])
    return Rule(
        is_move=rules.measure is EntryMeasure.MOVE,
        window=rules.realised_minutes,
        threshold=float(rules.threshold),
        levels=len(rules.multiples),
        near=near,
        far=far,
        buys_every_level=rules.buy_every_level,
        cap=cap,
        affordable=affordable(terms),
        tick=float(terms.market.grid.steps.max()),
        reserve=cap if rules.reserves_cap else 0,
        costs=cents.of(2 * 2 * rules.quantity * rules.commission_usd),
        a_unit=cents.a_unit * rules.quantity,
        leg_costs=cents.of(rules.commission_usd * rules.quantity),
        target=target,
        target_scale=scale,
        spacing=max(-(-limits.min_time_between // MINUTE), 1),
        per_day=limits.max_per_day,
        most_open=limits.max_open,
        max_draw=cents.of(limits.max_draw_usd),
        cash=cents.of(terms.start_cash_usd),
        ladder=ladder_of(terms.market.grid),
        is_immediate=terms.timing.is_immediate,
    )


def _fraction(number: Decimal) -> tuple[int, int]:
    digits = max(0, -int(number.normalize().as_tuple().exponent))
    return int(number.scaleb(digits)), 10**digits
