"""Carries messages away: a thread of its own for each address, so that one that hangs delays nobody."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable

from loguru import logger

from lottogrid.alerts.throttle import Message
from lottogrid.clock import real_seconds

MOST_WAITING = 100
"""Messages that wait for one address; the oldest is given up for a newer."""
ATTEMPTS = 5
RETRY_SECONDS = 5.0
"""Real time before the second attempt; it doubles."""

Deliver = Callable[[Message], bool]
"""Sends one message and says whether it arrived; it may take for ever, and may raise."""


class Lane:
    """The way to one address. Nothing of the address itself is ever logged, nor what a library says of it."""

    def __init__(
        self, name: str, deliver: Deliver, *, attempts: int = ATTEMPTS, retry_seconds: float = RETRY_SECONDS
    ) -> None:
        self.name = name
        self.delivered = 0
        self.given_up = 0
        self._deliver = deliver
        self._attempts = attempts
        self._retry_seconds = retry_seconds
        self._waiting: deque[Message] = deque()
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._is_busy = False
        self._thread = threading.Thread(target=self._work, name=f"alerts {name}", daemon=True)

    def start(self) -> None:
        """Begin to carry."""
        self._thread.start()

    def put(self, message: Message) -> None:
        """Carry `message` when those before it are gone; never blocks."""
        with self._changed:
            if len(self._waiting) == MOST_WAITING:
                self._waiting.popleft()
                self.given_up += 1
            self._waiting.append(message)
            self._changed.notify_all()

    def close(self, until: float) -> bool:
        """Wait for an empty way until `until`, real seconds; then end. Return whether all was carried away."""
        with self._changed:
            is_idle = self._changed.wait_for(
                lambda: not self._waiting and not self._is_busy, max(0.0, until - real_seconds())
            )
            self._closing.set()
            self._changed.notify_all()
        return is_idle

    def _work(self) -> None:
        while (message := self._next()) is not None:
            if self._try_to_deliver(message):
                self.delivered += 1
            else:
                self.given_up += 1
                logger.error("alerts: a message could not be delivered by {}: {}", self.name, message.title)
            with self._changed:
                self._is_busy = False
                self._changed.notify_all()

    def _next(self) -> Message | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing.is_set())
            if not self._waiting:
                return None
            self._is_busy = True
            return self._waiting.popleft()

    def _try_to_deliver(self, message: Message) -> bool:
        wait = self._retry_seconds
        for attempt in range(self._attempts):
            if attempt and self._closing.wait(wait):
                return False
            wait *= 2 if attempt else 1
            try:
                if self._deliver(message):
                    return True
            except Exception as error:  # noqa: BLE001 - a library's fault must not end the way; its text may be secret
                logger.warning("alerts: {} failed with {}", self.name, type(error).__name__)
        return False


class Courier:
    """All ways together."""

    def __init__(self, lanes: Iterable[Lane]) -> None:
        self.lanes = tuple(lanes)

    def start(self) -> None:
        """Begin to carry."""
        for lane in self.lanes:
            lane.start()

    def send(self, message: Message) -> None:
        """Carry `message` to every address; never blocks."""
        for lane in self.lanes:
            lane.put(message)

    def close(self, seconds: float) -> None:
        """Let what waits be carried for `seconds` of real time at most, and end."""
        until = real_seconds() + seconds
        for lane in self.lanes:
            if not lane.close(until):
                logger.warning("alerts: messages for {} were given up at the end", lane.name)
