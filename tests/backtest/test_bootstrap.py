"""Confidence intervals over days."""

from __future__ import annotations

import numpy as np
import pytest

from lottogrid.backtest.bootstrap import Days, block_length, intervals, resampled_days
from lottogrid.errors import BadInput


def made(pnl: list[float] | np.ndarray) -> Days:
    """Return days with ten trades each, of which as many won as there are tens of dollars."""
    values = np.asarray(pnl, dtype=np.float64)
    return Days(values, np.full(len(values), 10), np.clip(values // 10, 0, 10).astype(np.int64))


def test_blocks_follow_each_other_and_have_the_length_asked_for() -> None:
    """A resample goes on with the next day, from the last to the first, until a new block begins."""
    drawn = resampled_days(50, 400, 5.0, np.random.default_rng(1))
    goes_on = (np.diff(drawn, axis=1) % 50) == 1

    assert drawn.shape == (400, 50)
    assert drawn.min() == 0
    assert drawn.max() == 49
    # A new block begins with the next day by chance once in 50.
    assert goes_on.mean() == pytest.approx(1 - 1 / 5 * 49 / 50, abs=0.01)
    counts = np.bincount(drawn.ravel(), minlength=50)
    assert counts.min() > 0.7 * counts.mean()


def test_single_days_are_the_ordinary_bootstrap() -> None:
    """With blocks of one day the interval of the mean is the textbook's."""
    rng = np.random.default_rng(2)
    values = rng.normal(3.0, 20.0, 400)
    found = intervals(made(values), seed=1, mean_length=1.0)["mean"]
    half = 1.96 * values.std(ddof=1) / 20

    assert found.estimate == pytest.approx(values.mean())
    assert found.low == pytest.approx(values.mean() - half, abs=0.15 * half)
    assert found.high == pytest.approx(values.mean() + half, abs=0.15 * half)


def test_days_that_hang_together_widen_the_interval() -> None:
    """Blocks keep what single days would shuffle away."""
    rng = np.random.default_rng(3)
    moods = np.repeat(rng.normal(0.0, 20.0, 40), 10)
    narrow, wide = (intervals(made(moods), seed=1, mean_length=length)["mean"] for length in (1.0, 10.0))

    assert wide.high - wide.low > 1.8 * (narrow.high - narrow.low)


def test_an_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Of 150 histories whose mean is known, about 95 % of the intervals contain it."""
    rng = np.random.default_rng(4)
    held = 0
    for seed in range(150):
        found = intervals(made(rng.normal(5.0, 10.0, 120)), seed=seed, resamples=300, mean_length=1.0)["mean"]
        held += found.low <= 5.0 <= found.high

    assert 0.88 <= held / 150 <= 0.99


def test_every_figure_has_one_and_the_seed_decides() -> None:
    """Mean, total, share of winners, Sharpe ratio, drawdown: twice the same, and another for another seed."""
    values = np.random.default_rng(5).normal(1.0, 30.0, 60)
    one, same, other = (intervals(made(values), seed=seed, resamples=200) for seed in (1, 1, 2))

    assert one == same
    assert one != other
    assert set(one) == {"mean", "total", "win_rate", "sharpe", "max_drawdown"}
    assert all(each.low <= each.high for each in one.values())
    assert one["total"].low == pytest.approx(60 * one["mean"].low)
    assert one["max_drawdown"].low > 0


def test_what_is_not_defined_has_no_interval() -> None:
    """Days without a trade have no share of winners, equal days no Sharpe ratio; a single day has nothing."""
    nothing = Days(np.zeros(10), np.zeros(10, dtype=np.int64), np.zeros(10, dtype=np.int64))

    assert set(intervals(nothing, seed=1, resamples=50)) == {"mean", "total", "max_drawdown"}
    with pytest.raises(BadInput, match="two days or more, found 1"):
        intervals(made([5.0]), seed=1)


def test_a_block_grows_with_the_cube_root_of_the_days() -> None:
    """Two hundred days come to a little more than a week."""
    assert block_length(200) == pytest.approx(5.848, abs=1e-3)
    assert block_length(1) == 1
