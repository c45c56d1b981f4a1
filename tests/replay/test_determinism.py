"""The same day gives the same trades: in any process, whatever the order in which actors get their turn."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from actors.replay import Replayed
from lottogrid.market.sessions import Session
from lottogrid.settings import Settings
from lottogrid.trades import digest
from tests.replay.bench import WILD, bench, sessions, settings

ROOT = Path(__file__).resolve().parents[2]
BUSY = (*WILD, "session.market_open=14:30", "min_time_between_trades=8", "profit_target_multiplier=1.5")
DAYS = (date(2025, 6, 3), date(2025, 6, 4))
PLAY = f"""
import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from loguru import logger
from lottogrid.trades import digest
from tests.replay.bench import bench, sessions, settings
logger.remove()
with TemporaryDirectory() as folder:
    chosen = settings(*{BUSY!r})
    result = bench(Path(folder), chosen, sessions(chosen, *{DAYS!r})).play()
print(len(result.trades), result.steps, digest(result.trades))
"""


@pytest.fixture(scope="module")
def two_days() -> tuple[Settings, list[Session]]:
    """Return two short busy days."""
    chosen = settings(*BUSY)
    return chosen, sessions(chosen, *DAYS)


@pytest.fixture(scope="module")
def played(two_days: tuple[Settings, list[Session]], tmp_path_factory: pytest.TempPathFactory) -> Replayed:
    """Return what comes of them without any shuffling."""
    result = bench(tmp_path_factory.mktemp("in-order"), *two_days).play()
    assert len(result.trades) >= 6
    assert {leg.exit_reason for trade in result.trades for leg in trade.legs} >= {"target", "flatten"}
    return result


def in_a_process(python: str, **environment: str) -> str:
    """Play the days in a process of their own; return the number of trades, the steps and the digest."""
    done = subprocess.run(
        [python, "-c", PLAY],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def summary(result: Replayed) -> str:
    """Return what a process prints of the same result."""
    return f"{len(result.trades)} {result.steps} {digest(result.trades)}"


@pytest.mark.process
@pytest.mark.parametrize("hash_seed", ["1", "4242"])
def test_another_process_with_another_hash_seed_plays_the_same(hash_seed: str, played: Replayed) -> None:
    """Neither the order of sets nor what ran before changes a trade, or even the number of steps."""
    assert in_a_process(sys.executable, PYTHONHASHSEED=hash_seed) == summary(played)


@pytest.mark.parametrize("seed", range(6))
def test_the_turns_of_the_actors_change_no_trade(
    seed: int, two_days: tuple[Settings, list[Session]], played: Replayed, tmp_path: Path
) -> None:
    """Messages of different senders may overtake each other as between threads; the trades are the same."""
    result = bench(tmp_path, *two_days, shuffle=True, seed=seed).play()

    assert result.faults == []
    assert result.trades == played.trades


def test_without_shuffling_the_seed_of_the_runtime_is_idle(
    two_days: tuple[Settings, list[Session]], played: Replayed, tmp_path: Path
) -> None:
    """Nothing is drawn where nothing is shuffled and nobody dies."""
    assert summary(bench(tmp_path, *two_days, seed=77).play()) == summary(played)


@pytest.mark.process
@pytest.mark.parametrize("version", ["3.12", "3.13"])
def test_another_interpreter_plays_the_same(version: str, played: Replayed) -> None:
    """The digest does not depend on the version of Python, where another one has what is needed."""
    python = shutil.which(f"python{version}")
    if python is None:
        pytest.skip(f"python{version} absent; put one with lottogrid's dependencies on the PATH")
    able = subprocess.run(
        [python, "-c", "import lottogrid.cli.wiring, actors.replay, numpy, pandas, exchange_calendars"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if able.returncode != 0:
        pytest.skip(f"python{version} lacks lottogrid's dependencies: pip install them there")
    assert in_a_process(python) == summary(played)
