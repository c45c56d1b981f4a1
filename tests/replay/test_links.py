"""The link to the broker may break at any instant: what was under way is found out, and nothing is sent twice."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import pytest

from actors import messages as m
from actors.venue import DropLink
from lottogrid.calendar import TradingDay
from tests.replay.bench import WILD, Bench, bench, promises_broken, sessions, settings

BUSY = (*WILD, "session.market_open=11:30", "min_time_between_trades=8", "profit_target_multiplier=1.5")
DROPS = 12


def _break_links(on: Bench, day: TradingDay, seed: int) -> list[str]:
    """Break the link at instants that hit orders in flight: just after whole minutes, where decisions are made."""
    source = random.Random(seed)
    minutes = sorted(source.sample(range(1, int(day.minutes)), DROPS))
    instants = [day.opens + timedelta(minutes=minute, milliseconds=source.randrange(0, 400)) for minute in minutes]
    venue = on.replay.runtime.cells[m.VENUE]
    for instant in instants:
        on.replay.runtime.schedule(instant, venue, DropLink("cable pulled"))
    return [f"{instant:%H:%M:%S.%f}" for instant in instants]


@pytest.mark.parametrize("seed", range(12))
def test_a_day_of_broken_links_ends_as_it_should(seed: int, tmp_path: Path) -> None:
    """A dozen breaks, most of them with orders in flight: flat, books equal, no order twice, no halt."""
    chosen = settings(*BUSY)
    days = sessions(chosen, date(2025, 7, 3), seed=3)
    broken = bench(tmp_path, chosen, days, seed=seed, shuffle=True)
    instants = _break_links(broken, days[0].day, seed)
    result = broken.play()

    assert promises_broken(chosen, broken.ledger, result, broken) == [], f"seed {seed}, breaks at {instants}"
    assert result.trades


def test_a_break_over_the_flatten_time_leaves_nothing_but_the_settlement(tmp_path: Path) -> None:
    """A link that breaks just before the flatten time and comes back after it: the rest is sold late or settles."""
    chosen = settings(*BUSY)
    days = sessions(chosen, date(2025, 7, 3), seed=3)
    broken = bench(tmp_path, chosen, days)
    venue = broken.replay.runtime.cells[m.VENUE]
    for seconds in range(-4, 60, 2):
        broken.replay.runtime.schedule(
            days[0].day.flatten + timedelta(seconds=seconds), venue, DropLink("the exchange's router fails")
        )
    result = broken.play()

    assert promises_broken(chosen, broken.ledger, result, broken) == []
    assert result.trades
