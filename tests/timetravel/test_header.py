"""What a recorder says of its process: read again, also by a version with other settings."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from lottogrid.errors import BadInput
from lottogrid.flight.header import Header
from lottogrid.settings import Settings, changed
from tests.timetravel.made import recorded_day
from tests.web import made
from web.app import create_app

SECOND = timedelta(seconds=1)


def header(settings: Settings) -> Header:
    return Header(settings=settings, started_at=made.NOON, data="live", silence=5 * SECOND, version="9")


def test_a_header_is_read_as_it_was_written() -> None:
    """With every setting, and where each came from."""
    settings = changed(Settings(), ["risk.max_draw=123.45", "session.market_open=10:00"])

    found = Header.read(header(settings).write())

    assert found == header(settings)
    assert found.settings is not None
    assert found.settings.origins == settings.origins
    assert found.settings.hash == settings.hash


def test_settings_of_another_version_are_unknown_and_the_rest_is_read() -> None:
    """A setting that is no more keeps nobody from looking back."""
    plain = json.loads(header(Settings()).write())
    plain["settings"]["risk"]["luck"] = 7

    found = Header.read(json.dumps(plain))

    assert found.settings is None
    assert found.silence == 5 * SECOND


def test_what_is_no_header_is_refused() -> None:
    """Damage is no other version."""
    for text in ("", "[]", "{}", '{"settings": {}, "origins": {}}'):
        with pytest.raises(BadInput, match="expected what began it"):
            Header.read(text)


def test_the_page_shows_the_settings_of_then_and_says_where_it_cannot(tmp_path: Path) -> None:
    """Not those of the process that shows it."""
    told = ["", json.dumps({**json.loads(header(Settings()).write()), "settings": {"luck": 7}})]
    told[0] = header(changed(Settings(), ["risk.max_draw=123"])).write()
    pages = []
    for number, text in enumerate(told):
        (tmp_path / str(number)).mkdir()
        day = recorded_day(tmp_path / str(number), header=lambda _, text=text: text)
        at = day.run_to(2)
        view = day.look()
        day.replay.stop()
        client = create_app(lambda view=view: view, made.about(), past=day.past).test_client()
        pages.append(client.get("/", query_string={"at": at.isoformat()}).get_data(as_text=True))

    assert "123" in pages[0]
    assert "recorded by lottogrid" not in pages[0]
    assert "recorded by lottogrid 9, which had other settings: those shown are of now" in pages[1]
