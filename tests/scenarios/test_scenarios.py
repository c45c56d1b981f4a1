"""The bot trades through everything that is known to go wrong between it and a TWS."""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path

import pytest

from lottogrid.clock import NEW_YORK, to_utc
from tests.scenarios.desk import DAY, play
from tests.scenarios.end import End
from tests.scenarios.orders import COMBO
from tests.scenarios.scenario import Scenario
from tests.scenarios.table import SCENARIOS


@pytest.mark.scenario
@pytest.mark.sockets
@pytest.mark.slow
@pytest.mark.parametrize(
    "scenario",
    [pytest.param(one, id=one.name, marks=[pytest.mark.core] if one.is_core else []) for one in SCENARIOS],
)
def test_the_bot_trades_through(scenario: Scenario, tmp_path: Path) -> None:
    """Flat, both books equal to the cent, no order twice, never short, and one halt where a person is needed."""
    end = play(tmp_path, scenario.steps, *scenario.settings, halts=len(scenario.persons), **scenario.rules)

    broken = end.broken(is_undecided=scenario.is_undecided)
    assert [*broken, *_unexpected(scenario, end)] == [], scenario.why


def _unexpected(scenario: Scenario, end: End) -> list[str]:
    halts = [halt.detail for halt in end.halts]
    found = []
    told = [alarm for alarm in end.alarms if alarm.startswith("halted")]
    for what, texts in (("halt", halts), ("alarm", told)):
        are_all = all(sum(person in text for text in texts) == 1 for person in scenario.persons)
        if len(texts) != len(scenario.persons) or not are_all:
            found.append(f"expected one {what} each about {scenario.persons}, found {texts}")
    if scenario.alarm and not any(scenario.alarm in alarm for alarm in end.alarms):
        found.append(f"expected an alarm about {scenario.alarm}, found {end.alarms}")
    if scenario.connects not in {None, end.connects}:
        found.append(f"expected {scenario.connects} connects, found {end.connects} for {end.troubles}")
    if end.connects < scenario.least_connects:
        found.append(f"expected {scenario.least_connects} connects or more, found {end.connects} for {end.troubles}")
    if COMBO[0] in scenario.settings and not any(ticket.legs for ticket in end.account.tickets):
        found.append("expected combos, found none")
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
