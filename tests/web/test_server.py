"""The server in its thread."""

from __future__ import annotations

import socket
from urllib.request import urlopen

import pytest

from lottogrid.errors import BadInput, Missing
from tests.web import made
from web.app import create_app
from web.server import Server

pytestmark = [pytest.mark.sockets, pytest.mark.threads]


@pytest.fixture
def server() -> Server:
    """Return a server that is not started."""
    return Server(create_app(made.quiet_view, made.about()))


def test_it_serves_until_it_is_stopped(server: Server) -> None:
    """A free port is found and named; after the stop nobody listens there."""
    server.start()
    with urlopen(f"{server.url}healthz", timeout=5) as answer:
        assert answer.status == 200
        assert "Server" not in answer.headers
    address = ("127.0.0.1", int(server.url.rsplit(":", 1)[1].strip("/")))
    server.stop()
    server.stop()

    with pytest.raises(OSError), socket.create_connection(address, timeout=1):
        pass


def test_a_stop_with_a_client_connected_does_not_wait_for_it(server: Server) -> None:
    """An open connection of a browser does not keep the process alive."""
    server.start()
    port = int(server.url.rsplit(":", 1)[1].strip("/"))
    with socket.create_connection(("127.0.0.1", port)):
        server.stop()

        assert not server._thread.is_alive()


def test_a_taken_port_is_said_with_what_to_do(server: Server) -> None:
    """The error names the port and the setting."""
    server.start()
    port = int(server.url.rsplit(":", 1)[1].strip("/"))
    try:
        with pytest.raises(Missing, match=rf"found {port} taken.*web\.port = 0"):
            Server(create_app(made.quiet_view, made.about()), port=port).start()
    finally:
        server.stop()


@pytest.mark.parametrize("host", ["0.0.0.0", "10.1.2.3", "trader.lan", "::"])
def test_an_address_that_others_can_reach_is_refused(host: str) -> None:
    """Unless it is said in so many words that they may."""
    app = create_app(made.quiet_view, made.about())

    with pytest.raises(BadInput, match="allow_remote"):
        Server(app, host)
    Server(app, host, allow_remote=True)


def test_a_stop_before_the_start_does_no_harm(server: Server) -> None:
    """Stopping what never began is allowed."""
    server.stop()
