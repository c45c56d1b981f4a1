"""The vectors of the engine against the functions of the live bot, one by one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from lottogrid.backtest.bounds import BLOCK, Bounds, largest_multiples
from lottogrid.backtest.engine import Ground
from lottogrid.backtest.grid import NEAR, TickGrid
from lottogrid.backtest.market import OptionMarket, worth
from lottogrid.backtest.money import Cents
from lottogrid.backtest.tape import Tape, ragged
from lottogrid.backtest.volatility import exact_minute_sd, realised_minute_sds
from lottogrid.cli.research.backtest_work import plan_of
from lottogrid.cli.wiring import forecast_of, smile_of
from lottogrid.errors import BadInput
from lottogrid.market.contracts import SPECS
from lottogrid.market.ticks import TickLadder
from lottogrid.pricing.black76 import price_one
from lottogrid.pricing.realised import RealisedVolatility
from lottogrid.pricing.smile import MovingSmile, Smile
from tests.backtest.made import days, without
from tests.replay.bench import settings

ON = (date(2025, 6, 3), date(2025, 7, 3))
MOVING = ("put_slope_time=0.03", "call_slope_time=-0.02", "put_slope_volatility=0.01", "call_slope_volatility=-0.03")


@lru_cache
def market(*values: str) -> OptionMarket:
    """Return the option market of a full and of a half day."""
    chosen = settings(*values)
    return Ground(days(chosen, *ON), forecast_of(chosen)).screen(plan_of(chosen)).market


@examples(max_examples=200)
@given(st.sampled_from(sorted(SPECS)), st.floats(0, 40), st.sampled_from(["floor", "ceil"]))
def test_rounding_is_that_of_the_ladder_or_undecided(symbol: str, price: float, side: str) -> None:
    """Each price has the same step as the ladder gives it, unless it is so near to one that the ladder is asked."""
    ladder = SPECS[symbol].ladder
    grid = TickGrid.of(ladder)
    units, undecided = getattr(grid, side)(np.array([price]))
    assert undecided[0] or grid.price(int(units[0])) == getattr(ladder, side)(price) or price < NEAR


@pytest.mark.parametrize("price", ["0.05", "2.45", "5", "5.25", "17.75"])
@pytest.mark.parametrize("off", [0.0, 4e-10, -4e-10, 5e-8])
def test_what_lies_on_a_step_is_undecided(price: str, off: float) -> None:
    """The ladder forgives a thousand-millionth; the vectors do not know what it would forgive."""
    grid = TickGrid.of(SPECS["MES"].ladder)
    for side in (grid.floor, grid.ceil):
        assert side(np.array([float(price) + off]))[1].all()


def test_steps_that_do_not_divide_are_refused() -> None:
    """A price could not be counted in the smallest step."""
    with pytest.raises(BadInput, match=r"expected steps that are multiples of 0\.05"):
        TickGrid.of(TickLadder.of((Decimal(0), Decimal("0.05")), (Decimal(3), Decimal("0.12"))))


@examples(max_examples=100)
@given(
    st.sampled_from([(), MOVING, ("simulator.profile=ideal", "put_slope=0.3")]),
    st.integers(0, 1),
    st.integers(0, 208),
    st.integers(-40, 40),
    st.booleans(),
)
def test_quotes_are_the_exchanges(values: tuple[str, ...], row: int, minute: int, steps: int, is_call: bool) -> None:
    """Bid and ask, to the tick, whatever the smile; nobody bids for what is worth less than a tick."""
    made = market(*values)
    tape, column = made.tape, made.tape.lead + minute
    strike = 5 * (round(tape.close[row, column] / 5) + steps)
    bid, ask = made.quotes((np.array([row]), np.array([column])), np.array([float(strike)]), np.array([is_call]))

    point = made.model.at(
        tape.bar(row, column).close,
        float(made.volatility[row, column]),
        tape.sessions[row].day.minutes_left(tape.instant(row, column)),
    )
    theirs = point.bid_and_ask(made.contract(row, float(strike), is_call))
    assert (made.grid.price(int(bid[0])) or None, made.grid.price(int(ask[0]))) == theirs


@examples(max_examples=200)
@given(st.floats(0.7, 1.4), st.floats(1e-4, 0.3), st.booleans())
def test_what_options_are_worth_is_near_enough(ratio: float, total_sd: float, is_call: bool) -> None:
    """Far nearer to the exact price than what counts as undecided; without time it is the intrinsic value."""
    forward, strike = np.array([6300.0]), np.array([6300.0 * ratio])
    for sd in (total_sd, 0.0):
        found = worth(forward, strike, np.array([sd]), np.array([is_call]))
        assert abs(found[0] - price_one(6300.0, float(strike[0]), sd, is_call)) < NEAR / 100


@examples(max_examples=60)
@given(
    values=st.sampled_from([(), MOVING, ("call_slope=0.3", "put_slope=0.3"), ("put_curve=-0.05", "call_curve=-0.05")]),
    row=st.integers(0, 1),
    number=st.integers(0, 200 // BLOCK),
    steps=st.integers(-30, 30),
    is_call=st.booleans(),
)
def test_a_bound_excludes_no_bid(*, values: tuple[str, ...], row: int, number: int, steps: int, is_call: bool) -> None:
    """None within a block is above the most that is said of the block."""
    made = market(*values)
    strike = np.float64(5 * (round(made.tape.close[row, made.tape.lead] / 5) + steps))
    columns = np.arange(number * BLOCK, number * BLOCK + BLOCK)
    columns = columns[~np.isnan(made.path.volatility[row, columns])]
    cells = np.full(len(columns), row), columns
    best = (made.highest if is_call else made.lowest)[cells]
    theo = made.path.theo(cells, best, np.full(len(columns), strike), np.full(len(columns), is_call))
    highest = (theo * (1 - made.half_spread[cells])).max(initial=0.0)

    at = np.array([row]), np.array([number])
    most = Bounds(made).most(at, np.array([strike]), np.array([is_call]))
    assert most[0] >= highest - 2 * NEAR


@pytest.mark.parametrize("smile", [Smile(), smile_of(settings(*MOVING)), Smile(call_slope=0.2, call_curve=-0.1)])
def test_no_multiple_is_larger_than_the_largest(smile: Smile | MovingSmile) -> None:
    """On either side of the money, at any volatility and hour."""
    z = np.linspace(0, 4, 801)
    call, put = largest_multiples(smile)
    for volatility in (0.01, 0.05, 0.1, 0.3, 0.5, 2.0):
        for minutes in (0.0, 100.0, 390.0):
            at = smile.at(volatility, minutes)
            assert at.multiplier(z).max() <= call + 1e-12
            assert at.multiplier(-z).max() <= put + 1e-12


def test_realised_volatility_begins_anew_behind_a_hole() -> None:
    """At every bar of days with holes before their open: known where the live bot knows it, and the same."""
    sessions = [without(session, 40, 41, 90) for session in days(settings(), *ON)]
    tape, live = Tape.of(sessions), RealisedVolatility(20)
    found = realised_minute_sds(tape, 20)
    for row in range(len(sessions)):
        for column in np.flatnonzero(tape.places[row] >= 0).tolist():
            bar = tape.bar(row, column)
            live.add(bar.start, float(bar.close))
            assert np.isnan(found[row, column]) == (live.minute_sd is None)
            if live.minute_sd is not None:
                assert found[row, column] == pytest.approx(live.minute_sd, rel=1e-11)
                assert exact_minute_sd(tape, row, column, 20) == live.minute_sd
        assert np.isnan(found[row]).sum() > 60


def test_a_tape_knows_its_bars_by_instant() -> None:
    """Holes before the open leave the other bars where they belong."""
    (session,) = (without(session, 0, 7) for session in days(settings(), ON[1]))
    tape = Tape.of([session])
    for column in np.flatnonzero(tape.places[0] >= 0).tolist():
        bar = tape.bar(0, column)
        assert (tape.instant(0, column) - bar.start).total_seconds() == 60
        assert tape.close[0, column] == float(bar.close)
    assert tape.instant(0, int(tape.flatten[0])) == session.day.flatten
    assert tape.instant(0, int(tape.closing[0])) == session.day.closes
    assert tape.minutes_left[0, tape.lead + 10] == session.day.minutes - 10


def test_days_out_of_order_are_refused() -> None:
    """A forecast that has seen tomorrow is none."""
    sessions = days(settings(), *ON)
    with pytest.raises(BadInput, match="expected days in order, found 2025-06-03 after 2025-07-03"):
        Tape.of(sessions[::-1])


@given(st.lists(st.decimals(0, 10_000, places=4), min_size=1, max_size=6))
def test_money_is_exact(amounts: list[Decimal]) -> None:
    """Whatever is counted in them comes out as it went in."""
    cents = Cents.fine_enough(Decimal("0.25"), amounts)
    assert [cents.dollars(cents.of(amount)) for amount in amounts] == amounts
    assert cents.dollars(cents.a_unit) == Decimal("0.25")


def test_money_that_is_too_fine_is_refused() -> None:
    """Rather than rounded."""
    with pytest.raises(BadInput, match="expected amounts of up to 15 digits"):
        Cents.fine_enough(Decimal("0.25"), [Decimal("1e-9"), Decimal(10**9)])


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(-1, 25)), max_size=8))
def test_ragged_ranges(ends: list[tuple[int, int]]) -> None:
    """Each range with both its ends, an empty one where the last lies before the first."""
    first, last = np.array([e[0] for e in ends], dtype=np.int64), np.array([e[1] for e in ends], dtype=np.int64)
    which, members = ragged(first, last)
    wanted = [(n, member) for n, (begin, end) in enumerate(ends) for member in range(begin, end + 1)]
    assert list(zip(which.tolist(), members.tolist(), strict=True)) == wanted
