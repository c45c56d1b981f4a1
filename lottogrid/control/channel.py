"""The way to a bot that runs: a socket in its storage folder, for its own user, served by threads of its own."""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from loguru import logger

from lottogrid.clock import real_seconds
from lottogrid.control.commands import Answer, Request, refused
from lottogrid.errors import BadInput, LottogridError, Missing

NAME = "control.sock"
LONGEST_LINE = 1 << 14
"""Bytes of a request."""
LONGEST_ANSWER = 1 << 20
TO_ASK = 2.0
"""Real seconds in which a request must have come."""
LONGEST_WAIT = 600
"""Real seconds for which an answer may be waited for."""
AT_ONCE = 64
"""Connections; one more is turned away."""
_LONGEST_PATH = 100
"""Bytes that a socket's address surely holds."""

Execute = Callable[[Request, float | None], Answer]


class ControlServer:
    """Answers one request a connection: a line of JSON in, a line of JSON out.

    Nothing of it goes through an actor or the web server. The file can be used by its owner alone; whoever asks is
    noted with process and user, as the kernel knows them.
    """

    def __init__(self, directory: Path, execute: Execute) -> None:
        self.path = directory / NAME
        self._execute = execute
        self._places = threading.Semaphore(AT_ONCE)
        self._listening: socket.socket | None = None

    def __enter__(self) -> Self:
        """Listen; a socket that another life has left behind is replaced: the ledger's lock is ours."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.unlink(missing_ok=True)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with address(self.path) as name:
                listening.bind(name)
            self.path.chmod(0o600)
            listening.listen(AT_ONCE)
        except OSError as error:
            listening.close()
            raise Missing(
                f"{self.path}: expected a socket for commands, found {error}; choose another storage.directory"
            ) from error
        self._listening = listening
        threading.Thread(target=self._serve, args=(listening,), name="control", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop listening; what is under way is answered."""
        if self._listening is not None:
            with suppress(OSError):
                self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()
            self.path.unlink(missing_ok=True)

    def _serve(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            if not self._places.acquire(blocking=False):
                connection.close()
                continue
            threading.Thread(target=self._talk, args=(connection,), name="control talk", daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        try:
            with connection:
                document = self._answer(connection)
                connection.settimeout(TO_ASK)
                connection.sendall(json.dumps(document).encode() + b"\n")
        except OSError as error:
            logger.info("control: an asker has left: {}", error)
        finally:
            self._places.release()

    def _answer(self, connection: socket.socket) -> dict[str, Any]:
        try:
            document = json.loads(_line(connection, LONGEST_LINE, TO_ASK))
            within = document.pop("within", None)
            request = Request.read(document)
            if within is not None and not (isinstance(within, int | float) and 0 <= within <= LONGEST_WAIT):
                raise BadInput(f"request: expected within as seconds from 0 to {LONGEST_WAIT}, found another")
        except (ValueError, AttributeError, TypeError, RecursionError):
            return {"error": "expected one line of JSON, found another"}
        except LottogridError as error:
            return {"error": str(error)}
        request = replace(request, via=f"{request.via}; {_peer(connection)}")
        try:
            return self._execute(request, within).document()
        except Exception as error:  # noqa: BLE001 - the boundary of a connection
            logger.exception("control: {} failed", request.command.value)
            return refused(request, f"failed: {error!r}; the log says more").document()


def ask(directory: Path, request: Request, within: float | None = None) -> Answer:
    """Let the bot that works in `directory` carry a command out, and return its answer.

    Args:
        directory: the storage folder.
        request: the command.
        within: real seconds that it may take; None leaves it to the command.

    Raises:
        Missing: no bot listens there, or it does not answer.
        BadInput: the bot does not understand the request.
    """
    patience = (request.command.terms.seconds if within is None else within) + 2 * TO_ASK
    path = directory / NAME
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(TO_ASK)
            with address(path) as name:
                line.connect(name)
            line.sendall(json.dumps({**request.document(), "within": within}).encode() + b"\n")
            document = json.loads(_line(line, LONGEST_ANSWER, patience))
        if "error" in document:
            raise BadInput(f"control: {document['error']}")
        return Answer.read(document)
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        raise Missing(
            f"{path}: expected the bot's answer within {patience:g} s, found {what}; it does not run or it hangs"
        ) from error


@contextmanager
def address(path: Path) -> Iterator[str]:
    """Yield a name of a socket's path that its address can hold: a long one is met through its open folder."""
    if len(os.fsencode(path)) <= _LONGEST_PATH:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _line(connection: socket.socket, longest: int, seconds: float) -> bytes:
    """Return the first line, without its end; ValueError where it is too long or cut off, TimeoutError where late."""
    found = bytearray()
    deadline = real_seconds() + seconds
    while b"\n" not in found:
        connection.settimeout(max(deadline - real_seconds(), 0.001))
        part = connection.recv(4096)
        if not part or len(found) > longest:
            raise ValueError("expected one line, found it cut off or too long")
        found += part
    return bytes(found).partition(b"\n")[0]


def _peer(connection: socket.socket) -> str:
    """Return who is on the other side, as the kernel knows it."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return "of this machine"
    pid, user, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, option, struct.calcsize("3i")))
    return f"process {pid} of user {user}"
