"""The messages of the runtime itself: births and deaths."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Started:
    """An actor has finished its `on_start`; sent once by each incarnation to its watcher."""

    name: str
    generation: int


@dataclass(frozen=True, slots=True)
class Down:
    """An incarnation has ended, however it died; sent exactly once to its watcher, and to whoever watches it."""

    name: str
    generation: int
    failed: bool
    """False where it was stopped or ended by itself."""
    error: str
    """Class and text of what it died of; empty after a normal end."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Wants only to be handled: one that lies in a mailbox for long says that nobody comes to read it."""
