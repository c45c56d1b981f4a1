"""Databases for the tests, and wires to them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lottogrid.ledger.place import Server
from lottogrid.ledger.queries import Queries
from tests.postgres.cluster import Cluster
from tests.postgres.wire import Wire, wire


@pytest.fixture
def server(postgres: Cluster) -> Iterator[Server]:
    """Return a database with an empty ledger in it, or quite empty."""
    yield postgres.lent()
    postgres.take_back()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait for long for a lock that he will not get."""
    from lottogrid.ledger.postgres import guard  # noqa: PLC0415 - its driver is an extra

    monkeypatch.setattr(guard, "_WAIT_SECONDS", 0.1)


@pytest.fixture
def cut(postgres: Cluster) -> Iterator[Wire]:
    """Return a wire to the server, in a folder whose name is short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="lg-") as folder, wire(Path(folder), postgres.folder) as made:
        yield made


@pytest.fixture(autouse=True)
def _closed_ledgers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # An open connection is a warning, and a warning an error.
    opened: list[Queries] = []
    begin = Queries.__init__

    def remember(self: Queries, *args: object, **options: object) -> None:
        begin(self, *args, **options)  # type: ignore[arg-type]
        opened.append(self)

    monkeypatch.setattr(Queries, "__init__", remember)
    yield
    for ledger in opened:
        ledger.close()
