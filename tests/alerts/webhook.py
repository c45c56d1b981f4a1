"""A web server on this machine that alerts are sent to."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import SimpleQueue
from typing import Any

SECRET = "very-secret-path"


class Webhook:
    """A web server that remembers what it was sent, and answers as it is told to."""

    def __init__(self) -> None:
        self.heard: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self.status = 200
        webhook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                webhook.heard.put({"path": self.path, **json.loads(body)})
                self.send_response(webhook.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.server.server_address[1]}/{SECRET}"

    def close(self) -> None:
        """Give the port back."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
