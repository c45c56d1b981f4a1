"""The status page of a run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from actors.control import Controller
from actors.past import Past
from lottogrid.cli.output import console
from lottogrid.cli.run.desk import Desk
from lottogrid.cli.run.recording import beside
from lottogrid.service.notify import credentials
from lottogrid.settings import Settings
from web.about import About
from web.app import create_app
from web.server import Server
from web.tokens import NAME, TokenFile


@contextmanager
def page(settings: Settings, desk: Desk, controller: Controller) -> Iterator[str]:
    """Serve the page and yield its address, empty where the settings want none; Missing where the port is taken."""
    if not settings.web.enabled:
        yield ""
        return
    about = About(settings=settings, started_at=desk.started_at, data=desk.data)
    handed_over = credentials(os.environ, NAME)
    tokens = TokenFile(handed_over or settings.storage.directory, is_handed_over=handed_over is not None)
    if tokens.ensure():
        console(error=True).print(f"A token for the controls of the page was made: {tokens.path}.", soft_wrap=True)
    past = Past(beside(desk.ledger), desk.place) if settings.storage.recorded_days else None
    app = create_app(desk.look, about, controls=(controller, tokens), past=past)
    server = Server(app, settings.web.host, settings.web.port, allow_remote=settings.web.allow_remote)
    server.start()
    try:
        yield server.url
    finally:
        server.stop()
