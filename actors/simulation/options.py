"""What is asked of a simulation, and what it is built from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from actors.broker import MakePort
from actors.simulation.exchange import FaultyExchange
from actors.tree import Parts
from lottogrid.errors import BadInput
from lottogrid.ledger.ledger import Ledger
from lottogrid.market.sessions import Session
from lottogrid.settings import Settings

PROFILES = ("calm", "rough", "hell")


class House(Protocol):
    """Who builds a bot and an exchange from settings: the composition root. It must be importable by its name."""

    def settings(self, overrides: Sequence[str]) -> Settings:
        """Return the settings with these values (`key=value`), untouched by file and environment."""
        ...

    def parts(
        self, settings: Settings, open_ledger: Callable[[], Ledger], make_port: MakePort, starts: datetime
    ) -> Parts:
        """Return what a supervision tree is built from."""
        ...

    def exchange(self, settings: Settings) -> FaultyExchange:
        """Return an exchange without a past."""
        ...


@dataclass(frozen=True, kw_only=True)
class Options:
    """What is asked for. The same options give the same days, whatever the machine."""

    house: House
    days: int = 1
    seed: int = 1
    first: int = 0
    """Number of the first day."""
    profile: str = "hell"
    rates: Mapping[str, float] = field(default_factory=dict)
    """Strikes a day by class of faults, over those of the profile."""
    only: tuple[int, ...] | None = None
    """Numbers of the strikes of the plan that are kept; None for all."""
    real: tuple[Session, ...] = ()
    """Sessions of a file from whose bars the days are cut; empty for generated ones."""
    jobs: int = 1
    check_digest: int = 50
    """Every so many days one is played twice and must come out the same; 0 for never."""

    def __post_init__(self) -> None:
        if self.profile not in PROFILES:
            raise BadInput(f"profile: expected one of {', '.join(PROFILES)}, found {self.profile!r}")
        if self.days < 1 or self.seed < 0 or self.first < 0 or self.jobs < 1:
            raise BadInput(
                f"simulation: expected days and jobs from 1, seed and day from 0, found {self.days}, {self.jobs}, "
                f"{self.seed}, {self.first}"
            )
