"""The page of the past: the whole of it is of one moment, it says so, and it offers no controls."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from actors.view_json import to_json
from lottogrid.clock import new_york
from tests.timetravel.conftest import Looked
from tests.web import made
from web.app import create_app
from web.timetravel import address, carried


@pytest.fixture
def client(looked: Looked) -> FlaskClient:
    return looked.client()


def moment(looked: Looked, minutes: float) -> str:
    return address(looked.day.day.opens + timedelta(minutes=minutes))


def test_every_page_shows_the_moment_that_its_address_names(looked: Looked, client: FlaskClient) -> None:
    """The overview, money, a position, an actor, a machine and its drawing, and the same as JSON."""
    seen = looked.witness.at(looked.day.day.opens + timedelta(minutes=100, seconds=30))
    then = moment(looked, 100.5)
    key = seen.positions[0].record.position_id

    shown = client.get(f"/api/view?{then}").get_json()
    live = to_json(seen)

    assert {name: shown[name] for name in live} == live
    assert shown["about"]["started_at"] == new_york(looked.day.day.opens).isoformat()
    assert len(live["positions"]) < len(to_json(looked.now)["positions"])
    for path in ("/", "/money", f"/positions/{key}", "/actors/ledger", "/machines/position"):
        html = client.get(f"{path}?{then}").get_data(as_text=True)
        assert f"As it was at {new_york(seen.at):%H:%M:%S} ET" in html, path
        assert f'data-at="{new_york(seen.at).isoformat()}"' in html
    assert client.get(f"/machines/position.svg?{then}").data != client.get("/machines/position.svg").data


def test_a_position_that_is_still_to_come_is_not_there(looked: Looked, client: FlaskClient) -> None:
    """Its address answers 404 of that moment, and 200 of now."""
    youngest = looked.now.positions[0].record

    early = address(youngest.planned_at - timedelta(minutes=2))

    assert client.get(f"/positions/{youngest.position_id}").status_code == 200
    assert client.get(f"/positions/{youngest.position_id}?{early}").status_code == 404
    assert youngest.position_id not in re.sub(r"(?s)<details id=\"stops\".*?</details>", "", page(client, early))


def page(client: FlaskClient, query: str, path: str = "/") -> str:
    return client.get(f"{path}?{query}").get_data(as_text=True)


def test_a_page_of_the_past_offers_no_controls_and_does_not_reload(looked: Looked, tmp_path: Path) -> None:
    """Neither a form that orders, nor a link to one; nothing fetches the present into it."""
    html = page(looked.client(), moment(looked, 60))
    there = re.sub(r"<form method=\"get\".*?</form>", "", html, flags=re.DOTALL)

    assert "<form" not in there
    assert "/controls" not in html
    assert 'href="/alarms"' not in html
    assert "page.js" not in html
    assert "http-equiv" not in html
    assert "timetravel.js" in html
    assert "Back to now" in html
    assert "<title>Past, 10:" in html


def test_a_page_of_the_past_never_goes_stale(looked: Looked, real_time: list[float]) -> None:
    """Whatever the bot does meanwhile; the present does."""
    client = looked.client()
    client.get("/")
    real_time[0] += 3600

    assert 'data-stale="true"' in client.get("/").get_data(as_text=True)
    html = page(client, moment(looked, 60))
    assert 'data-stale="false"' in html
    assert "STALE" not in html
    assert "data-beat" not in html


def test_links_keep_to_the_moment_and_lead_back_to_now(looked: Looked, client: FlaskClient) -> None:
    """Every link to something of the bot's; those to the present say so."""
    then = moment(looked, 100)
    html = page(client, then)
    own = [unescape(link) for link in re.findall(r'(?:href|src)="(/[^"]*)"', html) if not link.startswith("/static")]
    left = {link for link in own if then not in link}

    assert left == {"/backtests", "/readyz", "/healthz"}
    assert sum(link.startswith(f"/positions/LG-20250409-001?{then}") for link in own) >= 1
    assert f"/?{then}#tree-title" in own
    assert '<a href="?">Back to now</a>' in html
    for link in own:
        if then in link:
            assert client.get(link).status_code == 200, link


def test_moments_lead_to_the_picture_in_which_they_are_first_seen(looked: Looked, client: FlaskClient) -> None:
    """Forward and back by one, from the morning to the end, and by the list."""
    html = page(client, moment(looked, 20))
    rows = []
    while (found := re.search(r'rel="next" href="\?(seq=(\d+))"', html)) is not None:
        rows.append(int(found[2]))
        html = page(client, found[1])
        assert looked.past.with_row(rows[-1]).view.sequence >= rows[-1]
    assert rows == sorted(rows)
    assert len(rows) >= 6
    back = []
    while (found := re.search(r'rel="prev" href="\?(seq=(\d+))"', html)) is not None:
        back.append(int(found[2]))
        html = page(client, found[1])
    assert back == sorted(back, reverse=True)
    assert len(back) >= 6
    assert "Nothing earlier" in html


def test_forms_without_a_script_lead_to_an_address_that_can_be_shared(looked: Looked, client: FlaskClient) -> None:
    """The slider's second, the field with the time, and the way from the present."""
    expected = "/money?at=2025-04-09T11:00:00-04:00"

    assert client.get("/money?day=2025-04-09&second=39600").headers["Location"] == expected
    assert client.get("/money?day=2025-04-09&time=11:00").headers["Location"] == expected
    assert client.get("/money?day=2025-04-09&time=11:00:00").headers["Location"] == expected
    assert client.get("/?at=now").headers["Location"] == f"/?{address(looked.now.at)}"
    assert 'href="/?at=now"' in client.get("/").get_data(as_text=True)
    html = page(client, "at=2025-04-09T11:00:00-04:00")
    assert re.search(r'name="second" min="\d+" max="\d+" value="39600"', html)
    policy = client.get("/?seq=20").headers["Content-Security-Policy"]
    assert "form-action 'self'" in policy
    assert "form-action 'none'" in client.get("/").headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("at=yesterday", 400, "at: expected an instant with its offset"),
        ("at=2025-04-09T11:00:00", 400, "at: expected an instant with its offset"),
        ("at=0001-01-01T00:00:00%2B14:00", 400, "at: expected an instant"),
        ("at=", 400, "at: expected an instant"),
        ("seq=-1", 400, "seq: expected the number"),
        ("seq=0", 404, "journal: expected a row 0, found none"),
        ("seq=" + "9" * 400, 400, "seq: expected the number"),
        ("seq=99999999", 404, "journal: expected a row 99999999, found none"),
        ("at=2024-01-01T00:00:00-05:00", 404, "found that it begins at 2025-04-09T"),
        ("day=2025-04-09", 400, "day: expected one"),
        ("day=2025-04-09&second=x", 400, "day: expected one"),
        ("day=9999-12-31&second=99999999999", 400, "day: expected one"),
        ("day=<script>&time=11:00", 400, "day: expected one"),
    ],
)
def test_a_moment_that_is_none_is_refused(client: FlaskClient, query: str, status: int, words: str) -> None:
    """In one line, and never by showing the present instead."""
    for path in ("/", "/fragment"):
        answer = client.get(f"{path}?{query}")
        assert answer.status_code == status
        assert words in answer.get_data(as_text=True)
        assert "<script>" not in answer.get_data(as_text=True)


def test_without_a_recording_there_is_no_past(looked: Looked) -> None:
    """The page does not lead there, and an address from before shows nothing else instead."""
    client = create_app(lambda: looked.now, made.about()).test_client()

    assert "Look back" not in client.get("/").get_data(as_text=True)
    answer = client.get(f"/?{moment(looked, 60)}")
    assert answer.status_code == 404
    assert "storage.recorded_days" in answer.get_data(as_text=True)


def test_probes_and_metrics_tell_of_the_present_whatever_is_asked(looked: Looked, client: FlaskClient) -> None:
    """A monitor is not to be told of another time."""
    then = moment(looked, 30)

    asked, plain = (client.get(path).get_data(as_text=True) for path in (f"/metrics?{then}", "/metrics"))
    own = [line for line in plain.splitlines() if line.startswith("lottogrid_")]
    assert len(own) > 10
    assert [line for line in asked.splitlines() if line.startswith("lottogrid_")] == own
    assert client.get(f"/readyz?{then}").data == client.get("/readyz").data


def test_what_was_not_recorded_is_said_and_not_shown_as_nothing(looked: Looked, client: FlaskClient) -> None:
    """Messages are not; a moment long after the last picture is not."""
    html = page(client, moment(looked, 60), "/actors/ledger")
    late = page(client, moment(looked, 600))

    assert "Messages are not recorded" in html
    assert "nothing is recorded from 2025-04-09 12:50:00 ET on" in late
    assert "nothing is recorded" not in page(client, moment(looked, 60))


def test_a_plus_that_was_not_quoted_is_understood(looked: Looked, client: FlaskClient) -> None:
    """A person writes the offset of UTC as it is."""
    assert client.get("/api/view?at=2025-04-09T15:00:00+00:00").status_code == 200
    assert client.get("/api/view?at=" + quote("2025-04-09T15:00:00+00:00")).status_code == 200


def test_only_links_to_what_can_be_looked_at_then_are_changed() -> None:
    """A link to the controls, a file of the page or another place stays what it is."""
    for link in ('href="/controls"', 'href="/static/page.css"', 'href="?seq=1"', 'href="https://x/positions/1"'):
        assert carried(f"<a {link}>", "at=x") == f"<a {link}>"
    assert carried('<img src="/machines/leg.svg?v=3">', "at=x") == '<img src="/machines/leg.svg?at=x">'
    assert carried('<a href="/#tree-title">', "at=x") == '<a href="/?at=x#tree-title">'
