"""What a run is played on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lottogrid.cli.worlds import World
from lottogrid.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The far side of a run, and its time."""

    world: World
    clock: Clock
    account: str
    """Whose books the ledger keeps."""
    remember: Callable[[], None] = lambda: None
    """Notes that the day was begun; called once nothing can be refused any more."""
