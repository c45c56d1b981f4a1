"""What systemd is told of a run: that it is up, how it stands, and that the watchdog need not bite."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from loguru import logger

from actors.view import View
from lottogrid.cli.run.desk import Desk
from lottogrid.cli.run.display import Show, line
from lottogrid.cli.run.pulses import CRITICAL, Pulses
from lottogrid.clock import real_seconds
from lottogrid.service.notify import ServiceManager

_STATUS_EVERY = 10.0
"""Real seconds."""
_FEEDS = 4
"""How often the watchdog is fed in the time that it bears without."""


class Reporter:
    """Passes each view on to `show`, and tells the service manager what follows from it."""

    def __init__(
        self,
        manager: ServiceManager,
        pulses: Pulses,
        show: Show,
        seconds: Callable[[], float] = real_seconds,
    ) -> None:
        self._manager = manager
        self._pulses = pulses
        self._show = show
        self._seconds = seconds
        self._is_ready = False
        self._said_at = self._fed_at = float("-inf")
        self._lost: list[str] = []

    def __call__(self, view: View) -> None:
        """Show, and report."""
        self._show(view)
        if not self._manager.listens:
            return
        now = self._seconds()
        if not self._is_ready and _is_up(view):
            self._is_ready = True
            self._manager.ready(line(view))
        elif self._is_ready and now - self._said_at >= _STATUS_EVERY:
            self._said_at = now
            self._manager.status(line(view))
        bears = self._manager.watchdog_seconds
        if bears is not None and now - self._fed_at >= bears / _FEEDS:
            self._feed(now)

    def _feed(self, now: float) -> None:
        lost = self._pulses.lost()
        if not lost:
            self._fed_at = now
            self._manager.feed()
        elif lost != self._lost:
            logger.critical("no sign of life of {}: the watchdog is not fed any more", ", ".join(lost))
        self._lost = lost


@contextmanager
def reporting(desk: Desk, show: Show, manager: ServiceManager) -> Iterator[Show]:
    """Yield what shows a view and reports it; at the end the service manager hears that it is one."""
    try:
        yield Reporter(manager, Pulses(desk.runtime), show)
    finally:
        manager.stopping("stopping")


def _is_up(view: View) -> bool:
    running = {row.name for row in view.actors if row.state == "running"}
    return running.issuperset(CRITICAL)
