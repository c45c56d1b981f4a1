"""A bot in a process of its own, whose page is looked at."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lottogrid.ledger.lock import holder
from tests.programs import program
from web.tokens import TokenFile

SPEED = 60
DAY = ("--date", "2026-01-05", "--as-of", "2026-01-05T11:05-05:00", "--speed", SPEED, "--port", 0)
BUSY = (
    "strategy.volatility_threshold=10",
    "strategy.max_premium_per_strangle=700",
    "strategy.profit_target_multiplier=1.5",
    "risk.min_time_between_trades=5",
    "risk.max_draw=5000",
    "risk.start_cash=50000",
    "session.last_entry_minutes=15",
)
"""What buys several strangles in a quarter of an hour, and sells legs within minutes."""


@contextmanager
def running(folder: Path) -> Iterator[tuple[str, str]]:
    """Trade a busy day on paper over TCP; yield the address of the page, and its token."""
    with program(folder, "run", *DAY, settings=BUSY) as process:
        assert process.stderr is not None
        # Nobody else reads it: a pipe that is full would hang the bot.
        threading.Thread(target=process.stderr.read, daemon=True).start()
        yield _url(folder / "ledger.sqlite"), TokenFile(folder).value()


def _url(ledger: Path) -> str:
    for _ in range(600):
        found = holder(ledger) if ledger.with_name(f"{ledger.name}.lock").exists() else None
        if found is not None and found.url:
            return found.url
        threading.Event().wait(0.1)
    raise AssertionError("expected a page within a minute, found none")
