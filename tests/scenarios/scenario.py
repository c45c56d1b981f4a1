"""One scenario: what goes wrong between the bot and its broker, and what must come of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Steps = tuple[dict[str, Any], ...]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A row. Times are New York's on a day from 12:35 to 13:00 with its flatten time at 12:53."""

    name: str
    why: str
    steps: Steps
    settings: tuple[str, ...] = ()
    rules: dict[str, Any] = field(default_factory=dict)
    """Of the gateway."""
    quiet: tuple[str, str] | None = None
    """Between these times nothing may be decided: the bot cannot be sure."""
    connects: int | None = None
    """How often the bot connects, where it must be so often and no more."""
    least_connects: int = 1
    persons: tuple[str, ...] = ()
    """What the halts say of which a person is told, once each; empty where nothing halts."""
    alarm: str = ""
    """What an alarm says, where a person should know and nothing halts."""
    entries: int = 1
    """Strangles bought at least."""
    is_undecided: bool = False
    """The fixing is so near a strike that a person must say what a leg was worth; everything else is closed."""
    is_core: bool = False
    """It is among the few that the everyday tests play too."""


def at(time: str, action: str, **arguments: Any) -> dict[str, Any]:
    """Return a step at a time of day."""
    return {"at": time, "do": action, **arguments}


def on(occasion: str, action: str, *, skip: int = 0, after: float = 0, **arguments: Any) -> dict[str, Any]:
    """Return a step on an occasion."""
    return {"on": occasion, "skip": skip, "after": after, "do": action, **arguments}
