"""The plain rule in backtesting.py: its Backtest feeds a strategy, which keeps the options."""

from __future__ import annotations

import warnings
from typing import Any

import pandas as pd
from backtesting import Backtest, Strategy
from rule import Rule

warnings.simplefilter("ignore")  # it has trades of its own in mind


class _Strategy(Strategy):
    volatility: list[float] = []  # noqa: RUF012 - it wants a parameter to have a default
    played: Rule

    def init(self) -> None:
        # It begins with the second bar.
        type(self).played = self.rule = Rule(self.volatility)
        self.rule.on_bar(self.data.Close[0])

    def next(self) -> None:
        self.rule.on_bar(self.data.Close[-1])


def prepare(bars: dict[str, Any]) -> tuple[pd.DataFrame, list[float]]:
    """Return the bars as backtesting.py reads them, and the volatilities."""
    columns = {name.capitalize(): bars[name] for name in ("open", "high", "low", "close")}
    return pd.DataFrame(columns, index=pd.to_datetime(bars["ts"], unit="s")), bars["volatility"].tolist()


def play(prepared: tuple[pd.DataFrame, list[float]]) -> tuple[int, float]:
    """Return legs and points."""
    frame, volatility = prepared
    Backtest(frame, _Strategy, cash=1_000_000).run(volatility=volatility)
    return _Strategy.played.legs, _Strategy.played.points
