"""The latch and the record of commands: what stands, what wins, and what outlives a crash."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from lottogrid.control.commands import STRENGTH, Command, Outcome, Request, Step, answered
from lottogrid.control.latch import Latch
from lottogrid.control.record import CommandRecord
from lottogrid.errors import BadInput


def _request(command: Command) -> Request:
    return Request.new(command, by="Ann", via="a test", typed=command.word)


@pytest.mark.parametrize(("first", "second"), list(product(STRENGTH, STRENGTH)))
def test_the_stronger_order_stands(first: Command, second: Command, tmp_path: Path) -> None:
    """In whichever order they come; another process reads the same."""
    Latch(tmp_path).set(_request(first))
    Latch(tmp_path).set(_request(second))
    standing = Latch(tmp_path).standing()
    assert standing is not None
    assert standing.command is max(first, second, key=STRENGTH.index)


def test_a_change_is_seen_by_whoever_has_looked_before(tmp_path: Path) -> None:
    """Set, set again and lifted by another."""
    mine, theirs = Latch(tmp_path), Latch(tmp_path)
    assert mine.standing() is None
    theirs.set(_request(Command.PAUSE))
    assert (found := mine.standing()) is not None
    assert not found.withdraws
    theirs.set(_request(Command.ESTOP), is_taken_over=True)
    assert (found := mine.standing()) is not None
    assert found.flattens
    assert found.is_taken_over
    mine.set(_request(Command.ESTOP))
    assert (found := theirs.standing()) is not None
    assert found.is_taken_over, "the bot's own stop must not let it sell beside the other process"
    theirs.lift()
    assert mine.standing() is None
    theirs.lift()


@pytest.mark.parametrize("before", STRENGTH)
def test_a_rearm_leaves_a_stop(before: Command, tmp_path: Path) -> None:
    """Whatever stood, also what another process has taken over: from now on only a start lets it trade."""
    latch = Latch(tmp_path)
    latch.set(_request(before), is_taken_over=True)
    latch.ease(_request(Command.REARM))
    standing = Latch(tmp_path).standing()
    assert standing is not None
    assert (standing.command, standing.is_taken_over) == (Command.STOP, False)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"command": "resume"}', '{"command": "pause"}', "\x00"])
def test_what_cannot_be_read_forbids(text: str, tmp_path: Path) -> None:
    """Entries stop, and the words say why."""
    latch = Latch(tmp_path)
    latch.path.write_text(text)
    standing = latch.standing()
    assert standing is not None
    assert standing.command is Command.STOP
    assert str(latch.path) in standing.words


def test_the_file_is_its_owners(tmp_path: Path) -> None:
    """Nobody else may order."""
    latch = Latch(tmp_path)
    latch.set(_request(Command.PAUSE))
    assert latch.path.stat().st_mode & 0o777 == 0o600


def test_a_request_is_known_after_a_restart(tmp_path: Path) -> None:
    """With its answer; a line that a crash has cut is passed over."""
    request = _request(Command.PAUSE)
    first = CommandRecord(tmp_path)
    assert first.begin(request)
    assert not first.begin(request)
    answer = answered(request, (Step("so", is_confirmed=False, detail="no", is_vital=True),), ("left",))
    first.end(answer)
    with first.path.open("a") as file:
        file.write('{"asked": {"id"')

    again = CommandRecord(tmp_path)
    assert not again.begin(request)
    assert again.answer(request.id) == answer
    assert again.answer(request.id).outcome is Outcome.UNCONFIRMED  # type: ignore[union-attr]


def test_a_disk_that_is_full_keeps_nobody_from_stopping(tmp_path: Path) -> None:
    """The record cannot be written; the command is taken all the same."""
    (tmp_path / "commands.jsonl").mkdir()
    record = CommandRecord(tmp_path)
    request = _request(Command.ESTOP)
    assert record.begin(request)
    record.end(answered(request, ()))
    assert record.answer(request.id) is not None


@pytest.mark.parametrize("command", [Command.FLATTEN, Command.ESTOP])
@pytest.mark.parametrize("typed", ["", "y", "flatten", " FLATTEN", "ESTOP "])
def test_what_must_be_typed_must_be_typed(command: Command, typed: str) -> None:
    """Exactly the word."""
    with pytest.raises(BadInput, match="nothing was done"):
        Request.new(command, by="Ann", via="a test", typed=typed).refuse_untyped()
