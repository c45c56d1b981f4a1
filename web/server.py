"""Serves the page from a thread of this process; a server that forks would copy the actors."""

from __future__ import annotations

import errno
import socket
import threading
from typing import Any

from flask import Flask
from waitress import create_server, wasyncore

from lottogrid.errors import BadInput, Missing
from web.security import is_loopback

_THREADS = 8
_WAKE_SECONDS = 0.5
_CONNECTIONS = 500
"""Open at once: those that never finish a request wait without a thread."""
_CROWD = 32
"""Open connections from which on requests are gathered for a moment: each look at them all costs the same."""
_GATHER_SECONDS = 0.03
_SILENT_SECONDS = 30
"""After which a connection that says nothing is closed."""
_LARGEST = 16_384
"""Bytes of a request's headers, and of its body."""


class Server:
    """A web server in a thread; `start` and `stop` once each."""

    def __init__(self, app: Flask, host: str = "127.0.0.1", port: int = 0, *, allow_remote: bool = False) -> None:
        """Prepare to serve `app` at `host` and `port`; port 0 takes any that is free.

        Raises:
            BadInput: other machines could reach the host and `allow_remote` does not say they may.

        """
        if not allow_remote and not is_loopback(host):
            raise BadInput(
                f"web.host: expected an address of this machine such as 127.0.0.1, found {host}; "
                "set web.allow_remote = true if other machines are to reach the page"
            )
        self._app = app
        self._host = host
        self._port = port
        self._sockets: dict[int, Any] = {}
        self._stopping = threading.Event()
        self._server: Any = None
        self._thread = threading.Thread(target=self._serve, name="web", daemon=True)

    def start(self) -> None:
        """Listen and serve.

        Raises:
            Missing: the port is taken, or the host is none of this machine's.

        """
        listening = self._listen()
        self._port = listening.getsockname()[1]
        self._server = create_server(
            self._app,
            map=self._sockets,
            sockets=[listening],
            threads=_THREADS,
            ident=None,
            clear_untrusted_proxy_headers=True,
            connection_limit=_CONNECTIONS,
            channel_timeout=_SILENT_SECONDS,
            max_request_header_size=_LARGEST,
            max_request_body_size=_LARGEST,
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and give the port back; without harm before `start` and after another `stop`."""
        self._stopping.set()
        if self._thread.is_alive():
            # Nothing is closed before this: a number that was given back could be another file's by now.
            self._server.pull_trigger()
            self._thread.join(timeout=5)
            self._server.task_dispatcher.shutdown()
            wasyncore.close_all(self._sockets, ignore_all=True)

    @property
    def url(self) -> str:
        """Where the page is, once started."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}/"

    def _listen(self) -> socket.socket:
        try:
            family, _, _, _, address = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)[0]
            return socket.create_server(address[:2], family=family)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise Missing(
                    f"web.port: expected a free port, found {self._port} taken; "
                    "stop the other program, choose another port, or set web.port = 0 for any that is free"
                ) from None
            raise Missing(
                f"web.host: expected to listen on {self._host}:{self._port}, found {error}; correct web.host"
            ) from None

    def _serve(self) -> None:
        while not self._stopping.is_set():
            before = len(self._sockets)
            wasyncore.loop(timeout=_WAKE_SECONDS, use_poll=True, map=self._sockets, count=1)
            # One connection is taken at each turn: while they come in nobody waits.
            if _CROWD < len(self._sockets) <= before:
                self._stopping.wait(_GATHER_SECONDS)
