"""What a backtest is made on: the market, the rules, and how money and time are counted."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from lottogrid.backtest.market import OptionMarket
from lottogrid.backtest.money import Cents
from lottogrid.backtest.strangles import Screen
from lottogrid.backtest.tape import Ints
from lottogrid.backtest.timing import Timing
from lottogrid.risk.limits import Limits
from lottogrid.strategies.lotto_grid import Rules


@dataclass(frozen=True, eq=False)
class Terms:
    """What every part of a backtest looks at."""

    screen: Screen
    rules: Rules
    limits: Limits
    start_cash_usd: Decimal
    cents: Cents
    timing: Timing

    @property
    def market(self) -> OptionMarket:
        """The options that can be bought."""
        return self.screen.market

    def reserved(self, cost: Ints) -> Ints:
        """Return what is reserved for strangles that cost so much, all commissions included; both in cents.

        Where an entry may be repriced that is the whole cap, which none of those that are bought exceeds.
        """
        rules = self.rules
        return np.maximum(cost, self.cents.of(rules.cap_usd * rules.quantity)) if rules.reserves_cap else cost
