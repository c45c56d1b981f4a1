"""Benches for the tests of supervision."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from loguru import logger

from tests.runtime.bench import Bench, SteppedBench, ThreadBench, cleared


@pytest.fixture(params=[SteppedBench, pytest.param(ThreadBench, marks=pytest.mark.threads)])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """Lend each runtime in turn."""
    with cleared(request.param()) as made:
        yield made


@pytest.fixture
def stepped() -> Iterator[SteppedBench]:
    """Lend the stepped runtime."""
    with cleared(SteppedBench()) as made:
        yield made


@pytest.fixture
def threads() -> Iterator[ThreadBench]:
    """Lend the runtime on threads."""
    with cleared(ThreadBench()) as made:
        yield made


@pytest.fixture
def log() -> Iterator[list[str]]:
    """Lend what is logged."""
    lines: list[str] = []
    sink = logger.add(lines.append, format="{level}: {message}")  # type: ignore[arg-type]
    yield lines
    logger.remove(sink)
