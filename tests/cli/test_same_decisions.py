"""The same day, once as a replay and once as a run in real time through the gateway: the same decisions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.records import DecisionTaken
from lottogrid.strategies.base import Decision
from tests.cli.conftest import Call

HALF_DAY = "2025-07-03"
"""It closes at 13:00."""
SPEED = 120
BUSY = (
    "session.market_open=12:35",
    "session.last_entry_minutes=9",
    "session.flatten_minutes=7",
    "strategy.max_premium_per_strangle=40",
    "strategy.volatility_threshold=1.2",
    "risk.min_time_between_trades=4",
    "simulator.seed=7",
)
"""Entries, and every kind of refusal, within twenty minutes."""


@pytest.mark.threads
@pytest.mark.sockets
@pytest.mark.slow
def test_a_replay_and_a_run_of_one_day_decide_the_same(call: Call, tmp_path: Path) -> None:
    """Instants, verdicts, levels, strikes and limits; nothing but the age of a price is different in real time."""
    settings = [word for value in BUSY for word in ("--set", value)]
    replayed = call("replay", "--from", HALF_DAY, "--to", HALF_DAY, "--ledger", "replayed.sqlite", *settings)
    ran = call("run", "--date", HALF_DAY, "--speed", SPEED, "--no-web", "--ledger", "ran", *settings)
    assert (replayed.code, ran.code) == (0, 0), ran.err

    expected = decisions(tmp_path / "replayed.sqlite")
    found = decisions(tmp_path / "ran" / "ledger.sqlite")
    assert found.keys() == expected.keys()
    assert [found[at] for at in expected] == list(expected.values())
    assert sum(bool(proposals) for _, _, proposals in expected.values()) >= 2
    assert len({reason for verdicts, _, _ in expected.values() for _, reason in verdicts if reason}) >= 2


def decisions(path: Path) -> dict[datetime, tuple[Any, ...]]:
    """Return what was decided, by the minute that it is of."""
    with closing(Ledger.open_read_only(path)) as ledger:
        return {decision.at: _said(decision) for decision in _decisions(ledger)}


def _decisions(ledger: Ledger) -> Iterator[Decision]:
    for row in ledger.journal(kind=DecisionTaken.__name__, limit=10_000):
        assert isinstance(row.record, DecisionTaken)
        yield row.record.decision


def _said(decision: Decision) -> tuple[Any, ...]:
    verdicts = [(each.rule, each.reason) for each in decision.verdicts]
    # The text of a price says how old it is, which is nothing in virtual time.
    numbers = [each.number for each in decision.verdicts if each.rule != "price of the underlying"]
    return verdicts, numbers, decision.proposals
