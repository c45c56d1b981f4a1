"""Who is logged in: sessions in memory, each bound to the token that opened it. Wrong tokens are made to wait."""

from __future__ import annotations

import hmac
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from lottogrid.clock import real_seconds
from lottogrid.errors import LottogridError
from web.tokens import TokenFile

LASTS = 8 * 3600.0
"""Real seconds after which one has to log in again."""
TRIES, WITHIN = 5, 60.0
"""So many wrong tokens in so many real seconds, and none is looked at before these have passed."""
MOST = 100
"""Sessions; the oldest makes room."""


@dataclass(frozen=True, slots=True)
class Session:
    """One browser that knew the token."""

    csrf: str
    """Stands in every form: a page elsewhere cannot know it."""
    token: str
    until: float

    def is_form_ours(self, given: str) -> bool:
        """Return whether a form that carries `given` was made for this session."""
        return hmac.compare_digest(given.encode(), self.csrf.encode())


class TooManyTries(Exception):  # noqa: N818
    """Wrong tokens came too often; even the right one has to wait."""


class Sessions:
    """Logs in and out. May be called from any thread."""

    def __init__(self, tokens: TokenFile, seconds: Callable[[], float] = real_seconds) -> None:
        self._tokens = tokens
        self._seconds = seconds
        self._lock = Lock()
        self._sessions: dict[str, Session] = {}
        self._failures: deque[float] = deque(maxlen=TRIES)

    def open(self, token: str) -> str | None:
        """Return the name of a new session, None where the token is wrong.

        Raises:
            TooManyTries: wait.
            LottogridError: the file of the token cannot be used.
        """
        with self._lock:
            now = self._seconds()
            if len(self._failures) == TRIES and now - self._failures[0] < WITHIN:
                raise TooManyTries
            if not self._tokens.is_right(token):
                self._failures.append(now)
                return None
            while len(self._sessions) >= MOST:
                del self._sessions[next(iter(self._sessions))]
            name = secrets.token_urlsafe(32)
            self._sessions[name] = Session(secrets.token_urlsafe(32), token, now + LASTS)
            return name

    def find(self, name: str) -> Session | None:
        """Return a session that is open; None for any other, also where the token has been changed since."""
        with self._lock:
            found = self._sessions.get(name)
            if found is None:
                return None
            try:
                is_good = self._seconds() < found.until and self._tokens.is_right(found.token)
            except LottogridError:
                is_good = False
            if not is_good:
                del self._sessions[name]
            return found if is_good else None

    def close(self, name: str) -> None:
        """Log out."""
        with self._lock:
            self._sessions.pop(name, None)
