"""Windows of a real browser that remember what should not have happened in them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from shutil import which
from typing import Any
from urllib.parse import urlsplit

CHROMIUM = which("chromium")
QUIET = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync")
"""What lets it start as root, and ask nobody but the page."""
PATIENCE_MS = 20_000
PHONE, DESK = (390, "dark"), (1440, "light")
"""Width and colour scheme of a window."""
EVERYWHERE = tuple(product((390, 1440), ("light", "dark")))
"""Every pair of a width and a colour scheme in which all must be seen."""
AXE = next(iter(Path(__file__).parents[2].glob("node_modules/axe-core/axe.min.js")), None)
"""`npm install --no-save axe-core` brings it."""


class Window:
    """A window of its own, with cookies of its own, at one page's address."""

    def __init__(self, browser: Any, url: str, width: int = 1440, scheme: str = "light", **options: Any) -> None:
        self.url = url.rstrip("/")
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **options)
        self.page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.width, self.scheme = width, scheme
        self.complaints: list[str] = []
        """Of the console, and errors of the script."""
        self.asked: set[str] = set()
        """Hosts with their ports."""
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.add(urlsplit(request.url).netloc))

    def open(self, path: str) -> None:
        """Go to a path of the page."""
        self.page.goto(self.url + path)

    def become(self, width: int, scheme: str) -> None:
        """Take another width and colour scheme; the page and its script go on."""
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(color_scheme=scheme)
        self.width, self.scheme = width, scheme

    def everywhere(self) -> Iterator[None]:
        """Show the same page at each width in each scheme, one after the other; be what it was in the end."""
        before = self.width, self.scheme
        for width, scheme in EVERYWHERE:
            self.become(width, scheme)
            yield
        self.become(*before)

    def log_in(self, token: str) -> None:
        """Open the controls."""
        self.open("/login")
        self.page.get_by_label("Token").fill(token)
        self.page.get_by_role("button", name="Log in").click()
        self.page.wait_for_url("**/controls")

    def assert_clean(self) -> None:
        """No word in the console, and nobody asked but the page."""
        assert not self.complaints, self.complaints
        assert self.asked == {urlsplit(self.url).netloc}, self.asked

    def assert_fits(self) -> None:
        """Nothing scrolls sideways."""
        assert self.page.evaluate("document.documentElement.scrollWidth") == self.width, self.page.url

    def faults(self) -> list[str]:
        """Return what axe-core has to say against what is shown."""
        assert AXE is not None
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("axe.run()")["violations"]
        return [f"{each['id']}, {each['impact']}: {each['nodes'][0]['html']}" for each in found]
