"""The pages of one position, one actor, one machine, and of the money."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from actors.ledger_view import Compared
from actors.view import View
from lottogrid.ledger.comparison import Difference
from lottogrid.ledger.order_remedies import Verdict
from lottogrid.ledger.records import HaltSet
from lottogrid.orders import OrderState
from lottogrid.risk.reasons import Reason
from lottogrid.settings import Settings, changed
from tests.web import made
from tests.web.reading import parts
from web import sheets
from web.app import create_app
from web.orders import last_refusal
from web.picture import Look
from web.sequence import sequence
from web.tokens import TokenFile

ClientOf = Callable[..., FlaskClient]
FIRST = "LG-20250409-001"


def _read(client: FlaskClient, path: str) -> dict[str, str]:
    answer = client.get(path)
    assert answer.status_code == 200
    return parts(answer.text)


def test_a_position_has_its_timeline_orders_and_distances(midday: tuple[View, Settings], client_of: ClientOf) -> None:
    """Everything about one strangle is on one page: plan, orders, fills, steps, distance in points and deviations."""
    page = _read(client_of(*midday), f"/positions/{FIRST}")

    assert page["position"].startswith(f"Position {FIRST}")
    assert page["position"].count(" sd ") == 2
    assert "Last refusal none" in page["position"]
    assert f"{FIRST} planned:" in page["timeline"]
    assert page["timeline"].count("bought 1 MES") == 2
    assert "entry, attempt 1" in page["position-orders"]
    assert "leg 2 planned enter entering" in page["steps"]
    assert "position planned enter entry sent" in page["steps"]
    assert "passed planned, entry sent, open" in page["paths"]


def test_the_way_a_position_took_is_drawn(midday: tuple[View, Settings], client_of: ClientOf) -> None:
    """Where it stands is marked, where it was is tinted, and where it never was is not."""
    client = client_of(*midday)

    for path in (f"/positions/{FIRST}/position.svg", f"/positions/{FIRST}/leg-1.svg"):
        drawn = client.get(path)
        assert drawn.content_type == "image/svg+xml"
        assert drawn.text.count("● now") == 1
        assert 'fill="#e3edf7"' in drawn.text
        assert drawn.text.count('fill="#e3edf7"') < drawn.text.count("<polygon") + drawn.text.count('fill="#ffffff"')


def test_a_position_that_is_over_says_what_came_of_it(evening: tuple[View, Settings], client_of: ClientOf) -> None:
    """Also after its actor is gone the page has timeline and result."""
    view, settings = evening

    page = _read(client_of(replace(view, positions=()), settings), f"/positions/{FIRST}")

    assert "Over: opened 10:03:00, closed 16:00:00 ET" in page["position"]
    assert "closed" in page["timeline"]
    assert "now closed" in page["paths"]


@pytest.mark.parametrize(
    "path",
    [
        "/positions/LG-20250409-999",
        "/positions/LG-20250409-999/position.svg",
        "/positions/LG-20250409-999/log",
        "/positions/%3Cscript%3E",
        "/positions/..%2f..%2fetc",
        "/actors/nobody",
        "/machines/warp",
        "/machines/warp/fragment",
    ],
)
def test_what_does_not_exist_is_not_found(path: str, midday: tuple[View, Settings], client_of: ClientOf) -> None:
    """An unknown name is one plain line, never markup."""
    answer = client_of(*midday).get(path)

    assert answer.status_code == 404
    assert answer.content_type.startswith("text/plain")


def test_the_last_refusal_names_order_state_and_reason(midday: tuple[View, Settings]) -> None:
    """What the broker said is not lost under later attempts."""
    view = midday[0]
    record = view.positions[-1].record
    leg = record.legs[0]
    refused = replace(leg.orders[0], state=OrderState.REJECTED, reason="201: margin")
    changed_record = replace(record, legs=(replace(leg, orders=(refused, *leg.orders[1:])), *record.legs[1:]))

    assert last_refusal(record, view) == ""
    assert last_refusal(changed_record, view).endswith(f"{refused.intent.ref} rejected: 201: margin")


def test_an_actor_shows_its_state_and_its_latest_messages(midday: tuple[View, Settings], client_of: ClientOf) -> None:
    """The sequence diagram has a lane for each who takes part, and the same stands there as a table."""
    view, settings = midday
    client = client_of(view, settings)

    page = _read(client, "/actors/ledger")

    assert "running" in page["actor"]
    assert "Commit" in page["sequence"]
    assert "strategist ledger Commit" in page["sequence"]
    diagram = sequence(view, "ledger")
    assert diagram.lanes[0].name == "ledger"
    assert {"strategist", "market_data", "broker"} <= {lane.name for lane in diagram.lanes}
    assert 5 < len(diagram.arrows) <= 60
    assert [arrow.y for arrow in diagram.arrows] == sorted(arrow.y for arrow in diagram.arrows)
    assert client.get("/actors/ledger").text.count('class="lane"') == len(diagram.lanes)


def test_every_actor_of_the_tree_has_a_page(midday: tuple[View, Settings], client_of: ClientOf) -> None:
    """No link of the tree leads nowhere."""
    client = client_of(*midday)

    for actor in midday[0].actors:
        assert client.get(f"/actors/{actor.name}").status_code == 200


def test_a_failed_actor_shows_error_stack_and_dead_letters(client_of: ClientOf) -> None:
    """What an actor died of is there as text, not as markup."""
    view = made.troubled_view()
    answer = client_of(view).get("/actors/ledger")

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text
    assert "<script>alert" not in answer.text
    page = parts(answer.text)
    assert "3, generation 4" in page["actor"]
    lost = parts(client_of(replace(view, actors=(made.actor("engine"),))).get("/actors/engine").text)
    assert "SessionChanged: nobody has this name" in lost["actor"]


@pytest.mark.parametrize(
    ("machine", "step"),
    [
        ("engine", "starting"),
        ("connection", "synced ready"),
        ("position", "opened open"),
        ("leg", "bought held"),
        ("order", "fill filled"),
    ],
)
def test_a_machine_lists_its_latest_steps(
    machine: str, step: str, midday: tuple[View, Settings], client_of: ClientOf
) -> None:
    """Counts for each state, and the last steps with trigger and reason."""
    page = _read(client_of(*midday), f"/machines/{machine}")

    assert step in page["steps"]
    assert "times out by" in page["counts"] or "may last" in page["counts"]


def test_the_books_stand_side_by_side(midday: tuple[View, Settings], client_of: ClientOf) -> None:
    """Each holding with ours, the broker's, the difference and what to do; a break asks for a person."""
    view, settings = midday
    assert view.ledger is not None
    quiet = _read(client_of(view, settings), "/")["books"]
    holding = view.ledger.compared[0]
    found = Difference("order X", "working", "not listed", Verdict.BREAK.value)
    apart = replace(
        view, ledger=replace(view.ledger, differences=(found,), compared=(Compared(holding.contract, 1, 3),))
    )

    books = _read(client_of(apart, settings), "/")["books"]

    assert f"holding of {holding.contract} {holding.ours} {holding.theirs} none nothing" in quiet
    assert "order X working not listed unexplained a person must look" in books
    assert f"holding of {holding.contract} 1 3 +2" in books


def test_a_halt_says_when_it_ends(client_of: ClientOf) -> None:
    """One of the day ends with it, any other when a person has looked."""
    view = made.quiet_view()
    assert view.ledger is not None
    halts = (
        HaltSet(at=made.NOON, reason=Reason.RECONCILIATION_BREAK, detail="two books"),
        HaltSet(at=made.NOON, reason=Reason.HALTED, detail="enough", trading_date=made.DAY.date),
    )

    page = _read(client_of(replace(view, ledger=replace(view.ledger, halts=halts))), "/")["halts"]

    assert "(RECONCILIATION_BREAK): two books ends when a person re-arms" in page
    assert "enough ends with the trading day 2025-04-09" in page


def test_a_position_finds_its_lines_in_the_log(tmp_path: Path, midday: tuple[View, Settings]) -> None:
    """Only the lines that name it, as plain text; without a log the answer says so."""
    view, settings = midday
    settings = changed(settings, (f"log.directory={tmp_path}",))
    client = create_app(lambda: view, made.about(settings)).test_client()
    assert client.get(f"/positions/{FIRST}/log").status_code == 503
    (tmp_path / "bot.log").write_text(f"a {FIRST} <b>\nother\n{FIRST}-1-1 filled\n", encoding="utf-8")

    answer = client.get(f"/positions/{FIRST}/log")

    assert answer.text == f"a {FIRST} <b>\n{FIRST}-1-1 filled\n"
    assert answer.content_type.startswith("text/plain")


def test_the_strip_says_where_prices_come_from(midday: tuple[View, Settings], client_of: ClientOf) -> None:
    """Simulated data are called so."""
    assert "simulated data" in _read(client_of(*midday), "/")["vitals"]


def test_the_strip_stands_above_the_controls_too(tmp_path: Path) -> None:
    """PAPER or LIVE is there before anybody logs in; a bot that cannot be seen keeps nobody from the controls."""

    def blind() -> View:
        raise RuntimeError("not yet")

    def log_in(look: Look) -> str:
        nobody: Any = None
        app = create_app(look, made.about(), controls=(nobody, TokenFile(tmp_path)))
        answer = app.test_client().get("/login")
        assert answer.status_code == 200
        return answer.text

    assert parts(log_in(made.quiet_view))["bar"].startswith("lottogrid status PAPER")
    assert "Log in to the controls" in log_in(blind)


def test_a_fragment_is_packed_for_who_reads_that(midday: tuple[View, Settings], client_of: ClientOf) -> None:
    """A browser gets it compressed, and a 304 for the same tag; who does not ask for that gets it plain."""
    client = client_of(*midday)

    plain = client.get("/fragment")
    packed = client.get("/fragment", headers={"Accept-Encoding": "br, gzip"})
    again = client.get("/fragment", headers={"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]})

    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) * 4 < len(plain.data)
    assert again.status_code == 304


def test_a_fragment_is_rendered_once_for_all_who_ask(
    midday: tuple[View, Settings], monkeypatch: pytest.MonkeyPatch, real_time: list[float]
) -> None:
    """Fifty open pages cost one page; a new picture is a new page."""
    made_pages = []
    monkeypatch.setattr(sheets, "page", lambda *given, real=sheets.page: made_pages.append(given) or real(*given))
    view, settings = midday
    views = [view, replace(view, at=view.at + timedelta(seconds=1))]
    client = create_app(lambda: views[0], made.about(settings)).test_client()

    tags = {client.get("/fragment").headers["ETag"] for _ in range(50)}
    views.pop(0)
    real_time[0] += 1
    fresh = client.get("/fragment").headers["ETag"]

    assert len(tags) == 1
    assert fresh not in tags
    assert len(made_pages) == 2
