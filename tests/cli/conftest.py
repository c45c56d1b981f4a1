"""A way to call the program as a person does, and a place where it can write."""

from __future__ import annotations

import csv
import gzip
import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from loguru import logger

from lottogrid.calendar import Calendar, TradingDay
from lottogrid.cli.logs import LIBRARIES
from lottogrid.cli.main import main
from lottogrid.market.bars import Bar
from lottogrid.market.generated import generate_sessions
from lottogrid.market.reader import COLUMNS
from lottogrid.settings import SessionSettings

MONDAY = date(2026, 1, 5)


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str


Call = Callable[..., Said]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Run the program in an empty folder, without settings from outside."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("LOTTOGRID_")]:
        monkeypatch.delenv(name)

    def run(*words: object) -> Said:
        capsys.readouterr()
        code = main([str(word) for word in words])
        return Said(code, *capsys.readouterr())

    return run


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    libraries = [logging.getLogger(name) for name in LIBRARIES]
    before = [(library, library.handlers, library.propagate, library.level) for library in libraries]
    yield
    logger.remove()
    logger.configure(patcher=lambda _: None)
    logger.add(sys.stderr)
    for library, handlers, propagate, level in before:
        library.handlers, library.propagate = handlers, propagate
        library.setLevel(level)


def trading_day(on: date) -> TradingDay:
    """Return a day that is traded."""
    day = Calendar(SessionSettings()).day(on)
    assert isinstance(day, TradingDay)
    return day


def made_bars(*days: date, seed: int = 1) -> list[Bar]:
    """Return generated bars of some days."""
    sessions = generate_sessions([trading_day(on) for on in days], seed=seed)
    return [bar for session in sessions for bar in session.bars]


def as_rows(bars: Sequence[Bar]) -> list[list[str]]:
    """Return bars as the rows of a file, without a header."""
    return [[bar.start.isoformat(), *map(str, (bar.open, bar.high, bar.low, bar.close)), ""] for bar in bars]


def write_rows(path: Path, rows: Sequence[Sequence[str]], header: Sequence[str] = COLUMNS) -> Path:
    """Write a file of bars, packed where its name says so."""
    with gzip.open(path, "wt", newline="") if path.suffix == ".gz" else path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path
