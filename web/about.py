"""What the page says of the process, and what does not change while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import lottogrid
from lottogrid.market.contracts import ContractSpec, spec_of
from lottogrid.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The process behind the page."""

    settings: Settings
    started_at: datetime
    """By the bot's clock, aware."""
    account: str = ""
    """As configured; the page prefers the one that the broker names."""
    version: str = lottogrid.__version__

    @property
    def mode(self) -> str:
        """`paper` or `live`."""
        return self.settings.mode.trade_mode

    @property
    def settings_hash(self) -> str:
        """Of the settings that can change a trade."""
        return self.settings.hash

    @property
    def spec(self) -> ContractSpec:
        """What is traded."""
        return spec_of(self.settings.market.instrument)
