"""What keeps other sites and other hosts away from the page."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request

LARGEST_FORM = 4096
"""Bytes."""
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # Not `no-referrer`: with that a browser sends its own forms as from nowhere, and they would be refused.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


def guard(app: Flask, hosts: Collection[str], posts: tuple[str, ...] = ()) -> None:
    """Let `app` answer only under a name of this machine or one of `hosts`, in lower case, and with strict headers.

    It answers GET, and where a path begins with one of `posts` a small form sent by one of its own pages.

    The check of the name keeps a foreign site from reading the page by pointing its own name at this machine.
    """

    @app.before_request
    def refuse() -> None:
        host = host_name(request.host)
        if not is_known(host, hosts):
            abort(400, f"host: expected a name of this machine, found {host or 'none'}; use http://127.0.0.1")
        if request.method == "POST" and request.path.startswith(posts):
            _refuse_foreign_form()
        elif request.method not in {"GET", "HEAD"}:
            abort(405, f"method: expected GET, found {request.method}; the page only shows")

    @app.after_request
    def add_headers(response: Response) -> Response:
        given = {name for name, _ in response.headers}
        response.headers.extend((name, value) for name, value in HEADERS.items() if name not in given)
        return response


def _refuse_foreign_form() -> None:
    """Refuse what a browser says comes from elsewhere, and what is no small form."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc.lower() != request.host.lower():
        abort(403, "origin: expected this page, found another")
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        abort(403, "origin: expected this page, found another")
    if request.mimetype != "application/x-www-form-urlencoded":
        abort(415, "content type: expected a form, found another")
    if request.content_length is None or request.content_length > LARGEST_FORM:
        abort(413, f"form: expected {LARGEST_FORM} bytes at most, with their number, found another")


def is_known(host: str, hosts: Collection[str]) -> bool:
    """Return whether `host`, in lower case, is this machine seen from itself or one of `hosts`."""
    return host in hosts or is_loopback(host)


def is_loopback(host: str) -> bool:
    """Return whether `host`, a name or an address without a port, is this machine seen from itself."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def host_name(host: str) -> str:
    """Return the name or address in a Host header, in lower case, without port and brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()
