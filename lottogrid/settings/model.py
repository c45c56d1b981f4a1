"""The settings as one immutable object."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict, PrivateAttr
from pydantic.fields import FieldInfo

from lottogrid.errors import BadInput
from lottogrid.settings.kinds import show
from lottogrid.settings.market import MarketSettings, SessionSettings
from lottogrid.settings.mode import ModeSettings
from lottogrid.settings.process import (
    AlertSettings,
    BrokerSettings,
    LogSettings,
    SimulatorSettings,
    StorageSettings,
    WebSettings,
)
from lottogrid.settings.rules import RiskSettings, StrategySettings

# Two runs that agree in these trade alike; account, ports, folders and the page change nothing.
_TRADING = ("strategy", "risk", "session", "market")
_TRADING_KEYS = ("mode.trade_mode", "simulator.profile", "simulator.seed")


class Settings(BaseModel):
    """All settings, by section. Made by `load`; two are equal when all their values are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: ModeSettings = ModeSettings()
    strategy: StrategySettings = StrategySettings()
    risk: RiskSettings = RiskSettings()
    session: SessionSettings = SessionSettings()
    market: MarketSettings = MarketSettings()
    broker: BrokerSettings = BrokerSettings()
    simulator: SimulatorSettings = SimulatorSettings()
    web: WebSettings = WebSettings()
    storage: StorageSettings = StorageSettings()
    log: LogSettings = LogSettings()
    alerts: AlertSettings = AlertSettings()

    _origins: Mapping[str, str] = PrivateAttr(default_factory=dict)

    def with_origins(self, origins: Mapping[str, str]) -> Settings:
        """Return the same settings that remember where each value (`section.key`) came from."""
        copy = self.model_copy()
        copy._origins = dict(origins)  # noqa: SLF001
        return copy

    def origin(self, key: str) -> str:
        """Return where the value of `key` (`section.key`) came from: `default`, `settings.ini:12`, `--set`, ...

        Raises:
            BadInput: there is no such key.
        """
        if key not in FIELDS:
            raise BadInput(f"setting: expected section.key as in risk.max_draw, found {key!r}; correct the name")
        return self._origins.get(key, "default")

    @property
    def origins(self) -> dict[str, str]:
        """Where every value came from, by `section.key`."""
        return {key: self.origin(key) for key in FIELDS}

    def value(self, key: str) -> Any:
        """Return the value of `key` (`section.key`)."""
        section, _, name = key.partition(".")
        return getattr(getattr(self, section), name)

    @property
    def hash(self) -> str:
        """Twelve hex digits of the SHA-256 of every value that can change a decision, an order or a fill."""
        relevant = {
            key: show(self.value(key)) for key in FIELDS if key.partition(".")[0] in _TRADING or key in _TRADING_KEYS
        }
        return hashlib.sha256(json.dumps(relevant, sort_keys=True).encode()).hexdigest()[:12]

    @property
    def log_directory(self) -> Path:
        """Folder of the log files."""
        return Path(self.log.directory) if self.log.directory else self.storage.directory / "logs"

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """Return all values by section, ready for JSON: money as decimal strings, times as HH:MM."""
        return self.model_dump(mode="json")

    def __eq__(self, other: object) -> bool:
        # Where a value came from is no part of it; pydantic would compare that too.
        return isinstance(other, Settings) and all(self.value(key) == other.value(key) for key in FIELDS)

    def __hash__(self) -> int:
        return hash(self.hash)


def _fields() -> dict[str, FieldInfo]:
    sections = {name: field.annotation for name, field in Settings.model_fields.items()}
    return {
        f"{section}.{name}": field
        for section, model in sections.items()
        if isinstance(model, type) and issubclass(model, BaseModel)
        for name, field in model.model_fields.items()
    }


FIELDS: Mapping[str, FieldInfo] = MappingProxyType(_fields())
"""Every setting by `section.key`, in the order of the reference."""
