"""Any one actor may die at any message: the day ends as if nothing had been lost."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest

from lottogrid.market.sessions import Session
from lottogrid.settings import Settings
from tests.replay.bench import WILD, Kill, Tally, bench, promises_broken, sessions, settings

ACTORS = (
    "ledger",
    "broker",
    "market_data",
    "risk",
    "engine",
    "strategist",
    "positions",
    "clock",
    "notifier",
    "trading",
    "LG-20250703-001",
    "LG-20250703-002",
)
FIRST = 4
"""Messages at the beginning of a life that are all tried."""
SAMPLED = 6
"""Later messages that are drawn."""


@pytest.fixture(scope="module")
def short_day() -> tuple[Settings, list[Session]]:
    """Return a busy hour and a half before an early close: entries, targets, flatten and settlement."""
    chosen = settings(*WILD, "session.market_open=11:30", "min_time_between_trades=8", "profit_target_multiplier=1.5")
    return chosen, sessions(chosen, date(2025, 7, 3), seed=3)


@pytest.fixture(scope="module")
def lengths(short_day: tuple[Settings, list[Session]], tmp_path_factory: pytest.TempPathFactory) -> Tally:
    """Return how many messages each actor handles in an undisturbed day."""
    tally = Tally()
    undisturbed = bench(tmp_path_factory.mktemp("undisturbed"), *short_day, interference=tally)
    result = undisturbed.play()

    assert promises_broken(short_day[0], undisturbed.ledger, result, undisturbed) == []
    assert len(result.trades) >= 3
    assert any(leg.exit_reason == "target" for trade in result.trades for leg in trade.legs)
    undisturbed.ledger.close()
    return tally


@pytest.mark.parametrize("after_effects", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("name", ACTORS)
def test_a_killed_actor_costs_nothing(
    name: str,
    after_effects: bool,
    short_day: tuple[Settings, list[Session]],
    lengths: Tally,
    tmp_path: Path,
) -> None:
    """Killed at any message, before or after its effects: flat, books equal, nothing twice, limits kept."""
    total = int(0.9 * lengths.messages[name])  # another order of events needs a few messages more or less
    source = random.Random(f"{name} {after_effects}")
    later = range(FIRST + 1, total + 1)
    points = sorted({*range(1, min(FIRST, total) + 1), *source.sample(later, min(SAMPLED, len(later)))})
    for point in points:
        folder = tmp_path / str(point)
        folder.mkdir()
        kill = Kill(name, point, after_effects)
        disturbed = bench(folder, *short_day, interference=kill, seed=point, shuffle=True)
        result = disturbed.play()

        assert kill.done, f"{name} never reached message {point}"
        assert promises_broken(short_day[0], disturbed.ledger, result, disturbed) == [], f"{name} killed at {point}"
        lives = disturbed.replay.runtime.cells[name].generation
        assert lives == 2, f"{name} killed at {point}: {lives} incarnations"
        assert result.trades, f"{name} killed at {point}: no trade in the whole day"
