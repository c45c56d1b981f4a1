"""The commands where no bot runs: what is written down for the next, and what is said of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lottogrid.cli.console import talk
from lottogrid.control.commands import Command
from lottogrid.control.latch import Latch
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.lock import LedgerLock
from lottogrid.ledger.records import EngineMoved, HaltSet
from lottogrid.risk.reasons import Reason
from tests.cli.conftest import Call, call  # noqa: F401 - a fixture

NOON = datetime(2025, 4, 9, 16, tzinfo=UTC)
Give = Callable[..., tuple[int, dict[str, object]]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the ledger of a bot that was running."""
    found = tmp_path / "var"
    found.mkdir()
    with closing(Ledger.open(found / "ledger.sqlite")) as ledger:
        ledger.commit([EngineMoved(at=NOON, trigger="ready", before="starting", after="running")])
    return found


@pytest.fixture
def give(call: Call, folder: Path) -> Give:  # noqa: F811 - the fixture
    """Return what gives a command and reads its answer."""

    def run(*words: str) -> tuple[int, dict[str, object]]:
        said = call(*words, "--ledger", folder, "--json")
        return said.code, json.loads(said.out) if said.out else {"error": said.err}

    return run


def _engine(folder: Path) -> tuple[str, list[Reason]]:
    with closing(Ledger.open_read_only(folder / "ledger.sqlite")) as ledger:
        row = ledger.engine()
        assert row is not None
        return row.state, [halt.reason for halt in ledger.halts()]


@pytest.mark.parametrize(
    ("command", "state"),
    [("pause", "paused"), ("stop", "stopped"), ("cancel", "paused"), ("flatten", "stopped"), ("estop", "halted")],
)
def test_an_order_is_latched_and_written_down(command: str, state: str, folder: Path, give: Give) -> None:
    """For the next bot, in the ledger and in the file; who gave it stands in the journal."""
    word = Command(command).word
    extra = ("--confirm", word) if word else ()
    (folder / "broker-address.json").write_text(_INSIDE)
    code, answer = give(command, "--by", "Ann", *extra)

    assert code == 0, answer
    assert answer["outcome"] == "done"
    assert _engine(folder)[0] == state
    standing = Latch(folder).standing()
    assert standing is not None
    assert (standing.command.value, standing.by) == (command, "Ann")
    with closing(Ledger.open_read_only(folder / "ledger.sqlite")) as ledger:
        notes = [row.payload for row in ledger.journal(kind="Noted")]
    assert any(command in note and "Ann" in note for note in notes)


_INSIDE = json.dumps({"host": "127.0.0.1", "port": 4002, "mode": "paper", "state_file": "x", "is_inside": True})
"""The exchange lived in the bot's process, and has ended with it."""


def test_pause_and_resume(folder: Path, give: Give) -> None:
    """A resumed bot is on its way to running again; a stop is not ended by it."""
    give("pause")
    assert give("resume")[0] == 0
    assert Latch(folder).standing() is None
    assert _engine(folder)[0] == "starting"
    give("stop")
    code, answer = give("resume")
    assert code == 1
    assert answer["outcome"] == "refused"
    assert "use start" in str(answer["text"])
    assert Latch(folder).standing() is not None


def test_only_a_rearm_ends_an_emergency_stop(folder: Path, give: Give) -> None:
    """Not a start, and it ends the halts of other reasons, too; what it leaves stands until a start."""
    (folder / "broker-address.json").write_text(_INSIDE)
    with closing(Ledger.open(folder / "ledger.sqlite")) as ledger:
        ledger.commit([HaltSet(at=NOON, reason=Reason.RECONCILIATION_BREAK, detail="x")])
    give("estop", "--confirm", "ESTOP")
    assert set(_engine(folder)[1]) == {Reason.EMERGENCY_STOP, Reason.RECONCILIATION_BREAK}
    assert give("start")[0] == 1
    assert give("rearm")[0] == 0
    assert _engine(folder) == ("stopped", [])
    assert (standing := Latch(folder).standing()) is not None
    assert standing.command is Command.STOP
    assert give("start")[0] == 0
    assert Latch(folder).standing() is None


def test_a_rearm_without_need_leaves_no_stop(folder: Path, give: Give) -> None:
    """Where neither a halt nor an order stands it is refused, and the next run trades as before."""
    code, answer = give("rearm")
    assert code == 1
    assert answer["outcome"] == "refused"
    assert Latch(folder).standing() is None
    assert _engine(folder)[0] == "running"


@pytest.mark.parametrize("command", ["flatten", "estop"])
@pytest.mark.parametrize("extra", [(), ("--confirm", "yes"), ("--confirm", "")])
def test_a_word_that_was_not_typed_does_nothing(command: str, extra: tuple[str, ...], folder: Path, give: Give) -> None:
    """Exit code 2 and an untouched ledger."""
    code, _ = give(command, *extra)
    assert code == 2
    assert _engine(folder)[0] == "running"
    assert Latch(folder).standing() is None


def test_no_ledger_is_missing(give: Give, folder: Path) -> None:
    """Exit code 3."""
    (folder / "ledger.sqlite").unlink()
    assert give("pause")[0] == 3


def test_a_bot_that_does_not_answer_is_latched_past(folder: Path, give: Give) -> None:
    """It holds the ledger and has no socket: what forbids is latched and not called done; what lifts is refused."""
    with LedgerLock(folder / "ledger.sqlite"):
        code, answer = give("stop", "--within", "0")
        assert code == 1
        assert answer["outcome"] == "not confirmed"
        assert Latch(folder).standing() is not None
        assert give("start", "--within", "0")[0] == 3
        assert Latch(folder).standing() is not None


def test_a_console_runs_each_line_and_returns_the_last_code() -> None:
    """With the options that it was given; what is no command of its own is refused."""
    ran: list[list[str]] = []

    def program(words: list[str]) -> int:
        ran.append(words)
        return 1 if words[0] == "flatten" else 0

    lines = ["status", "", "# nothing", "db restore x", "flatten --confirm FLATTEN", 'pause "', "quit", "estop"]
    assert talk(lines, ["--ledger", "v"], program) == 2
    assert ran == [["status", "--ledger", "v"], ["flatten", "--confirm", "FLATTEN", "--ledger", "v"]]
    assert talk(["flatten"], [], program) == 1
    assert talk(["help"], [], program) == 0
