"""The controls on the page: who gets in, what a form needs, and what is shown before it is confirmed."""

from __future__ import annotations

import re
import socket
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lottogrid.control.commands import Command, Request, Step, answered
from lottogrid.control.latch import Latch
from lottogrid.control.record import CommandRecord
from lottogrid.errors import BadInput, Missing
from tests.web import made
from web.app import create_app
from web.commands import COOKIE
from web.server import Server
from web.sessions import TRIES, WITHIN, Sessions, TooManyTries
from web.tokens import TokenFile

FOREIGN = "https://evil.example"


@dataclass
class Recorder:
    """Takes commands in and carries none out."""

    latch: Latch
    record: CommandRecord
    given: list[Request] = field(default_factory=list)

    def submit(self, request: Request) -> None:
        """Note it."""
        if self.record.begin(request):
            self.given.append(request)


@dataclass
class Desk:
    """A page, its token, and what was ordered through it."""

    app: Flask
    client: FlaskClient
    tokens: TokenFile
    commander: Recorder

    def log_in(self) -> None:
        """Let the client in."""
        answer = self.client.post("/login", data={"token": self.tokens.value()})
        assert answer.status_code == 303

    def form(self, command: Command) -> dict[str, str]:
        """Return the hidden fields of a command's form."""
        html = self.client.get("/controls").text
        inside = re.search(rf'action="/controls/{command.value}">(.*?)</form>', html, re.DOTALL)
        assert inside is not None
        return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', inside[1]))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Return a page with controls; nobody is logged in."""
    tokens = TokenFile(tmp_path)
    tokens.ensure()
    commander = Recorder(Latch(tmp_path), CommandRecord(tmp_path))
    app = create_app(made.quiet_view, made.about(), controls=(commander, tokens))
    return Desk(app, app.test_client(), tokens, commander)


def test_a_command_is_given_once_and_shown_as_asked_until_it_is_confirmed(desk: Desk) -> None:
    """The answer page says done only when there is an answer that says so."""
    desk.log_in()
    form = desk.form(Command.PAUSE)

    sent = desk.client.post("/controls/pause", data={**form, "by": "Ann"})
    asked = desk.client.get(sent.headers["Location"]).text
    assert [(each.command, each.by) for each in desk.commander.given] == [(Command.PAUSE, "Ann")]
    assert "not confirmed yet" in asked
    assert "done" not in asked

    answer = answered(desk.commander.given[0], (Step("no entry from now on", is_confirmed=True),))
    desk.commander.record.end(answer)
    assert "pause: done" in desk.client.get(sent.headers["Location"]).text


def test_a_form_that_is_sent_again_is_not_done_again(desk: Desk) -> None:
    """The same request leads to the same answer."""
    desk.log_in()
    form = desk.form(Command.PAUSE)
    first = desk.client.post("/controls/pause", data=form)
    again = desk.client.post("/controls/pause", data=form)

    assert first.headers["Location"] == again.headers["Location"]
    assert len(desk.commander.given) == 1


@pytest.mark.parametrize("command", [Command.FLATTEN, Command.ESTOP])
@pytest.mark.parametrize("typed", ["", "yes", "flatten", "estop", "FLATTEN ESTOP"])
def test_the_deep_ones_have_to_be_typed(command: Command, typed: str, desk: Desk) -> None:
    """Anything but the word does nothing."""
    desk.log_in()
    answer = desk.client.post(f"/controls/{command.value}", data={**desk.form(command), "typed": typed})
    assert answer.status_code == 400
    assert "nothing was done" in answer.text
    assert desk.commander.given == []

    desk.client.post(f"/controls/{command.value}", data={**desk.form(command), "typed": command.word})
    assert [each.command for each in desk.commander.given] == [command]


def test_nothing_without_a_log_in(desk: Desk) -> None:
    """Pages lead to the log-in, forms are refused."""
    for path in ("/controls", "/controls/answers/abc"):
        assert desk.client.get(path).headers["Location"] == "/login"
    for path in ("/controls/pause", "/controls/estop", "/logout"):
        assert desk.client.post(path, data={"csrf": "x", "id": "abc"}).status_code == 403
    assert desk.commander.given == []


def test_a_wrong_token_opens_nothing(desk: Desk) -> None:
    """Neither a wrong one nor none at all nor an invented session."""
    for token in ("", "x", desk.tokens.value()[:-1], desk.tokens.value() + "x", "\N{GREEK SMALL LETTER ALPHA}"):
        answer = desk.client.post("/login", data={"token": token})
        assert answer.status_code in {403, 429}
        assert "Set-Cookie" not in answer.headers
    desk.client.set_cookie(COOKIE, "invented")
    assert desk.client.get("/controls").headers["Location"] == "/login"


def test_an_old_token_is_out_and_so_are_its_sessions(desk: Desk) -> None:
    """A new token ends what the old one opened."""
    old = desk.tokens.value()
    desk.log_in()
    form = desk.form(Command.PAUSE)
    desk.tokens.rotate()

    assert desk.client.post("/controls/pause", data=form).status_code == 403
    assert desk.client.post("/login", data={"token": old}).status_code == 403
    desk.log_in()
    assert desk.client.get("/controls").status_code == 200
    assert desk.commander.given == []


def test_too_many_wrong_tokens_are_made_to_wait(tmp_path: Path) -> None:
    """Even the right one waits, and is let in a minute later."""
    tokens, now = TokenFile(tmp_path), [100.0]
    right = tokens.rotate()
    sessions = Sessions(tokens, lambda: now[0])
    assert [sessions.open("wrong") for _ in range(TRIES)] == [None] * TRIES
    with pytest.raises(TooManyTries):
        sessions.open(right)
    now[0] += WITHIN
    assert sessions.open(right) is not None


def test_a_forged_form_is_refused(desk: Desk) -> None:
    """No secret, another's secret, another origin, another kind of content."""
    desk.log_in()
    good = desk.form(Command.PAUSE)
    other = desk.app.test_client()
    other.post("/login", data={"token": desk.tokens.value()})
    theirs = re.search(r'name="csrf" value="([^"]+)"', other.get("/controls").text)
    assert theirs is not None

    tries = [
        ({"data": {"id": good["id"]}}, 403),
        ({"data": {**good, "csrf": theirs[1]}}, 403),
        ({"data": {**good, "csrf": "\N{GREEK SMALL LETTER ALPHA}"}}, 403),
        ({"data": good, "headers": {"Origin": FOREIGN}}, 403),
        ({"data": good, "headers": {"Origin": "null"}}, 403),
        ({"data": good, "headers": {"Sec-Fetch-Site": "cross-site"}}, 403),
        ({"json": good}, 415),
        ({"data": good, "headers": {"Host": "evil.example"}}, 400),
        ({"data": {**good, "by": "x" * 5000}}, 413),
        ({"data": {**good, "by": "x" * 300}}, 400),
        ({"data": {**good, "id": "../../etc/passwd"}}, 400),
    ]
    for options, status in tries:
        assert desk.client.post("/controls/pause", **options).status_code == status, options  # type: ignore[arg-type]
    assert desk.commander.given == []


@pytest.mark.parametrize(
    "path", ["/controls/../pause", "/controls/sell", "/controls/answers/..%2f..%2ftoken", "/token"]
)
def test_path_tricks_lead_nowhere(path: str, desk: Desk) -> None:
    """What is no command is none, and no file can be reached."""
    desk.log_in()
    form = desk.form(Command.PAUSE)
    for answer in (desk.client.get(path), desk.client.post(path, data=form)):
        assert answer.status_code in {400, 404, 405}
        assert desk.tokens.value() not in answer.text
    assert desk.commander.given == []


def test_no_redirect_leads_elsewhere(desk: Desk) -> None:
    """Whatever is asked for, the log-in leads to the controls."""
    answer = desk.client.post(f"/login?next={FOREIGN}", data={"token": desk.tokens.value(), "next": FOREIGN})
    assert answer.headers["Location"] == "/controls"


def test_the_cookie_is_kept_from_scripts_and_other_sites(desk: Desk) -> None:
    """HttpOnly and SameSite=Strict; the pages allow no script at all and are not kept."""
    answer = desk.client.post("/login", data={"token": desk.tokens.value()})
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "SameSite=Strict" in answer.headers["Set-Cookie"]
    page = desk.client.get("/controls")
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "form-action 'self'" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"
    assert desk.tokens.value() not in page.text


def test_a_script_in_what_is_shown_is_text(desk: Desk) -> None:
    """In who ordered, and in what is left."""
    script = "<script>alert(1)</script>"
    desk.log_in()
    ordered = Request.new(Command.PAUSE, by=script, via=script)
    desk.commander.latch.set(ordered)
    desk.commander.record.begin(ordered)
    desk.commander.record.end(answered(ordered, (Step(script, is_confirmed=False, detail=script),), (script,), script))
    for path in ("/controls", f"/controls/answers/{ordered.id}"):
        html = desk.client.get(path).text
        assert script not in html
        assert "&lt;script&gt;" in html


def test_a_page_without_controls_takes_no_form() -> None:
    """It only shows."""
    client = create_app(made.quiet_view, made.about()).test_client()
    assert client.post("/controls/pause").status_code == 405
    assert client.get("/controls").status_code == 404


def test_a_token_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """Made for its owner only; another mode, an empty file and none at all are named."""
    tokens = TokenFile(tmp_path)
    assert tokens.ensure()
    assert not tokens.ensure()
    assert tokens.path.stat().st_mode & 0o777 == 0o600
    tokens.path.chmod(0o644)
    with pytest.raises(BadInput, match="mode 644"):
        tokens.value()
    tokens.path.chmod(0o600)
    tokens.path.write_text("short\n")
    with pytest.raises(BadInput, match="32 characters"):
        tokens.value()
    tokens.path.unlink()
    with pytest.raises(Missing, match="token --new"):
        tokens.value()


@pytest.mark.sockets
def test_two_hundred_clients_that_never_finish_keep_nobody_out(desk: Desk) -> None:
    """A request behind them is answered, and theirs do nothing."""
    server = Server(desk.app)
    server.start()
    port = int(server.url.rsplit(":", 1)[1].rstrip("/"))
    lines = [socket.create_connection(("127.0.0.1", port)) for _ in range(200)]
    try:
        for line in lines:
            line.sendall(b"POST /controls/estop HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 400\r\n\r\ncsrf=")
        with urllib.request.urlopen(f"{server.url}healthz", timeout=20) as answer:
            assert answer.status == 200
    finally:
        for line in lines:
            line.close()
        server.stop()
    assert desk.commander.given == []
