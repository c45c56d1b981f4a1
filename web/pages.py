"""The addresses of what people look at: pages, their fragments, drawings, and a position's lines of the log."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import Flask, Response, abort, render_template, request

from machines.base import MachineSpec
from machines.catalog import ALL
from web.about import About
from web.charts import charts
from web.details import actor_sheet, machine_sheet, path_drawing, position_sheet, story_of
from web.diagrams import drawing, lives
from web.log import lines_about
from web.sheets import Fragment, Sheet, Shelf, title
from web.text import clock
from web.timetravel import Viewfinder

SHEETS = (
    Sheet(path="", template="overview.html", title=""),
    Sheet(path="/money", template="charts.html", title="profit and loss", show=charts),
    Sheet(path="/positions/<name>", template="position.html", title="position", show=position_sheet),
    Sheet(path="/actors/<name>", template="actor.html", title="actor", show=actor_sheet),
    Sheet(path="/machines/<name>", template="machine.html", title="machine", show=machine_sheet),
)
_PLAIN = "text/plain; charset=utf-8"


def add_pages(app: Flask, camera: Viewfinder, about: About) -> Shelf:
    """Let `app` answer with every page, whole or as the fragment that the page's script exchanges; return the shelf."""
    shelf = Shelf(about)
    for sheet in SHEETS:
        _add_sheet(app, camera, about, shelf, sheet)
    _add_drawings(app, camera)

    @app.get("/positions/<name>/log")
    def show_log(name: str) -> Response:
        if story_of(camera.picture().view, name) is None:
            abort(404, f"position: expected one of the day, found {name}; the page lists them")
        lines = lines_about(about.settings.log_directory / "bot.log", name)
        return Response("".join(f"{line}\n" for line in lines), content_type=_PLAIN)

    return shelf


def _add_sheet(app: Flask, camera: Viewfinder, about: About, shelf: Shelf, sheet: Sheet) -> None:
    def found(name: str) -> Fragment:
        path = sheet.path.replace("<name>", name) or "/"
        fragment = shelf.fragment(sheet, path, camera.picture(), *([name] if name else []))
        if fragment is None:
            abort(404, f"{sheet.title}: expected one that the page shows, found {name}")
        return fragment

    def show_page(name: str = "") -> Response:
        fragment = found(name)
        then = fragment.picture.then
        heading = title(fragment.picture.view, then.about if then else about, sheet, name)
        if then is not None:
            heading = f"Past, {clock(fragment.picture.view.at)} ET: {heading}"
        page = render_template("page.html", fragment=fragment.html, title=heading, is_past=then is not None)
        return tagged(Response(page))

    def show_fragment(name: str = "") -> Response:
        fragment = found(name)
        return _packed(fragment)

    app.add_url_rule(sheet.path or "/", f"page {sheet.path}", show_page)
    app.add_url_rule(f"{sheet.path}/fragment", f"fragment {sheet.path}", show_fragment)


def _packed(fragment: Fragment) -> Response:
    """Answer with a fragment, compressed for who reads that. Nothing in it is secret, so its length tells nothing."""
    response = Response(fragment.html)
    if request.accept_encodings["gzip"] > 0:
        response = Response(fragment.packed, headers={"Content-Encoding": "gzip"})
    response.vary.add("Accept-Encoding")
    response.set_etag(fragment.etag, weak=True)
    response.make_conditional(request)
    return response


def _add_drawings(app: Flask, camera: Viewfinder) -> None:
    @app.get("/machines/<name>.svg")
    def show_machine(name: str) -> Response:
        if name not in ALL:
            abort(404, f"machine: expected one of {', '.join(ALL)}, found {name}")
        return _drawing(ALL[name], lives(camera.picture().view, name))

    @app.get("/positions/<key>/position.svg")
    def show_position(key: str) -> Response:
        return _path(key, "position", None)

    @app.get("/positions/<key>/leg-<int:leg>.svg")
    def show_leg(key: str, leg: int) -> Response:
        return _path(key, "leg", leg)

    def _path(key: str, machine: str, leg: int | None) -> Response:
        view = camera.picture().view
        if story_of(view, key) is None:
            abort(404, f"position: expected one of the day, found {key}; the page lists them")
        return _drawing(*path_drawing(view, key, machine, leg))


def _drawing(spec: MachineSpec[Any], active: Counter[Any], visited: frozenset[Any] = frozenset()) -> Response:
    content, media_type = drawing(spec, active, visited)
    response = Response(content, content_type=media_type)
    # a drawing looked at by itself brings its colours along
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return tagged(response)


def tagged(response: Response) -> Response:
    """Name the content, and leave it out where the asker has it already."""
    response.add_etag()
    response.make_conditional(request)
    return response
