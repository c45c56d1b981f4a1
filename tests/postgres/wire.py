"""A wire to the server that is cut at the worst moment: when a commit has been asked for, or carried out unheard."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_SOCKET = ".s.PGSQL.5432"
_ASKED = b"COMMIT"
_ANSWERED = b"COMMIT\0"


class Wire:
    """Hands on what goes between clients and the server; `cut_*` end the connection of the next commit."""

    def __init__(self, folder: Path, server: Path) -> None:
        """Listen in `folder`, for the server that listens in `server`; both are what libpq calls a host."""
        self.folder = folder
        self.cuts = 0
        self._server = str(server / _SOCKET)
        self._cut_request = self._cut_answer = False
        self._left = 0
        self._open: list[socket.socket] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / _SOCKET))
        self._listener.listen()

    def cut_before_the_commit(self) -> None:
        """Let the next commit never reach the server. It must be one of a connection's first five."""
        self._cut_request = True

    def cut_after_the_commit(self, skipped: int = 0) -> None:
        """Let the answer to the next commit but so many be lost."""
        self._cut_answer, self._left = True, skipped

    def serve(self) -> None:
        """Take connections until the listener is closed."""
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._server)
            self._open += [client, server]
            for pair in ((client, server, self._passes_up), (server, client, self._passes_down)):
                threading.Thread(target=_pump, args=pair, daemon=True).start()

    def close(self) -> None:
        """Cut everything."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for each in self._open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for it
            each.close()

    def _passes_up(self, data: bytes) -> bool:
        if self._cut_request and _ASKED in data:
            self._cut_request = False
            self.cuts += 1
            return False
        return True

    def _passes_down(self, data: bytes) -> bool:
        if not (self._cut_answer and _ANSWERED in data):
            return True
        self._left -= 1
        if self._left >= 0:
            return True
        self._cut_answer = False
        self.cuts += 1
        return False


def _pump(source: socket.socket, target: socket.socket, passes: object) -> None:
    assert callable(passes)
    with suppress(OSError):
        while (data := source.recv(65536)) and passes(data):
            target.sendall(data)
    for each in (source, target):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


@contextmanager
def wire(folder: Path, server: Path) -> Iterator[Wire]:
    """Return a wire that works."""
    made = Wire(folder, server)
    thread = threading.Thread(target=made.serve, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.close()
        thread.join(10)
