"""The latest picture of the bot, and whether it still says anything about the bot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from loguru import logger

from actors.view import View
from lottogrid.clock import real_seconds
from lottogrid.errors import Missing
from web.about import About

STALE_SECONDS = 5.0
"""Real time after which a picture that does not move, or an actor that does not answer, is called stale."""
SHARED_SECONDS = 1.0
"""Real time for which everyone who asks gets the same picture, so that what they read agrees."""

Look = Callable[[], View]


@dataclass(frozen=True, slots=True)
class Then:
    """What a picture of the past has beside it."""

    about: About
    """The process that was looked at."""
    query: str
    """Asks for this moment, behind the `?` of any page's address."""
    journey: Callable[[], Any]
    """Returns where one can go from there; it reads the day's journal."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A view, and what speaks against believing it."""

    view: View
    doubts: tuple[str, ...]
    then: Then | None = None
    """None in a picture of the present."""

    @property
    def is_stale(self) -> bool:
        """Whether the view must not be read as the present, though it is meant to."""
        return bool(self.doubts) and self.then is None


class Camera:
    """Looks at the bot, at most a few times a second, from any thread."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._lock = Lock()
        self._view: View | None = None
        self._taken = 0.0
        self._moved = 0.0
        self._failure = ""

    def picture(self) -> Picture:
        """Return the present picture.

        Raises:
            Missing: while the bot has never been seen.

        """
        with self._lock:
            now = real_seconds()
            if self._view is None or now - self._taken >= SHARED_SECONDS:
                self._take(now)
            if self._view is None:
                raise Missing(f"page: expected a picture of the bot, found none ({self._failure}); reload in a moment")
            return Picture(self._view, tuple(self._doubts(self._view, now)))

    def _take(self, now: float) -> None:
        self._taken = now
        try:
            seen = self._look()
        except Exception as error:  # noqa: BLE001 - the page outlives whatever it looks at
            logger.exception("page: the bot could not be looked at")
            self._failure = f"{type(error).__name__}: {error}"
            return
        self._failure = ""
        if self._view is None or seen.at != self._view.at:
            self._moved = now
        self._view = seen

    def _doubts(self, view: View, now: float) -> list[str]:
        found = []
        if self._failure:
            found.append(f"the bot cannot be looked at: {self._failure}")
        if now - self._moved > STALE_SECONDS:
            found.append(f"the bot's clock has stood still for {now - self._moved:.0f} s")
        if not view.actors or view.actors[0].state != "running":
            found.append("the bot has stopped")
        found += [
            f"{actor.name} has not answered for {actor.busy_seconds:.0f} s"
            for actor in view.actors
            if actor.busy_seconds is not None and actor.busy_seconds > STALE_SECONDS
        ]
        return found
