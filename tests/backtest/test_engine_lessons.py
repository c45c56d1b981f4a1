"""Mistakes that backtests of this rule have made elsewhere; each test fails where one of them is made here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from lottogrid.backtest.engine import Ground, run
from lottogrid.backtest.metrics import figures
from lottogrid.backtest.strangles import Screen
from lottogrid.cli.feed import from_file
from lottogrid.cli.research.backtest_work import plan_of
from lottogrid.cli.wiring import forecast_of
from lottogrid.clock import new_york
from lottogrid.errors import BadInput
from lottogrid.market.contracts import Right, spec_of
from lottogrid.pricing.smile import FLAT
from lottogrid.settings import Settings
from lottogrid.trades import Trade, TradeLeg
from tests.backtest.made import BUSY, backtested, days, outcome, without
from tests.replay.bench import settings

WEEK = (date(2025, 6, 2), date(2025, 6, 3), date(2025, 6, 4), date(2025, 6, 5), date(2025, 6, 6), date(2025, 7, 3))


@pytest.fixture(scope="module")
def week() -> list[Trade]:
    """Return what the rule trades in a generated week."""
    return backtested(settings(), days(settings(), *WEEK))


def legs(trades: list[Trade]) -> list[TradeLeg]:
    """Return all legs."""
    return [leg for trade in trades for leg in trade.legs]


def screen(chosen: Settings) -> Screen:
    """Return what the rule is shown in a generated week."""
    return Ground(days(chosen, *WEEK), forecast_of(chosen)).screen(plan_of(chosen))


def test_the_default_rule_trades(week: list[Trade]) -> None:
    """Time counted in another unit than volatility, and no strangle is ever cheap enough: then there is no trade."""
    assert len(week) > 10
    assert {leg.exit_reason for leg in legs(week)} >= {"target", "expired"}


@pytest.mark.data
def test_the_default_rule_trades_on_real_days(real_data: Callable[[str], Path]) -> None:
    """The days before the wild ones of April 2025 have what the rule looks for."""
    feed = from_file(real_data("test_es_1min_2025-03-24_2025-04-25.csv.gz"), settings(), None, date(2025, 4, 2))
    assert len(backtested(settings(), feed.sessions)) > 10


def test_the_implied_move_is_that_of_the_straddle() -> None:
    """Strikes lie 1.25 straddles away, to half a step; a volatility index taken for it puts them 2.4 times too far."""
    shown = screen(settings())
    places = np.arange(len(shown.rows))
    level = shown.level(Decimal("1.25"), places)
    straddle = 0.798 * shown.forward * shown.total_sd(places)
    for leg, sign in ((0, 1), (1, -1)):
        distance = sign * (level.strike[:, leg] * 5 - shown.forward)
        assert np.abs(distance - 1.25 * straddle).max() <= 2.5 + 0.01 * straddle.max()


def test_each_wing_has_a_volatility_of_its_own() -> None:
    """At one volatility for both the put is a quarter too cheap, the call too dear, and the strangle too cheap."""
    chosen = settings()
    plan, ground = plan_of(chosen), Ground(days(chosen, *WEEK), forecast_of(chosen))
    screens = [ground.screen(replace(plan, smile=smile)) for smile in (plan.smile, FLAT)]
    real, flat = (each.level(Decimal("1.5"), np.arange(len(each.rows))) for each in screens)
    same = (real.strike == flat.strike).all(axis=1) & (flat.ask >= 20).all(axis=1)
    ratio = real.ask[same] / flat.ask[same]

    assert same.sum() > 500
    assert np.median(ratio[:, 0]) < 0.95
    assert np.median(ratio[:, 1]) > 1.3
    assert np.median(real.ask[same].sum(axis=1) / flat.ask[same].sum(axis=1)) > 1.05


def test_whoever_buys_and_sells_at_once_loses_the_spread() -> None:
    """Bids lie below asks everywhere, by the measured spread and the rounding to ticks."""
    shown = screen(settings())
    level = shown.level(Decimal("1.25"), np.arange(len(shown.rows)))
    dear = (level.ask >= 20).all(axis=1)

    assert (level.bid < level.ask).all()
    assert np.median((level.ask - level.bid)[dear] / level.ask[dear]) > 0.04


def test_prices_stand_on_ticks_and_nothing_is_bought_for_less_than_one(week: list[Trade]) -> None:
    """A premium of half a tick is no premium."""
    ladder = spec_of("MES").ladder
    assert all(ladder.holds(leg.entry_price) for leg in legs(week))
    assert all(ladder.holds(leg.exit_price) for leg in legs(week) if leg.exit_reason in {"target", "flatten"})


def test_a_premium_is_paid_once_and_every_contract_costs_its_commission(week: list[Trade]) -> None:
    """Gain is what came in less what went out; two commissions in, one for each leg that was sold."""
    for trade in week:
        sold = sum(leg.exit_reason in {"target", "flatten"} for leg in trade.legs)
        paid, got = (sum(getattr(leg, name) for leg in trade.legs) for name in ("entry_price", "exit_price"))
        assert trade.premium == 5 * paid
        assert trade.commission == Decimal("0.62") * (2 + sold)
        assert trade.pnl == 5 * (got - paid) - trade.commission


def test_costs_are_what_a_free_market_does_not_have() -> None:
    """Commissions and spreads off, the same days come to more."""
    chosen = settings("max_premium_per_strangle=60")
    plan, ground = plan_of(chosen), Ground(days(chosen, *WEEK), forecast_of(chosen))
    free = replace(
        plan,
        profile=replace(plan.profile, spread_factor=0.0),
        rules=replace(plan.rules, commission_usd=Decimal(0)),
    )
    costly, cheap = run(ground, plan), run(ground, free)

    assert cheap.gains_usd.mean() > costly.gains_usd.mean() + 1


def test_the_other_leg_lives_on_when_one_has_reached_its_target(week: list[Trade]) -> None:
    """It is neither written off nor sold with it, and a win is what came in, not how a leg ended."""
    torn = [trade for trade in week if {leg.exit_reason for leg in trade.legs} >= {"target", "expired"}]
    assert torn
    for trade in torn:
        first, second = sorted(trade.legs, key=lambda leg: leg.exit_at)
        assert (first.exit_reason, second.exit_reason) == ("target", "expired")
        assert trade.closed_at == second.exit_at > first.exit_at


def test_a_target_rests_where_it_was_put_and_fills_there(week: list[Trade]) -> None:
    """At four times the cost, rounded up to a tick: not at the best price of the bar."""
    ladder = spec_of("MES").ladder
    reached = [leg for leg in legs(week) if leg.exit_reason == "target"]
    assert reached
    assert all(leg.exit_price == ladder.ceil(4 * leg.entry_price) for leg in reached)


def test_nothing_is_sold_behind_the_flatten_but_what_nobody_bid_for() -> None:
    """Everything with a bid goes at 15:58 ET; the rest is offered at the least price there is, until the close."""
    chosen = settings(*BUSY, "min_time_between_trades=10", "max_trades_per_day=40", "max_open_trades=40")
    for trade in backtested(chosen, days(chosen, *WEEK)):
        for leg in trade.legs:
            late = (leg.exit_at.hour, leg.exit_at.minute) > (19, 58) or leg.exit_at.hour == 17
            assert not (leg.exit_reason == "target" and late and leg.exit_at.hour != 17)
            if leg.exit_reason == "flatten" and leg.exit_at.second == 0 and not leg.exit_at.microsecond:
                assert leg.exit_price == Decimal("0.05")


def test_limits_bind() -> None:
    """Counts, spacing and the day's worst loss, with every open premium counted as lost."""
    chosen = settings(*BUSY, "max_draw=400", "max_trades_per_day=4", "min_time_between_trades=20")
    found = outcome(chosen, days(chosen, *WEEK))
    at = found.positions

    assert at.number.max() <= 4
    again = at.rows[1:] == at.rows[:-1]
    assert (np.diff(at.columns)[again] >= 20).all()
    assert found.daily_usd.min() >= -400
    assert len(at) > len(WEEK)


@pytest.mark.parametrize(("symbol", "multiplier"), [("MES", 5), ("MNQ", 2), ("ES", 50)])
def test_an_instrument_has_its_own_multiplier(symbol: str, multiplier: int) -> None:
    """Dollars a point are the contract's."""
    chosen = settings(*BUSY, f"instrument={symbol}", "max_premium_per_strangle=9000", "max_draw=90000")
    trades = backtested(chosen, days(chosen, *WEEK[:2]))
    assert trades
    assert all(trade.premium == multiplier * sum(leg.entry_price for leg in trade.legs) for trade in trades)


def test_a_hole_is_never_bridged() -> None:
    """A session without one of its minutes is refused, and the minute before the hole is named by nobody."""
    (session,) = days(settings(), WEEK[0])
    with pytest.raises(BadInput, match="expected a bar for each of the 390 minutes of 2025-06-02, found 389"):
        backtested(settings(), [without(session, 300)])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("simulator.profile=rough",), "simulator.profile: expected one that fills every order whole, found rough"),
        (("quantity=6",), "strategy.quantity: expected at most 5"),
        (("unknown_after_seconds=0.08",), "risk.unknown_after_seconds: expected more than the 0.08 s in which paper"),
    ],
)
def test_what_cannot_be_equalled_is_refused(values: tuple[str, ...], expected: str) -> None:
    """The engine says what it cannot equal, and what to take instead."""
    chosen = settings(*values)
    with pytest.raises(BadInput, match=expected):
        backtested(chosen, days(chosen, WEEK[0]))


def test_what_is_in_the_money_at_the_fixing_is_worth_what_it_is() -> None:
    """A leg that nobody sold ends at its intrinsic value at the last price, also where that is something."""
    chosen = settings(
        *BUSY, "implied_move_multiplier_1=0.3", "risk.quote_stale_seconds=90", "min_time_between_trades=10"
    )
    sessions = days(chosen, *WEEK, volatility=0.2)
    last = {session.day.date: session.bars[-1].close for session in sessions}
    legs_of = [(trade, leg) for trade in backtested(chosen, sessions) for leg in trade.legs]
    settled = [(trade, leg) for trade, leg in legs_of if leg.exit_reason in {"expired", "exercised"}]
    assert settled
    for trade, leg in settled:
        price = last[trade.opened_at.date()]
        worth = price - leg.strike if leg.right is Right.CALL else leg.strike - price
        assert leg.exit_price == max(worth, Decimal(0))
        assert (leg.exit_reason == "exercised") is (worth > 0)


@pytest.mark.parametrize(
    "on", [date(2025, 1, 15), date(2025, 3, 7), date(2025, 3, 10), date(2025, 7, 15), date(2025, 7, 3)]
)
def test_hours_are_new_yorks_the_whole_year(on: date) -> None:
    """Before and after a change of the clocks, and earlier on a half day: entries within them, sales at the flatten."""
    chosen = settings(
        *BUSY,
        "implied_move_multiplier_1=0.3",
        "min_time_between_trades=5",
        "max_trades_per_day=90",
        "max_open_trades=90",
        "max_draw=40000",
    )
    trades = backtested(chosen, days(chosen, on))
    closes = time(13) if on == date(2025, 7, 3) else time(16)
    entries = [new_york(trade.opened_at).time() for trade in trades]
    sales = {
        new_york(leg.exit_at).time().replace(second=0, microsecond=0)
        for leg in legs(trades)
        if leg.exit_reason == "flatten"
    }

    assert time(9, 30) <= min(entries) < max(entries) <= closes.replace(hour=closes.hour - 1, minute=30, second=1)
    assert min(sales) == closes.replace(hour=closes.hour - 1, minute=58)


def test_a_win_is_money_and_not_a_status() -> None:
    """A trade of which a leg reached its target may lose, and does not count as won then."""
    chosen = settings(*BUSY, "profit_target_multiplier=1.3", "min_time_between_trades=5", "max_draw=40000")
    sessions = days(chosen, *WEEK)
    trades = backtested(chosen, sessions)
    torn = [trade for trade in trades if any(leg.exit_reason == "target" for leg in trade.legs)]
    won = sum(trade.pnl is not None and trade.pnl > 0 for trade in trades)

    assert any(trade.pnl is not None and trade.pnl < 0 for trade in torn)
    assert figures(trades, [session.day for session in sessions], Decimal(5000))["win_rate"] == pytest.approx(
        won / len(trades)
    )


def test_the_limit_of_a_day_is_asked_of_a_value_that_moves() -> None:
    """What is open and what was lost count against the next entry: a smaller limit leaves fewer of them."""
    many = (*BUSY, "min_time_between_trades=5", "max_trades_per_day=40", "max_open_trades=40")
    counts = []
    for limit in ("max_draw=100000", "max_draw=300", "max_draw=100"):
        chosen = settings(*many, "max_premium_per_strangle=60", limit)
        counts.append(len(backtested(chosen, days(chosen, WEEK[0]))))
    assert counts[0] > counts[1] > counts[2] > 0
