"""What an operator has ordered and nobody has lifted: one small file, read before anything that trades."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from lottogrid.clock import SystemClock
from lottogrid.control.commands import STRENGTH, Command, Request
from lottogrid.files import give_to_owner_of

NAME = "standing-order.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An order that stands until it is lifted, over restarts too."""

    command: Command
    """One of those that forbid: pause, stop, cancel, flatten, estop."""
    id: str
    """Of the request that set it."""
    at: datetime
    """By the machine's clock, UTC."""
    by: str
    via: str
    is_taken_over: bool = False
    """Another process cancels and sells: the bot must send nothing, or both would sell."""

    @property
    def withdraws(self) -> bool:
        """Whether no order may rest."""
        return self.command in {Command.CANCEL, Command.FLATTEN, Command.ESTOP}

    @property
    def flattens(self) -> bool:
        """Whether everything is to be sold."""
        return self.command in {Command.FLATTEN, Command.ESTOP}

    @property
    def words(self) -> str:
        """The order, who gave it and when, for people."""
        return f"{self.command.value} by {self.by} ({self.via}) at {self.at:%Y-%m-%d %H:%M:%S} UTC"

    @property
    def strength(self) -> int:
        """How much it forbids."""
        return STRENGTH.index(self.command)


Ordered: TypeAlias = Callable[[], Standing | None]
"""Tells what stands now; None where nothing does."""


def nothing() -> None:
    """Say that nothing stands: for replays and simulations, which nobody commands."""


class Latch:
    """The file. Whoever reads one that cannot be read is told to stop: what cannot be known forbids.

    Written by replacing, so that no reader meets half of it. May be used by any thread and any process.
    """

    def __init__(self, directory: Path) -> None:
        self.path = directory / NAME
        self._seen: tuple[object, Standing | None] = (None, None)

    def standing(self) -> Standing | None:
        """Return what stands. Looks at the file's stamp only, where that has not changed."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            return self._unreadable(str(error))
        stamp = (found.st_ino, found.st_mtime_ns, found.st_size)
        if self._seen[0] != stamp:
            self._seen = (stamp, self._read())
        return self._seen[1]

    def set(self, request: Request, *, is_taken_over: bool = False) -> Standing:
        """Let the request's command stand, unless a stronger one does; return what stands then. OSError: it does not.

        A second order of the same strength takes the first one's place.
        """
        fresh = _order(request, request.command, is_taken_over=is_taken_over)
        before = self.standing()
        if before is not None and (before.strength > fresh.strength or before.is_taken_over > is_taken_over):
            return before
        self._write(fresh)
        return fresh

    def ease(self, request: Request) -> Standing:
        """Let a mere stop stand in place of whatever does: what a re-arm leaves. OSError: the order before stands."""
        stop = _order(request, Command.STOP)
        self._write(stop)
        return stop

    def lift(self) -> None:
        """Let nothing stand any more."""
        self.path.unlink(missing_ok=True)
        _keep(self.path.parent)

    def _read(self) -> Standing | None:
        try:
            document = json.loads(self.path.read_text(encoding="utf-8"))
            return Standing(
                **{
                    **document,
                    "command": STRENGTH[STRENGTH.index(Command(document["command"]))],
                    "at": datetime.fromisoformat(document["at"]),
                    "is_taken_over": bool(document["is_taken_over"]),
                }
            )
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError) as error:
            return self._unreadable(f"{type(error).__name__}: {error}")

    def _unreadable(self, why: str) -> Standing:
        return Standing(
            command=Command.STOP, id="unreadable", at=SystemClock().now(), by="nobody", via=f"{self.path}: {why}"
        )

    def _write(self, standing: Standing) -> None:
        document = {**asdict(standing), "command": standing.command.value, "at": standing.at.isoformat()}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(f".{os.getpid()}.new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            give_to_owner_of(self.path.parent, descriptor)
            json.dump(document, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)
        _keep(self.path.parent)


def _order(request: Request, command: Command, *, is_taken_over: bool = False) -> Standing:
    return Standing(
        command=command,
        id=request.id,
        at=SystemClock().now(),
        by=request.by,
        via=request.via,
        is_taken_over=is_taken_over,
    )


def _keep(folder: Path) -> None:
    """See the names in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
