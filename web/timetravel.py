"""Time travel: the page as it was at the moment that its address names, and the ways to other moments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import quote, urlencode

from flask import Flask, Response, abort, redirect, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from actors.past import Past, Sight
from lottogrid.clock import NEW_YORK, new_york, to_utc, trading_date
from lottogrid.errors import LottogridError, Missing
from web.about import About
from web.journal import line
from web.picture import Camera, Picture, Then

_LONGEST_NUMBER = 15
"""Digits of a row's number that are read."""
_OWN_LINK = re.compile(
    r'((?:href|src)=")(/(?:money|api/view|(?:positions|actors|machines)/[^"?#]*)?)(?:\?[^"#]*)?(#[^"]*)?"'
)
"""A link to what can be looked at as it was."""
_CONTENT_SECURITY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""That of every page, but with forms: those that ask for another moment."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A moment of the day that one can go to."""

    at: str
    kind: str
    text: str
    address: str
    """Behind the path of any page."""
    is_past: bool
    """Whether the picture that is shown has it in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """What a page of the past says of its moment, and where one can go from there."""

    day: str
    clock: str
    """Of the picture, New York."""
    address: str
    """Behind the path of any page: the same picture again."""
    second: int
    """Of the New York day, of the moment that was asked for."""
    first: int
    last: int
    """Seconds of the day between which something is recorded."""
    earlier: Stop | None
    later: Stop | None
    stops: tuple[Stop, ...]


class Viewfinder:
    """Shows the present, or the moment that the address of the request asks for: `?at=INSTANT` or `?seq=ROW`."""

    def __init__(self, camera: Camera, about: About, past: Past | None) -> None:
        """Without a past every moment of it is refused."""
        self._camera = camera
        self._about = about
        self._past = past

    def picture(self) -> Picture:
        """Return the picture; aborts the request where the moment is none, or nothing is recorded of it.

        Raises:
            LottogridError: the bot, or the recording, cannot be looked at.

        """
        if not is_of_the_past(request.args):
            return self._camera.picture()
        if self._past is None:
            abort(404, "time travel: expected a recording, found none; storage.recorded_days says how much is kept")
        past, asked = self._past, _asked(request.args)
        try:
            sight = past.with_row(asked) if isinstance(asked, int) else past.at(asked)
        except Missing as error:
            abort(404, str(error))
        instant = asked if isinstance(asked, datetime) else sight.view.at
        return _developed(sight, instant, self._about, past)

    def now(self) -> datetime:
        """Return the instant of the present picture."""
        return self._camera.picture().view.at


def add_time_travel(app: Flask, finder: Viewfinder) -> None:
    """Let forms without a script ask for a moment, and let only pages of the past have such forms."""

    @app.before_request
    def find_address() -> AnyResponse | None:
        endpoint = request.endpoint or ""
        if not endpoint.startswith(("page ", "fragment ")):
            return None
        instant = finder.now() if request.args.get("at") == "now" else _of_form(request.args)
        return None if instant is None else redirect(f"{request.path}?{address(instant)}", 302)

    @app.after_request
    def allow_forms(response: Response) -> Response:
        if is_of_the_past(request.args) and (request.endpoint or "").startswith("page "):
            response.headers["Content-Security-Policy"] = _CONTENT_SECURITY
        return response


def is_of_the_past(arguments: MultiDict[str, str]) -> bool:
    """Return whether an address asks for another moment than the present."""
    return "at" in arguments or "seq" in arguments


def address(instant: datetime) -> str:
    """Return the query that asks for an instant; New York time, to be read by people."""
    return urlencode({"at": new_york(instant).isoformat()}, safe=":", quote_via=quote)


def carried(html: str, query: str) -> str:
    """Return a fragment whose links to the bot's own pages, drawings and document keep to the moment of `query`."""
    return _OWN_LINK.sub(lambda found: f'{found[1]}{found[2]}?{query}{found[3] or ""}"', html)


def journey(past: Past, sight: Sight, asked: datetime) -> Journey:
    """Return where one stands in the day of a sight, and where one can go."""
    view = sight.view
    on = trading_date(view.at)
    span = past.span(on)
    recorded = span[1].sequence if span else view.sequence
    stops = []
    behind = before = None
    for moment in past.moments(on):
        shown = line(moment.record, view.at)
        stop = Stop(shown.at, shown.kind, shown.text, f"?seq={moment.sequence}", moment.sequence <= view.sequence)
        stops.append(stop)
        if moment.sequence <= sight.sequence_before:
            before = stop
        if behind is None and view.sequence < moment.sequence <= recorded:
            behind = stop
    first, last = (span[0].at, span[1].at) if span else (view.at, view.at)
    there = new_york(view.at)
    return Journey(
        day=on.isoformat(),
        clock=f"{there:%H:%M:%S}",
        address=f"?{address(view.at)}",
        second=min(max(_second(asked if trading_date(asked) == on else view.at), 0), 86_399),
        first=_second(first + timedelta(seconds=1)),
        last=_second(last),
        earlier=before,
        later=behind,
        stops=tuple(stops),
    )


def _developed(sight: Sight, asked: datetime, about: About, past: Past) -> Picture:
    header = sight.header
    doubts = [str(sight.gap)] if sight.gap else []
    if header.settings is None:
        doubts.append(f"recorded by lottogrid {header.version}, which had other settings: those shown are of now")
    then = About(
        settings=header.settings or about.settings,
        started_at=header.started_at,
        account=about.account,
        data=header.data,
        version=header.version,
    )
    return Picture(sight.view, tuple(doubts), Then(then, address(asked), lambda: journey(past, sight, asked)))


def _asked(arguments: MultiDict[str, str]) -> datetime | int:
    row = arguments.get("seq")
    if row is not None:
        if not (row.isascii() and row.isdigit() and len(row) <= _LONGEST_NUMBER):
            abort(400, "seq: expected the number of a journal row, found another")
        return int(row)
    try:
        # the plus of an offset is a space where it was not quoted
        instant = datetime.fromisoformat(arguments["at"].replace(" ", "+"))
        # by way of New York, which does not have the first hours of the year 1
        return to_utc(new_york(to_utc(instant)))
    except (ValueError, OverflowError, LottogridError):
        abort(400, "at: expected an instant with its offset, as 2026-11-20T14:02:06-05:00, found another")


def _of_form(arguments: MultiDict[str, str]) -> datetime | None:
    """Return the instant that a form asks for, by a day and its time or second; None where it asks for none."""
    if "day" not in arguments:
        return None
    try:
        day = date.fromisoformat(arguments["day"])
        if "second" in arguments:
            there = datetime.combine(day, time.min) + timedelta(seconds=int(arguments["second"]))
        else:
            there = datetime.combine(day, time.fromisoformat(arguments.get("time", "")).replace(tzinfo=None))
        return to_utc(there.replace(tzinfo=NEW_YORK))
    except (ValueError, OverflowError):
        abort(400, "day: expected one as 2026-11-20 with a time as 14:02:06, New York, found another")


def _second(instant: datetime) -> int:
    there = new_york(instant)
    return there.hour * 3600 + there.minute * 60 + there.second
