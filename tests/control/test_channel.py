"""The socket: what it takes, what it refuses, and that nobody can keep it busy."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from lottogrid.control import channel
from lottogrid.control.channel import LONGEST_LINE, NAME, ControlServer, address, ask
from lottogrid.control.commands import Answer, Command, Request, Step, answered
from lottogrid.errors import BadInput, Missing

pytestmark = [pytest.mark.sockets, pytest.mark.threads]


class Bot:
    """Answers every command at once, and remembers it."""

    def __init__(self) -> None:
        self.given: list[tuple[Request, float | None]] = []

    def execute(self, request: Request, within: float | None) -> Answer:
        """Do it."""
        self.given.append((request, within))
        return answered(request, (Step("it is so", is_confirmed=True),), ("a thing",))


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[Bot]:
    """Return a bot that listens in the test's folder."""
    found = Bot()
    with ControlServer(tmp_path, found.execute):
        yield found


def _pause() -> Request:
    return Request.new(Command.PAUSE, by="Ann", via="a test")


def _say(folder: Path, line: bytes) -> dict[str, object]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(10)
        with address(folder / NAME) as name:
            connection.connect(name)
        with suppress(OSError):  # it has hung up on a line that never ends; what it said is there to be read
            connection.sendall(line)
        found: dict[str, object] = json.loads(connection.makefile("rb").readline() or b"{}")
        return found


def test_a_command_comes_through_with_who_and_from_where(bot: Bot, tmp_path: Path) -> None:
    """The answer is the bot's; process and user are the kernel's word."""
    request = _pause()
    answer = ask(tmp_path, request, 3)

    assert answer.is_done
    assert answer.left == ("a thing",)
    given, within = bot.given[0]
    assert (given.id, given.by, within) == (request.id, "Ann", 3)
    assert "process " in given.via
    assert "user " in given.via


def test_only_its_owner_reaches_it(bot: Bot, tmp_path: Path) -> None:
    """The file's mode is 600, and it goes with the bot."""
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600
    assert bot.given == []


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"stop\n",
        b"[]\n",
        b"{}\n",
        b'{"command": "sell"}\n',
        b"\xff\xfe\n",
        b"[" * 5000 + b"\n",
        b"x" * (2 * LONGEST_LINE) + b"\n",
        json.dumps({**_pause().document(), "within": True}).encode().replace(b"true", b'"long"') + b"\n",
        json.dumps({**_pause().document(), "id": "../x"}).encode() + b"\n",
        json.dumps({**_pause().document(), "by": "x\x1b[31m"}).encode() + b"\n",
        json.dumps({**_pause().document(), "command": "sell"}).encode() + b"\n",
        json.dumps({**_pause().document(), "more": "x"}).encode() + b"\n",
    ],
)
def test_what_is_no_request_is_refused(line: bytes, bot: Bot, tmp_path: Path) -> None:
    """With an error, or a closed connection; nothing is done."""
    answer = _say(tmp_path, line)
    assert set(answer) <= {"error"}
    assert bot.given == []
    assert ask(tmp_path, _pause()).is_done


def test_two_hundred_that_never_finish_keep_nobody_out(
    bot: Bot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their time is short: soon after them a command comes through."""
    monkeypatch.setattr(channel, "TO_ASK", 0.3)
    lines = []
    for _ in range(200):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with address(tmp_path / NAME) as name:
            line.connect(name)
        with suppress(OSError):  # turned away
            line.sendall(b'{"command": "estop"')
        lines.append(line)
    try:
        assert _until_done(tmp_path)
    finally:
        for line in lines:
            line.close()
    assert [request.command for request, _ in bot.given] == [Command.PAUSE]


def _until_done(folder: Path) -> bool:
    for _ in range(100):
        try:
            return ask(folder, _pause(), 3).is_done
        except Missing:
            threading.Event().wait(0.1)
    return False


def test_nobody_there_is_missing(tmp_path: Path) -> None:
    """No file, and a file that a dead bot has left."""
    with pytest.raises(Missing, match="expected the bot's answer"):
        ask(tmp_path, _pause())
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as left, address(tmp_path / NAME) as name:
        left.bind(name)
    with pytest.raises(Missing):
        ask(tmp_path, _pause())
    with ControlServer(tmp_path, Bot().execute):
        assert ask(tmp_path, _pause()).is_done


def test_a_bot_that_hangs_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes the request and never answers."""
    monkeypatch.setattr(channel, "TO_ASK", 0.1)
    gate = threading.Event()

    def hang(request: Request, _: float | None) -> Answer:
        gate.wait(10)
        return answered(request, ())

    with ControlServer(tmp_path, hang), pytest.raises(Missing):
        ask(tmp_path, _pause(), 0)
    gate.set()


def test_a_refusal_of_the_request_is_bad_input(bot: Bot, tmp_path: Path) -> None:
    """What the bot does not understand is said as its own words."""
    with pytest.raises(BadInput, match="within"):
        ask(tmp_path, _pause(), 100_000)
    assert bot.given == []


def test_a_folder_with_a_long_name_has_a_socket_too(tmp_path: Path) -> None:
    """Longer than a socket's address."""
    folder = tmp_path / ("long" * 20) / ("longer" * 20)
    with ControlServer(folder, Bot().execute):
        assert ask(folder, _pause()).is_done
