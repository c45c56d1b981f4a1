"""Fixtures shared by all tests."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import exchange_calendars  # noqa: F401 - pandas must not be imported for the first time under frozen time
import freezegun
import freezegun.api
import pytest
from hypothesis import settings
from loguru import logger

from tests.postgres.cluster import Cluster, started

freezegun.configure(extend_ignore_list=["asyncio", "pykka", "_pytest.timing"])
# Only the direct caller decides whether it sees frozen time: the default depth makes actors see both.
freezegun.api.call_stack_inspection_limit = 1

# What a change is judged by is the same in every run; who looks for more draws anew each time.
settings.register_profile("lottogrid", deadline=None, print_blob=True, derandomize=True)
settings.register_profile("explore", deadline=None, print_blob=True)
settings.load_profile("lottogrid")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def real_data() -> Callable[[str], Path]:
    """Return a finder of real market data files; the test is skipped where they are absent."""

    def find(name: str) -> Path:
        folder = Path(os.environ.get("LOTTOGRID_DATA", ROOT.parent / "shared" / "data"))
        path = folder / name
        if not path.is_file():
            pytest.skip(f"real market data absent: {name}; set LOTTOGRID_DATA to its folder")
        return path

    return find


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """Return a PostgreSQL server of the tests' own; the test is skipped where there is none to be had."""
    with started() as cluster:
        yield cluster


@pytest.fixture(autouse=True, scope="session")
def _quiet_logs() -> None:
    """Keep loguru's terminal sink out of the tests; those that look at logs add their own."""
    logger.remove()


@pytest.fixture(autouse=True)
def _close_databases(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close what a test left open: from Python 3.13 on a forgotten connection is a warning, and so an error."""
    opened: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def remembered(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*args, **kwargs)
        opened.append(connection)
        return connection

    monkeypatch.setattr(sqlite3, "connect", remembered)
    yield
    for connection in opened:
        with contextlib.suppress(sqlite3.Error):
            connection.close()
