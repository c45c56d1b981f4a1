"""SIGKILL at random moments of a trading day."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.desk import speed
from tests.scenarios.kills import play
from tests.scenarios.orders import COMBO

SEED = 20250703


@pytest.mark.scenario
@pytest.mark.sockets
@pytest.mark.process
@pytest.mark.slow
@pytest.mark.parametrize(
    ("kills", "gateway_kills", "settings"),
    [
        pytest.param(3, 0, (), id="bot-three-times"),
        pytest.param(1, 1, (), id="bot-and-gateway"),
        pytest.param(2, 1, COMBO, id="bot-and-gateway-with-combos"),
    ],
)
def test_a_day_of_kills_ends_as_if_there_were_none(
    kills: int, gateway_kills: int, settings: tuple[str, ...], tmp_path: Path
) -> None:
    """Flat, both books equal to the cent, no order twice, no halt."""
    said: list[str] = []
    day = play(
        tmp_path,
        *settings,
        kills=kills,
        gateway_kills=gateway_kills,
        seed=SEED,
        speed=min(speed(), 100),
        say=said.append,
    )

    assert day.finish() == [], f"seed {SEED}: {said}"
