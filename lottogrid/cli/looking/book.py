"""The ledger as the commands read it: beside a running bot, or after it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime

from lottogrid.cli import options
from lottogrid.control.latch import Latch, Standing
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.lock import Holder, holder
from lottogrid.ledger.records import RunStarted
from lottogrid.settings import Settings

_MANY = 1_000_000
"""Runs: all of them."""


@dataclass(frozen=True, slots=True)
class Book:
    """A ledger that is read, and what is around it."""

    settings: Settings
    ledger: Ledger
    path: str
    holder: Holder | None
    """The process that works on it now; None where there is none."""

    @property
    def recorded_at(self) -> datetime | None:
        """The bot's time when it wrote its last line; None before its first."""
        last = self.ledger.journal(after_seq=self.ledger.last_sequence() - 1, limit=1)
        return last[0].at if last else None

    @property
    def ordered(self) -> Standing | None:
        """What the operator has ordered and not lifted; None where nothing stands."""
        return Latch(self.settings.storage.directory).standing()

    @property
    def last_run(self) -> RunStarted | None:
        """How the last run began; None before the first."""
        runs = [row.record for row in self.ledger.journal(kind=RunStarted.__name__, limit=_MANY)]
        return next((run for run in reversed(runs) if isinstance(run, RunStarted)), None)


@contextmanager
def opened(args: argparse.Namespace) -> Iterator[Book]:
    """Open the ledger that the arguments name; Missing where there is none."""
    settings = options.settings_of(args, *options.ledger_values(args))
    path = options.ledger_path(settings)
    place = options.ledger_place(settings)
    with closing(Ledger.open_read_only(place)) as ledger:
        yield Book(settings, ledger, str(place), holder(path))
