"""What keeps other sites and other hosts away from the page."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import ip_address

from flask import Flask, Response, abort, request

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


def guard(app: Flask, hosts: Collection[str]) -> None:
    """Let `app` answer only GET, only under a name of this machine or one of `hosts`, and with strict headers.

    The check of the name keeps a foreign site from reading the page by pointing its own name at this machine.
    """
    known = frozenset(host.lower() for host in hosts)

    @app.before_request
    def refuse() -> None:
        host = host_name(request.host)
        if not (is_loopback(host) or host in known):
            abort(400, f"host: expected a name of this machine, found {host or 'none'}; use http://127.0.0.1")
        if request.method not in {"GET", "HEAD"}:
            abort(405, f"method: expected GET, found {request.method}; the page only shows")

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response


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
