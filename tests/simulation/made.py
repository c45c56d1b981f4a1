"""Options of a simulation for tests, and days that suit a question."""

from __future__ import annotations

from actors.simulation.options import Options
from actors.simulation.run import DayResult, quiet_play_day
from actors.simulation.swarm import Kind, draw_setting
from lottogrid.cli.simulate.house import SimulatedHouse

BUSY = (
    "strategy.volatility_threshold=5",
    "strategy.entry_reprices=0",
    "strategy.max_premium_per_strangle=700",
    "risk.max_draw=20000",
    "risk.start_cash=50000",
    "risk.min_time_between_trades=0",
    "risk.max_open_trades=30",
    "risk.max_trades_per_day=30",
)
"""Settings with which every minute buys."""


def options(**changes: object) -> Options:
    """Return options without the second playing of every fiftieth day."""
    return Options(**{"house": SimulatedHouse(), "check_digest": 0, **changes})  # type: ignore[arg-type]


def day(asked: Options, number: int = 0) -> DayResult:
    """Play one day."""
    return quiet_play_day(asked, number)


def number_of(kind: Kind, asked: Options, first: int = 0) -> int:
    """Return the first day of a kind."""
    return next(number for number in range(first, first + 500) if draw_setting(asked, number).kind is kind)
