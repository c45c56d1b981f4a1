"""The status page of a run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lottogrid.cli.desk import Desk
from lottogrid.settings import Settings
from web.about import About
from web.app import create_app
from web.server import Server


@contextmanager
def page(settings: Settings, desk: Desk) -> Iterator[str]:
    """Serve the page and yield its address, empty where the settings want none; Missing where the port is taken."""
    if not settings.web.enabled:
        yield ""
        return
    about = About(settings=settings, started_at=desk.runtime.clock.now())
    app = create_app(desk.look, about)
    server = Server(app, settings.web.host, settings.web.port, allow_remote=settings.web.allow_remote)
    server.start()
    try:
        yield server.url
    finally:
        server.stop()
