"""Reads the page as a person would: the text of its parts."""

from __future__ import annotations

import re
from html.parser import HTMLParser


class _Reader(HTMLParser):
    """Collects the text of each `data-part`."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: dict[str, list[str]] = {}
        self._depth = 0
        self._part = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._part and tag not in {"br", "img", "meta", "link"}:
            self._depth += 1
        name = dict(attrs).get("data-part")
        if name:
            self._part, self._depth = name, 1
            self.parts[name] = []

    def handle_endtag(self, tag: str) -> None:
        if self._part:
            self._depth -= 1
            if self._depth == 0:
                self._part = ""

    def handle_data(self, data: str) -> None:
        if self._part:
            self.parts[self._part].append(data)


def parts(html: str) -> dict[str, str]:
    """Return the text of each part of the page, spaces folded."""
    reader = _Reader()
    reader.feed(html)
    return {name: re.sub(r"\s+", " ", " ".join(texts)).strip() for name, texts in reader.parts.items()}
