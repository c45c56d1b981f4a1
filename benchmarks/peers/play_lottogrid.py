"""The full rule in lottogrid with the loops that numba compiles; what it comes to must be what the vectors come to."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Any

import rule
from loguru import logger

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.peers.run import SETTINGS, year
from lottogrid.backtest.engine import Ground, Plan, run
from lottogrid.backtest.kernels import Kernel
from lottogrid.backtest.tape import Tape
from lottogrid.cli.research.backtest_work import plan_of
from lottogrid.cli.wiring import forecast_of
from lottogrid.settings import Settings, load

logger.remove()


def prepare(bars: dict[str, Any]) -> tuple[Tape, Settings, Plan]:
    """Return the year as arrays, the bars being those that were given with what lies before the open; and the rule."""
    return _prepared(len(bars["ts"]) // rule.SESSION)


def play(prepared: tuple[Tape, Settings, Plan]) -> tuple[int, float]:
    """Return legs and dollars."""
    tape, settings, plan = prepared
    found = run(Ground(tape, forecast_of(settings), Kernel.NUMBA), plan)
    return 2 * len(found.positions), round(float(found.gains_usd.sum()), 2)


@cache
def _prepared(days: int) -> tuple[Tape, Settings, Plan]:
    settings = load(None, {}, list(SETTINGS))
    return Tape.of(year(settings, days)), settings, plan_of(settings)
