"""What the page says of the process, and what does not change while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import lottogrid
from lottogrid.market.contracts import ContractSpec, spec_of
from lottogrid.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The process behind the page."""

    settings: Settings = field(hash=False)
    started_at: datetime
    """By the bot's clock, aware."""
    account: str = ""
    """As configured; the page prefers the one that the broker names."""
    data: str = "simulated"
    """`live` or `simulated`; delayed data are refused by the broker port, nothing is traded on them."""
    version: str = lottogrid.__version__
    settings_hash: str = field(init=False)
    """Of the settings that can change a trade; it stands for them, as it takes a moment to compute."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "settings_hash", self.settings.hash)

    @property
    def mode(self) -> str:
        """`paper` or `live`."""
        return self.settings.mode.trade_mode

    @property
    def spec(self) -> ContractSpec:
        """What is traded."""
        return spec_of(self.settings.market.instrument)
