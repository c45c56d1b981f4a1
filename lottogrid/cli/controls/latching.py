"""The latch as a command sets it by itself, past a bot that does not answer or does not run."""

from __future__ import annotations

from lottogrid.control.commands import Request, Step
from lottogrid.control.latch import Latch
from lottogrid.settings import Settings


def latch(settings: Settings, request: Request, *, is_taken_over: bool = False) -> Step:
    """Let the command stand, and return whether it does."""
    what = "no entry from now on, also after a restart"
    found = Latch(settings.storage.directory)
    try:
        standing = found.set(request, is_taken_over=is_taken_over)
    except OSError as error:
        return Step(what, is_confirmed=False, detail=f"{found.path} could not be written: {error}")
    is_ours = standing.id == request.id
    return Step(what, is_confirmed=True, detail="" if is_ours else f"stronger, and already so: {standing.words}")
