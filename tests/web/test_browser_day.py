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
def test_a_day_is_watched_and_commanded(bot: tuple[str, str], browser: Any) -> None:
    """Positions open, a leg reaches its target, diagrams move; pause, resume, flatten, look back, stop, re-arm.

    One window looks and one commands. What the first has come to see is looked at on a phone and on a desk, light and
    dark; the second is each of these at some command, and what has to be typed is typed on both.
    """
    url, token = bot
    eye, hand = Window(browser, url, *DESK), Window(browser, url, *PHONE)

    _a_position_opens_and_a_leg_reaches_its_target(eye, hand)
    hand.log_in(token)
    _entries_are_paused_and_resumed(eye, hand)
    then = str(eye.page.locator("#picture").get_attribute("data-at"))
    held = eye.page.locator("table.positions a").last.inner_text()
    _everything_is_sold_and_stays_so(eye, hand)
    _what_was_held_then_is_seen_again(eye, then, held)
    _it_is_halted_seen_and_armed_again(eye, hand)

    for window in (eye, hand):
        window.assert_clean()


def _a_position_opens_and_a_leg_reaches_its_target(eye: Window, hand: Window) -> None:
    hand.open("/")
    expect(hand.page.get_by_text("PAPER", exact=True)).to_be_visible()
    expect(hand.page.locator("table.positions tbody").first).to_be_visible()
    expect(hand.page.get_by_text("STALE", exact=True)).to_be_hidden()
    _seen_everywhere(hand, hand.page.get_by_text("PAPER", exact=True), hand.page.locator("table.positions a").first)

    eye.open("/machines/leg")
    diagram, now = eye.page.locator("figure img"), eye.page.locator("figcaption")
    expect(now).to_contain_text("target working")
    before, over = diagram.get_attribute("src"), re.search(r"closed (\d+)", now.inner_text())
    if over:
        expect(now).not_to_contain_text(re.compile(rf"{over[0]}\b"), timeout=TO_TARGET_MS)
    expect(now).to_contain_text("closed", timeout=TO_TARGET_MS)
    assert diagram.get_attribute("src") != before
    diagram.evaluate("image => image.decode()")
    _seen_everywhere(eye, diagram)
    sold = eye.page.locator("table.steps tr").filter(has_text="closed").last.locator("td").nth(1).inner_text()

    eye.open(f"/positions/{sold.partition(',')[0]}")
    expect(eye.page.locator(".paths figcaption", has_text="now closed").first).to_contain_text("target working")
    target = eye.page.locator("table.orders tr", has_text="target, attempt")
    _seen_everywhere(eye, target.filter(has_text="filled").first)


def _entries_are_paused_and_resumed(eye: Window, hand: Window) -> None:
    eye.open("/")
    _order(hand, "pause")
    expect(eye.page.locator(".engine .pill")).to_contain_text("paused")
    _seen_everywhere(eye, eye.page.locator(".engine .pill"))
    _seen_everywhere(hand, hand.page.locator('form[action="/controls/resume"] button'))
    assert "Ordered: pause by Ann (page, 127.0.0.1)" in hand.page.get_by_role("status").inner_text()

    hand.become(390, "light")
    _order(hand, "resume")
    expect(eye.page.locator(".engine .pill")).to_contain_text("running")
    expect(hand.page.get_by_role("status")).to_contain_text("Nothing is ordered")


def _everything_is_sold_and_stays_so(eye: Window, hand: Window) -> None:
    assert eye.page.locator("table.positions tbody").count() > 0
    hand.become(390, "dark")
    _give(hand, "flatten", typed="flatten")
    expect(hand.page.get_by_role("alert")).to_contain_text("nothing was done")
    assert ["400" in each for each in hand.complaints] == [True], hand.complaints  # the browser's own word on that
    hand.complaints.clear()

    _order(hand, "flatten", typed="FLATTEN")
    expect(eye.page.get_by_text("Nothing is held.")).to_be_visible()
    expect(eye.page.locator(".engine .pill")).to_contain_text("stopped")
    _seen_everywhere(eye, eye.page.get_by_text("Nothing is held."), eye.page.locator("table.closed a").first)
    expect(hand.page.get_by_role("status")).to_contain_text("Ordered: flatten by Ann")


def _what_was_held_then_is_seen_again(eye: Window, then: str, held: str) -> None:
    eye.page.get_by_role("link", name="Look back").click()
    expect(eye.page.get_by_text("THE PAST")).to_be_visible()
    expect(eye.page.get_by_text("Nothing is held.")).to_be_visible()

    eye.open(f"/?at={quote(then)}")
    expect(eye.page.get_by_text("THE PAST")).to_be_visible()
    _seen_everywhere(
        eye, eye.page.get_by_text("THE PAST"), eye.page.locator("table.positions a", has_text=held), is_judged=True
    )
    expect(eye.page.locator(".engine .pill")).to_contain_text("running")
    expect(eye.page.get_by_role("link", name="Controls")).to_be_hidden()

    eye.page.get_by_role("link", name="Back to now").first.click()
    expect(eye.page.get_by_text("Nothing is held.")).to_be_visible()
    expect(eye.page.locator(".engine .pill")).to_contain_text("stopped")


def _it_is_halted_seen_and_armed_again(eye: Window, hand: Window) -> None:
    hand.become(1440, "light")
    _order(hand, "estop", typed="ESTOP")
    expect(eye.page.locator(".engine .pill")).to_contain_text("halted")
    _seen_everywhere(eye, eye.page.locator(".engine .pill"), eye.page.get_by_role("link", name="to look at"))
    eye.page.get_by_role("link", name="to look at").click()
    expect(eye.page.get_by_role("heading", name="EMERGENCY_STOP")).to_be_visible()
    hand.open("/alarms")
    hand.page.get_by_role("button", name="I have looked at EMERGENCY_STOP").click()
    expect(hand.page.get_by_text("seen by")).to_be_visible()

    eye.open("/")
    hand.become(1440, "dark")
    hand.open("/controls")
    _order(hand, "rearm")
    expect(hand.page.get_by_role("status")).to_contain_text("Ordered: stop by Ann")
    expect(eye.page.locator(".engine")).to_contain_text("until the operator starts it")
    expect(eye.page.locator(".engine .pill")).to_contain_text("stopped")
    expect(eye.page.get_by_role("link", name="to look at")).to_be_hidden()
    _order(hand, "start")
    expect(hand.page.get_by_role("status")).to_contain_text("Nothing is ordered")
    expect(eye.page.locator(".engine .pill")).to_contain_text("running")


def _seen_everywhere(window: Window, *shown: Any, is_judged: bool = False) -> None:
    """See all of it at each width, light and dark, with nothing that scrolls sideways; let axe-core judge it, too."""
    for _ in window.everywhere():
        for each in shown:
            expect(each).to_be_visible()
        window.assert_fits()
        assert not is_judged or AXE is None or window.faults() == []


def _order(hand: Window, command: str, typed: str = "") -> None:
    """Give a command and wait until it is confirmed; ends at the controls."""
    _give(hand, command, typed)
    expect(hand.page.get_by_role("heading", name=f"{command}: done")).to_be_visible(timeout=TO_CONFIRM_MS)
    hand.assert_fits()
    hand.page.get_by_role("link", name="Back to the controls").click()


def _give(hand: Window, command: str, typed: str = "") -> None:
    form = hand.page.locator(f'form[action="/controls/{command}"]')
    if typed:
        form.get_by_label("Type").fill(typed)
    form.get_by_label("Who").fill("Ann")
    form.get_by_role("button").click()
