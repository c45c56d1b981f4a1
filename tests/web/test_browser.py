"""The page in a real browser, over a day that goes on behind it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from shutil import which
from typing import Any

import pytest

from actors.replay import Replay
from actors.view import look
from tests.web import made
from web.app import create_app
from web.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.threads, pytest.mark.sockets, pytest.mark.slow]

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is absent: pip install -e .[dev]")
CHROMIUM = which("chromium")
PATIENCE_MS = 20_000


class _RunningDay:
    """A stepped day that moves ten seconds at a time on its own thread, until it is held."""

    def __init__(self, replay: Replay) -> None:
        self._replay = replay
        self._held = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def hold(self) -> None:
        self._held.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._held.wait(0.05):
            self._replay.runtime.run_until(self._replay.runtime.clock.now() + timedelta(seconds=10))


@pytest.fixture
def day(tmp_path: Path) -> Iterator[tuple[_RunningDay, str]]:
    """Return a running day, still without a position, and where its page is."""
    replay, settings, _ = made.stopped_day(tmp_path, "strategy.max_premium_per_strangle=60", minutes=0)
    spec = made.about(settings).spec
    server = Server(create_app(lambda: look(replay.runtime, spec), made.about(settings)))
    server.start()
    running = _RunningDay(replay)
    yield running, server.url
    running.hold()
    server.stop()
    replay.stop()


@pytest.fixture
def browser() -> Iterator[Any]:
    """Return a browser, or skip where there is none."""
    if CHROMIUM is None:
        pytest.skip("chromium is absent: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


def test_the_page_follows_a_day_and_says_when_it_no_longer_does(day: tuple[_RunningDay, str], browser: Any) -> None:
    """PAPER is visible, positions appear without a reload, and a picture that stops is called STALE."""
    running, url = day
    page = browser.new_page(viewport={"width": 390, "height": 844})
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    expect = sync_api.expect

    page.goto(url)

    expect(page.get_by_text("PAPER", exact=True)).to_be_visible()
    expect(page.get_by_text("STALE", exact=True)).to_be_hidden()
    expect(page.locator("table.positions tbody").first).to_be_visible(timeout=PATIENCE_MS)
    assert page.evaluate("document.documentElement.scrollWidth") == 390

    page.locator("#machine-engine summary").click()
    expect(page.locator("#machine-engine img")).to_be_visible(timeout=PATIENCE_MS)
    width = "document.querySelector('#machine-engine img').naturalWidth > 0"
    page.wait_for_function(width, timeout=PATIENCE_MS)

    running.hold()

    expect(page.get_by_text("STALE", exact=True)).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("status")).to_contain_text("STALE")
    expect(page.locator("#machine-engine")).to_have_attribute("open", "")
    assert complaints == []
    assert {address.startswith(url) for address in asked} == {True}


def test_the_style_sheet_alone_calls_the_page_stale(day: tuple[_RunningDay, str], browser: Any) -> None:
    """Where the script does not come or fails, STALE appears all the same."""
    page = browser.new_page()
    page.route("**/page.js", lambda route: route.abort())
    page.goto(day[1])

    sync_api.expect(page.get_by_text("STALE", exact=True)).to_be_hidden()
    sync_api.expect(page.get_by_text("STALE", exact=True)).to_be_visible(timeout=PATIENCE_MS)


def test_without_script_the_page_reloads_itself(day: tuple[_RunningDay, str], browser: Any) -> None:
    """With scripts switched off the clock on the page still moves."""
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(day[1])
    seen = page.locator(".clock b").inner_text()

    sync_api.expect(page.locator(".clock b")).not_to_have_text(seen, timeout=PATIENCE_MS)
