"""The messages of supervision: what a supervisor may be told, and what it tells itself in time."""

from __future__ import annotations

from dataclasses import dataclass

from actors.supervision.spec import ChildSpec


@dataclass(frozen=True, slots=True)
class StartChild:
    """Start one more child, behind the others; a name that is taken is left alone."""

    spec: ChildSpec


@dataclass(frozen=True, slots=True)
class TerminateChild:
    """Stop a child and keep it stopped, whatever its siblings do; a temporary one is forgotten."""

    name: str


@dataclass(frozen=True, slots=True)
class RestartChild:
    """Start a child that is stopped, or waits for its restart."""

    name: str


@dataclass(frozen=True, slots=True)
class DeleteChild:
    """Forget a child that was terminated."""

    name: str


@dataclass(frozen=True, slots=True)
class StartTimeout:
    """A child has not said `Started` in time."""

    name: str
    generation: int


@dataclass(frozen=True, slots=True)
class StopTimeout:
    """A child has not ended in time."""

    name: str
    generation: int


@dataclass(frozen=True, slots=True)
class RestartDue:
    """The backoff of a group of children has passed; an outdated ticket is ignored."""

    ticket: int


@dataclass(frozen=True, slots=True)
class LookForHung:
    """Look whether a child has been at one message, or has left one unread, for too long."""
