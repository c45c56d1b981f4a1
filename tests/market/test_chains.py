"""What a chain of quotes says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from lottogrid.market.chains import chains_of
from lottogrid.market.option_quotes import Snapshot
from tests.market.made import MONDAY, Weekdays
from tests.market.quotes import FORWARD, chains, snapshot


@given(st.floats(0.06, 0.6), st.sampled_from([time(9, 35), time(12), time(15, 30)]))
@hypothesis_settings(max_examples=50)
def test_reads_forward_and_volatility_back(volatility: float, at: time) -> None:
    """What the quotes were made from is found again."""
    (chain,) = chains([snapshot(MONDAY, at, volatility)])

    assert chain.forward == pytest.approx(FORWARD, abs=1e-6)
    assert chain.annual_volatility == pytest.approx(volatility, rel=1e-6)


def test_keeps_what_is_out_of_the_money_by_strike() -> None:
    """Puts below the forward, calls from it on."""
    (chain,) = chains([snapshot(MONDAY, time(10), 0.12)])

    assert chain.strike.tolist() == np.arange(5850.0, 6155.0, 5.0).tolist()
    assert chain.is_call.tolist() == (chain.strike >= FORWARD).tolist()
    assert chain.mid.max() < 30  # an option in the money would cost up to 150


def test_the_forward_is_not_the_index() -> None:
    """Parity says where the future stands, however far the index lags."""
    late = replace(snapshot(MONDAY, time(10), 0.12), underlying=FORWARD - 4)
    (chain,) = chains([late])
    assert chain.forward == pytest.approx(FORWARD, abs=1e-6)


def left_out(made: Snapshot, calendar: Weekdays | None = None) -> dict[str, int]:
    found, why = chains_of([made], calendar or Weekdays())
    assert not found
    return dict(why)


def test_what_cannot_be_read_is_counted_by_reason() -> None:
    """Nothing is bridged or guessed."""
    good = snapshot(MONDAY, time(13), 0.12)
    few = good.strike < 5860
    dead = replace(good, mid=np.where(good.is_call, np.maximum(FORWARD - good.strike, 0.01), good.mid * 0))

    assert left_out(replace(good, expiry=date(2025, 3, 4))) == {"not of the same day": 1}
    assert left_out(good, Weekdays(half=frozenset({MONDAY}))) == {"outside the session": 1}
    assert left_out(good, Weekdays(closed=frozenset({MONDAY}))) == {"outside the session": 1}
    thin = {name: getattr(good, name)[few] for name in ("strike", "is_call", "bid", "ask", "mid")}
    assert left_out(replace(good, **thin)) == {"fewer than three strikes with both sides": 1}
    assert left_out(dead) == {"fewer than three strikes with both sides": 1}


def test_a_straddle_worth_nothing_says_nothing() -> None:
    """Intrinsic value alone has no volatility in it, and unknown is not 0."""
    good = snapshot(MONDAY, time(13), 0.12)
    near, within = np.abs(good.strike - FORWARD) < 5, (good.strike < FORWARD) == good.is_call
    bare = np.where(near, np.where(within, np.abs(good.strike - FORWARD) - 0.5, 0.01), good.mid)
    assert left_out(replace(good, mid=bare)) == {"no straddle at the money": 1}
