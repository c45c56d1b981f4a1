"""Nothing is decided by what comes later, and no day by another."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from lottogrid.backtest.engine import Ground, run
from lottogrid.backtest.entries import is_quiet
from lottogrid.backtest.tape import Ints
from lottogrid.cli.research.backtest_work import plan_of
from lottogrid.cli.wiring import forecast_of
from lottogrid.clock import trading_date
from lottogrid.exchange.exchange import Forecast
from lottogrid.market.bars import Bar
from lottogrid.market.sessions import Session
from lottogrid.settings import Settings
from lottogrid.trades import Trade
from tests.backtest.made import BUSY, backtested, days, outcome
from tests.exchange.desk import FixedForecast
from tests.replay.bench import settings

WEEK = (date(2025, 6, 2), date(2025, 6, 3), date(2025, 6, 4), date(2025, 6, 5), date(2025, 7, 3))
OFTEN = (*BUSY, "min_time_between_trades=5", "max_trades_per_day=60", "max_open_trades=60", "max_draw=40000")


def until(trades: list[Trade], minute: int, session: Session) -> list[tuple[object, ...]]:
    """Return what had been decided and sold by a minute of a session: all that can be known of it."""
    now = session.day.opens + minute * (session.bars[1].start - session.bars[0].start)
    return [
        (trade.id, trade.opened_at, trade.level, leg.right, leg.strike, leg.entry_price, sold(leg.exit_at <= now, leg))
        for trade in trades
        if trade.opened_at <= now
        for leg in trade.legs
    ]


def sold(is_over: bool, leg: object) -> object:
    """Return a leg as it is known: its end only when it is over."""
    return leg if is_over else None


def moved(bars: tuple[Bar, ...], after: int, by: Decimal) -> tuple[Bar, ...]:
    """Return bars that leap by so many points behind the first `after` of them, and stay there."""
    return tuple(
        bar
        if place < after
        else replace(bar, open=bar.open + by, high=bar.high + by, low=bar.low + by, close=bar.close + by)
        for place, bar in enumerate(bars)
    )


@examples(max_examples=15)
@given(st.integers(0, 500), st.integers(1, 380), st.sampled_from(["move", "annualised"]), st.sampled_from([-80, 40]))
def test_what_comes_later_changes_nothing(seed: int, minute: int, measure: str, leap: int) -> None:
    """Bars behind a minute may be any: entries, strikes, prices and targets up to it stay the same."""
    chosen = settings(*OFTEN, f"entry_measure={measure}", "levels=both", "profit_target_multiplier=1.5")
    (session,) = days(chosen, date(2025, 6, 3), seed=seed)
    other = replace(session, bars=moved(session.bars, 120 + minute, Decimal(leap)))

    before, after = backtested(chosen, [session]), backtested(chosen, [other])
    assert until(before, minute, session) == until(after, minute, session)


def test_a_leap_is_seen_once_it_has_come() -> None:
    """The test above could not fail where trades did not depend on the bars at all."""
    chosen = settings(*OFTEN)
    (session,) = days(chosen, date(2025, 6, 3), seed=3)
    other = replace(session, bars=moved(session.bars, 120 + 60, Decimal(40)))

    before, after = backtested(chosen, [session]), backtested(chosen, [other])
    assert until(before, 60, session) == until(after, 60, session) != []
    assert until(before, 62, session) != until(after, 62, session)


@examples(max_examples=15)
@given(st.integers(0, 500), st.integers(1, 350), st.sampled_from([-80, 40]))
def test_no_decision_knows_what_comes_behind_its_minute(seed: int, minute: int, leap: int) -> None:
    """Also where nothing was bought: what the rule is shown, and whether the market was quiet, minute by minute."""
    chosen = settings(*OFTEN)
    (session,) = days(chosen, date(2025, 6, 3), seed=seed)
    other = replace(session, bars=moved(session.bars, 120 + minute, Decimal(leap)))
    before, after = shown(chosen, session), shown(chosen, other)

    assert np.array_equal(before[: minute + 1], after[: minute + 1])
    assert not np.array_equal(before[minute + 1 :], after[minute + 1 :])


def shown(chosen: Settings, session: Session) -> Ints:
    """Return what is decided on: a row for each minute from the open on, of strikes, bids and asks, and of quiet."""
    plan, ground = plan_of(chosen), Ground([session], forecast_of(chosen))
    screen = ground.screen(plan)
    places = np.arange(len(screen.rows))
    levels = [screen.level(multiple, places) for multiple in plan.rules.multiples]
    quotes = [np.hstack((level.strike, level.bid, level.ask)) for level in levels]
    quiet = is_quiet(screen, ground.minute_sd(plan.rules.realised_minutes), plan.rules, places)
    return np.hstack((*quotes, quiet[:, np.newaxis]))


def test_days_to_come_change_no_day() -> None:
    """A file that ends earlier gives the same trades of the days that it has."""
    chosen = settings(*OFTEN)
    sessions = days(chosen, *WEEK)
    whole = backtested(chosen, sessions)

    for count in range(1, len(sessions)):
        dates = {session.day.date for session in sessions[:count]}
        first = [trade for trade in whole if trading_date(trade.opened_at) in dates]
        assert backtested(chosen, sessions[:count]) == first != []


@pytest.mark.parametrize("order", [(4, 2, 0, 1, 3), (1, 0, 4, 3, 2)])
def test_days_in_another_order_come_to_the_same(order: tuple[int, ...]) -> None:
    """Each day begins with the start capital; where the volatility is given, no day knows of another.

    The dates stay in their order, and the bars of the days change places.
    """
    chosen = settings(*OFTEN, "max_draw=300")
    full = days(chosen, *WEEK[:4], date(2025, 6, 6))
    swapped = [_as_of(full[place], full[target]) for target, place in enumerate(order)]

    assert _gains(full) == [_gains(swapped)[order.index(place)] for place in range(len(full))]


def _gains(sessions: list[Session]) -> list[float]:
    chosen = settings(*OFTEN, "max_draw=300")
    gains = run(Ground(sessions, FixedForecast(0.15)), plan_of(chosen)).daily_usd.tolist()
    assert len(set(gains)) > 3
    return gains


def _as_of(session: Session, other: Session) -> Session:
    """Return the bars of a session on the day of another."""
    shift = other.day.opens - session.day.opens
    return Session(other.day, tuple(replace(bar, start=bar.start + shift) for bar in session.bars))


def test_every_day_begins_anew() -> None:
    """Neither the loss of a day nor its count of entries is there the next morning."""
    chosen = settings(*BUSY, "max_trades_per_day=2", "start_cash=300", "max_draw=250")
    by_day: dict[date, list[Trade]] = defaultdict(list)
    for trade in backtested(chosen, days(chosen, *WEEK)):
        by_day[trading_date(trade.opened_at)].append(trade)

    assert set(by_day) == set(WEEK)
    assert all(trades[0].id.endswith("-001") for trades in by_day.values())


def test_the_sums_of_the_arrays_are_those_of_the_trades() -> None:
    """By position and by day; no cent is lost between whole numbers and dollars."""
    chosen = settings(*OFTEN, "quantity=3", "levels=both")
    found = outcome(chosen, days(chosen, *WEEK))

    assert [Decimal(str(gain)) for gain in found.gains_usd] == [trade.pnl for trade in found.trades]
    days_pnl = [sum(float(t.pnl or 0) for t in found.trades if trading_date(t.opened_at) == on) for on in found.dates]
    assert np.allclose(found.daily_usd, days_pnl, rtol=0, atol=1e-9)


def test_a_ground_serves_many_plans() -> None:
    """What one plan has looked at changes nothing for another: the same as on a ground of its own."""
    sessions = days(settings(), *WEEK)
    ground = Ground(sessions, forecast_of(settings()))
    plans = [settings(*OFTEN, *more) for more in ((), ("realised_window=20",), ("call_slope=0.05",), ("quantity=2",))]
    for chosen in [*plans, *plans]:
        assert run(ground, plan_of(chosen)).trades == backtested(chosen, sessions)


def test_a_forecast_that_is_fed_bar_by_bar_gives_the_same() -> None:
    """The vectors over all days are the forecast of the bars, to the last digit."""
    chosen = settings(*OFTEN)
    sessions = days(chosen, *WEEK)

    class Plain:
        """Hides what kind of forecast it is."""

        def __init__(self, inner: Forecast) -> None:
            self.start_session, self.add, self.annual_volatility = (
                inner.start_session,
                inner.add,
                inner.annual_volatility,
            )

    fast, slow = (Ground(sessions, forecast) for forecast in (forecast_of(chosen), Plain(forecast_of(chosen))))
    assert np.array_equal(fast.volatility, slow.volatility, equal_nan=True)
    assert np.isfinite(fast.volatility).any()
