"""The controls on the page: forms behind a log-in. What was asked is done on another thread, and shown as confirmed."""

from __future__ import annotations

from typing import Protocol
from uuid import uuid4

from flask import Flask, Response, abort, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from lottogrid.alerts.codes import AlertCode
from lottogrid.control.commands import Answer, Command, Level, Request, command_named
from lottogrid.control.latch import Latch
from lottogrid.control.record import CommandRecord
from lottogrid.errors import BadInput
from web.security import host_name
from web.sessions import LASTS, Session, Sessions, TooManyTries
from web.tokens import TokenFile

COOKIE = "lottogrid_session"
POSTS = ("/login", "/logout", "/controls/")
"""Where forms may be sent to."""
_LOG_IN = "/login"
_LEVELS = (Level.ENTRIES, Level.POSITIONS, Level.EMERGENCY, Level.RELEASE)
"""As they stand on the page: first what forbids, deeper and deeper, then what lets it trade again."""


class Commander(Protocol):
    """What carries commands out."""

    @property
    def latch(self) -> Latch:
        """What stands."""
        ...

    @property
    def record(self) -> CommandRecord:
        """Which commands were given, and what came of them."""
        ...

    def submit(self, request: Request) -> None:
        """Carry a command out on another thread."""
        ...

    def acknowledge(self, code: AlertCode, by: str) -> None:
        """Write down that a person has seen an alarm."""
        ...


def add_commands(app: Flask, commander: Commander, tokens: TokenFile, public_name: str = "") -> Sessions:
    """Add the controls: nothing of them is shown or done without a session, and no form without its secret.

    Who comes by the `public_name` comes through a proxy with TLS.
    """
    sessions = Sessions(tokens)
    _add_log_in(app, sessions, tokens, public_name)
    _add_controls(app, commander, sessions)
    return sessions


def _add_log_in(app: Flask, sessions: Sessions, tokens: TokenFile, public_name: str) -> None:
    @app.get(_LOG_IN)
    def show_log_in() -> Response:
        return answer_page("login.html", path=tokens.path, problem="")

    @app.post(_LOG_IN)
    def log_in() -> AnyResponse:
        try:
            name = sessions.open(request.form.get("token", "").strip())
        except TooManyTries:
            return answer_page("login.html", 429, path=tokens.path, problem="Too many wrong tokens. Wait a minute.")
        if name is None:
            return answer_page("login.html", 403, path=tokens.path, problem="That is not the token.")
        response = redirect("/controls", 303)
        # On this machine the page speaks plain HTTP, where a browser would not send a secure cookie back.
        is_public = host_name(request.host) == public_name
        response.set_cookie(COOKIE, name, max_age=int(LASTS), secure=is_public, httponly=True, samesite="Strict")
        return response

    @app.post("/logout")
    def log_out() -> AnyResponse:
        session_of(sessions, is_form=True)
        sessions.close(request.cookies.get(COOKIE, ""))
        response = redirect(_LOG_IN, 303)
        response.delete_cookie(COOKIE, httponly=True, samesite="Strict")
        return response


def _add_controls(app: Flask, commander: Commander, sessions: Sessions) -> None:
    @app.get("/controls")
    def show_controls() -> AnyResponse:
        session = sessions.find(request.cookies.get(COOKIE, ""))
        if session is None:
            return redirect(_LOG_IN, 303)
        return _controls(commander, session)

    @app.post("/controls/<command>")
    def give(command: str) -> AnyResponse:
        session = session_of(sessions, is_form=True)
        try:
            ordered = _request(command)
        except BadInput as error:
            return _controls(commander, session, str(error), 400)
        if not commander.record.knows(ordered.id):
            commander.submit(ordered)
        return redirect(f"/controls/answers/{ordered.id}", 303)

    @app.get("/controls/answers/<request_id>")
    def show_answer(request_id: str) -> AnyResponse:
        if sessions.find(request.cookies.get(COOKIE, "")) is None:
            return redirect(_LOG_IN, 303)
        if not (request_id.isascii() and request_id.isalnum()):
            abort(404, "command: expected the id of one that was given, found another")
        # One that was given a moment ago may not have begun yet.
        return answer_page("answer.html", answer=commander.record.answer(request_id))


def _request(name: str) -> Request:
    command = command_named(name)
    given = {
        "id": request.form.get("id", ""),
        "command": command.value,
        "by": request.form.get("by", "").strip() or "somebody at the page",
        "via": f"page, {request.remote_addr}",
        "typed": request.form.get("typed", "").strip(),
    }
    ordered = Request.read(given)
    ordered.refuse_untyped()
    return ordered


def session_of(sessions: Sessions, *, is_form: bool) -> Session:
    """Return who asks; aborts the request where nobody is logged in, or the form is none of this page."""
    session = sessions.find(request.cookies.get(COOKIE, ""))
    if session is None:
        abort(403, "controls: expected a log-in, found none; open /login")
    if is_form and not session.is_form_ours(request.form.get("csrf", "")):
        abort(403, "controls: expected a form of this page, found another; open /controls again")
    return session


def _controls(commander: Commander, session: Session, problem: str = "", status: int = 200) -> Response:
    levels = {level: [command for command in Command if command.terms.level is level] for level in _LEVELS}
    return answer_page(
        "controls.html",
        status,
        levels=levels,
        ids={command: uuid4().hex for command in Command},
        csrf=session.csrf,
        standing=commander.latch.standing(),
        latest=[_line(answer) for answer in commander.record.latest],
        problem=problem,
    )


def _line(answer: Answer) -> tuple[str, str, str]:
    return answer.id, answer.command.value, answer.outcome.value


def answer_page(template: str, status: int = 200, **values: object) -> Response:
    """Return a page that may have forms and is kept nowhere."""
    response = Response(render_template(template, **values), status)
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    )
    response.headers["Cache-Control"] = "no-store"
    return response
