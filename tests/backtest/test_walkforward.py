"""Choosing on the past and trading what comes then."""

from __future__ import annotations

import numpy as np
import pytest

from lottogrid.backtest.sweep import Score
from lottogrid.backtest.walkforward import Walk, walk
from lottogrid.errors import BadInput
from tests.backtest.test_sweep import made


def walked(*scores: Score, train: int = 4, test: int = 2, by: str = "pnl", base: str = "a") -> Walk:
    """Return a walk over scores."""
    return walk(scores, train=train, test=test, by=by, base=base, start_usd=100.0, seed=1)


EARLY = made("a", [9, 8, 9, 8, 1, 1, -5, -5, -5, -5])
LATE = made("b", [1, 1, 1, 1, 2, 3, 7, 6, 7, 6])


def test_the_windows_follow_each_other_and_the_tests_are_stitched() -> None:
    """Four sessions to choose by, two to trade, on by two; every session behind the first choice is traded once."""
    found = walked(EARLY, LATE)

    assert [each.train for each in found.windows] == [(0, 4), (2, 6), (4, 8)]
    assert [each.test for each in found.windows] == [(4, 6), (6, 8), (8, 10)]
    assert [each.chosen.key for each in found.windows] == ["a", "a", "b"]
    assert found.out_of_sample.daily.tolist() == [1, 1, -5, -5, 7, 6]
    assert found.out_of_sample.pnl == sum(each.test_usd for each in found.windows) == 5
    assert [each.hindsight_usd for each in found.windows] == [5, 13, 13]


def test_it_is_compared_with_not_walking() -> None:
    """With the settings as given, and with the best of all, on the same days."""
    found = walked(EARLY, LATE)

    assert found.unchanged is not None
    assert found.unchanged.daily.tolist() == list(EARLY.daily[4:])
    assert found.best_of_all.daily.tolist() == list(LATE.daily[4:])
    assert walked(EARLY, LATE, base="other").unchanged is None


def test_no_choice_knows_the_days_it_is_traded_on() -> None:
    """Whatever the later days bring, the choice and what was traded before them stay."""
    rng = np.random.default_rng(1)
    scores = [made(str(n), rng.normal(0, 10, 40).tolist()) for n in range(6)]
    changed = [made(each.key, [*each.daily[:24], *rng.normal(0, 10, 16).tolist()]) for each in scores]
    before, after = (walked(*each, train=10, test=7, by="sharpe") for each in (scores, changed))

    assert [each.chosen.key for each in before.windows[:3]] == [each.chosen.key for each in after.windows[:3]]
    assert before.out_of_sample.daily[:14].tolist() == after.out_of_sample.daily[:14].tolist()
    assert before.out_of_sample.daily[14:].tolist() != after.out_of_sample.daily[14:].tolist()


def test_the_last_window_takes_what_is_left() -> None:
    """A single session, too; it has no interval of its own."""
    found = walked(EARLY, LATE, train=7)

    assert [each.test for each in found.windows] == [(7, 9), (9, 10)]
    assert walked(EARLY, LATE, train=9).out_of_sample.mean is None


def test_the_criterion_decides() -> None:
    """The steady one by the Sharpe ratio, the richer one by the profit; none that never varies."""
    steady, rich, idle = made("s", [2, 1] * 5), made("r", [50, -40] * 5), made("i", [0] * 10)

    assert walked(steady, rich, idle, by="sharpe").windows[0].chosen.key == "s"
    assert walked(steady, rich, idle, by="pnl").windows[0].chosen.key == "r"
    assert walked(idle, by="sharpe").windows[0].train_value is None


def test_too_few_sessions_are_refused() -> None:
    """With what to do; so are settings that did not play the same ones."""
    with pytest.raises(BadInput, match="expected more than 10 sessions, found 10"):
        walked(EARLY, train=10)
    with pytest.raises(BadInput, match="on the same sessions"):
        walked(EARLY, made("c", [1.0]))
