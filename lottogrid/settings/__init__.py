"""Every setting of the bot: one immutable object, checked, that knows where each of its values came from."""

from lottogrid.settings.load import changed, load
from lottogrid.settings.market import MarketSettings, SessionSettings
from lottogrid.settings.mode import ModeSettings
from lottogrid.settings.model import Settings
from lottogrid.settings.presets import PRESETS, Preset
from lottogrid.settings.process import BrokerSettings, LogSettings, SimulatorSettings, StorageSettings, WebSettings
from lottogrid.settings.rules import RiskSettings, StrategySettings

__all__ = [
    "PRESETS",
    "BrokerSettings",
    "LogSettings",
    "MarketSettings",
    "ModeSettings",
    "Preset",
    "RiskSettings",
    "SessionSettings",
    "Settings",
    "SimulatorSettings",
    "StorageSettings",
    "StrategySettings",
    "WebSettings",
    "changed",
    "load",
]
