"""What the runtime keeps of one incarnation of a named actor."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from actors.runtime.actor import Actor


@dataclass(eq=False)
class Cell:
    """One incarnation: who it is, who watches it, how it is doing.

    Written by the actor's own thread; read by anyone, without a lock, for inspection only.
    """

    name: str
    generation: int
    watcher: Cell | None
    spawned_at: datetime
    actor: Actor | None = None
    children: list[Cell] = field(default_factory=list)
    observers: list[Cell] = field(default_factory=list)
    """Who else is told of its end."""
    shutdown: timedelta = timedelta(seconds=5)
    """Real time it is given to stop when its watcher dies."""
    begun: bool = False
    ending: bool = False
    """It handles nothing more."""
    ended: threading.Event = field(default_factory=threading.Event)
    """It is over, and so are its children."""
    fenced: bool = False
    """Nothing it still says is heard: it was given up as hung, and another took its name."""
    busy_since: float | None = None
    """Real seconds at which the message in hand was taken, or its end began; None while idle."""
    in_hand: object = None
    """The message that is being handled; taken out once, by itself as it dies or by whoever gives it up."""
    handled: int = 0
    last_message: str = ""
    last_handled_at: datetime | None = None
    """When it last came from a message, heartbeats included."""
    error: BaseException | None = None
    thread_id: int | None = None
    depth: Callable[[], int] = lambda: 0
    oldest: Callable[[], float | None] = lambda: None

    @property
    def failed(self) -> bool:
        """Whether it died of an error."""
        return self.error is not None

    @property
    def mailbox(self) -> int:
        """Messages waiting."""
        return self.depth()

    @property
    def waiting_since(self) -> float | None:
        """Real seconds at which the oldest waiting message came; None where none waits, or time is virtual."""
        return self.oldest()

    def stack(self) -> str:
        """Return where its thread is now; empty without a thread."""
        frame = sys._current_frames().get(self.thread_id or 0)  # noqa: SLF001 - the documented way to see a thread
        return "".join(traceback.format_stack(frame)) if frame else ""

    @property
    def error_text(self) -> str:
        """Class and text of what it died of; empty while it lives or after a normal end."""
        return "" if self.error is None else f"{type(self.error).__name__}: {self.error}"

    @property
    def error_stack(self) -> str:
        """Where it died."""
        return "" if self.error is None else "".join(traceback.format_exception(self.error))
