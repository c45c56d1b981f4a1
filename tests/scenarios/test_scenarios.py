"""The bot trades through everything that is known to go wrong between it and a TWS."""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path

import pytest

from lottogrid.clock import NEW_YORK, to_utc
from tests.scenarios.desk import DAY, play
from tests.scenarios.end import End
from tests.scenarios.table import SCENARIOS, Scenario


@pytest.mark.scenario
@pytest.mark.sockets
@pytest.mark.slow
@pytest.mark.parametrize("scenario", [pytest.param(one, id=one.name) for one in SCENARIOS])
def test_the_bot_trades_through(scenario: Scenario, tmp_path: Path) -> None:
    """Flat, both books equal to the cent, no order twice, never short, and one halt where a person is needed."""
    end = play(tmp_path, scenario.steps, *scenario.settings, **scenario.rules)

    broken = end.broken(is_flat=scenario.is_flat, has_equal_cash=scenario.has_equal_cash)
    assert [*broken, *_unexpected(scenario, end)] == [], scenario.why


def _unexpected(scenario: Scenario, end: End) -> list[str]:
    halts = [halt.detail for halt in end.halts]
    found = []
    if scenario.person:
        if len(halts) != 1 or scenario.person not in halts[0]:
            found.append(f"expected one halt about {scenario.person}, found {halts}")
        if sum(alarm.startswith("halted") for alarm in end.alarms) != 1:
            found.append(f"expected one alarm about a halt, found {end.alarms}")
    elif halts:
        found.append(f"expected no halt, found {halts}")
    if scenario.alarm and not any(scenario.alarm in alarm for alarm in end.alarms):
        found.append(f"expected an alarm about {scenario.alarm}, found {end.alarms}")
    if scenario.connects not in {None, end.connects}:
        found.append(f"expected {scenario.connects} connects, found {end.connects}")
    bought = {fact.ref.rsplit("-", 2)[0] for fact in end.facts.values()}
    if len(bought) < scenario.entries:
        found.append(f"expected {scenario.entries} strangles, found {len(bought)}")
    return found + _decided_unsure(scenario, end)


def _decided_unsure(scenario: Scenario, end: End) -> list[str]:
    if scenario.quiet is None:
        return []
    since, until = (_instant(text) for text in scenario.quiet)
    return [f"decided at {entry}, when unsure" for entry in end.entered if since < entry < until]


def _instant(text: str) -> datetime:
    return to_utc(datetime.combine(DAY, time.fromisoformat(text), tzinfo=NEW_YORK))
