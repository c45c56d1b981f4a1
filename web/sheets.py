"""The pages: what each of them shows, and the rendered text that all who ask for the same picture share."""

from __future__ import annotations

import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from flask import render_template

from actors.view import View
from web.about import About
from web.page import page
from web.picture import Picture
from web.timetravel import carried

_KEPT = 64
"""Rendered fragments that are kept: more pages than people look at at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A kind of page."""

    path: str
    """With the name of what it shows in brackets, as Flask writes it; without a slash at its end."""
    template: str
    title: str
    show: Callable[..., object | None] = lambda *_: ()
    """From view, process and name to what the template calls `it`; None where there is no such thing."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """The rendered inside of a page."""

    picture: Picture
    html: str
    packed: bytes
    """The same, compressed: most of what an answer costs is its length."""
    etag: str

    def shows(self, picture: Picture) -> bool:
        """Whether it was made from this picture."""
        return self.picture.view is picture.view and self.picture.doubts == picture.doubts


class Shelf:
    """Renders each page once for each picture, however many look at it."""

    def __init__(self, about: About) -> None:
        self._about = about
        self._lock = Lock()
        self._fragments: OrderedDict[str, Fragment] = OrderedDict()

    def fragment(self, sheet: Sheet, path: str, picture: Picture, *names: str) -> Fragment | None:
        """Return the fragment that belongs at `path`; None where it shows nothing. Called within a request."""
        if picture.then is not None:  # few look at the same moment
            about = picture.then.about
            it = sheet.show(picture.view, about, *names)
            return None if it is None else self._render(sheet, path, picture, it)
        with self._lock:
            found = self._fragments.get(path)
            if found is not None and found.shows(picture):
                return found
            it = sheet.show(picture.view, self._about, *names)
            if it is None:
                return None
            fresh = self._render(sheet, path, picture, it)
            self._fragments[path] = fresh
            self._fragments.move_to_end(path)
            while len(self._fragments) > _KEPT:
                self._fragments.popitem(last=False)
            return fresh

    def ready(self, path: str, picture: Picture) -> Fragment | None:
        """Return the fragment of the present at `path` where it was made from this picture already."""
        with self._lock:
            found = self._fragments.get(path)
            return found if found is not None and found.shows(picture) else None

    def _render(self, sheet: Sheet, path: str, picture: Picture, it: object) -> Fragment:
        then = picture.then
        context: dict[str, Any] = {
            "page": page(picture, then.about if then else self._about),
            "it": it,
            "body": sheet.template,
            "source": f"{path.rstrip('/')}/fragment",
        }
        html = render_template("fragment.html", **context)
        if then is not None:
            html = carried(html, then.query)
        plain = html.encode()
        return Fragment(picture, html, gzip.compress(plain, 1, mtime=0), hashlib.sha256(plain).hexdigest()[:32])


def title(view: View, about: About, sheet: Sheet, name: str) -> str:
    """Return the title of a page: mode and engine first, so that a tab says what matters."""
    state = view.engine.state.value if view.engine else "unknown"
    what = " ".join(part for part in (sheet.title, name) if part)
    return ", ".join(part for part in (f"{about.mode.upper()} {state.replace('_', ' ')}", what) if part) + ": lottogrid"
