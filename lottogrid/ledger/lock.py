"""One process a ledger: a lock that the operating system releases however its holder ends."""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from lottogrid.errors import Missing
from lottogrid.files import give_to_owner_of


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that works on a ledger."""

    pid: int
    url: str = ""
    """Where its page answers; empty until it does."""


class LedgerLock:
    """Holds `<ledger>.lock` while it is entered.

    The file stays behind on release: removing it would let two processes lock two files of one name.
    """

    def __init__(self, ledger: Path) -> None:
        self.path = lock_path(ledger)
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def acquire(self) -> None:
        """Take the lock and write our process id into it; where another process holds it, Missing names that one."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        give_to_owner_of(self.path.parent, descriptor)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            found = _read(descriptor)
            os.close(descriptor)
            process = f"process {found.pid}" if found else "a process that is just starting"
            raise Missing(
                f"ledger lock {self.path}: expected it free, found it held: another lottogrid ({process}) works on "
                "this ledger; stop it or choose another directory"
            ) from None
        self._descriptor = descriptor
        self.announce("")

    def announce(self, url: str) -> None:
        """Write where our page answers, for the commands that look for the running bot."""
        if self._descriptor is None:
            raise Missing(f"ledger lock {self.path}: expected it held, found it free; acquire it first")
        text = json.dumps(asdict(Holder(os.getpid(), url))).encode()
        # The longer of the two texts first, so that a reader never meets a line that is cut short.
        os.pwrite(self._descriptor, text, 0)
        os.ftruncate(self._descriptor, len(text))

    def release(self) -> None:
        """Give the lock back; a second call does nothing."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None


def lock_path(ledger: Path) -> Path:
    """Return the path of the lock of `ledger`."""
    return ledger.with_name(f"{ledger.name}.lock")


def holder(ledger: Path) -> Holder | None:
    """Return the process that works on `ledger` now, None where there is none."""
    try:
        descriptor = os.open(lock_path(ledger), os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(descriptor)
    else:
        return None
    finally:
        os.close(descriptor)


def _read(descriptor: int) -> Holder | None:
    try:
        return Holder(**json.loads(os.pread(descriptor, 4096, 0)))
    except (ValueError, TypeError):
        return None
