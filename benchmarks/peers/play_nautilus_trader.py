"""The plain rule in nautilus_trader: its BacktestEngine feeds a strategy, which keeps the options."""

from __future__ import annotations

from typing import Any

from nautilus_trader.backtest.engine import BacktestEngine
from nautilus_trader.config import BacktestEngineConfig, LoggingConfig
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import Bar, BarType
from nautilus_trader.model.enums import AccountType, OmsType
from nautilus_trader.model.identifiers import Venue
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.test_kit.providers import TestInstrumentProvider
from nautilus_trader.trading.strategy import Strategy
from rule import Rule

_VENUE = Venue("GLBX")
_FUTURE = TestInstrumentProvider.es_future(2026, 12)
_BARS = BarType.from_str(f"{_FUTURE.id}-1-MINUTE-LAST-EXTERNAL")
_NANOSECONDS = 1_000_000_000


class _Strategy(Strategy):
    def __init__(self, volatility: list[float]) -> None:
        super().__init__()
        self.rule = Rule(volatility)

    def on_start(self) -> None:
        self.subscribe_bars(_BARS)

    def on_bar(self, bar: Bar) -> None:
        self.rule.on_bar(bar.close.as_double())


def prepare(bars: dict[str, Any]) -> tuple[BacktestEngine, _Strategy]:
    """Return an engine that has the bars."""
    engine = BacktestEngine(BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True)))
    engine.add_venue(_FUTURE.id.venue, OmsType.NETTING, AccountType.MARGIN, [Money(1_000_000, USD)])
    engine.add_instrument(_FUTURE)
    volume = Quantity.from_int(1)
    prices = zip(*(bars[name].tolist() for name in ("open", "high", "low", "close")), strict=True)
    times = (bars["ts"] * _NANOSECONDS).tolist()
    engine.add_data(
        [
            Bar(_BARS, *(Price(price, 2) for price in row), volume, time, time)
            for row, time in zip(prices, times, strict=True)
        ]
    )
    strategy = _Strategy(bars["volatility"].tolist())
    engine.add_strategy(strategy)
    return engine, strategy


def play(prepared: tuple[BacktestEngine, _Strategy]) -> tuple[int, float]:
    """Return legs and points."""
    engine, strategy = prepared
    engine.run()
    found = strategy.rule.legs, strategy.rule.points
    engine.dispose()
    return found
