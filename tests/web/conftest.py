"""What the tests of the page share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from actors.view import View, look
from lottogrid.settings import Settings
from tests.web import made
from tests.web.browsing import CHROMIUM, PATIENCE_MS, QUIET
from web import picture
from web.app import create_app


@pytest.fixture
def real_time(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let the test move the real seconds that the page sees."""
    seconds = [100.0]
    monkeypatch.setattr(picture, "real_seconds", lambda: seconds[0])
    return seconds


@pytest.fixture
def client_of() -> Callable[..., FlaskClient]:
    """Return a client of the page that shows a view."""
    return lambda view, settings=None: create_app(lambda: view, made.about(settings)).test_client()


@pytest.fixture(scope="module")
def midday(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[View, Settings]]:
    """Return the view of a real day with open positions."""
    overrides = ("risk.min_time_between_trades=20",)
    replay, settings, _ = made.stopped_day(tmp_path_factory.mktemp("midday"), *overrides, minutes=250)
    yield look(replay.runtime, made.about(settings).spec), settings
    replay.stop()


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[View, Settings]]:
    """Return the view of a real day after its close."""
    overrides = ("risk.min_time_between_trades=20",)
    replay, settings, _ = made.stopped_day(tmp_path_factory.mktemp("evening"), *overrides, minutes=395)
    yield look(replay.runtime, made.about(settings).spec), settings
    replay.stop()


@pytest.fixture
def browser() -> Iterator[Any]:
    """Return a browser, or skip where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is absent: pip install -e .[dev]")
    if CHROMIUM is None:
        pytest.skip("chromium is absent: apt-get install chromium")
    sync_api.expect.set_options(timeout=PATIENCE_MS)
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield started
        started.close()
