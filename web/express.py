"""Answers what every open page asks for each second, where it is made already, without waking the whole application."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from lottogrid.errors import LottogridError
from web.picture import Camera
from web.security import HEADERS, host_name, is_known
from web.sheets import Fragment, Shelf

_ENDING = "/fragment"


class Express:
    """A WSGI application before another: it answers a fragment of the present that is on the shelf, as that would.

    Whatever else is asked for, or asked for in another way than a browser does, goes through to the application.
    """

    def __init__(self, application: WSGIApplication, camera: Camera, shelf: Shelf, hosts: Collection[str]) -> None:
        self._application = application
        self._camera = camera
        self._shelf = shelf
        self._hosts = hosts

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or let the application do it."""
        found = self._ready(environ)
        if found is None:
            return self._application(environ, start_response)
        tag = f'W/"{found.etag}"'
        headers = [("Vary", "Accept-Encoding"), ("ETag", tag), *HEADERS.items()]
        if environ.get("HTTP_IF_NONE_MATCH") == tag:
            start_response("304 NOT MODIFIED", headers)
            return []
        length = str(len(found.packed))
        kind = [("Content-Type", "text/html; charset=utf-8"), ("Content-Encoding", "gzip"), ("Content-Length", length)]
        start_response("200 OK", [*kind, *headers])
        return [found.packed]

    def _ready(self, environ: WSGIEnvironment) -> Fragment | None:
        path = environ["PATH_INFO"]
        if environ["REQUEST_METHOD"] != "GET" or not path.endswith(_ENDING) or environ.get("QUERY_STRING"):
            return None
        accepted = environ.get("HTTP_ACCEPT_ENCODING", "")
        if ";" in accepted or "gzip" not in accepted.replace(",", " ").split():
            return None
        host = environ.get("HTTP_HOST", "")
        if not host or not is_known(host_name(host), self._hosts):
            return None
        try:
            return self._shelf.ready(path.removesuffix(_ENDING) or "/", self._camera.picture())
        except LottogridError:
            return None
