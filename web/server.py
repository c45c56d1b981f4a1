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
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and give the port back; without harm before `start` and after another `stop`."""
        self._stopping.set()
        if self._thread.is_alive():
            self._server.pull_trigger()
            self._thread.join(timeout=5)

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
            wasyncore.loop(timeout=_WAKE_SECONDS, map=self._sockets, count=1)
        self._server.task_dispatcher.shutdown()
        wasyncore.close_all(self._sockets, ignore_all=True)
