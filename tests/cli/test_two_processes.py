"""A gateway in one process and the bot in another, as at a broker."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from lottogrid.ledger.ledger import Ledger
from tests.scenarios.bot import ask
from tests.scenarios.kills import differences

ROOT = Path(__file__).resolve().parents[2]
SPEED = 240
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


@contextmanager
def program(folder: Path, *words: object) -> Iterator[subprocess.Popen[str]]:
    """Run a command whose lines can be read as they come; it is told to stop in the end."""
    command = [sys.executable, "-u", "-m", "lottogrid", *map(str, words), "--ledger", str(folder)]
    command += [word for value in BUSY for word in ("--set", value)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LOTTOGRID_")}
    folder.mkdir(exist_ok=True)
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env={**environment, "PYTHONPATH": str(ROOT)},
    ) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=20)


@pytest.mark.process
@pytest.mark.sockets
@pytest.mark.slow
def test_a_bot_at_a_gateway_of_another_process_ends_flat_though_it_was_killed(tmp_path: Path) -> None:
    """It takes the market's time from there; the ledger is the gateway's executions to the cent, no order twice."""
    day = ("--date", "2026-01-05", "--as-of", "2026-01-05T15:05-05:00", "--speed", SPEED)
    with program(tmp_path / "gateway", "gateway", "--port", 0, "--control", 0, *day) as gateway:
        assert gateway.stderr is not None
        port, control = (int(re.findall(r"port (\d+)", gateway.stderr.readline())[0]) for _ in range(2))
        bot = ("run", "--broker", "ib", "--gateway", port, "--clock", "gateway", "--speed", SPEED, "--no-web", "--json")
        with program(tmp_path / "bot", *bot) as process:
            _wait_for(process, "open 1 of 1")
            process.kill()
        with program(tmp_path / "bot", *bot) as process:
            out, err = process.communicate(timeout=60)
            status = ask(control, {"do": "status"})

    assert process.returncode == 0, err
    assert " goes on at 15:" in err
    assert json.loads(out)["faults"] == []
    assert status["executions"], "nothing was traded"
    with closing(Ledger.open_read_only(tmp_path / "bot" / "ledger.sqlite")) as ledger:
        assert differences(ledger, status) == []


def _wait_for(process: subprocess.Popen[str], text: str) -> None:
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if text in line:
            return
    raise AssertionError("".join(said))
