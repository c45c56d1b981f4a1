"""A gateway in one process and the bot in another, as at a broker."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from lottogrid.ledger.ledger import Ledger
from tests.cli.test_processes import opened, wait_for
from tests.programs import gateway, program
from tests.scenarios.kills import differences

SPEED = 120
BUSY = (
    "strategy.volatility_threshold=10",
    "strategy.max_premium_per_strangle=700",
    "strategy.profit_target_multiplier=1.5",
    "risk.min_time_between_trades=5",
    "risk.max_draw=5000",
    "risk.start_cash=50000",
    "session.last_entry_minutes=15",
)
"""What buys several strangles in a quarter of an hour."""


@pytest.mark.process
@pytest.mark.sockets
@pytest.mark.slow
def test_a_bot_at_a_gateway_of_another_process_ends_flat_though_it_was_killed(tmp_path: Path) -> None:
    """It takes the market's time from there; the ledger is the gateway's executions to the cent, no order twice."""
    day = ("--date", "2026-01-05", "--as-of", "2026-01-05T15:08-05:00", "--speed", SPEED)
    with gateway(tmp_path / "gateway", *day, settings=BUSY) as there:
        bot = ("run", "--broker", "ib", "--gateway", there.port, "--clock", "gateway", "--speed", SPEED, "--no-web")
        with program(tmp_path / "bot", *bot, "--json", settings=BUSY) as process:
            wait_for(process, opened(1))
            process.kill()
        with program(tmp_path / "bot", *bot, "--json", settings=BUSY) as process:
            out, err = process.communicate(timeout=60)
            status = there.status()

    assert process.returncode == 0, err
    assert " goes on at 15:" in err
    assert json.loads(out)["faults"] == []
    assert status["executions"], "nothing was traded"
    with closing(Ledger.open_read_only(tmp_path / "bot" / "ledger.sqlite")) as ledger:
        assert differences(ledger, status) == []
