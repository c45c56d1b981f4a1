"""What a service and systemd tell each other: sd_notify(3), a line of text in a datagram, and secrets in files."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_MICROSECONDS = 1e-6


@dataclass(frozen=True, slots=True)
class ServiceManager:
    """The other end of `$NOTIFY_SOCKET`; without an address nobody listens and nothing is sent.

    Nothing here raises or waits: a service manager that is restarting itself must not harm the service.
    """

    address: str = ""
    watchdog_seconds: float | None = None
    """How long it bears our silence; None where it does not count."""

    @classmethod
    def of(cls, environ: Mapping[str, str], pid: int) -> ServiceManager:
        """Return the service manager that the environment of process `pid` names."""
        address = environ.get("NOTIFY_SOCKET", "")
        return cls(address, _watchdog(environ, pid) if address else None)

    @property
    def listens(self) -> bool:
        """Whether anybody wants to be told."""
        return bool(self.address)

    def ready(self, status: str) -> None:
        """Say that the start is done."""
        self._send("READY=1", _status(status))

    def status(self, text: str) -> None:
        """Say in one line how things are, for `systemctl status`."""
        self._send(_status(text))

    def feed(self) -> None:
        """Say that all is well, which winds the watchdog up again."""
        self._send("WATCHDOG=1")

    def stopping(self, status: str) -> None:
        """Say that the end has begun."""
        self._send("STOPPING=1", _status(status))

    def _send(self, *lines: str) -> None:
        if not self.address:
            return
        # A leading @ stands for the NUL byte of Linux' abstract names.
        name = "\0" + self.address[1:] if self.address.startswith("@") else self.address
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.setblocking(False)
            line.sendto("\n".join(lines).encode(), name)


def credentials(environ: Mapping[str, str], name: str) -> Path | None:
    """Return the folder in which systemd hands the service its secrets; None where none of this name can be read."""
    found = environ.get("CREDENTIALS_DIRECTORY")
    return Path(found) if found and os.access(Path(found) / name, os.R_OK) else None


def _status(text: str) -> str:
    return f"STATUS={' '.join(text.split())}"


def _watchdog(environ: Mapping[str, str], pid: int) -> float | None:
    of_whom = environ.get("WATCHDOG_PID", str(pid))
    found = environ.get("WATCHDOG_USEC", "")
    if of_whom != str(pid) or not found.isdigit() or int(found) == 0:
        return None
    return int(found) * _MICROSECONDS
