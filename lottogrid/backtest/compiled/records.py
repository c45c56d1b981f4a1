"""What the compiled walk is given: numbers and arrays without methods."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lottogrid.backtest.tape import Bools, Ints
from lottogrid.pricing.blocks import Floats

Narrow = NDArray[np.int32]
Flags = NDArray[np.int8]


class Smile(NamedTuple):
    """The numbers of `lottogrid.pricing.smile.MovingSmile`; one that does not move has zeros for its movement."""

    put_slope: float
    call_slope: float
    put_curve: float
    call_curve: float
    clamp: float
    moves: bool
    put_slope_time: float
    call_slope_time: float
    put_slope_volatility: float
    call_slope_volatility: float
    most_above: float
    """Largest multiple above the money, at any moment."""
    most_below: float


class Ladder(NamedTuple):
    """Price steps of up to three tiers; those that are not there begin beyond every price."""

    edges: tuple[float, float, float]
    steps: tuple[float, float, float]
    """Points."""
    per_step: tuple[float, float, float]
    whole_edges: tuple[int, int, int]
    whole_steps: tuple[int, int, int]
    """Both in units."""
    per_point: float
    """Units in a point."""


class Options(NamedTuple):
    """What all options of a market have in common."""

    strike_step: float
    """Points."""
    ladder: Ladder
    smile: Smile


class Bars(NamedTuple):
    """A tape, and what goes with its cells. Prices in points; a row a session, a column a minute."""

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volatility: Floats
    """Annual, at the money, behind each bar."""
    half_spread: Floats
    """By minutes left."""
    closing: Ints
    """Column of the close, by session."""
    lead: int


class Moment(NamedTuple):
    """The underlying at one instant."""

    forward: float
    minutes_left: int
    half_spread: float
    total_sd: float
    """To expiry, at the money."""
    move: float
    """The expected one, points."""
    put_slope: float
    call_slope: float
    """Of the smile."""


class Survey(NamedTuple):
    """What the paths of bars come to, by session and block of columns; it is filled in by session."""

    is_known: Bools
    """By session."""
    blocks: Floats
    """The highest, the lowest, the largest deviation to expiry with the volatility known before the bar, and the
    largest share of an option's value that is bid."""


class Rule(NamedTuple):
    """The rule, the limits and the broker, as whole cents and minutes."""

    is_move: bool
    """Whether points are compared, else annual volatilities."""
    window: int
    """Minutes."""
    threshold: float
    levels: int
    near: float
    far: float
    """Multiples of the implied move; the same where there is one level."""
    buys_every_level: bool
    cap: int
    """Of one position, costs included."""
    affordable: float
    """The most that both asks may come to, points."""
    tick: float
    """The largest of the ladder, points."""
    reserve: int
    """What is reserved for a position at least."""
    costs: int
    """Of one position, in and out."""
    a_unit: int
    """What a unit of the ladder is worth for a whole leg."""
    leg_costs: int
    """Of one leg, one way."""
    target: int
    target_scale: int
    """A leg is offered at `target / target_scale` of what was paid."""
    spacing: int
    per_day: int
    most_open: int
    max_draw: int
    cash: int
    ladder: Ladder
    is_immediate: bool
    """Whether an order is there before the next bar begins."""


class Seen(NamedTuple):
    """What has been priced, by place of the screen. A walk adds to it."""

    first: Ints
    """The first place of each session, and one more."""
    columns: Ints
    """Of each place."""
    least_ask: Floats
    """What both asks of the cheapest level come to at least, points; NaN where nobody has looked."""
    is_known: Bools
    total_sd: Floats
    straddle: Floats
    near_known: Bools
    near: Narrow
    """Strikes, bids and asks of the first level: place, kind, leg."""
    far_known: Bools
    far: Narrow
    quiet: Flags
    """What was found out exactly: 1 quiet, 0 not, -1 nothing."""


class Bought(NamedTuple):
    """Positions by session and number. A walk writes them."""

    counts: Ints
    columns: Ints
    level: Ints
    worst: Ints
    strike: Ints
    paid: Ints
    target: Ints
    reached: Ints
    """UNASKED where nobody has looked."""
