"""The bot on one short day with each client library it may use, in that library's environment: the same trades."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LIBRARIES = ("ib_insync", "ib_async")
DAY = ("--date", "2025-07-03", "--speed", "120")
BUSY = (
    "session.market_open=12:35",
    "session.last_entry_minutes=9",
    "session.flatten_minutes=7",
    "strategy.max_premium_per_strangle=40",
    "strategy.volatility_threshold=1.2",
    "strategy.profit_target_multiplier=1.5",
    "risk.min_time_between_trades=4",
    "simulator.seed=7",
)
"""Several entries within twenty minutes of a half day."""
TIME_LIMIT = 120


def install(python: Path) -> None:
    """Install the bot beside the one library that the environment has, and not the other."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        needed = tomllib.load(file)["project"]["dependencies"]
    others = [each for each in needed if re.split(r"[^\w-]", each)[0] not in LIBRARIES]
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *others], check=True)
    subprocess.run([*pip, "--no-deps", "--editable", ROOT], check=True)


def play(python: Path, library: str) -> list[dict[str, Any]]:
    """Return the trades of the day, without their instants: in real time those differ by moments.

    Raises:
        RuntimeError: the day did not end as it should.
    """
    settings = [word for value in (*BUSY, f"broker.client_library={library}") for word in ("--set", value)]
    with TemporaryDirectory() as folder:
        words = [python, "-m", "lottogrid", "run", *DAY, "--no-web", "--json", "--ledger", folder, *settings]
        done = subprocess.run(words, capture_output=True, text=True, timeout=TIME_LIMIT, check=False, cwd=folder)
    if done.returncode != 0:
        raise RuntimeError(f"the bot with {library} ended with {done.returncode}: {done.stderr.strip()[-2000:]}")
    return [_timeless(trade) for trade in json.loads(done.stdout)["trades"]]


def compare(trades: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Return how the days differ, or that nothing was traded; `trades` by library."""
    if not all(trades.values()):
        return [f"expected trades with each library, found { ({name: len(each) for name, each in trades.items()}) }"]
    (first, expected), *rest = trades.items()
    return [f"expected the trades of {first}, found others with {name}" for name, each in rest if each != expected]


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _timeless(each) for name, each in value.items() if not name.endswith("_at")}
    return [_timeless(each) for each in value] if isinstance(value, list) else value
