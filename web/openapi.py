"""What the page answers, as an OpenAPI document: for programs that ask, and for the test that asks everything."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, jsonify

from lottogrid.alerts.codes import AlertCode
from lottogrid.control.commands import Command
from machines.catalog import ALL
from web.about import About

HTML, JSON, TEXT, SVG = "text/html", "application/json", "text/plain", "image/svg+xml"
_FORM = "application/x-www-form-urlencoded"
_MEANINGS = {
    200: "what was asked for",
    302: "the same moment by its own address",
    303: "look there",
    304: "not changed since the tag that was sent",
    400: "another host name, or a form that says nothing sensible",
    403: "nobody is logged in, or the form is none of this page",
    404: "there is no such thing",
    405: "another method",
    413: "a form that is too long",
    415: "no form",
    429: "too many wrong tokens",
    503: "the bot has not been seen yet, or is not in order",
}
_TEXTUAL = {"type": "string"}
_READINESS = {
    "type": "object",
    "required": ["status", "reasons"],
    "properties": {
        "status": {"enum": ["ready", "not ready"]},
        "reasons": {"type": "array", "items": _TEXTUAL},
    },
}
_VIEW = {
    "type": "object",
    "description": "Null is unknown. Prices and money are exact decimal strings, times ISO 8601 with their offset.",
    "required": ["about", "doubts", "at", "sequence", "engine", "broker", "risk", "ledger", "positions", "figures"],
    "properties": {
        "about": {"type": "object", "required": ["mode", "account", "version", "settings_hash", "started_at"]},
        "doubts": {"type": "array", "items": _TEXTUAL, "description": "Why this may not be the present."},
        "at": {"type": "string", "format": "date-time"},
        "sequence": {"type": "integer", "description": "The journal's last row."},
        "positions": {"type": "array"},
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """An address and a method."""

    path: str
    """As OpenAPI writes it."""
    says: str
    media: str = HTML
    schema: dict[str, Any] | None = None
    """Of a JSON answer."""
    statuses: tuple[int, ...] = (200,)
    """Beside those that any request can get."""
    looks_back: bool = False
    """Whether it can be asked for as it was at another moment."""
    form: tuple[str, ...] | None = None
    """The fields of the form that it takes; None is a GET."""


_SEEN = (200, 304, 503)
_FOUND = (*_SEEN, 404)
_LED = (*_FOUND, 302)
_PAGES = {
    "": "the overview",
    "/money": "profit and loss, drawn",
    "/positions/{name}": "a position",
    "/actors/{name}": "an actor",
    "/machines/{name}": "a machine",
}
_DRAWINGS = {
    "/machines/{name}.svg": "a machine's diagram with its states of the day",
    "/positions/{key}/position.svg": "the way a position took",
    "/positions/{key}/leg-{leg}.svg": "the way a leg took",
}
ROUTES = (
    *(Route(path=path or "/", says=says, statuses=_LED, looks_back=True) for path, says in _PAGES.items()),
    *(
        Route(path=f"{path}/fragment", says=f"the inside of {says}", statuses=_LED, looks_back=True)
        for path, says in _PAGES.items()
    ),
    *(Route(path=path, says=says, media=SVG, statuses=_FOUND, looks_back=True) for path, says in _DRAWINGS.items()),
    Route(path="/positions/{name}/log", says="lines of the log that name it", media=TEXT, statuses=(200, 404, 503)),
    Route(path="/backtests", says="the results that are kept", statuses=(200, 503)),
    Route(path="/backtests/{number}", says="the report about one, in a sandbox", statuses=(200, 404, 503)),
    Route(path="/api/view", says="the picture of the bot", media=JSON, schema=_VIEW, statuses=_FOUND, looks_back=True),
    Route(path="/api/openapi.json", says="this document", media=JSON, schema={"type": "object"}),
    Route(path="/metrics", says="what Prometheus reads", media=TEXT, statuses=(200, 503)),
    Route(
        path="/healthz",
        says="whether the process answers",
        media=JSON,
        schema={"type": "object", "required": ["status"], "properties": {"status": {"const": "ok"}}},
    ),
    Route(
        path="/readyz",
        says="whether engine, link and books are in order",
        media=JSON,
        schema=_READINESS,
        statuses=(200, 503),
    ),
    Route(path="/static/{filename}", says="style, script, icon", media="*/*", statuses=(200, 304, 404)),
)
CONTROLS = (
    Route(path="/login", says="the log-in"),
    Route(path="/login", says="open the controls", statuses=(303, 403, 429, 503), form=("token",)),
    Route(path="/logout", says="end the session", statuses=(303, 403), form=("csrf",)),
    Route(path="/controls", says="the controls", statuses=(200, 303)),
    Route(
        path="/controls/{command}",
        says="give a command; the answer is where it is led to",
        statuses=(303, 403),
        form=("csrf", "id", "by", "typed"),
    ),
    Route(path="/controls/answers/{request_id}", says="what came of a command", statuses=(200, 303, 404)),
    Route(path="/alarms", says="the alarms, and what to do", statuses=(200, 503)),
    Route(
        path="/controls/alarms/{code}", says="say that you have looked", statuses=(303, 403, 404), form=("csrf", "by")
    ),
)
"""Where the page has controls: behind the token, each form with the secret of its session."""
_MOMENTS = {
    "at": {
        "type": "string",
        "format": "date-time",
        "description": "An instant with its offset, ISO 8601: what it was like then. `now` leads to the present one.",
    },
    "seq": {"type": "integer", "minimum": 1, "description": "A row of the journal: what it was like with it."},
}
_READY_OR_NOT = ("/readyz", HTTPStatus.SERVICE_UNAVAILABLE)
_NAMED = {
    "leg": {"type": "integer", "minimum": 0},
    "number": {"type": "integer", "minimum": 0},
    "command": {"enum": [command.value for command in Command]},
    "code": {"enum": list(AlertCode.__members__)},
}


def add_openapi(app: Flask, about: About, *, has_controls: bool) -> None:
    """Add the document about `app`."""
    found = document(about, has_controls=has_controls)

    @app.get("/api/openapi.json")
    def show_openapi() -> Response:
        return jsonify(found)


def document(about: About, *, has_controls: bool) -> dict[str, Any]:
    """Return the document of version 3.1."""
    paths: dict[str, dict[str, Any]] = {}
    for route in (*ROUTES, *(CONTROLS if has_controls else ())):
        paths.setdefault(route.path, {})["get" if route.form is None else "post"] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "lottogrid",
            "version": about.version,
            "description": "The status page. Programs read /api/view, /readyz and /metrics; the rest is for people.",
        },
        "paths": paths,
    }


def _operation(route: Route) -> dict[str, Any]:
    found: dict[str, Any] = {"summary": route.says, "parameters": _parameters(route)}
    refusals = (400, 405) if route.form is None else (400, 405, 413, 415)
    found["responses"] = {str(status): _response(route, status) for status in sorted({*route.statuses, *refusals})}
    if route.form is not None:
        fields = {name: {"type": "string", "maxLength": 200} for name in route.form}
        schema = {"type": "object", "properties": fields, "required": list(route.form[:1])}
        found["requestBody"] = {"required": True, "content": {_FORM: {"schema": schema}}}
    return found


def _parameters(route: Route) -> list[dict[str, Any]]:
    names = [part.partition("}")[0] for part in route.path.split("{")[1:]]
    schemas = _NAMED | ({"name": {"enum": list(ALL)}} if route.path.startswith("/machines/") else {})
    found = [{"name": name, "in": "path", "required": True, "schema": schemas.get(name, _TEXTUAL)} for name in names]
    moments = _MOMENTS if route.looks_back else {}
    return [*found, *({"name": name, "in": "query", "schema": schema} for name, schema in moments.items())]


def _response(route: Route, status: int) -> dict[str, Any]:
    found: dict[str, Any] = {"description": _MEANINGS[status]}
    if status == HTTPStatus.NOT_MODIFIED:
        return found
    if status == HTTPStatus.OK or (route.path, status) == _READY_OR_NOT:
        return {**found, "content": {route.media: {"schema": route.schema} if route.schema else {}}}
    return {**found, "content": {TEXT: {}, HTML: {}}}
