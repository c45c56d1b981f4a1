"""The messages of the runtime itself: births, deaths, and mail that outlives its reader."""

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


class Lasting:
    """Base of messages that are not lost with their reader: unread, they wait for the next holder of the name.

    One that was in hand when its reader died or was given up comes to the next holder once more, as `Repeated`. One
    with which two readers in a row have died is a dead letter: it may be what killed them.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Repeated(Lasting):
    """Mail that an earlier incarnation had in hand at its end: nobody can say how far it came with it."""

    message: Lasting


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Wants only to be handled: one that lies in a mailbox for long says that nobody comes to read it."""
