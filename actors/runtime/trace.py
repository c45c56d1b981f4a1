"""Who told whom what, of late: a ring for every name, kept over restarts."""

from __future__ import annotations

from collections import deque
from datetime import datetime
from typing import TypeAlias

from actors.runtime.messages import Heartbeat

KEPT = 200
"""Messages remembered for each name."""
TIMER = "timer"
"""Stands for a sender where a timer has fired."""
CALLBACK = "callback"
"""Stands for a sender where an actor was told something by what it holds, or by itself."""
WAITED = "earlier mail"
"""Stands for a sender where mail has waited for its reader."""

Passed: TypeAlias = tuple[datetime, str, type[object]]
"""When a message was put into a mailbox, who sent it, and its type. A bare tuple: one is made for every message."""


class Trace:
    """The rings by the name of the receiver. Written by any thread, read by any thread, without a lock."""

    def __init__(self) -> None:
        self._rings: dict[str, deque[Passed]] = {}

    def note(self, at: datetime, sender: str, target: str, message: object) -> None:
        """Remember one message; heartbeats are left out, they would crowd out all else."""
        kind = type(message)
        if kind is Heartbeat:
            return
        ring = self._rings.get(target)
        if ring is None:  # two threads at once: both get the one that came first
            ring = self._rings.setdefault(target, deque(maxlen=KEPT))
        ring.append((at, sender, kind))

    def received(self) -> dict[str, tuple[Passed, ...]]:
        """Return what each name was told, oldest first."""
        return {name: tuple(ring) for name, ring in list(self._rings.items())}
