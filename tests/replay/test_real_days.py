"""Days as they were: the week of 9 April 2025, the wildest in years, and a calm one before it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from lottogrid.calendar import Calendar
from lottogrid.clock import trading_date
from lottogrid.market.contracts import spec_of
from lottogrid.market.reader import read_bars
from lottogrid.market.sessions import split
from lottogrid.settings import Settings
from tests.replay.bench import WILD, Bench, bench, promises_broken, settings

MONTH = "test_es_1min_2025-03-24_2025-04-25.csv.gz"
WILDEST = date(2025, 4, 9)

pytestmark = [pytest.mark.data, pytest.mark.slow]


@pytest.fixture
def real(real_data: Callable[[str], Path], tmp_path: Path) -> Callable[[Settings, date, date], Bench]:
    """Return a maker of replays of real days."""

    def make(chosen: Settings, first: date, last: date) -> Bench:
        bars = read_bars(real_data(MONTH), tick=spec_of("MES").underlying_tick)
        days, skipped = split(bars, Calendar(chosen.session), first, last)
        assert skipped == []
        return bench(tmp_path, chosen, days)

    return make


def test_the_wildest_day_is_traded_and_pays(real: Callable[[Settings, date, date], Bench]) -> None:
    """On 9 April legs reach four times their cost; every day ends flat with equal books and its limits kept."""
    chosen = settings(*WILD)
    made = real(chosen, date(2025, 4, 7), date(2025, 4, 10))
    result = made.play()

    assert promises_broken(chosen, made.ledger, result, made) == []
    assert len(result.days) == 4
    legs = [leg for trade in result.trades if trading_date(trade.opened_at) == WILDEST for leg in trade.legs]
    paid = [leg for leg in legs if leg.exit_reason == "target"]
    assert paid
    assert all(leg.exit_price >= 4 * leg.entry_price for leg in paid)


def test_with_the_defaults_most_days_of_a_calm_week_are_traded(real: Callable[[Settings, date, date], Bench]) -> None:
    """25 dollars a strangle is enough for at least three days of five, and never exceeded."""
    chosen = settings()
    made = real(chosen, date(2025, 3, 24), date(2025, 3, 28))
    result = made.play()

    assert promises_broken(chosen, made.ledger, result, made) == []
    assert len({trading_date(trade.opened_at) for trade in result.trades}) >= 3
    assert all(trade.premium + (trade.commission or 0) <= 25 for trade in result.trades)
