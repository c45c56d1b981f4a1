"""A bot on threads that is commanded through its socket and its page."""

from __future__ import annotations

import re
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from lottogrid.cli.run import desk
from lottogrid.control.channel import NAME, ask
from lottogrid.control.commands import Answer, Command, Request
from lottogrid.control.latch import Latch
from lottogrid.ledger.lock import holder
from tests.cli.conftest import MONDAY, Call, call  # noqa: F401 - a fixture
from web.tokens import TokenFile

pytestmark = [pytest.mark.threads, pytest.mark.sockets]


def test_it_is_paused_from_a_shell_and_stopped_from_the_page(
    call: Call,  # noqa: F811 - the fixture
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both are confirmed by the engine, the second is latched when the bot has ended, and the socket is gone."""
    answers: list[Answer] = []
    pages: list[str] = []
    plain_wait = desk.Desk.wait
    folder = tmp_path / "var"

    def wait(self: desk.Desk, seconds: float) -> Any:
        view = self.look()
        if view.engine is not None and view.engine.state.value == "running" and not answers:
            answers.append(ask(folder, Request.new(Command.PAUSE, by="Ann", via="a test"), 10))
            found = holder(folder / "ledger.sqlite")
            assert found is not None
            pages.append(_stop(found.url, TokenFile(folder).value()))
            self.ask_to_stop("SIGTERM")
        return plain_wait(self, seconds)

    monkeypatch.setattr(desk.Desk, "wait", wait)
    said = call("run", "--date", MONDAY, "--as-of", "2026-01-05T15:20-05:00", "--speed", 60, "--port", 0)

    assert said.code == 0, said.err
    assert "A token for the controls of the page was made" in said.err
    assert [step.is_confirmed for step in answers[0].steps] == [True, True, True]
    assert "stop: done" in pages[0]
    standing = Latch(folder).standing()
    assert standing is not None
    assert (standing.command, standing.by) == (Command.STOP, "Bob")
    assert not (folder / NAME).exists()


def _stop(url: str, token: str) -> str:
    """Log in, send the form, and read on until it is confirmed."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def send(path: str, **fields: str) -> str:
        data = urlencode(fields).encode() if fields else None
        with browser.open(f"{url}{path}", data, timeout=10) as answer:
            text: str = answer.read().decode()
            return text

    controls = send("login", token=token)
    form = re.search(r'action="/controls/stop">(.*?)</form>', controls, re.DOTALL)
    assert form is not None
    fields = dict(re.findall(r'name="(\w+)" value="([^"]+)"', form[1]))
    shown = send("controls/stop", **fields, by="Bob")
    for _ in range(200):
        if "not confirmed yet" not in shown:
            break
        shown = send(f"controls/answers/{fields['id']}")
    return shown
