"""A thousand connections at once, to a gateway in a process of its own."""

from __future__ import annotations

import re
import resource
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lottogrid.gateway.server import MAX_CONNECTIONS
from tests.gateway.test_command import running, told
from tests.gateway.test_server import HELLO, start

CONNECTIONS = 1000
DESCRIPTORS = 3000
ALLOWED_MB = 64.0
"""What a thousand connections may cost: 64 kB each."""


@pytest.fixture
def descriptors() -> Iterator[None]:
    """Let this process, and those that it starts, open enough sockets; skip where the system forbids it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < DESCRIPTORS:
        pytest.skip(f"needs {DESCRIPTORS} descriptors, the system allows {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, DESCRIPTORS), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def resident(pid: int) -> float:
    """Return the memory of a process, megabytes."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="utf-8"))
    assert found is not None
    return int(found[1]) / 1024


def answered(found: socket.socket) -> bool:
    """Return whether a client was let in; False where it was shown out."""
    data = b""
    while b"DU1234567" not in data:
        part = found.recv(65536)
        if not part:
            return False
        data += part
    return True


@pytest.mark.sockets
@pytest.mark.process
@pytest.mark.slow
@pytest.mark.usefixtures("descriptors")
def test_a_thousand_connections_are_served_and_what_is_too_much_is_closed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each hears its account; memory stays bounded, and the next client is served."""
    port = free_port()
    day = ("--date", "2025-04-09", "--seed", "3", "--as-of", "2025-04-09T10:00-04:00", "--speed", "1")
    with running(tmp_path, *day, "--port", str(port)) as (process, control):
        before = resident(process.pid)
        with ExitStack() as stack:
            clients = []
            for number in range(CONNECTIONS):
                clients.append(stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20)))
                clients[-1].sendall(HELLO + start(number))
            assert all(answered(one) for one in clients)
            during = resident(process.pid)
            assert len(told(control, do="status")["clients"]) == CONNECTIONS
            room = MAX_CONNECTIONS - CONNECTIONS - 1
            more = [stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20)) for _ in range(50)]
            for number, one in enumerate(more):
                one.sendall(HELLO + start(CONNECTIONS + number))
            with_more = [_was_let_in(one) for one in more]
        while told(control, do="status")["clients"]:
            pass
        after = resident(process.pid)

        with socket.create_connection(("127.0.0.1", port), timeout=20) as next_one:
            next_one.sendall(HELLO + start(1))
            assert answered(next_one)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{CONNECTIONS} connections: {before:.1f} MB before, {during:.1f} MB with them, {after:.1f} MB after\n"
        )

    assert room <= sum(with_more) <= room + 1
    assert during - before < ALLOWED_MB
    assert after - before < ALLOWED_MB


def _was_let_in(found: socket.socket) -> bool:
    try:
        return answered(found)
    except ConnectionResetError:
        return False
