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


class _TableReader(HTMLParser):
    """Collects the cells of each row of each table, by the `data-part` that they are in."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, list[list[str]]] = {}
        self._part = ""
        self._is_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._part = dict(attrs).get("data-part") or self._part
        if tag == "tr":
            self.rows.setdefault(self._part, []).append([])
        elif tag in {"td", "th"}:
            self.rows[self._part][-1].append("")
            self._is_cell = True
        elif self._is_cell:
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th"}:
            self._is_cell = False
        elif self._is_cell:
            self.handle_data(" ")

    def handle_data(self, data: str) -> None:
        if self._is_cell:
            self.rows[self._part][-1][-1] += data


def rows(html: str) -> dict[str, list[list[str]]]:
    """Return the rows of the tables in each part of the page, spaces folded."""
    reader = _TableReader()
    reader.feed(html)
    return {
        name: [[re.sub(r"\s+", " ", cell).strip() for cell in row] for row in found]
        for name, found in reader.rows.items()
    }
