"""Many options at once: what the vectors of the backtest compute, one after the other."""

from __future__ import annotations

from lottogrid.backtest.compiled.exits import first_fill, left
from lottogrid.backtest.compiled.jit import compiled
from lottogrid.backtest.compiled.quoting import quote
from lottogrid.backtest.compiled.records import Bars, Options, Survey
from lottogrid.backtest.compiled.values import moment
from lottogrid.backtest.tape import Bools, Ints
from lottogrid.pricing.blocks import Floats


@compiled
def quotes(
    options: Options, bars: Bars, rows: Ints, columns: Ints, strike: Floats, is_call: Bools, bid: Ints, ask: Ints
) -> None:
    """Fill in bids and asks at the close of bars; an ask below 0 is undecided."""
    for place in range(len(rows)):
        row, column = rows[place], columns[place]
        left_now = left(bars.closing[row], bars.lead, column)
        now = moment(
            options.smile,
            bars.close[row, column],
            bars.volatility[row, column],
            left_now,
            bars.half_spread[left_now],
        )
        bid[place], ask[place] = quote(options, now, strike[place], is_call[place])


@compiled
def first_fills(
    options: Options,
    bars: Bars,
    survey: Survey,
    rows: Ints,
    strike: Floats,
    is_call: Bools,
    limit: Floats,
    first: Ints,
    last: Ints,
    at_once: Bools,
    found: Ints,
) -> None:
    """Fill in the column in which each offer is first reached; see `first_fill`."""
    for n in range(len(rows)):
        found[n] = first_fill(
            options, bars, survey, rows[n], strike[n], is_call[n], limit[n], first[n], last[n], at_once[n]
        )
