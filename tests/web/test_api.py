"""The documented interface: it names every address, and whatever is sent to one, nothing fails and nobody gets in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable

from lottogrid.control.latch import Latch
from lottogrid.control.record import CommandRecord
from lottogrid.settings import Settings
from tests.control.test_page import Recorder
from tests.timetravel.made import RecordedDay, recorded_day
from tests.web import made
from web.app import create_app
from web.commands import COOKIE
from web.openapi import document
from web.server import Server
from web.tokens import TokenFile

EXAMPLES = 5
"""Of each address, of either kind, logged in and not."""


class Listener(Recorder):
    """Takes commands and words about alarms in, and does nothing."""

    def acknowledge(self, code: object, by: str) -> None:
        """Hear it."""
        self.seen = (code, by)


@dataclass(frozen=True)
class Page:
    """A page with controls, and what was ordered through it."""

    app: Flask
    tokens: TokenFile
    commander: Listener


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordedDay]:
    """Return a day with open positions, of which every moment is recorded."""
    day = recorded_day(tmp_path_factory.mktemp("recorded"))
    day.run_to(60)
    yield day
    day.replay.stop()


@pytest.fixture
def page(recorded: RecordedDay, tmp_path: Path) -> Page:
    """Return the page of that day."""
    view, seconds = recorded.look(), count()
    tokens = TokenFile(tmp_path)
    tokens.ensure()
    commander = Listener(Latch(tmp_path), CommandRecord(tmp_path))
    app = create_app(
        lambda: replace(view, at=view.at + timedelta(seconds=next(seconds))),
        made.about(Settings(storage={"directory": tmp_path})),
        controls=(commander, tokens),
        past=recorded.past,
    )
    return Page(app, tokens, commander)


def _documented() -> dict[str, dict[str, Any]]:
    paths: dict[str, dict[str, Any]] = document(made.about(), has_controls=True)["paths"]
    return paths


def test_every_address_is_documented_and_nothing_else(page: Page) -> None:
    """With its methods; the document is served as it is made."""
    rules = {
        (re.sub(r"<(?:\w+(?:\(.*?\))?:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in page.app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    documented = {(path, method) for path, methods in _documented().items() for method in methods}

    assert rules == documented
    assert page.app.test_client().get("/api/openapi.json").get_json()["paths"] == _documented()


def test_a_page_without_controls_documents_none() -> None:
    """What is not there is not promised."""
    found = document(made.about(), has_controls=False)["paths"]

    assert "/api/view" in found
    assert not [path for path in found if "controls" in path or path in {"/login", "/logout", "/alarms"}]


@pytest.mark.parametrize(
    "moment",
    [
        {"at": "0001-01-01T00:00:00Z"},
        {"at": "0001-01-01T00:00:00+14:00"},
        {"at": "9999-12-31T23:59:59Z"},
        {"at": "9999-12-31T23:59:59-12:00"},
        {"at": "2025-04-09T10:00:00"},
        {"at": "\x00"},
        {"seq": "0"},
        {"seq": "9" * 15},
        {"seq": "9" * 300},
        {"seq": "\N{ARABIC-INDIC DIGIT THREE}"},
        {"at": "now", "seq": "x"},
        {"day": "0001-01-01", "time": "00:00"},
        {"day": "9999-12-31", "second": "99999999"},
        {"day": "2025-04-09", "second": "9" * 300},
    ],
)
def test_no_moment_is_too_far(moment: dict[str, str], page: Page) -> None:
    """The ends of the calendar, of the journal, and what is no moment at all are answered, and not by a failure."""
    client = page.app.test_client()

    for path in ("/", "/money/fragment", "/machines/leg.svg", "/api/view"):
        assert client.get(f"{path}?{urlencode(moment)}").status_code in {200, 302, 400, 404}, path


@pytest.fixture
def served(page: Page) -> Iterator[tuple[Page, str]]:
    """Return the page behind its server, and where."""
    server = Server(page.app)
    server.start()
    yield page, server.url
    server.stop()


@pytest.mark.sockets
@pytest.mark.threads
@pytest.mark.slow
@pytest.mark.parametrize("is_logged_in", [False, True])
@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_whatever_is_sent_is_answered_as_documented(mode: str, is_logged_in: bool, served: tuple[Page, str]) -> None:
    """Nothing fails; the status, the type and the schema are those of the document; no command without a log-in."""
    schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is absent: pip install -e .[dev]")
    checks = _checks()
    page, url = served
    cookies, csrf = _session(page) if is_logged_in else ({}, "")
    sent = 0

    def ask(case: Any) -> None:
        nonlocal sent
        if csrf and isinstance(case.body, dict) and case.path != "/logout":
            case.body["csrf"] = csrf
        response = case.call(base_url=url.rstrip("/"), cookies=cookies, allow_redirects=False)
        case.validate_response(response, checks=checks)
        sent += 1

    bounded = settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    schema = schemathesis.openapi.from_dict(document(made.about(), has_controls=True))
    for found in schema.get_all_operations():
        operation = found.ok()
        cases = operation.as_strategy(generation_mode=schemathesis.GenerationMode(mode))
        with suppress(Unsatisfiable):  # where nothing can be said there is nothing wrong to say
            bounded(given(case=cases)(ask))()

    assert sent > 50
    assert is_logged_in or page.commander.given == []


def _checks() -> list[Any]:
    from schemathesis.checks import not_a_server_error  # noqa: PLC0415 - only where there is one
    from schemathesis.specs.openapi import checks  # noqa: PLC0415

    return [
        not_a_server_error,
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_schema_conformance,
    ]


def _session(page: Page) -> tuple[dict[str, str], str]:
    """Log in, and return the cookie with what stands in every form."""
    client = page.app.test_client()
    client.post("/login", data={"token": page.tokens.value()})
    csrf = re.search(r'name="csrf" value="([^"]+)"', client.get("/controls").text)
    cookie = client.get_cookie(COOKIE)
    assert csrf is not None
    assert cookie is not None
    return {COOKIE: cookie.value}, csrf[1]
