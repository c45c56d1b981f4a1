"""No setting is accepted and not obeyed: each changes what is traded, or governs what does not happen here."""

from __future__ import annotations

from functools import cache

import pytest

from lottogrid.settings.model import FIELDS
from lottogrid.trades import Trade
from tests.backtest.made import DAYS, backtested, days
from tests.replay.bench import settings

SECTIONS = ("strategy", "risk", "session", "market", "simulator")
BASE = ("max_premium_per_strangle=90", "max_draw=3000", "min_time_between_trades=20")
TIGHT = ("max_draw=400", "levels=both")
"""A day's limit that binds."""
OBEYED = {
    "strategy.entry_measure": ("annualised",),
    "strategy.volatility_threshold": (0.2,),
    "strategy.implied_move_multiplier_1": ("1.1",),
    "strategy.implied_move_multiplier_2": ("2", "max_premium_per_strangle=25"),
    "strategy.levels": ("both",),
    "strategy.max_premium_per_strangle": (30,),
    "strategy.profit_target_multiplier": (2,),
    "strategy.quantity": (2,),
    "strategy.realised_window": (20, "volatility_threshold=0.3"),
    "strategy.entry_reprices": (1, *TIGHT),
    "strategy.lone_leg": ("chase", *TIGHT),
    "risk.min_time_between_trades": (45,),
    "risk.max_trades_per_day": (2,),
    "risk.max_open_trades": (1,),
    "risk.max_draw": (100,),
    "risk.start_cash": (150,),
    "risk.commission_per_contract": ("1.3",),
    "risk.quote_stale_seconds": (0.05, "implied_move_multiplier_1=0.3", "max_premium_per_strangle=900"),
    "session.market_open": ("11:00",),
    "session.market_close": ("15:30",),
    "session.last_entry_minutes": (120,),
    "session.flatten_minutes": (20,),
    "market.instrument": ("SPX", "max_premium_per_strangle=9000", "max_draw=90000", "start_cash=900000"),
    "market.implied_premium": (1.3,),
    "market.prior_volatility": (0.3,),
    "market.put_slope": (-0.2,),
    "market.call_slope": (-0.2,),
    "market.put_curve": (0.1,),
    "market.call_curve": (0.1,),
    "market.put_slope_time": (0.2,),
    "market.call_slope_time": (0.2,),
    "market.put_slope_volatility": (0.2,),
    "market.call_slope_volatility": (0.2,),
    "simulator.profile": ("ideal",),
}
"""A value that changes a trade, and what else has to be set for it to matter."""
IDLE = {
    "strategy.entry_as": "combo",
    "strategy.entry_timeout_seconds": 5,
    "strategy.reprice_seconds": 1,
    "strategy.lone_leg_after_chase": "sell",
    "strategy.lone_leg_chases": 7,
    "risk.data_stale_seconds": 1,
    "risk.unknown_after_seconds": 1,
    "risk.resolve_grace_seconds": 1,
    "risk.flatten_delivered_future": "true",
    "risk.reconcile_seconds": 5,
    "session.on_stop": "flatten",
    "simulator.seed": 2,
    "simulator.speed": 5,
}
"""They are for orders that are late, torn or lost, for stale bars and for the clock; here nothing of that happens."""


@cache
def traded(*values: str) -> list[Trade]:
    """Return what is traded in two days, one of them a half day."""
    chosen = settings(*BASE, *values)
    return backtested(chosen, days(chosen, *DAYS[1:3], seed=5, volatility=0.13))


def test_every_setting_has_its_place_here() -> None:
    """A new one, too; the name of the strategy is refused where it is not known."""
    known = {key for key in FIELDS if key.partition(".")[0] in SECTIONS}
    assert known - {"strategy.name"} == set(OBEYED) | set(IDLE)


@pytest.mark.parametrize("key", OBEYED)
def test_a_setting_changes_what_is_traded(key: str) -> None:
    """At a value that binds."""
    value, *more = OBEYED[key]
    assert traded(*more) != traded(*more, f"{key}={value}")


@pytest.mark.parametrize("key", IDLE)
def test_what_governs_a_mishap_changes_nothing_without_one(key: str) -> None:
    """The actors agree: tests against them draw these settings, too."""
    assert traded() == traded(f"{key}={IDLE[key]}") != []
