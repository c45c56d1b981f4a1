"""The alarms that wait for a person: what each means, what to do, and the button that says that somebody has looked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from flask import Flask, abort, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from actors.view import View
from lottogrid.alerts.codes import ALERTS, AlertCode, Severity
from lottogrid.alerts.standing import Standing
from web import text
from web.commands import COOKIE, answer_page, session_of
from web.picture import Camera
from web.sessions import Sessions

_TONES = {Severity.INFO: "", Severity.WARNING: "warn", Severity.CRITICAL: "bad"}


class Acknowledger(Protocol):
    """What writes down that a person has looked."""

    def acknowledge(self, code: AlertCode, by: str) -> None:
        """Note it; without harm where nothing stands."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingLine:
    """One code that was raised today, or that still waits."""

    code: str
    severity: str
    tone: str
    said: str
    times: str
    meaning: str
    action: str
    is_open: bool
    acknowledged: str


def standing_lines(view: View) -> tuple[StandingLine, ...]:
    """Return what was raised, those that wait for a person first."""
    standing = view.alarms.standing if view.alarms else ()
    return tuple(_line(each, view) for each in sorted(standing, key=lambda each: not each.is_open))


def add_alarms(app: Flask, camera: Camera, acknowledger: Acknowledger, sessions: Sessions) -> None:
    """Add the page of alarms, and its form, which takes the same log-in as the controls."""

    @app.get("/alarms")
    def show_alarms() -> AnyResponse:
        session = sessions.find(request.cookies.get(COOKIE, ""))
        lines = standing_lines(camera.picture().view)
        said = request.args.get("seen", "")
        waits = said if any(line.code == said and line.is_open for line in lines) else ""
        left = sum(line.is_open for line in lines)
        return answer_page("alarms.html", lines=lines, left=left, csrf=session.csrf if session else "", waits=waits)

    @app.post("/controls/alarms/<code>")
    def acknowledge(code: str) -> AnyResponse:
        session_of(sessions, is_form=True)
        if code not in AlertCode.__members__:
            abort(404, "alarm: expected a code of the table, found another; the page lists them")
        by = request.form.get("by", "").strip()[:60]
        acknowledger.acknowledge(AlertCode[code], by or f"somebody at the page, {request.remote_addr}")
        # The notifier has not read it yet: the page says so, until what the notifier shows says otherwise.
        return redirect(f"/alarms?seen={code}", 303)


def _line(found: Standing, view: View) -> StandingLine:
    alert = ALERTS[found.code]
    first, last = text.moment(found.first_at, view.at), text.moment(found.last_at, view.at)
    seen = found.acknowledged_at
    return StandingLine(
        code=found.code.name,
        severity=alert.severity.value,
        tone=_TONES[alert.severity],
        said=found.text,
        times=f"{first} ET" if found.count == 1 else f"{found.count} times, {first} to {last} ET",
        meaning=alert.text,
        action=alert.action.replace("`", ""),
        is_open=found.is_open,
        acknowledged=f"seen by {found.acknowledged_by}, {text.moment(seen, view.at)} ET" if seen else "",
    )
