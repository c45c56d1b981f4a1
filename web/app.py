"""The Flask application: one page, the same as JSON, what monitors ask for, and the controls where there are any."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, jsonify, request
from loguru import logger
from werkzeug.exceptions import HTTPException

from actors.past import Past
from actors.view_json import to_json
from lottogrid.clock import new_york
from lottogrid.errors import LottogridError
from web.about import About
from web.alarms import add_alarms
from web.backtests import add_backtests
from web.commands import POSTS, Commander, add_commands
from web.express import Express
from web.metrics import CONTENT_TYPE, exposition
from web.openapi import add_openapi
from web.page import Page, page
from web.pages import add_pages, tagged
from web.picture import Camera, Look, Picture
from web.ready import obstacles
from web.security import guard
from web.timetravel import Viewfinder, add_time_travel
from web.tokens import TokenFile

_PLAIN = "text/plain; charset=utf-8"


def create_app(
    look: Look,
    about: About,
    *,
    hosts: tuple[str, ...] = (),
    controls: tuple[Commander, TokenFile] | None = None,
    past: Past | None = None,
) -> Flask:
    """Return the status page.

    Args:
        look: returns the present view of the bot; called from the server's threads.
        about: what the page says of the process.
        controls: what carries commands out, and the token that opens them; None leaves the page without.
        hosts: names under which the page may be asked for, besides those of this machine and the configured one.
        past: what is recorded; None refuses every look back.

    """
    app = Flask(__name__)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.json.sort_keys = False  # type: ignore[attr-defined]
    camera = Camera(look)
    app.jinja_env.globals.update(
        has_controls=controls is not None, has_past=past is not None, present=lambda: _present(camera, about)
    )
    web = about.settings.web
    known = frozenset(host.lower() for host in (*hosts, web.host, web.public_name) if host)
    guard(app, known, POSTS if controls else ())
    finder = Viewfinder(camera, about, past)
    shelf = add_pages(app, finder, about)
    add_time_travel(app, finder)
    add_backtests(app, camera, about)
    _add_document(app, finder, about)
    _add_probes(app, camera, about)
    add_openapi(app, about, has_controls=controls is not None)
    if controls is not None:
        add_alarms(app, camera, controls[0], add_commands(app, *controls, web.public_name))
    _add_errors(app)
    app.wsgi_app = Express(app.wsgi_app, camera, shelf, known)  # type: ignore[method-assign]
    return app


def _present(camera: Camera, about: About) -> Page | None:
    """Return the page for who shows its strip only; None while the bot cannot be seen: controls need no picture."""
    try:
        return page(camera.picture(), about)
    except LottogridError:
        return None


def _add_document(app: Flask, finder: Viewfinder, about: About) -> None:
    @app.get("/api/view")
    def show_json() -> Response:
        picture = finder.picture()
        return tagged(jsonify(_document(picture, picture.then.about if picture.then else about)))


def _add_probes(app: Flask, camera: Camera, about: About) -> None:
    @app.get("/metrics")
    def show_metrics() -> Response:
        return Response(exposition(camera.picture(), about), content_type=CONTENT_TYPE)

    @app.get("/healthz")
    def show_health() -> Response:
        return jsonify(status="ok")

    @app.get("/readyz")
    def show_readiness() -> Response:
        found = obstacles(camera.picture())
        response = jsonify(status="not ready" if found else "ready", reasons=found)
        response.status_code = 503 if found else 200
        return response


def _add_errors(app: Flask) -> None:
    @app.errorhandler(HTTPException)
    def show_refusal(error: HTTPException) -> Response:
        return Response(f"{error.description}\n", error.code, content_type=_PLAIN)

    @app.errorhandler(LottogridError)
    def show_lack(error: LottogridError) -> Response:
        return Response(f"{error}\n", 503, content_type=_PLAIN)

    @app.errorhandler(Exception)
    def show_failure(error: Exception) -> Response:
        logger.opt(exception=error).error("page: {} failed", request.path)
        return Response("page: this part failed; the log says why\n", 500, content_type=_PLAIN)


def _document(picture: Picture, about: About) -> dict[str, Any]:
    process = {
        "mode": about.mode,
        "account": about.account,
        "version": about.version,
        "settings_hash": about.settings_hash,
        "started_at": new_york(about.started_at).isoformat(),
    }
    return {"about": process, "doubts": picture.doubts, **to_json(picture.view)}
