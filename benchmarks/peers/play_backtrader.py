"""The plain rule in backtrader: its Cerebro feeds a strategy, which keeps the options."""

from __future__ import annotations

from typing import Any

import backtrader as bt
import pandas as pd
from rule import Rule


class _Strategy(bt.Strategy):
    def __init__(self, volatility: list[float]) -> None:
        self.rule = Rule(volatility)

    def next(self) -> None:
        self.rule.on_bar(self.data.close[0])


def prepare(bars: dict[str, Any]) -> tuple[pd.DataFrame, list[float]]:
    """Return the bars as backtrader reads them, and the volatilities."""
    columns = {name: bars[name] for name in ("open", "high", "low", "close")}
    return pd.DataFrame(columns, index=pd.to_datetime(bars["ts"], unit="s")), bars["volatility"].tolist()


def play(prepared: tuple[pd.DataFrame, list[float]]) -> tuple[int, float]:
    """Return legs and points."""
    frame, volatility = prepared
    cerebro = bt.Cerebro(stdstats=False)
    cerebro.adddata(bt.feeds.PandasData(dataname=frame, volume=None, openinterest=None))
    cerebro.addstrategy(_Strategy, volatility=volatility)
    rule = cerebro.run()[0].rule
    return rule.legs, rule.points
