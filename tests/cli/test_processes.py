"""`lottogrid run` as a process that is stopped, killed and started again."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
from contextlib import closing
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from lottogrid.ledger.ledger import Ledger
from lottogrid.positions import PositionState
from tests.cli.conftest import MONDAY

pytestmark = [pytest.mark.process, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]


def start(folder: Path, *words: object, speed: int) -> subprocess.Popen[str]:
    """Begin a run whose lines can be read as they come."""
    command = [sys.executable, "-u", "-m", "lottogrid", "run", "--date", MONDAY, "--no-web", "--json"]
    command += ["--speed", speed, "--ledger", folder, *words]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LOTTOGRID_")}
    return subprocess.Popen(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env={**environment, "PYTHONPATH": str(ROOT)},
    )


def opened(least: int) -> str:
    """Return the pattern of a line with so many strangles open, or more: one that is in a hurry skips some."""
    return rf"open ([{least}-9]|\d\d) of"


def wait_for(process: subprocess.Popen[str], pattern: str) -> str:
    """Read lines of standard error up to one that has a part like `pattern`."""
    watchdog = threading.Timer(60, process.kill)
    watchdog.start()
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if re.search(pattern, line):
                return line
    finally:
        watchdog.cancel()
    raise AssertionError(f"the process ended before it said {pattern!r}")


def finish(folder: Path, speed: int) -> tuple[dict[str, Any], str]:
    """Run the day to its end and return its result and what was said."""
    process = start(folder, speed=speed)
    out, err = process.communicate(timeout=100)
    assert process.returncode == 0, err
    return json.loads(out), err


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_run_that_was_ended_with_something_held_goes_on_and_ends_flat(how: signal.Signals, tmp_path: Path) -> None:
    """However it ended, the books agree at the close and no order was sent twice."""
    process = start(tmp_path, "--as-of", "2026-01-05T10:40-05:00", speed=1000)
    wait_for(process, opened(1))
    process.send_signal(how)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == (-signal.SIGKILL if how is signal.SIGKILL else 0)
    if out:
        assert json.loads(out)["finished"] is False

    result, said = finish(tmp_path, speed=3000)
    assert " goes on at 1" in said
    assert result["finished"] is True
    assert result["faults"] == []
    assert result["trades"][0]["id"] == "LG-20260105-001"
    ledger = Ledger.open_read_only(tmp_path / "ledger.sqlite")
    refs = [order.intent.ref for position in ledger.positions() for leg in position.legs for order in leg.orders]
    halts = ledger.halts()
    ledger.close()
    assert len(refs) == len(set(refs))
    assert halts == ()


def test_five_kills_in_one_day_end_as_if_there_were_none(tmp_path: Path) -> None:
    """SIGKILL at five random moments, each followed by a new start: flat, books equal, no order twice, limits kept."""
    seed = 20260105
    source = random.Random(seed)
    for kill in range(5):
        process = start(tmp_path, speed=1500)
        wait_for(process, "goes on" if kill else "begins")
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=source.uniform(0.8, 2.4))
        process.kill()
        process.communicate(timeout=60)

    result, _ = finish(tmp_path, speed=1500)

    assert result["finished"] is True, f"seed {seed}"
    assert result["faults"] == [], f"seed {seed}"
    with closing(Ledger.open_read_only(tmp_path / "ledger.sqlite")) as ledger:
        positions = ledger.positions()
        refs = [order.intent.ref for position in positions for leg in position.legs for order in leg.orders]
        assert ledger.halts() == ()
        assert len(ledger.journal(kind="RunStarted")) == 6
    entries = sorted(position.planned_at for position in positions if position.state is not PositionState.ABANDONED)
    assert 0 < len(entries) <= 12
    assert len(refs) == len(set(refs))
    assert all(later - earlier >= timedelta(minutes=30) for earlier, later in pairwise(entries))
    assert all(leg.held == 0 for position in positions for leg in position.legs)
