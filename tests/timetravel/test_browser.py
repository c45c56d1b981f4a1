"""A page of the past in a real browser, with its script and without one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from actors.past import Past
from tests.timetravel.conftest import Looked
from tests.web import made
from tests.web.browsing import AXE, EVERYWHERE, Window
from web.app import create_app
from web.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.threads, pytest.mark.sockets, pytest.mark.slow]

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is absent: pip install -e .[dev]")
expect = sync_api.expect
LATE = "/?at=2025-04-09T12:30:10-04:00"


@pytest.fixture(scope="module")
def url(looked: Looked) -> Iterator[str]:
    past: Past = looked.past
    server = Server(create_app(lambda: looked.now, made.about(looked.day.settings), past=past))
    server.start()
    yield server.url
    server.stop()


@pytest.mark.parametrize(("width", "scheme"), EVERYWHERE)
def test_the_slider_travels_and_the_address_follows(browser: Any, url: str, width: int, scheme: str) -> None:
    """What was held then is seen, the address can be opened again, it never goes stale, and there is a way back."""
    window = Window(browser, url, width, scheme)
    window.open("/")
    window.page.get_by_role("link", name="Look back").click()
    expect(window.page.get_by_text("As it was at 12:50:00 ET")).to_be_visible()
    number = window.page.locator("table.positions tbody").count()
    slider = window.page.get_by_label("Moment of the day")

    slider.evaluate("each => { each.value = 10 * 3600; each.dispatchEvent(new Event('input', { bubbles: true })); }")

    expect(window.page.get_by_text(re.compile(r"As it was at (09:59|10:00):\d\d ET"))).to_be_visible()
    window.page.wait_for_url("**/?at=2025-04-09T10:00:00-04:00")
    assert window.page.locator("table.positions tbody").count() < number
    assert str(slider.get_attribute("aria-valuetext")) in window.page.locator("[data-part=travel-where]").inner_text()
    window.page.get_by_role("link", name="Later:").click()
    expect(window.page.locator("[data-past]")).to_be_visible()
    window.page.reload()
    window.assert_fits()
    window.page.wait_for_timeout(5500)  # the present would be called stale by now
    expect(window.page.get_by_text("THE PAST")).to_be_visible()
    assert window.page.locator(".stale, .is-stale").count() == 0
    if AXE is not None:
        assert window.faults() == []
    window.page.get_by_role("link", name="Back to now").first.click()
    expect(window.page.locator("[data-past]")).to_have_count(0)
    expect(window.page.get_by_role("link", name="Look back")).to_be_visible()
    window.assert_clean()


def test_without_a_script_the_buttons_travel(browser: Any, url: str) -> None:
    """The slider with its button, the time with its own, the links."""
    window = Window(browser, url, java_script_enabled=False)
    window.open(LATE)
    window.page.get_by_label("Time, ET").fill("11:00:00")
    window.page.get_by_role("button", name="Look").click()
    expect(window.page.get_by_text(re.compile(r"As it was at (10:59|11:00):\d\d ET"))).to_be_visible()
    window.page.get_by_label("Moment of the day").press("Home")
    window.page.get_by_role("button", name="Go there").click()
    expect(window.page.get_by_text("As it was at 07:")).to_be_visible()
    window.page.get_by_role("link", name="Later:").click()
    window.page.get_by_role("link", name="Profit and loss").click()
    expect(window.page.locator("[data-past]")).to_be_visible()
    window.page.get_by_role("link", name="Back to now").first.click()
    expect(window.page.locator("[data-past]")).to_have_count(0)
    window.assert_clean()
