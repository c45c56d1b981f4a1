"""An emergency stop of a bot whose actors all hang, past it, at the gateway inside its own process."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from actors.runtime.cell import Cell
from actors.runtime.runtime import Interference
from lottogrid.cli.controls.emergency import stop
from lottogrid.cli.run import desk
from lottogrid.control.commands import Answer, Command, Request
from lottogrid.control.latch import Latch
from lottogrid.ledger.ledger import Ledger
from lottogrid.risk.reasons import Reason
from lottogrid.settings import load
from tests.cli.conftest import MONDAY, Call, call  # noqa: F401 - a fixture

BUSY = ("strategy.volatility_threshold=10", "strategy.max_premium_per_strangle=700", "risk.max_draw=5000")


class Frozen(Interference):
    """Lets every actor stand at its next message until it is let go."""

    def __init__(self) -> None:
        self.gate = threading.Event()

    def before(self, cell: Cell, message: object) -> None:
        """Stand."""
        self.gate.wait(60)


@pytest.mark.threads
@pytest.mark.sockets
@pytest.mark.slow
def test_it_is_stopped_past_actors_that_all_hang(
    call: Call,  # noqa: F811 - the fixture
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The bot does not confirm, the broker does; let go, the bot sells nothing again and its books agree."""
    folder = tmp_path / "var"
    found: dict[str, Any] = {}
    plain_wait = desk.Desk.wait

    def wait(self: desk.Desk, seconds: float) -> Any:
        if "answer" not in found and self.look().open_positions and _held(folder):
            found.update(_stop_past(self, folder))
        elif "answer" in found and not _held(folder):
            self.ask_to_stop("SIGTERM")
        return plain_wait(self, seconds)

    monkeypatch.setattr(desk.Desk, "wait", wait)
    day = ("--date", MONDAY, "--as-of", "2026-01-05T11:05-05:00", "--speed", 60, "--no-web")
    said = call("run", *day, *(word for value in BUSY for word in ("--set", value)))

    assert said.code == 0, said.err
    answer: Answer = found["answer"]
    assert answer.is_done, answer
    assert any("has not confirmed" in line for line in found["told"])
    assert any(line.startswith("selling") for line in found["told"])
    assert _held(folder) == 0
    with closing(Ledger.open_read_only(folder / "ledger.sqlite")) as ledger:
        assert [halt.reason for halt in ledger.halts()] == [Reason.EMERGENCY_STOP]


def _stop_past(bot: desk.Desk, folder: Path) -> dict[str, Any]:
    told: list[str] = []
    frozen = Frozen()
    bot.runtime._interference = frozen
    try:
        request = Request.new(Command.ESTOP, by="Ann", via="a test", typed="ESTOP")
        answer = stop(load(None, {}, [f"storage.directory={folder}"]), request, 0.5, told.append)
        standing = Latch(folder).standing()
        assert standing is not None
        assert standing.is_taken_over
    finally:
        frozen.gate.set()
        bot.runtime._interference = None
    return {"answer": answer, "told": told}


def _held(folder: Path) -> int:
    with closing(Ledger.open_read_only(folder / "ledger.sqlite")) as ledger:
        return sum(ledger.holdings().values())
