"""The page of alarms: what stands, what to do, and who may say that it was seen."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from actors import messages as m
from actors.control import Controller
from actors.notifier import AlarmsView, Notifier
from actors.view import View
from lottogrid.alerts.codes import ALERTS, AlertCode
from lottogrid.alerts.standing import Standing
from lottogrid.control.latch import Latch
from lottogrid.control.record import CommandRecord
from lottogrid.ledger.ledger import Ledger
from tests.actors.desk import ActorDesk
from tests.web import made
from web.app import create_app
from web.tokens import TokenFile

CODE = AlertCode.BOOKS_DIFFER
PATH = f"/controls/alarms/{CODE.name}"


@dataclass
class Heard:
    """Remembers who said that he has looked."""

    latch: Latch
    record: CommandRecord
    seen: list[tuple[AlertCode, str]] = field(default_factory=list)

    def submit(self, request: object) -> None:
        """Nothing is ordered here."""
        raise AssertionError(request)

    def acknowledge(self, code: AlertCode, by: str) -> None:
        """Note it."""
        self.seen.append((code, by))


@dataclass
class Desk:
    """A browser, the token, and what was said."""

    client: FlaskClient
    tokens: TokenFile
    heard: Heard

    def log_in(self) -> str:
        """Log in, and return what stands in every form."""
        assert self.client.post("/login", data={"token": self.tokens.value()}).status_code == 303
        found = re.search(r'name="csrf" value="([^"]+)"', self.client.get("/alarms").text)
        assert found is not None
        return found[1]


def desk_of(view: View, folder: Path) -> Desk:
    tokens = TokenFile(folder)
    tokens.ensure()
    heard = Heard(Latch(folder), CommandRecord(folder))
    return Desk(create_app(lambda: view, made.about(), controls=(heard, tokens)).test_client(), tokens, heard)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A page with one alarm that stands."""
    return desk_of(made.troubled_view(), tmp_path)


def test_what_stands_is_shown_with_what_to_do(desk: Desk) -> None:
    """To everybody who sees the page; its button only to who is logged in."""
    html = unescape(desk.client.get("/alarms").text)

    assert CODE.name in html
    assert "halted: the books differ" in html
    assert "critical" in html
    assert ALERTS[CODE].action.replace("`", "") in html
    assert PATH not in html
    desk.log_in()
    assert PATH in desk.client.get("/alarms").text


def test_who_is_logged_in_can_say_that_he_has_looked(desk: Desk) -> None:
    """With a name, or where the form came from."""
    csrf = desk.log_in()
    answer = desk.client.post(PATH, data={"csrf": csrf, "by": " me "})
    desk.client.post(PATH, data={"csrf": csrf})

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/alarms?seen={CODE.name}")
    assert desk.heard.seen == [(CODE, "me"), (CODE, "somebody at the page, 127.0.0.1")]


@pytest.mark.parametrize(
    ("logs_in", "path", "csrf", "status"),
    [
        (False, PATH, "", 403),
        (True, PATH, "", 403),
        (True, PATH, "forged", 403),
        (True, "/controls/alarms/NO_SUCH_CODE", None, 404),
        (True, "/controls/alarms/../../x", None, 404),
    ],
    ids=["no log-in", "no secret", "forged", "unknown code", "path"],
)
def test_nobody_else_can(logs_in: bool, path: str, csrf: str | None, status: int, desk: Desk) -> None:
    """Neither without a session, nor with a form from elsewhere."""
    ours = desk.log_in() if logs_in else ""
    answer = desk.client.post(path, data={"csrf": ours if csrf is None else csrf, "by": "me"})

    assert answer.status_code in {status, 400} if ".." in path else answer.status_code == status
    assert desk.heard.seen == []


def test_a_form_from_another_site_is_refused(desk: Desk) -> None:
    """Even with the right secret."""
    answer = desk.client.post(PATH, data={"csrf": desk.log_in()}, headers={"Origin": "https://evil.example"})
    assert (answer.status_code, desk.heard.seen) == (403, [])


def test_it_is_called_confirmed_only_when_the_notifier_shows_it(desk: Desk, tmp_path: Path) -> None:
    """Until then the page asks again; what it is told to wait for is a code that stands, or nothing."""
    desk.log_in()
    waiting = desk.client.get(f"/alarms?seen={CODE.name}").text
    assert f"looked at {CODE.name}: not confirmed yet" in waiting
    assert 'http-equiv="refresh"' in waiting

    seen = Standing(code=CODE, text="x", first_at=made.NOON, last_at=made.NOON, acknowledged_at=made.NOON)
    confirmed = desk_of(replace(made.quiet_view(), alarms=AlarmsView((), (seen,))), tmp_path / "later")
    for html in (
        confirmed.client.get(f"/alarms?seen={CODE.name}").text,
        desk.client.get("/alarms?seen=<script>").text,
    ):
        assert "not confirmed yet" not in html
        assert 'http-equiv="refresh"' not in html
        assert "<script>" not in html


def test_what_was_seen_has_no_button_and_says_by_whom(tmp_path: Path) -> None:
    """Its text is text, whoever wrote it."""
    name = "<script>alert(1)</script>"
    seen = Standing(
        code=CODE, text=name, first_at=made.NOON, last_at=made.NOON, acknowledged_at=made.NOON, acknowledged_by=name
    )
    desk = desk_of(replace(made.quiet_view(), alarms=AlarmsView((), (seen,))), tmp_path)
    assert desk.client.post("/login", data={"token": desk.tokens.value()}).status_code == 303
    html = desk.client.get("/alarms").text

    assert "seen by &lt;script&gt;" in html
    assert "<script>alert" not in html
    assert PATH not in html


def test_without_controls_there_is_no_such_page() -> None:
    """Nor a link to it."""
    client = create_app(made.troubled_view, made.about()).test_client()
    assert client.get("/alarms").status_code == 404
    assert 'href="/alarms"' not in client.get("/").text


def test_the_word_reaches_the_notifier(tmp_path: Path) -> None:
    """Through what carries the operator's commands out."""
    bot = ActorDesk(m.NOTIFIER, Notifier, m.LEDGER)
    bot.tell(m.Alarm(CODE, "differ"))
    runtime = bot.runtime
    Controller(
        runtime, Latch(tmp_path), CommandRecord(tmp_path), lambda: Ledger.open(tmp_path / "ledger.sqlite")
    ).acknowledge(CODE, "me")
    bot.settle()

    shown = runtime.board[m.NOTIFIER]
    assert isinstance(shown, AlarmsView)
    assert [(each.is_open, each.acknowledged_by) for each in shown.standing] == [(False, "me")]
