"""Fixtures of the adapter's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.brokers.ib.made import Desk, desk


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Desk]:
    """A desk that is connected."""
    with desk(tmp_path) as found:
        found.connect()
        yield found
