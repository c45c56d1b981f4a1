"""Whatever is done for an entry and for a leg that was filled alone, a rough day ends as every day must."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.replay.bench import bench, promises_broken, sessions, settings

ROUGH = (
    *("session.market_open=12:00", "min_time_between_trades=8", "simulator.profile=rough", "quantity=30"),
    *("max_premium_per_strangle=300", "max_draw=200000", "start_cash=500000"),
)
"""Thirty contracts find a few on offer at a time, and the offer moves meanwhile."""
POLICIES = {
    "sell": (("lone_leg=sell", "quantity=3", "min_time_between_trades=3"), "lone"),
    "reprice": (("entry_reprices=3", "reprice_seconds=45", "entry_timeout_seconds=200"), "reprice"),
    "chase": (
        ("lone_leg=chase", "lone_leg_after_chase=sell", "reprice_seconds=40", "entry_timeout_seconds=50"),
        "lone",
    ),
}


@pytest.mark.parametrize(("policy", "seen"), POLICIES.values(), ids=POLICIES)
def test_a_rough_day_ends_flat_under_every_policy(policy: tuple[str, ...], seen: str, tmp_path: Path) -> None:
    """Flat, both books equal, no limit passed, nothing sold that was not held; and some entry was helped along."""
    chosen = settings(*ROUGH, *policy)
    days = sessions(chosen, date(2025, 7, 3), seed=3)
    played = bench(tmp_path, chosen, days, seed=5, shuffle=True)
    result = played.play()

    assert promises_broken(chosen, played.ledger, result, played) == []
    triggers = {getattr(row.record, "trigger", "") for row in played.ledger.journal(limit=100_000)}
    assert seen in triggers
