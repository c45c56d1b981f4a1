"""Takes the pictures that the documentation shows: `python -m tests.web.screenshots [FOLDER]`, of a bot of its own."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import sync_playwright

from lottogrid.cli.main import main as lottogrid
from tests.web.browsing import CHROMIUM, DESK, PHONE, QUIET, Window
from tests.web.running import running

FOLDER = Path(__file__).parents[2] / "docs/screenshots"
HEIGHTS = {
    "status-desktop": 1180,
    "status-phone": 1300,
    "position-desktop": 1500,
    "messages-desktop": 900,
    "backtests-desktop": 420,
    "controls-phone": 1300,
    "alarms-desktop": 560,
}
_IN_SIGHT = "image => image.checkVisibility() && image.getBoundingClientRect().top < innerHeight"
"""What lies elsewhere is not loaded, and would be waited for without an end."""
UNTIL = "11:45"
"""In New York: several strangles are held by then, and a leg has reached its target."""


def main() -> None:
    """Run a busy morning and look at it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    folder = parser.parse_args().folder
    with TemporaryDirectory() as storage, sync_playwright() as playwright:
        for days in ("20", "5"):
            lottogrid(["backtest", "--days", days, "--set", f"storage.directory={storage}"])
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        with running(Path(storage)) as (url, token):
            _look(Window(browser, url, *DESK), Window(browser, url, *PHONE), token, _taker(folder))
        browser.close()


def _taker(folder: Path) -> Callable[[Any, str], None]:
    def take(page: Any, name: str) -> None:
        page.set_viewport_size({"width": page.viewport_size["width"], "height": HEIGHTS[name]})
        page.wait_for_timeout(1500)
        page.evaluate(f"Promise.all([...document.images].filter({_IN_SIGHT}).map(image => image.decode()))")
        page.screenshot(path=folder / f"{name}.png")

    return take


def _look(desk: Window, phone: Window, token: str, take: Callable[[Any, str], None]) -> None:
    desk.open("/")
    while desk.page.locator(".clock b").inner_text() < UNTIL:
        desk.page.wait_for_timeout(500)
    take(desk.page, "status-desktop")
    phone.open("/")
    take(phone.page, "status-phone")
    desk.open(str(desk.page.locator("table.positions a").last.get_attribute("href")))
    take(desk.page, "position-desktop")
    desk.open("/actors/ledger")
    take(desk.page, "messages-desktop")
    desk.open("/backtests")
    take(desk.page, "backtests-desktop")
    phone.log_in(token)
    _order(phone, "pause")
    take(phone.page, "controls-phone")
    _order(phone, "estop", "ESTOP")
    desk.log_in(token)
    desk.open("/alarms")
    take(desk.page, "alarms-desktop")


def _order(phone: Window, command: str, typed: str = "") -> None:
    form = phone.page.locator(f'form[action="/controls/{command}"]')
    if typed:
        form.get_by_label("Type").fill(typed)
    form.get_by_label("Who").fill("Ann")
    form.get_by_role("button").click()
    phone.page.get_by_role("heading", name=f"{command}: done").wait_for()
    phone.page.get_by_role("link", name="Back to the controls").click()


if __name__ == "__main__":
    main()
