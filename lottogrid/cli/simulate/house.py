"""The composition root of a simulation: settings that nothing outside touches, and an exchange with bad habits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from actors.broker import MakePort
from actors.simulation.exchange import FaultyExchange
from actors.tree import Parts
from lottogrid.cli.wiring import exchange_of, parts_of
from lottogrid.ledger.ledger import Ledger
from lottogrid.settings import Settings
from lottogrid.settings.load import changed


@dataclass(frozen=True, slots=True)
class SimulatedHouse:
    """Builds every simulated bot and its exchange; `overrides` (`key=value`) hold on all days, over those drawn."""

    overrides: tuple[str, ...] = ()

    def settings(self, overrides: Sequence[str]) -> Settings:
        """Return the settings of a day."""
        return changed(Settings(), [*overrides, *self.overrides])

    def parts(
        self, settings: Settings, open_ledger: Callable[[], Ledger], make_port: MakePort, starts: datetime
    ) -> Parts:
        """Return what a supervision tree is built from."""
        return parts_of(settings, open_ledger, make_port, starts=starts, compounds=False)

    def exchange(self, settings: Settings) -> FaultyExchange:
        """Return an exchange without a past."""
        made = exchange_of(settings, kind=FaultyExchange)
        assert isinstance(made, FaultyExchange)
        return made
