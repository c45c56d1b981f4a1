"""The pages in a real browser, over a day that goes on behind them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from actors.replay import Replay
from actors.view import look
from lottogrid.cli.main import main
from lottogrid.control.commands import Command, Request, Step, answered
from lottogrid.control.latch import Latch
from lottogrid.control.record import CommandRecord
from tests.control.test_page import Recorder
from tests.web import made
from tests.web.browsing import AXE, EVERYWHERE, Window
from web.app import create_app
from web.server import Server
from web.tokens import TokenFile

pytestmark = [pytest.mark.browser, pytest.mark.threads, pytest.mark.sockets, pytest.mark.slow]

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is absent: pip install -e .[dev]")
expect = sync_api.expect
_UNCOVERED = """each => {
  const box = each.getBoundingClientRect();
  return each.contains(document.elementFromPoint(box.left + 5, box.top + 5));
}"""
"""Whether nothing lies over the upper corner of an element."""


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


@dataclass(frozen=True)
class Day:
    """A running day, where its page is, and what its controls need."""

    running: _RunningDay
    url: str
    token: str
    answer: str
    """The id of a command that was answered."""

    def paths(self, window: Window) -> tuple[str, ...]:
        """Return one page of each kind, once there is a position; leaves the window logged in."""
        window.log_in(self.token)
        window.open("/")
        link = window.page.locator("table.positions tbody a").first
        position = str(link.get_attribute("href"))
        sheets = ("/", position, "/actors/ledger", "/machines/leg", "/money")
        return (*sheets, "/backtests", "/alarms", "/controls", f"/controls/answers/{self.answer}")


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    """Return a running day, still without a position, with a backtest that was kept and a pause that stands."""
    replay, settings, _ = made.stopped_day(
        tmp_path, "strategy.max_premium_per_strangle=60", f"storage.directory={tmp_path}", minutes=0
    )
    assert main(["backtest", "--days", "2", "--set", f"storage.directory={tmp_path}"]) == 0
    about = made.about(settings)
    tokens = TokenFile(tmp_path)
    commander = Recorder(Latch(tmp_path), CommandRecord(tmp_path))
    ordered = Request.new(Command.PAUSE, by="Ann", via="a test")
    commander.latch.set(ordered)
    commander.record.begin(ordered)
    commander.record.end(answered(ordered, (Step("no entry from now on", is_confirmed=True),)))
    app = create_app(lambda: look(replay.runtime, about.spec), about, controls=(commander, tokens))
    server = Server(app)
    server.start()
    running = _RunningDay(replay)
    yield Day(running, server.url, tokens.rotate(), ordered.id)
    running.hold()
    server.stop()
    replay.stop()


def test_the_page_follows_a_day_and_says_when_it_no_longer_does(day: Day, browser: Any) -> None:
    """PAPER is visible, positions appear without a reload, and a picture that stops is called STALE."""
    window = Window(browser, day.url, 390)
    page = window.page
    window.open("/")

    expect(page.get_by_text("PAPER", exact=True)).to_be_visible()
    expect(page.get_by_text("STALE", exact=True)).to_be_hidden()
    expect(page.locator("table.positions tbody").first).to_be_visible()
    window.assert_fits()

    page.locator("#machine-engine summary").click()
    diagram = page.locator("#machine-engine img")
    expect(diagram).to_be_visible()
    diagram.evaluate("image => image.decode()")

    day.running.hold()

    expect(page.get_by_text("STALE", exact=True)).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("STALE")
    expect(page.locator("#machine-engine")).to_have_attribute("open", "")
    window.assert_clean()


@pytest.mark.parametrize(("width", "scheme"), [*EVERYWHERE, (1920, "dark")])
def test_every_page_fits_and_asks_nobody_else(day: Day, browser: Any, width: int, scheme: str) -> None:
    """At any width, light and dark: no sideways scrolling, no console error, no request to another host."""
    window = Window(browser, day.url, width, scheme)

    for path in day.paths(window):
        window.open(path)
        expect(window.page.get_by_text("PAPER", exact=True)).to_be_visible()
        window.assert_fits()
    day.running.hold()
    window.assert_clean()


@pytest.mark.skipif(AXE is None, reason="axe-core is absent: npm install --no-save axe-core")
@pytest.mark.parametrize(("width", "scheme"), EVERYWHERE)
def test_axe_finds_no_fault(day: Day, browser: Any, width: int, scheme: str) -> None:
    """Contrast, names, landmarks, headings, tables: nothing to complain of on any page that is live."""
    window = Window(browser, day.url, width, scheme)
    window.open("/login")
    found = {"/login": window.faults()}

    for path in day.paths(window):
        window.open(path)
        found[path] = window.faults()

    assert found == {path: [] for path in found}
    assert len(found) == 10


def test_a_report_opens_in_a_sandbox(day: Day, browser: Any) -> None:
    """It is shown as it was made, fits, and a script in it would not run: not even one that it brings itself."""
    window = Window(browser, day.url, 390)
    window.open("/backtests")
    window.page.get_by_role("link", name="Result 1").click()

    expect(window.page.get_by_role("heading", name="Backtest: 2 sessions")).to_be_visible()
    window.assert_fits()
    window.assert_clean()
    assert window.page.evaluate("window.origin") == "null"


def test_the_keyboard_reaches_everything(day: Day, browser: Any) -> None:
    """The first stop skips to the content, and a position's page opens with Enter."""
    window = Window(browser, day.url)
    page = window.page
    window.open("/")
    link = page.locator("table.positions tbody a").first
    link.wait_for()
    window.open("/")

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.keyboard.press("Tab")
    assert _is_in_sight(page)
    link.focus()
    assert _is_in_sight(page)
    link.evaluate("link => { link.dataset.old = '' }")
    expect(page.locator("table.positions tbody a").first).not_to_have_attribute("data-old", "")
    expect(link).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("#position-title")).to_contain_text("Position LG-")
    expect(page.locator("#timeline-title")).to_be_visible()


def test_a_link_into_the_page_leads_below_the_strip(day: Day, browser: Any) -> None:
    """The strip stays where it is, and what was asked for is not under it; the controls can be skipped to, too."""
    window = Window(browser, day.url)
    window.open("/")
    window.page.get_by_role("link", name="Actors", exact=True).click()
    heading = window.page.get_by_role("heading", name="Supervision tree")
    expect(heading).to_be_in_viewport()
    assert heading.evaluate(_UNCOVERED)

    window.log_in(day.token)
    window.page.keyboard.press("Tab")
    window.page.keyboard.press("Enter")
    window.page.keyboard.press("Tab")
    assert window.page.evaluate("document.activeElement.form.getAttribute('aria-label')") == "pause"


def _is_in_sight(page: Any) -> bool:
    return bool(page.locator(":focus").evaluate(_UNCOVERED))


def test_the_style_sheet_alone_calls_the_page_stale(day: Day, browser: Any) -> None:
    """Where the script does not come or fails, STALE appears all the same."""
    window = Window(browser, day.url)
    window.page.route("**/page.js", lambda route: route.abort())
    window.open("/")

    expect(window.page.get_by_text("STALE", exact=True)).to_be_hidden()
    expect(window.page.get_by_text("STALE", exact=True)).to_be_visible()


def test_without_script_the_page_reloads_itself(day: Day, browser: Any) -> None:
    """With scripts switched off the clock on the page still moves."""
    window = Window(browser, day.url, java_script_enabled=False)
    window.open("/")
    clock = window.page.locator(".clock b")
    seen = clock.inner_text()

    expect(clock).not_to_have_text(seen)
