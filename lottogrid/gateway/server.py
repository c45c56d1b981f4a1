"""The gateway's sockets: one thread, one selector, and no client that can hold the others up."""

from __future__ import annotations

import errno
import selectors
import socket
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from types import TracebackType
from typing import Protocol, Self

from lottogrid.clock import Clock, real_seconds
from lottogrid.errors import BadInput, Missing
from lottogrid.gateway.control import Control
from lottogrid.gateway.hub import Hub
from lottogrid.gateway.session import MAX_UNSENT

MAX_CONNECTIONS = 1024
_CHUNK = 1 << 16
_LONGEST_SLEEP = 1.0
"""Real seconds."""
_TO_STOP = 5.0
TO_INTRODUCE = 30.0
"""Real seconds from the connection to the client's name; whoever takes longer holds a place for nothing."""
_NO_DESCRIPTORS = {errno.EMFILE, errno.ENFILE}


class Conversation(Protocol):
    """What is said over one connection, without the socket."""

    output: deque[bytes]
    closed_for: str | None

    @property
    def name(self) -> str:
        """Who it is, in words."""
        ...

    @property
    def is_introduced(self) -> bool:
        """Whether it is known who it is."""
        ...

    def receive(self, data: bytes) -> None:
        """Take in bytes."""
        ...

    def close(self, reason: str) -> None:
        """Let the connection end once what is queued is sent."""
        ...


@dataclass(slots=True, eq=False)
class Connection:
    """A socket and what is said over it."""

    socket: socket.socket
    talk: Conversation
    since: float
    """When it began, or was last frozen; real seconds."""
    unsent: bytearray = field(default_factory=bytearray)

    def send(self) -> None:
        """Send as much as the socket takes; OSError where it is broken."""
        while self.talk.output:
            self.unsent += self.talk.output.popleft()
        if self.unsent:
            with suppress(BlockingIOError):
                del self.unsent[: self.socket.send(self.unsent)]


class Server:
    """Serves a gateway on its ports, on a thread of its own, from entering the context to leaving it."""

    def __init__(
        self,
        hub: Hub,
        clock: Clock,
        *,
        host: str = "127.0.0.1",
        port: int = 4002,
        control: int | None = None,
        allow_remote: bool = False,
        log: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Take the ports; 0 is any that is free.

        Args:
            hub: from now on touched by the server's thread alone.
            clock: the one that the hub's `now` reads.
            host: address for clients; the control port is always on this machine.
            port: for clients.
            control: the control port; None for none.
            allow_remote: whether `host` may be reached from other machines.
            log: gets one line for each connection that ends, on the server's thread.

        Raises:
            BadInput: `host` is not of this machine, and `allow_remote` is not set.
            Missing: a port is taken.
        """
        if not allow_remote and not _is_loopback(host):
            raise BadInput(f"host: expected an address of this machine, found {host}; use 127.0.0.1")
        self.error: BaseException | None = None
        """What ended the thread before its time."""
        self.faults: list[Exception] = []
        """Errors of the gateway itself that a client's message led to; that client was dropped, the others served."""
        self._hub = hub
        self._clock = clock
        self._log = log
        self._selector = selectors.DefaultSelector()
        self._connections: set[Connection] = set()
        self._stopping = threading.Event()
        self._calls: deque[Callable[[Hub], None]] = deque()
        self._listeners: dict[socket.socket, Callable[[], Conversation]] = {}
        self.port = self._listen(host, port, hub.join)
        self.control_port = None if control is None else self._listen("127.0.0.1", control, lambda: Control(hub))
        self._spare = socket.socket()
        self._wake_in, self._wake_out = socket.socketpair()
        self._wake_in.setblocking(False)
        self._selector.register(self._wake_out, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run, name="gateway", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stopping.set()
        self._wake()
        self._thread.join(_TO_STOP)
        for connection in list(self._connections):
            self._drop(connection, "the gateway stops")
        for one in (*self._listeners, self._wake_in, self._wake_out, self._spare):
            one.close()
        self._selector.close()

    def call(self, act: Callable[[Hub], None]) -> None:
        """Let the server's thread do `act` soon; may be called by any thread."""
        self._calls.append(act)
        self._wake()

    def wait(self, seconds: float) -> bool:
        """Wait for the thread's end for so long, real time; return whether it has ended."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _wake(self) -> None:
        with suppress(BlockingIOError):
            self._wake_in.send(b"\0")

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._turn()
        except BaseException as error:  # noqa: BLE001 - the thread's boundary: whoever waits for it raises this
            self.error = error

    def _turn(self) -> None:
        for key, _ in self._selector.select(self._patience()):
            if isinstance(key.data, Connection):
                self._read(key.data)
            elif key.fileobj is self._wake_out:
                self._wake_out.recv(_CHUNK)
            else:
                self._accept(key.data)
        while self._calls:
            self._calls.popleft()(self._hub)
        self._hub.advance()
        now = real_seconds()
        for connection in list(self._connections):
            self._write(connection)
            self._expect_introduction(connection, now)

    def _patience(self) -> float:
        due = self._hub.next_due()
        if due is None:
            return _LONGEST_SLEEP
        left = (due - self._clock.now()).total_seconds() / self._clock.speed
        return min(max(left, 0.0), _LONGEST_SLEEP)

    def _listen(self, host: str, port: int, join: Callable[[], Conversation]) -> int:
        listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        self._listeners[listener] = join
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
            listener.listen(MAX_CONNECTIONS)
        except OSError as error:
            for one in self._listeners:
                one.close()
            self._selector.close()
            raise Missing(f"port {port}: expected it to be free, found {error.strerror}; choose another") from error
        listener.setblocking(False)
        self._selector.register(listener, selectors.EVENT_READ, listener)
        number: int = listener.getsockname()[1]
        return number

    def _accept(self, listener: socket.socket) -> None:
        try:
            found, _ = listener.accept()
        except OSError as error:
            if error.errno in _NO_DESCRIPTORS:
                self._turn_away(listener)
            return
        if len(self._connections) >= MAX_CONNECTIONS:
            found.close()
            self._log(f"refused a connection: {MAX_CONNECTIONS} are open")
            return
        found.setblocking(False)
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = Connection(found, self._listeners[listener](), real_seconds())
        self._connections.add(connection)
        self._selector.register(found, selectors.EVENT_READ, connection)

    def _turn_away(self, listener: socket.socket) -> None:
        """Close a connection for which the system has no descriptor: left waiting, it would wake the loop for ever."""
        self._spare.close()
        with suppress(OSError):
            listener.accept()[0].close()
        self._spare = socket.socket()
        self._log("refused a connection: the system has no descriptor left for it")

    def _read(self, connection: Connection) -> None:
        if connection not in self._connections or self._is_frozen(connection):
            return
        try:
            data = connection.socket.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._hear(connection, data)
        else:
            self._drop(connection, "the client closed")

    def _hear(self, connection: Connection, data: bytes) -> None:
        try:
            connection.talk.receive(data)
        except Exception as error:  # noqa: BLE001 - the message boundary: one client's message must not end all others
            self.faults.append(error)
            self._drop(connection, f"its message met a fault of the gateway: {type(error).__name__}: {error}")

    def _write(self, connection: Connection) -> None:
        if connection not in self._connections:
            return
        if self._is_frozen(connection):
            self._watch(connection, 0)
            return
        try:
            connection.send()
        except OSError:
            self._drop(connection, "the connection broke")
            return
        if len(connection.unsent) > MAX_UNSENT:
            self._drop(connection, f"it does not read: {len(connection.unsent)} bytes wait for it")
        elif connection.talk.closed_for is not None and not connection.unsent:
            self._drop(connection, connection.talk.closed_for)
        else:
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if connection.unsent else 0)
            self._watch(connection, events)

    def _expect_introduction(self, connection: Connection, now: float) -> None:
        if self._is_frozen(connection):
            connection.since = now
        is_late = not connection.talk.is_introduced and now - connection.since > TO_INTRODUCE
        if is_late and connection in self._connections:
            self._drop(connection, f"it did not say who it is within {TO_INTRODUCE:g} seconds")

    def _watch(self, connection: Connection, events: int) -> None:
        is_watched = connection.socket in self._selector.get_map()
        if events and is_watched:
            self._selector.modify(connection.socket, events, connection)
        elif events:
            self._selector.register(connection.socket, events, connection)
        elif is_watched:
            self._selector.unregister(connection.socket)

    def _is_frozen(self, connection: Connection) -> bool:
        return self._hub.faults.is_frozen and not isinstance(connection.talk, Control)

    def _drop(self, connection: Connection, reason: str) -> None:
        connection.talk.close(reason)
        self._connections.discard(connection)
        self._watch(connection, 0)
        connection.socket.close()
        self._log(f"{connection.talk.name} left: {connection.talk.closed_for}")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
