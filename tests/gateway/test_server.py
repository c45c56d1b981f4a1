"""The sockets: who is let in, who is dropped, and that nobody can hold the others up."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from lottogrid.errors import BadInput, Missing
from lottogrid.gateway import server as module
from lottogrid.gateway.codec import PREAMBLE, frame
from lottogrid.gateway.server import Server
from lottogrid.gateway.session import MAX_UNSENT
from tests.gateway.conftest import Serve
from tests.gateway.made import REQUESTS, Made, frame_of

pytestmark = pytest.mark.sockets

HELLO = PREAMBLE + frame_of(b"v157..176")


@contextmanager
def connected(server: Server, data: bytes = b"") -> Iterator[socket.socket]:
    """Yield a socket that has sent `data`."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as found:
        found.sendall(data)
        yield found


def start(client_id: int) -> bytes:
    """Return the request that names a client."""
    return frame(REQUESTS["startApi"].write({"clientId": client_id}, 176))


def rest(found: socket.socket) -> bytes:
    """Return everything until the other side closes."""
    data = b""
    try:
        while part := found.recv(65536):
            data += part
    except ConnectionResetError:
        pass
    return data


def is_served(server: Server, client_id: int = 99) -> bool:
    """Return whether a new client gets its greeting and its account."""
    with connected(server, HELLO) as found:
        greeting = found.recv(4096)
        found.sendall(start(client_id))
        return b"176\0" in greeting and b"DU1234567" in found.recv(4096)


def test_the_greeting_comes_alone(serve: Serve) -> None:
    """An old client reads it with one call and drops what follows, so nothing does before it has named itself."""
    with connected(serve(), HELLO) as found:
        greeting = found.recv(4096)
        found.settimeout(0.1)

        assert greeting.startswith(len(greeting[4:]).to_bytes(4, "big") + b"176\0")
        with pytest.raises(TimeoutError):
            found.recv(4096)


@pytest.mark.parametrize(
    "data", [b"GET / HTTP/1.0\r\n\r\n", b"\x16\x03\x01\x02\x00", HELLO + b"\xff\xff\xff\xff", PREAMBLE + b"\0\0\0\0"]
)
def test_what_is_no_tws_protocol_is_closed_and_the_next_client_served(serve: Serve, data: bytes) -> None:
    """With a reason in the log."""
    said: list[str] = []
    server = serve(log=said.append)

    with connected(server, data) as found:
        rest(found)

    assert is_served(server)
    assert "expected" in said[0]


def test_a_client_that_never_reads_is_dropped(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its answers are not kept for ever, and others are served meanwhile."""
    monkeypatch.setattr(module, "MAX_UNSENT", 200_000)
    said: list[str] = []
    dropped = threading.Event()
    server = serve(log=lambda line: (said.append(line), dropped.set()) if "does not read" in line else None)
    chain = frame(REQUESTS["reqContractDetails"].write({"reqId": 1, "symbol": "MES", "secType": "FOP"}, 176))

    with connected(server, HELLO + start(1)) as found:
        found.sendall(chain * 10)
        assert dropped.wait(20)
        assert is_served(server)

    assert said[0].startswith("client 1 left: it does not read")


def test_a_client_that_asks_for_more_than_it_could_ever_read_is_dropped_before_it_is_made(serve: Serve) -> None:
    """One packet may hold a thousand requests, each answered with megabytes: memory stays what it was."""
    said: list[str] = []
    left = threading.Event()
    server = serve(log=lambda line: (said.append(line), left.set()) if "does not read" in line else None)
    chain = frame(REQUESTS["reqContractDetails"].write({"reqId": 1, "symbol": "MES", "secType": "FOP"}, 176))

    with connected(server, HELLO + start(1)) as found:
        found.sendall(chain * 1000)
        assert left.wait(20)

    waiting = int(said[0].split(": ")[-1].split()[0])
    assert MAX_UNSENT < waiting < 2 * MAX_UNSENT
    assert is_served(server)


@pytest.mark.parametrize("data", [b"", PREAMBLE, b"API\0\0\0", HELLO], ids=["nothing", "preamble", "half", "no-name"])
def test_whoever_does_not_introduce_himself_is_shown_out(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    """However far the handshake came; a control connection needs no name."""
    monkeypatch.setattr(module, "TO_INTRODUCE", 0.2)
    said: list[str] = []
    server = serve(log=said.append, control=0)
    assert server.control_port is not None
    with (
        connected(server, data) as slow,
        socket.create_connection(("127.0.0.1", server.control_port), timeout=5) as control,
    ):
        rest(slow)
        control.sendall(b'{"do": "thaw"}\n')

        assert json.loads(control.recv(4096)) == {"ok": True}
    assert said[0] == "a client without a name left: it did not say who it is within 0.2 seconds"
    assert is_served(server)


def test_a_drop_at_a_time_does_not_help_the_slow(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """What counts is when the connection began, not when it last said something."""
    monkeypatch.setattr(module, "TO_INTRODUCE", 0.5)
    left = threading.Event()
    server = serve(log=lambda line: left.set() if "did not say" in line else None)

    with connected(server) as slow:
        for byte in HELLO:
            if left.wait(0.1):
                break
            with suppress(OSError):
                slow.sendall(bytes([byte]))

    assert left.is_set()


def test_a_message_of_an_unknown_kind_is_answered_and_the_next_one_served(serve: Serve) -> None:
    """320, and no more."""
    server = serve()
    with connected(server, HELLO + start(1)) as found:
        found.sendall(frame(["9999", "1"]) + frame(["x"]) + frame(["49", "1"]))
        data = b""
        while b"49\x001\x001744" not in data and (part := found.recv(65536)):
            data += part

    assert data.count(b"\x00320\x00") == 2


def test_one_connection_too_many_is_closed(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """And there is room again when somebody leaves."""
    monkeypatch.setattr(module, "MAX_CONNECTIONS", 1)
    left = threading.Event()
    server = serve(log=lambda line: left.set() if "left" in line else None)
    with connected(server, HELLO) as first:
        first.recv(4096)
        with connected(server) as second:
            assert rest(second) == b""
    assert left.wait(5)

    assert is_served(server)


def test_a_frozen_gateway_neither_answers_nor_closes_and_thaws(serve: Serve) -> None:
    """Half-open: TCP is up, and nobody is at home."""
    server = serve()
    with connected(server, HELLO) as found:
        found.recv(4096)
        done = threading.Event()
        server.call(lambda hub: (setattr(hub.faults, "is_frozen", True), done.set())[1])
        assert done.wait(5)
        found.sendall(start(1))
        with connected(server, HELLO) as other:
            for one in (found, other):
                one.settimeout(0.2)
                with pytest.raises(TimeoutError):
                    one.recv(4096)
            server.call(lambda hub: setattr(hub.faults, "is_frozen", False))
            for one in (found, other):
                one.settimeout(5)
                assert one.recv(4096)


def test_the_control_port_turns_switches(serve: Serve) -> None:
    """One JSON object a line."""
    server = serve(control=0)
    assert server.control_port is not None
    with connected(server, HELLO) as client:
        client.recv(4096)
        with socket.create_connection(("127.0.0.1", server.control_port), timeout=5) as control:
            control.sendall(b'{"do": "drop"}\n')
            assert json.loads(control.recv(4096)) == {"ok": True}
        assert rest(client) == b""


def test_a_taken_port_is_named(serve: Serve) -> None:
    """So that the operator chooses another."""
    with pytest.raises(Missing, match=f"port {(first := serve()).port}: expected it to be free"):
        serve(port=first.port)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org"])
def test_other_machines_are_kept_out_unless_allowed(host: str) -> None:
    """Whoever reaches the port can trade."""
    made = Made()

    with pytest.raises(BadInput, match="host: expected an address of this machine"):
        Server(made.hub, made.clock, host=host)


def test_a_system_without_descriptors_turns_clients_away_and_serves_the_next(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Left in the queue they would keep the loop busy for ever."""
    said = threading.Event()
    server = serve(log=lambda line: said.set() if "no descriptor" in line else None)
    accept, calls = socket.socket.accept, iter(range(10))

    def scarce(listener: socket.socket) -> tuple[socket.socket, object]:
        if next(calls) == 0:
            raise OSError(24, "Too many open files")
        return accept(listener)

    monkeypatch.setattr(socket.socket, "accept", scarce)
    with connected(server) as found:
        assert rest(found) == b""
    assert said.wait(5)

    assert is_served(server)
