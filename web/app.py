"""The Flask application: one page, the same as JSON, and what monitors ask for. Nothing here changes anything."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, abort, jsonify, render_template, request
from loguru import logger
from werkzeug.exceptions import HTTPException

from actors.view_json import to_json
from lottogrid.clock import new_york
from lottogrid.errors import LottogridError
from machines.catalog import ALL
from web.about import About
from web.diagrams import drawing, lives
from web.page import page
from web.picture import Camera, Look, Picture
from web.ready import obstacles
from web.security import guard

_PLAIN = "text/plain; charset=utf-8"


def create_app(look: Look, about: About, *, hosts: tuple[str, ...] = ()) -> Flask:
    """Return the status page.

    Args:
        look: returns the present view of the bot; called from the server's threads.
        about: what the page says of the process.
        hosts: names under which the page may be asked for, besides those of this machine and the configured one.

    """
    app = Flask(__name__)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.json.sort_keys = False  # type: ignore[attr-defined]
    camera = Camera(look)
    guard(app, {*hosts, about.settings.web.host})
    _add_pages(app, camera, about)
    _add_probes(app, camera)
    _add_errors(app)
    return app


def _add_pages(app: Flask, camera: Camera, about: About) -> None:
    @app.get("/")
    def show_page() -> Response:
        return _tagged(Response(render_template("page.html", page=page(camera.picture(), about))))

    @app.get("/fragment")
    def show_fragment() -> Response:
        return _tagged(Response(render_template("fragment.html", page=page(camera.picture(), about))))

    @app.get("/api/view")
    def show_json() -> Response:
        return _tagged(jsonify(_document(camera.picture(), about)))

    @app.get("/machines/<name>.svg")
    def show_machine(name: str) -> Response:
        if name not in ALL:
            abort(404, f"machine: expected one of {', '.join(ALL)}, found {name}")
        content, media_type = drawing(ALL[name], lives(camera.picture().view, name))
        response = Response(content, content_type=media_type)
        # a drawing looked at by itself brings its colours along
        response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
        return _tagged(response)


def _add_probes(app: Flask, camera: Camera) -> None:
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


def _tagged(response: Response) -> Response:
    """Name the content, and leave it out where the asker has it already."""
    response.add_etag()
    response.make_conditional(request)
    return response
