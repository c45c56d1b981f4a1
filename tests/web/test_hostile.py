"""What somebody might send who means no good: nothing gets in, and the page goes on for everybody else."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lottogrid.control.latch import Latch
from lottogrid.control.record import CommandRecord
from lottogrid.settings import Settings
from tests.control.test_page import Recorder
from tests.web import made
from web.app import create_app
from web.commands import COOKIE
from web.server import Server
from web.tokens import TokenFile

GET = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"
ESTOP = b"POST /controls/estop HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
LARGE = b"x" * 100_000


@dataclass(frozen=True)
class Page:
    """A page with controls behind a real server."""

    app: Flask
    tokens: TokenFile
    commander: Recorder
    port: int

    def say(self, request: bytes) -> bytes:
        """Send bytes as they are, and return what is answered until the line is closed."""
        answer = b""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as line, suppress(OSError):
            line.sendall(request)
            line.shutdown(socket.SHUT_WR)
            while part := line.recv(65_536):
                answer += part
        return answer

    def answers(self) -> bool:
        """Return whether somebody else is served."""
        with urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=10) as answer:
            return bool(answer.status == 200)

    def log_in(self) -> tuple[FlaskClient, dict[str, str]]:
        """Return a client that is logged in, with the fields of a pause."""
        client = self.app.test_client()
        client.post("/login", data={"token": self.tokens.value()})
        form = re.search(r'action="/controls/pause">(.*?)</form>', client.get("/controls").text, re.DOTALL)
        assert form is not None
        return client, dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', form[1]))


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    """Return a page that is served."""
    tokens = TokenFile(tmp_path)
    tokens.ensure()
    commander = Recorder(Latch(tmp_path), CommandRecord(tmp_path))
    about = made.about(Settings(storage={"directory": tmp_path}))
    app = create_app(made.troubled_view, about, controls=(commander, tokens))
    server = Server(app)
    server.start()
    yield Page(app, tokens, commander, int(server.url.rsplit(":", 1)[1].rstrip("/")))
    server.stop()


@pytest.mark.sockets
@pytest.mark.threads
@pytest.mark.parametrize(
    ("request_", "statuses"),
    [
        (GET + b"X: " + LARGE + b"\r\n\r\n", {431}),
        (b"GET /" + LARGE + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", {414, 431}),
        (ESTOP + b"Content-Length: 100000\r\n\r\n" + LARGE, {413}),
        (ESTOP + b"Content-Length: 99999999999999999999\r\n\r\n", {413, 400}),
        (ESTOP + b"Transfer-Encoding: chunked\r\n\r\n186A0\r\n" + LARGE + b"\r\n0\r\n\r\n", {413}),
        (ESTOP + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\ncsrf=x", {400}),
        (ESTOP + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n", {400, 403}),
        (ESTOP + b"Content-Length: -1\r\n\r\n", {400}),
        (b"GET http://evil.example/api/view HTTP/1.1\r\nHost: evil.example\r\n\r\n", {400}),
        (b"GET /api/view HTTP/1.1\r\n\r\n", {400}),
        (b"GET /../../../etc/passwd HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", {400, 404}),
        (b"GET /static/../../token HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", {400, 404}),
        (b"GET /static/%2e%2e%2f%2e%2e%2ftoken HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", {400, 404}),
        (b"GET /positions/%00%ff/log HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", {400, 404}),
        (b"TRACE / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", {405}),
        (b"CONNECT evil.example:443 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", {400, 404, 405}),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 HTTP/1.1\r\n\r\n", {400}),
        (b"\r\n" * 20_000, {400, 431}),
    ],
    ids=[
        "large header",
        "large address",
        "large form",
        "huge length",
        "large chunks",
        "two lengths",
        "length and chunks",
        "negative length",
        "absolute address",
        "no host",
        "dots",
        "dots at a file",
        "escaped dots",
        "zero byte",
        "trace",
        "connect",
        "TLS",
        "empty lines",
    ],
)
def test_a_malformed_request_is_refused(request_: bytes, statuses: set[int], page: Page) -> None:
    """With a status or with silence; what it was is not told on, nothing is ordered, and others are served."""
    answer = page.say(request_)
    status = re.match(rb"HTTP/1\.[01] (\d+)", answer)

    assert status is None if not answer else status is not None and int(status[1]) in statuses, answer[:200]
    assert page.tokens.value().encode() not in answer
    assert b"root:" not in answer
    assert b"Traceback" not in answer
    assert page.answers()
    assert page.commander.given == []


@pytest.mark.sockets
@pytest.mark.threads
@pytest.mark.parametrize("begun", [b"", b"GET", GET, GET + b"X: ", ESTOP + b"Content-Length: 4000\r\n\r\ncsrf="])
def test_two_hundred_requests_that_never_end_keep_nobody_out(begun: bytes, page: Page) -> None:
    """Wherever they stop: in the first line, in a header, in the form."""
    lines = [socket.create_connection(("127.0.0.1", page.port)) for _ in range(200)]
    try:
        for line in lines:
            line.sendall(begun)
        assert page.answers()
    finally:
        for line in lines:
            line.close()
    assert page.answers()
    assert page.commander.given == []


def test_a_session_is_over_after_the_log_out(page: Page) -> None:
    """Its cookie, kept and sent again, opens nothing; neither does its form."""
    client, form = page.log_in()
    cookie = client.get_cookie(COOKIE)
    assert cookie is not None
    assert client.post("/logout", data=form).status_code == 303

    client.set_cookie(COOKIE, cookie.value)
    assert client.get("/controls").headers["Location"] == "/login"
    assert client.post("/controls/pause", data=form).status_code == 403
    assert page.commander.given == []


def test_a_command_is_not_repeated_by_a_later_process(page: Page, tmp_path: Path) -> None:
    """A form that is sent again after a restart, within a session of the new process, leads to what came of it."""
    client, form = page.log_in()
    client.post("/controls/pause", data=form)
    later = Recorder(Latch(tmp_path), CommandRecord(tmp_path))
    restarted = Page(create_app(made.quiet_view, made.about(), controls=(later, page.tokens)), page.tokens, later, 0)
    again, fresh = restarted.log_in()
    answer = again.post("/controls/pause", data={**form, "csrf": fresh["csrf"]})

    assert answer.headers["Location"] == f"/controls/answers/{form['id']}"
    assert [request.id for request in page.commander.given] == [form["id"]]
    assert later.given == []


def test_a_wrong_token_tells_nothing_of_the_right_one(page: Page) -> None:
    """Wrong tokens of any length get the same words, and after five in a minute nobody gets in at all."""
    client = page.app.test_client()
    right = page.tokens.value()
    answers = [
        client.post("/login", data={"token": guess}) for guess in ("", "x", right[:-1], right + "x", right[::-1])
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.text for answer in answers}) == 1
    assert client.post("/login", data={"token": right}).status_code == 429


def test_a_script_in_the_log_is_not_run(page: Page, tmp_path: Path) -> None:
    """Lines of the log are plain text that no browser takes for anything else; what is no position has none."""
    script = "<script>alert(1)</script>"
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "bot.log").write_text(f"alarm {script}\n")
    client = page.app.test_client()

    assert client.get(f"/positions/{script}/log").status_code == 404
    assert client.get("/positions/alarm/log").status_code == 404
    for path in ("/", "/alarms", f"/alarms?{urlencode({'seen': script})}", f"/actors/{script}", f"/?{script}"):
        answer = client.get(path)
        assert script not in answer.text or answer.content_type.startswith("text/plain"), path
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
