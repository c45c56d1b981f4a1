"""Every ledger that a test opened is closed behind it; and the two engines that keep one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.place import Place
from lottogrid.ledger.queries import Queries
from tests.postgres.cluster import Cluster


@pytest.fixture(autouse=True)
def _closed_ledgers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # An open connection is a warning, and a warning an error.
    opened: list[Queries] = []
    begin = Queries.__init__

    def remember(self: Queries, *args: Any, **options: Any) -> None:
        begin(self, *args, **options)
        opened.append(self)

    monkeypatch.setattr(Queries, "__init__", remember)
    yield
    for ledger in opened:
        ledger.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Play what uses `engine` on both; of many random examples, one is enough."""
    if "engine" in metafunc.fixturenames:
        server = pytest.param("postgresql", marks=pytest.mark.postgres)
        both = ["sqlite"] if hasattr(metafunc.function, "hypothesis") else ["sqlite", server]
        metafunc.parametrize("engine", both, indirect=True)


@pytest.fixture
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Let every ledger that a test makes be kept by one engine, then by the other; return its name."""
    if request.param == "sqlite":
        yield request.param
        return
    cluster: Cluster = request.getfixturevalue("postgres")
    monkeypatch.setattr(Ledger, "in_memory", lambda: Ledger.open(cluster.lent(), durable=False))
    yield request.param
    cluster.take_back()


@pytest.fixture
def place(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Return where an empty ledger of that engine may be."""
    if engine == "sqlite":
        return tmp_path / "ledger.sqlite"
    cluster: Cluster = request.getfixturevalue("postgres")
    return cluster.lent()
