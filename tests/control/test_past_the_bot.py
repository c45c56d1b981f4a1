"""An emergency stop of a bot that is frozen: from a second shell, over a connection of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from lottogrid.control.latch import Latch
from lottogrid.errors import LottogridError
from lottogrid.ledger.ledger import Ledger
from lottogrid.risk.reasons import Reason
from tests.cli.test_two_processes import BUSY
from tests.programs import command, environment, gateway, program

SPEED = 60


@pytest.mark.process
@pytest.mark.sockets
@pytest.mark.slow
def test_a_frozen_bot_is_stopped_past_it_and_takes_it_in_when_it_wakes(tmp_path: Path) -> None:
    """Nothing works or is held at the broker; awake again the bot sells nothing, halts, and books what was sold."""
    day = ("--date", "2026-01-05", "--as-of", "2026-01-05T11:05-05:00", "--speed", SPEED)
    with gateway(tmp_path / "gateway", *day, settings=BUSY) as there:
        bot = ("run", "--broker", "ib", "--gateway", there.port, "--clock", "gateway", "--speed", SPEED, "--no-web")
        folder = tmp_path / "bot"
        with program(folder, *bot, settings=BUSY) as process:
            assert process.stderr is not None
            # Nobody else reads it: a pipe that is full would hang the bot, too.
            threading.Thread(target=process.stderr.read, daemon=True).start()
            _until(lambda: _has_begun(folder) and bool(_held(folder)))
            process.send_signal(signal.SIGSTOP)
            try:
                answer = _estop(folder)
                status = there.status()
            finally:
                process.send_signal(signal.SIGCONT)
            assert answer["outcome"] == "done", answer
            assert _net(status) == {}
            before = len(status["executions"])

            _until(lambda: not _held(folder))
            assert len(there.status()["executions"]) == before
            standing = Latch(folder).standing()
            assert standing is not None
            assert standing.is_taken_over
            with closing(Ledger.open_read_only(folder / "ledger.sqlite")) as ledger:
                assert [halt.reason for halt in ledger.halts()] == [Reason.EMERGENCY_STOP]


def _estop(folder: Path) -> dict[str, object]:
    said = subprocess.run(
        command("estop", "--confirm", "ESTOP", "--within", "0", "--json", "--ledger", folder),
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment(),
        timeout=90,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    found: dict[str, object] = json.loads(said.stdout)
    return found


def _has_begun(folder: Path) -> bool:
    try:
        Ledger.open_read_only(folder / "ledger.sqlite").close()
    except LottogridError:
        return False
    return True


def _held(folder: Path) -> dict[object, int]:
    with closing(Ledger.open_read_only(folder / "ledger.sqlite")) as ledger:
        return dict(ledger.holdings())


def _net(status: dict[str, list[dict[str, object]]]) -> dict[str, int]:
    net: dict[str, int] = {}
    for execution in status["executions"]:
        times = 1 if execution["side"] == "BUY" else -1
        name = str(execution["contract"])
        net[name] = net.get(name, 0) + times * int(str(execution["quantity"]))
    return {name: quantity for name, quantity in net.items() if quantity}


def _until(is_so: Callable[[], bool]) -> None:
    for _ in range(600):
        if is_so():
            return
        threading.Event().wait(0.1)
    raise AssertionError("it does not become so")
