"""The supervision tree, actor by actor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from actors.view import ActorRow, View
from web import text
from web.picture import STALE_SECONDS

_TONES = {"running": "good", "stopped": "", "starting": "warn", "stopping": "warn"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorLine:
    """One actor."""

    name: str
    depth: int
    state: str
    tone: str
    age: str
    generation: int
    restarts: int
    mailbox: int
    handled: int
    doing: str
    """The message in hand or the last one."""
    error: str
    stack: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterLine:
    """One message that reached nobody."""

    at: str
    target: str
    message: str
    reason: str


def actor_lines(view: View) -> tuple[ActorLine, ...]:
    """Return the tree of a picture, parents before children."""
    return tuple(_actor(row, view) for row in view.actors)


def letter_lines(view: View) -> tuple[LetterLine, ...]:
    """Return the dead letters, newest first."""
    return tuple(
        LetterLine(
            at=text.moment(letter.at, view.at), target=letter.target, message=letter.message, reason=letter.reason
        )
        for letter in reversed(view.dead_letters)
    )


def _actor(row: ActorRow, view: View) -> ActorLine:
    is_stuck = row.busy_seconds is not None and row.busy_seconds > STALE_SECONDS
    busy = f", for {text.span(timedelta(seconds=row.busy_seconds))}" if is_stuck and row.busy_seconds else ""
    return ActorLine(
        name=row.name,
        depth=min(row.depth, 4),
        state="not answering" if is_stuck else row.state.replace("_", " "),
        tone="bad" if is_stuck else _TONES.get(row.state, "bad"),
        age=text.UNKNOWN if row.since is None else text.span(view.at - row.since),
        generation=row.generation,
        restarts=row.restarts,
        mailbox=row.mailbox,
        handled=row.handled,
        doing=(row.last_message or "nothing yet") + busy,
        error=row.last_error,
        stack=row.last_stack,
    )
