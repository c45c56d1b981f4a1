"""What the best of a search is worth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr

from lottogrid.backtest.overfitting import _expected_maximum, deflated_sharpe, overfitting_probability


def noise(days: int = 240, settings: int = 40, seed: int = 1) -> np.ndarray:
    """Return days of worthless settings."""
    return np.random.default_rng(seed).normal(0.0, 10.0, (days, settings))


def test_the_best_of_noise_is_chosen_in_vain() -> None:
    """Half of the time it is below the median in the other half of the days, and its ratio is expected."""
    found = [overfitting_probability(noise(seed=seed), blocks=10) for seed in range(20)]
    ratios = [deflated_sharpe(noise(seed=seed)) for seed in range(20)]

    assert np.mean([each for each in found if each is not None]) == pytest.approx(0.5, abs=0.1)
    assert np.mean([each.sharpe / each.expected_best for each in ratios if each]) == pytest.approx(1, abs=0.15)
    assert sum(each.probability > 0.95 for each in ratios if each) <= 2


def test_a_setting_that_is_truly_better_is_found() -> None:
    """It is the best in both halves, and its ratio is more than the search explains."""
    days = noise()
    days[:, 7] += 4.0
    found = deflated_sharpe(days)

    assert overfitting_probability(days) == pytest.approx(0.0, abs=0.01)
    assert found is not None
    assert found.probability > 0.95
    assert found.trials == 40


def test_more_trials_deflate_more() -> None:
    """The same best setting proves less when it was searched for among many."""
    days = noise(settings=200)
    days[:, 0] += 2.5
    few, many = deflated_sharpe(days[:, :5]), deflated_sharpe(days)

    assert few is not None
    assert many is not None
    assert few.sharpe == many.sharpe
    assert few.probability > many.probability


def test_the_deflated_ratio_by_hand() -> None:
    """The numbers of the paper's example: 100 trials, five years of days, skew -3 and kurtosis 10.

    Bailey and Lopez de Prado 2014, section "A numerical example": an annual ratio of 2.5, of which trials vary by 1/2
    a year, comes to a threshold of 0.1132 a day and a probability of 0.9004.
    """
    threshold = np.sqrt(0.5 / 250) * _expected_maximum(100)
    ratio = 2.5 / np.sqrt(250)
    spread = np.sqrt(1 + 3 * ratio + 9 / 4 * ratio**2)

    assert threshold == pytest.approx(0.1132, abs=1e-4)
    assert ndtr((ratio - threshold) * np.sqrt(1249) / spread) == pytest.approx(0.9004, abs=1e-4)


def test_a_single_trial_is_not_deflated() -> None:
    """It is the probability that the ratio is above zero, as of a normal mean when days are normal."""
    days = np.random.default_rng(3).normal(1.0, 10.0, (400, 1))
    found = deflated_sharpe(days)

    assert found is not None
    assert found.expected_best == 0
    ratio = days.mean() / days.std(ddof=1)
    assert found.probability == pytest.approx(ndtr(ratio * np.sqrt(399)), abs=0.02)


def test_settings_that_trade_the_same_are_one_trial() -> None:
    """A grid over a setting that changes nothing is no search."""
    days = noise(settings=3)
    doubled = np.concatenate((days, days, days), axis=1)
    one, three = deflated_sharpe(days), deflated_sharpe(doubled)

    assert one == three
    assert overfitting_probability(days) == overfitting_probability(doubled)


@pytest.mark.parametrize("days", [np.zeros((100, 4)), noise(days=2), np.empty((0, 3))])
def test_nothing_is_said_where_nothing_is_known(days: np.ndarray) -> None:
    """No variance, no days: no ratio and no probability."""
    assert deflated_sharpe(days) is None
    assert overfitting_probability(days) is None


def test_one_setting_cannot_be_overfitted() -> None:
    """There was no choice."""
    assert overfitting_probability(noise(settings=1)) is None
