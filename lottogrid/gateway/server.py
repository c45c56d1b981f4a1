"""The gateway's sockets: one thread, one selector, and no client that can hold the others up."""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
from types import TracebackType
from typing import Self

from lottogrid.clock import Clock
from lottogrid.errors import BadInput, Missing
from lottogrid.gateway.hub import Hub
from lottogrid.gateway.session import Session

MAX_UNSENT = 8 << 20
"""Bytes that wait for one client; one that lets more gather is dropped. A whole chain is about 2 MB."""
MAX_CONNECTIONS = 1024
_CHUNK = 1 << 16
_LONGEST_SLEEP = 1.0
"""Real seconds; bounds the error of a clock that is not the machine's."""
_LINGER = 2.0


@dataclass(slots=True, eq=False)
class Connection:
    """A socket and its conversation."""

    socket: socket.socket
    session: Session
    unsent: bytearray = field(default_factory=bytearray)

    def gather(self) -> None:
        """Move the conversation's frames to the bytes to be sent; the first alone, as an old client reads it so."""
        while self.session.output and not (self.unsent and self.session.client_id is None):
            self.unsent += self.session.output.popleft()


class Server:
    """Serves a hub on a loopback port, from `start` to `stop`, on a thread of its own."""

    def __init__(
        self,
        hub: Hub,
        clock: Clock,
        *,
        host: str = "127.0.0.1",
        port: int = 4002,
        allow_remote: bool = False,
        log: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Take the port; `log` gets one line for each client that comes or goes, on the server's thread.

        Raises:
            BadInput: `host` is not of this machine, and `allow_remote` is not set.
            Missing: the port is taken.
        """
        if not allow_remote and not _is_loopback(host):
            raise BadInput(f"host: expected an address of this machine, found {host}; allow remote clients if meant")
        self.hub = hub
        self._clock = clock
        self._log = log
        self._selector = selectors.DefaultSelector()
        self._connections: dict[Session, Connection] = {}
        self._stopping = threading.Event()
        self._calls: list[Callable[[], None]] = []
        self._thread = threading.Thread(target=self._run, name="gateway", daemon=True)
        self._listener = _listen(host, port)
        self._wake_in, self._wake_out = socket.socketpair()
        for one in (self._listener, self._wake_out):
            one.setblocking(False)
            self._selector.register(one, selectors.EVENT_READ)
        self.error: BaseException | None = None
        """What ended the thread before its time."""

    @property
    def port(self) -> int:
        """The port that clients find it on."""
        number: int = self._listener.getsockname()[1]
        return number

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Close every connection and end the thread."""
        self._stopping.set()
        self._wake()
        if self._thread.ident is not None:
            self._thread.join(_LINGER)
        for connection in list(self._connections.values()):
            self._drop(connection, "the gateway stops")
        for one in (self._listener, self._wake_in, self._wake_out):
            one.close()
        self._selector.close()

    def call(self, action: Callable[[], None]) -> None:
        """Let the server's thread run `action` soon; may be called by any thread."""
        self._calls.append(action)
        self._wake()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _wake(self) -> None:
        self._wake_in.send(b"\0")

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._turn()
        except BaseException as error:
            self.error = error
            raise

    def _turn(self) -> None:
        for key, mask in self._selector.select(self._patience()):
            if key.fileobj is self._listener:
                self._accept()
            elif key.fileobj is self._wake_out:
                self._wake_out.recv(_CHUNK)
            else:
                self._serve(key.data, mask)
        while self._calls:
            self._calls.pop(0)()
        self.hub.advance()
        for connection in list(self._connections.values()):
            self._flush(connection)

    def _patience(self) -> float:
        due = self.hub.next_due()
        if due is None:
            return _LONGEST_SLEEP
        left = (due - self._clock.now()).total_seconds() / self._clock.speed
        return min(max(left, 0.0), _LONGEST_SLEEP)

    def _accept(self) -> None:
        try:
            found, _ = self._listener.accept()
        except OSError:
            return
        if len(self._connections) >= MAX_CONNECTIONS:
            found.close()
            self._log(f"refused a connection: {MAX_CONNECTIONS} are open")
            return
        found.setblocking(False)
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = Connection(found, self.hub.join())
        self._connections[connection.session] = connection
        self._selector.register(found, selectors.EVENT_READ, connection)

    def _serve(self, connection: Connection, mask: int) -> None:
        if not mask & selectors.EVENT_READ or connection.session not in self._connections:
            return
        try:
            data = connection.socket.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            connection.session.receive(data)
        else:
            self._drop(connection, "the client closed")

    def _flush(self, connection: Connection) -> None:
        connection.gather()
        if connection.unsent:
            try:
                sent = connection.socket.send(connection.unsent)
                del connection.unsent[:sent]
            except BlockingIOError:
                pass
            except OSError:
                self._drop(connection, "the connection broke")
                return
        if len(connection.unsent) > MAX_UNSENT:
            self._drop(connection, f"the client does not read: {len(connection.unsent)} bytes wait for it")
        elif connection.session.closed_for is not None and not connection.unsent:
            self._drop(connection, connection.session.closed_for)
        else:
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if connection.unsent else 0)
            self._selector.modify(connection.socket, events, connection)

    def _drop(self, connection: Connection, reason: str) -> None:
        connection.session.close(reason)
        self._connections.pop(connection.session, None)
        self._selector.unregister(connection.socket)
        connection.socket.close()
        name = connection.session.client_id
        self._log(f"client {'without a name' if name is None else name} left: {connection.session.closed_for}")


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(MAX_CONNECTIONS)
    except OSError as error:
        listener.close()
        raise Missing(f"port {port}: expected it to be free, found {error.strerror}; choose another") from error
    return listener


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
