"""A bot in a process of its own, traded over its paper gateway, watched and commanded in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.web.browsing import AXE, DESK, PHONE, Window
from tests.web.running import running

pytestmark = [pytest.mark.browser, pytest.mark.process, pytest.mark.sockets, pytest.mark.slow]

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is absent: pip install -e .[dev]")
expect = sync_api.expect
TO_TARGET_MS = 90_000
"""Real time in which some leg is worth half as much again: minutes of the market on this day."""
TO_CONFIRM_MS = 50_000
"""Real time: the longest that a command may take."""


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Return the address of a running bot's page, and its token."""
    with running(tmp_path) as found:
        yield found


@pytest.mark.timeout(300)
def test_a_day_is_watched_on_a_desk_and_commanded_from_a_phone(bot: tuple[str, str], browser: Any) -> None:
    """Positions open, a leg reaches its target, diagrams move; pause, resume, flatten, look back, stop, re-arm."""
    url, token = bot
    desk, phone = Window(browser, url, *DESK), Window(browser, url, *PHONE)

    _a_position_opens_and_a_leg_reaches_its_target(desk, phone)
    phone.log_in(token)
    _entries_are_paused_and_resumed(desk, phone)
    then = str(desk.page.locator("#picture").get_attribute("data-at"))
    held = desk.page.locator("table.positions a").last.inner_text()
    _everything_is_sold_and_stays_so(desk, phone)
    _what_was_held_then_is_seen_again(desk, then, held)
    _it_is_halted_seen_and_armed_again(desk, phone)

    for window in (desk, phone):
        window.assert_clean()


def _a_position_opens_and_a_leg_reaches_its_target(desk: Window, phone: Window) -> None:
    phone.open("/")
    expect(phone.page.get_by_text("PAPER", exact=True)).to_be_visible()
    expect(phone.page.locator("table.positions tbody").first).to_be_visible()
    expect(phone.page.get_by_text("STALE", exact=True)).to_be_hidden()
    phone.assert_fits()

    desk.open("/machines/leg")
    diagram, now = desk.page.locator("figure img"), desk.page.locator("figcaption")
    expect(now).to_contain_text("target working")
    before, over = diagram.get_attribute("src"), re.search(r"closed (\d+)", now.inner_text())
    if over:
        expect(now).not_to_contain_text(re.compile(rf"{over[0]}\b"), timeout=TO_TARGET_MS)
    expect(now).to_contain_text("closed", timeout=TO_TARGET_MS)
    assert diagram.get_attribute("src") != before
    diagram.evaluate("image => image.decode()")
    sold = desk.page.locator("table.steps tr").filter(has_text="closed").last.locator("td").nth(1).inner_text()

    desk.open(f"/positions/{sold.partition(',')[0]}")
    expect(desk.page.locator(".paths figcaption", has_text="now closed").first).to_contain_text("target working")
    target = desk.page.locator("table.orders tr", has_text="target, attempt")
    expect(target.filter(has_text="filled").first).to_be_visible()


def _entries_are_paused_and_resumed(desk: Window, phone: Window) -> None:
    desk.open("/")
    _order(phone, "pause")
    expect(desk.page.locator(".engine .pill")).to_contain_text("paused")
    assert "Ordered: pause by Ann (page, 127.0.0.1)" in phone.page.get_by_role("status").inner_text()

    _order(phone, "resume")
    expect(desk.page.locator(".engine .pill")).to_contain_text("running")
    expect(phone.page.get_by_role("status")).to_contain_text("Nothing is ordered")


def _everything_is_sold_and_stays_so(desk: Window, phone: Window) -> None:
    assert desk.page.locator("table.positions tbody").count() > 0
    _give(phone, "flatten", typed="flatten")
    expect(phone.page.get_by_role("alert")).to_contain_text("nothing was done")
    assert ["400" in each for each in phone.complaints] == [True], phone.complaints  # the browser's own word on that
    phone.complaints.clear()

    _order(phone, "flatten", typed="FLATTEN")
    expect(desk.page.get_by_text("Nothing is held.")).to_be_visible()
    expect(desk.page.locator(".engine .pill")).to_contain_text("stopped")
    expect(phone.page.get_by_role("status")).to_contain_text("Ordered: flatten by Ann")


def _what_was_held_then_is_seen_again(desk: Window, then: str, held: str) -> None:
    desk.page.get_by_role("link", name="Look back").click()
    expect(desk.page.get_by_text("THE PAST")).to_be_visible()
    expect(desk.page.get_by_text("Nothing is held.")).to_be_visible()

    desk.open(f"/?at={quote(then)}")
    expect(desk.page.get_by_text("THE PAST")).to_be_visible()
    expect(desk.page.locator("table.positions a", has_text=held)).to_be_visible()
    expect(desk.page.locator(".engine .pill")).to_contain_text("running")
    expect(desk.page.get_by_role("link", name="Controls")).to_be_hidden()
    assert AXE is None or desk.faults() == []

    desk.page.get_by_role("link", name="Back to now").first.click()
    expect(desk.page.get_by_text("Nothing is held.")).to_be_visible()
    expect(desk.page.locator(".engine .pill")).to_contain_text("stopped")


def _it_is_halted_seen_and_armed_again(desk: Window, phone: Window) -> None:
    _order(phone, "estop", typed="ESTOP")
    expect(desk.page.locator(".engine .pill")).to_contain_text("halted")
    desk.page.get_by_role("link", name="to look at").click()
    expect(desk.page.get_by_role("heading", name="EMERGENCY_STOP")).to_be_visible()
    phone.open("/alarms")
    phone.page.get_by_role("button", name="I have looked at EMERGENCY_STOP").click()
    expect(phone.page.get_by_text("seen by")).to_be_visible()

    desk.open("/")
    phone.open("/controls")
    _order(phone, "rearm")
    expect(phone.page.get_by_role("status")).to_contain_text("Nothing is ordered")
    expect(desk.page.locator(".engine .pill")).to_contain_text("stopped")
    expect(desk.page.get_by_role("link", name="to look at")).to_be_hidden()
    _order(phone, "start")
    expect(desk.page.locator(".engine .pill")).to_contain_text("running")


def _order(phone: Window, command: str, typed: str = "") -> None:
    """Give a command and wait until it is confirmed; ends at the controls."""
    _give(phone, command, typed)
    expect(phone.page.get_by_role("heading", name=f"{command}: done")).to_be_visible(timeout=TO_CONFIRM_MS)
    phone.assert_fits()
    phone.page.get_by_role("link", name="Back to the controls").click()


def _give(phone: Window, command: str, typed: str = "") -> None:
    form = phone.page.locator(f'form[action="/controls/{command}"]')
    if typed:
        form.get_by_label("Type").fill(typed)
    form.get_by_label("Who").fill("Ann")
    form.get_by_role("button").click()
