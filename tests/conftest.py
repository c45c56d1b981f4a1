"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import exchange_calendars  # noqa: F401 - pandas must not be imported for the first time under frozen time
import freezegun
import freezegun.api
import pytest
from hypothesis import settings
from loguru import logger

freezegun.configure(extend_ignore_list=["asyncio", "pykka", "_pytest.timing"])
# Only the direct caller decides whether it sees frozen time: the default depth makes actors see both.
freezegun.api.call_stack_inspection_limit = 1

settings.register_profile("lottogrid", deadline=None, print_blob=True)
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


@pytest.fixture(autouse=True, scope="session")
def _quiet_logs() -> None:
    """Keep loguru's terminal sink out of the tests; those that look at logs add their own."""
    logger.remove()
