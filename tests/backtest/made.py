"""Days for backtests, and what the engine and the actors make of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from lottogrid.backtest.engine import Ground, Outcome, run
from lottogrid.calendar import Calendar, TradingDay
from lottogrid.cli.feed import Feed
from lottogrid.cli.research.backtest_work import plan_of
from lottogrid.cli.research.replay_work import play_feed
from lottogrid.cli.wiring import forecast_of
from lottogrid.market.bars import Bar
from lottogrid.market.contracts import spec_of
from lottogrid.market.generated import generate_sessions
from lottogrid.market.sessions import Session
from lottogrid.settings import Settings
from lottogrid.trades import Trade

DAYS = (date(2025, 3, 10), date(2025, 6, 3), date(2025, 7, 3), date(2025, 11, 28), date(2026, 1, 6))
"""The first after a change of the hour, two full days and two half days."""
BUSY = ("max_premium_per_strangle=700", "max_draw=5000", "start_cash=50000", "volatility_threshold=3")


def days(settings: Settings, *dates: date, seed: int = 1, volatility: float = 0.13) -> list[Session]:
    """Return generated sessions on the ticks of the instrument."""
    calendar = Calendar(settings.session)
    traded = [found for on in dates if isinstance(found := calendar.day(on), TradingDay)]
    tick = spec_of(settings.market.instrument).underlying_tick
    return generate_sessions(traded, seed=seed, tick=tick, annual_volatility=volatility)


def outcome(settings: Settings, sessions: Sequence[Session]) -> Outcome:
    """Return what the engine makes of the sessions."""
    return run(Ground(sessions, forecast_of(settings)), plan_of(settings))


def backtested(settings: Settings, sessions: Sequence[Session]) -> list[Trade]:
    """Return what the engine trades."""
    return outcome(settings, sessions).trades


def replayed(settings: Settings, sessions: Sequence[Session]) -> list[Trade]:
    """Return what the actors trade."""
    played = play_feed(settings, Feed("made", True, list(sessions), []), forecast_of(settings))
    assert played.faults == []
    return played.trades


def without(session: Session, *minutes: int) -> Session:
    """Return a session without the bars at these places."""
    return replace(session, bars=tuple(bar for place, bar in enumerate(session.bars) if place not in minutes))


def bar(like: Bar, *, open: Decimal, high: Decimal, low: Decimal, close: Decimal) -> Bar:  # noqa: A002
    """Return a bar of the same minute with other prices."""
    return replace(like, open=open, high=high, low=low, close=close)


def settings_values() -> st.SearchStrategy[list[str]]:
    """Return a strategy of settings, each as KEY=VALUE: what a trade can hang on, at values that bind."""
    return st.fixed_dictionaries({key: st.sampled_from(values) for key, values in _CHOICES.items()}).map(
        lambda chosen: [f"{key}={value}" for key, value in chosen.items()]
    )


_CHOICES: dict[str, list[object]] = {
    "session.market_open": ["11:00", "14:00", "14:30"],
    "session.market_close": ["16:00", "16:00", "15:45"],
    "session.flatten_minutes": [2, 1, 10],
    "session.last_entry_minutes": [30, 20, 11],
    "simulator.profile": ["paper", "ideal"],
    "strategy.entry_measure": ["move", "annualised"],
    "strategy.levels": ["first", "both"],
    "strategy.volatility_threshold": [0.67, 1, 3],
    "strategy.implied_move_multiplier_1": ["1.25", "0.7", "0.3"],
    "strategy.implied_move_multiplier_2": ["1.5", "0.3", "2"],
    "strategy.max_premium_per_strangle": [60, 25, 300, 3000],
    "strategy.profit_target_multiplier": ["4", "2", "1.3", "1.05"],
    "strategy.quantity": [1, 2, 5],
    "strategy.realised_window": [60, 20, 5],
    "strategy.entry_as": ["legs", "legs", "combo"],
    "strategy.entry_reprices": [0, 0, 3],
    "strategy.reprice_seconds": [15, 1],
    "strategy.entry_timeout_seconds": [30, 5],
    "strategy.lone_leg": ["keep", "sell", "chase"],
    "risk.min_time_between_trades": [8, 3, 1, 0],
    "risk.max_trades_per_day": [12, 40, 3, 1],
    "risk.max_open_trades": [15, 5, 2, 1],
    "risk.max_draw": [5000, 400, 100],
    "risk.start_cash": [50000, 1000, 200],
    "risk.commission_per_contract": ["0.62", "0", "1.3"],
    "risk.quote_stale_seconds": [90, 30, 0.05],
    "risk.data_stale_seconds": [90, 0.01],
    "risk.unknown_after_seconds": [10, 0.09],
    "risk.reconcile_seconds": [60, 5],
    "market.instrument": ["MES", "SPX", "MNQ"],
    "market.prior_volatility": [0.12, 0.08, 0.3],
    "market.implied_premium": [1, 0.7, 1.5],
    "market.put_slope_time": [0, 0.02],
    "market.call_slope_volatility": [0, -0.03],
}
