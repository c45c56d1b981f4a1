"""Log lines for systemd's journal, each with its fields: the native protocol, one datagram an entry."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping
from pathlib import Path

SOCKET = Path("/run/systemd/journal/socket")
_LONGEST = 64 * 1024
"""Bytes of one value; longer ones would need a file handed over, and nobody reads them."""
_PRIORITIES = ((50, 2), (40, 3), (30, 4), (25, 5), (20, 6))
"""Severity from which on, and what syslog calls it: 2 critical, 3 error, 4 warning, 5 notice, 6 info."""
_DEBUG = 7


def is_written_to(environ: Mapping[str, str], descriptor: int) -> bool:
    """Return whether `descriptor` leads into the journal, as `$JOURNAL_STREAM` says: `device:inode`."""
    try:
        found = os.fstat(descriptor)
    except OSError:
        return False
    return environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


def priority(severity: int) -> int:
    """Return syslog's priority of a severity as loguru counts it: 40 is an error, 30 a warning."""
    return next((found for least, found in _PRIORITIES if severity >= least), _DEBUG)


def entry(fields: Mapping[str, str]) -> bytes:
    """Return one entry of the journal's native protocol.

    A value with a line break is preceded by its length, 64 bits, little-endian (systemd's JOURNAL_NATIVE_PROTOCOL).
    """
    return b"".join(_field(name, value.encode()[:_LONGEST]) for name, value in fields.items())


class Journal:
    """Writes to the journal at `path`; an entry that it cannot take at once is dropped: nobody waits for a log."""

    def __init__(self, path: Path = SOCKET) -> None:
        self._path = str(path)
        self._line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._line.setblocking(False)

    def write(self, fields: Mapping[str, str]) -> None:
        """Write one entry."""
        # Addressed anew each time, because journald may be restarted.
        with contextlib.suppress(OSError):
            self._line.sendto(entry(fields), self._path)

    def close(self) -> None:
        """Give the socket back."""
        self._line.close()


def _field(name: str, value: bytes) -> bytes:
    if b"\n" not in value:
        return name.encode() + b"=" + value + b"\n"
    return name.encode() + b"\n" + len(value).to_bytes(8, "little") + value + b"\n"
