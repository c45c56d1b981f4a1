"""What the application answers, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from actors.view import View
from lottogrid.errors import Missing
from lottogrid.settings import Settings
from machines import diagrams
from machines.catalog import ALL
from tests.web import made
from web.app import create_app

ClientOf = Callable[..., FlaskClient]
PATHS = ("/", "/fragment", "/api/view", "/healthz", "/readyz", "/machines/engine.svg", "/static/page.css")


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_has_the_strict_headers(path: str, client_of: ClientOf) -> None:
    """Nothing may frame the page, guess a type, or load from elsewhere."""
    with client_of(made.quiet_view()).get(path) as answer:
        assert answer.status_code == 200
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "unsafe" not in answer.headers["Content-Security-Policy"] or path.startswith("/machines/")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["post", "put", "delete", "patch", "options"])
def test_only_get_is_answered(path: str, method: str, client_of: ClientOf) -> None:
    """No method but GET reaches anything."""
    assert getattr(client_of(made.quiet_view()), method)(path).status_code == 405


@pytest.mark.parametrize("host", ["evil.example", "10.0.0.5:8787", "127.0.0.1.evil.example", "localhost.evil.example"])
def test_a_foreign_host_name_is_refused(host: str, client_of: ClientOf) -> None:
    """A site that points its name at this machine cannot read the page."""
    answer = client_of(made.quiet_view()).get("/api/view", headers={"Host": host})

    assert answer.status_code == 400
    assert answer.text.count("\n") == 1
    assert "sequence" not in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1:8787", "localhost", "LOCALHOST:1", "[::1]:8787", "127.9.9.9"])
def test_names_of_this_machine_are_answered(host: str, client_of: ClientOf) -> None:
    """Every loopback name and address will do."""
    assert client_of(made.quiet_view()).get("/healthz", headers={"Host": host}).status_code == 200


def test_a_configured_host_name_is_answered() -> None:
    """A name given to the application counts as known."""
    app = create_app(made.quiet_view, made.about(), hosts=("trader.lan",))

    assert app.test_client().get("/healthz", headers={"Host": "Trader.lan:8787"}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/fragment", "/api/view", "/machines/leg.svg"])
def test_what_has_not_changed_is_not_sent_again(path: str, client_of: ClientOf) -> None:
    """The ETag of one answer makes the next a 304 without a body."""
    client = client_of(made.quiet_view())
    first = client.get(path)

    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})

    assert again.status_code == 304
    assert again.data == b""


def test_a_new_picture_has_a_new_tag(real_time: list[float]) -> None:
    """When the bot's time has moved, the old tag no longer matches."""
    views = [made.quiet_view(), made.quiet_view(made.NOON.replace(second=1))]
    client = create_app(lambda: views[0], made.about()).test_client()
    tag = client.get("/fragment").headers["ETag"]
    views.pop(0)
    real_time[0] += 1

    assert client.get("/fragment", headers={"If-None-Match": tag}).status_code == 200


def test_an_unknown_path_is_one_plain_line(client_of: ClientOf) -> None:
    """Not found is said without markup."""
    answer = client_of(made.quiet_view()).get("/machines/warp.svg")

    assert answer.status_code == 404
    assert answer.content_type.startswith("text/plain")
    assert "expected one of engine" in answer.text


def test_a_failure_shows_no_stack(client_of: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes wrong inside is in the log, not in the browser."""
    monkeypatch.setattr("web.sheets.page", lambda *_: 1 / 0)

    answer = client_of(made.quiet_view()).get("/")

    assert answer.status_code == 500
    assert answer.text == "page: this part failed; the log says why\n"


def test_a_bot_that_was_never_seen_is_503() -> None:
    """Without any picture there is one plain line, and the process still says that it lives."""

    def look() -> View:
        raise RuntimeError("not yet")

    client = create_app(look, made.about()).test_client()

    assert client.get("/").status_code == 503
    assert "not yet" in client.get("/").text
    assert client.get("/healthz").get_json() == {"status": "ok"}


def test_ready_says_what_is_not() -> None:
    """A quiet bot is ready; a troubled one names engine, link and books."""
    quiet = create_app(made.quiet_view, made.about()).test_client().get("/readyz")
    troubled = create_app(made.troubled_view, made.about()).test_client().get("/readyz")
    empty = create_app(made.empty_view, made.about()).test_client().get("/readyz")

    assert (quiet.status_code, quiet.get_json()) == (200, {"status": "ready", "reasons": []})
    assert troubled.status_code == empty.status_code == 503
    reasons = " ".join(troubled.get_json()["reasons"])
    assert "halted" in reasons
    assert "connection refused" in reasons
    assert "the books differ" in reasons
    assert len(empty.get_json()["reasons"]) == 3


@pytest.mark.parametrize("name", ALL)
def test_every_machine_is_drawn_with_todays_states(
    name: str, midday: tuple[View, Settings], client_of: ClientOf
) -> None:
    """Each diagram marks where lives stand."""
    answer = client_of(*midday).get(f"/machines/{name}.svg")

    assert answer.content_type == "image/svg+xml"
    assert "● now" in answer.text


def test_a_machine_is_told_as_text_where_it_cannot_be_drawn(
    client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the renderer there is Mermaid's text, under its own type."""

    def fail(*_: object) -> str:
        raise Missing("no renderer")

    monkeypatch.setattr(diagrams, "svg", fail)

    answer = client_of(made.quiet_view()).get("/machines/engine.svg")

    assert answer.content_type.startswith("text/vnd.mermaid")
    assert answer.text.startswith("stateDiagram-v2")


def test_the_json_says_which_process_it_is_of(client_of: ClientOf) -> None:
    """Mode, version and settings hash go with the view."""
    document = client_of(made.quiet_view()).get("/api/view").get_json()

    assert document["about"]["mode"] == "paper"
    assert document["about"]["settings_hash"] == Settings().hash
    assert document["doubts"] == []
    assert document["sequence"] == 7
