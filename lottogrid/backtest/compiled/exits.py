"""Which bar's path first reaches an option that is on offer."""

from __future__ import annotations

import math

from lottogrid.backtest.compiled.jit import compiled
from lottogrid.backtest.compiled.records import Bars, Options, Smile, Survey
from lottogrid.backtest.compiled.values import moment, sd_left, theo
from lottogrid.backtest.grid import NEAR
from lottogrid.backtest.offers import NEVER, UNDECIDED
from lottogrid.pricing.normalised import INVERSE_ROOT_TWO_PI

BLOCK = 16
"""Minutes that are looked at together."""


@compiled
def left(closing: int, lead: int, column: int) -> int:
    """Return the trading minutes from a column to the close."""
    return max(min(closing - column, closing - lead), 0)


@compiled
def most(smile: Smile, forward: float, strike: float, is_call: bool, total_sd: float) -> float:
    """Return what an option is worth at most, points, where the underlying is at `forward` or farther away.

    In the money that is its intrinsic value and what the option of the other right is worth at most, with the largest
    multiple of both sides of the smile: farther away it may be out of the money.

    With w = |ln(forward / strike)| / s the time value grows in s by sqrt(forward strike) e^(-s^2 / 8) phi(w); so it is
    at most sqrt(forward strike) s (phi(w) - w Phi(-w)), and with Z. W. Birnbaum's bound of 1942 on the tail the bracket
    at most phi(w) (r - w) / (r + w), r = sqrt(w^2 + 4). Here the root is replaced by the mean, the logarithm by its
    first term, and the exponential by three terms: all on the large side.
    """
    inside = max(forward - strike if is_call else strike - forward, 0.0)
    multiple = smile.most_above if is_call else smile.most_below
    if inside > 0:
        multiple = max(smile.most_above, smile.most_below)
    points = 0.5 * (forward + strike) * total_sd * multiple
    if not points > 0:
        return inside
    w = abs(forward - strike) / points
    root, y = math.sqrt(w * w + 4), 0.5 * w * w
    return inside + INVERSE_ROOT_TWO_PI * points * (root - w) / ((root + w) * (1 + y * (1 + 0.5 * y)))


@compiled
def _best(bars: Bars, row: int, column: int, is_call: bool) -> float:
    """Return the price at which an option is dearest on a bar's path."""
    opened, close = bars.open[row, column], bars.close[row, column]
    if is_call:
        return float(max(bars.high[row, column], opened, close))
    return float(min(bars.low[row, column], opened, close))


@compiled
def look_over(bars: Bars, survey: Survey, row: int) -> None:
    """Fill in what is to be known of each block of a session.

    Nothing is kept of a column: few are looked at, and memory that is written for the first time costs more.
    """
    for block in range(survey.blocks.shape[1]):
        high, low, total_sd, kept = 0.0, math.inf, 0.0, 0.0
        for column in range(max(block * BLOCK, 1), min((block + 1) * BLOCK, bars.close.shape[1])):
            left_now = left(bars.closing[row], bars.lead, column)
            high, low = max(high, _best(bars, row, column, True)), min(low, _best(bars, row, column, False))
            total_sd = max(total_sd, sd_left(bars.volatility[row, column - 1], left_now))
            kept = max(kept, 1 - bars.half_spread[left_now])
        blocks = survey.blocks[row, block]
        blocks[0], blocks[1], blocks[2], blocks[3] = high, low, total_sd, kept
    survey.is_known[row] = True


@compiled
def first_fill(
    options: Options,
    bars: Bars,
    survey: Survey,
    row: int,
    strike: float,
    is_call: bool,
    limit: float,
    first: int,
    last: int,
    from_the_start: bool,
) -> int:
    """Return the column of the first bar that bids `limit` points, NEVER or UNDECIDED.

    An order that comes during the first bar meets only its close.
    """
    if not from_the_start and first <= last:
        found = _at(options, bars, row, first, bars.close[row, first], strike, is_call, limit)
        if found != NEVER:
            return found
        first += 1
    if not survey.is_known[row]:
        look_over(bars, survey, row)
    while first <= last:
        block = first // BLOCK
        end = min((block + 1) * BLOCK - 1, last)
        blocks = survey.blocks[row, block]
        bound = most(options.smile, blocks[0] if is_call else blocks[1], strike, is_call, blocks[2])
        if bound * blocks[3] >= limit - 2 * NEAR:
            found = _within(options, bars, row, strike, is_call, limit, first, end)
            if found != NEVER:
                return found
        first = end + 1
    return NEVER


@compiled
def _within(
    options: Options, bars: Bars, row: int, strike: float, is_call: bool, limit: float, first: int, last: int
) -> int:
    for column in range(first, last + 1):
        left_now = left(bars.closing[row], bars.lead, column)
        forward, kept = _best(bars, row, column, is_call), 1 - bars.half_spread[left_now]
        bound = most(options.smile, forward, strike, is_call, sd_left(bars.volatility[row, column - 1], left_now))
        if bound * kept >= limit - 2 * NEAR:
            found = _at(options, bars, row, column, forward, strike, is_call, limit)
            if found != NEVER:
                return found
    return NEVER


@compiled
def _at(
    options: Options, bars: Bars, row: int, column: int, forward: float, strike: float, is_call: bool, limit: float
) -> int:
    """Return the column where somebody bids the limit at a price on its bar's path, else NEVER, or UNDECIDED.

    The volatility is the one known before the bar.
    """
    left_now = left(bars.closing[row], bars.lead, column)
    now = moment(options.smile, forward, bars.volatility[row, column - 1], left_now, bars.half_spread[left_now])
    excess = theo(options.smile, now, strike, is_call) * (1 - now.half_spread) - limit
    if not abs(excess) >= NEAR:
        return UNDECIDED
    return column if excess > 0 else NEVER
