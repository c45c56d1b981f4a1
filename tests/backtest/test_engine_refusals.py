"""The reasons that refused, minute by minute, against the journal of a replay."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from lottogrid.risk.reasons import Reason
from tests.backtest.made import BUSY, days, outcome
from tests.replay.bench import bench, settings

DAY = date(2025, 6, 3)


@pytest.mark.parametrize(
    "values",
    [
        (),
        ("levels=both", "min_time_between_trades=1", "profit_target_multiplier=1.05"),
        ("simulator.profile=ideal", "max_open_trades=1", "profit_target_multiplier=1.3", "min_time_between_trades=0"),
        ("entry_reprices=2", "max_draw=300", "max_premium_per_strangle=90", "levels=both", "min_time_between_trades=3"),
        ("max_draw=60", "start_cash=100", "min_time_between_trades=3", "max_trades_per_day=4"),
        ("implied_move_multiplier_1=0.3", "implied_move_multiplier_2=0.3", "volatility_threshold=0.3"),
        ("simulator.profile=ideal", "last_entry_minutes=11", "flatten_minutes=10", "max_open_trades=2"),
        ("volatility_threshold=0.1", "max_premium_per_strangle=15", "realised_window=240"),
        ("flatten_minutes=1", "implied_move_multiplier_1=3", "implied_move_multiplier_2=3.1", "prior_volatility=0.05"),
    ],
    ids=lambda values: values[0] if values else "busy",
)
def test_every_reason_is_counted_as_the_journal_counts_it(values: tuple[str, ...], tmp_path: Path) -> None:
    """Of all rules, also of those that were asked after one had refused."""
    chosen = settings(*BUSY, "session.market_open=14:00", *values)
    sessions = days(chosen, DAY, seed=14, volatility=0.3)
    made = bench(tmp_path, chosen, sessions)
    assert made.play().faults == []
    decisions = made.ledger.decisions(DAY, limit=1000)
    count, reasons = outcome(chosen, sessions).refusals

    assert count == len(decisions) > 100
    assert dict(reasons) == dict(Counter(reason for each in decisions for reason in each.refusals))
    assert reasons[Reason.AFTER_LAST_ENTRY] > 0
