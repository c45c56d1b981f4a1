"""Broker profiles as data."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from lottogrid.errors import BadInput
from lottogrid.exchange.profiles import PROFILES, profile_of


def test_profiles_are_known_by_name() -> None:
    """The three shipped profiles exist and carry a description."""
    assert {"ideal", "paper", "rough"} <= set(PROFILES)
    assert all(profile_of(name).name == name and profile.description for name, profile in PROFILES.items())


def test_ideal_and_paper_never_refuse_by_chance() -> None:
    """Only the rough broker has moods."""
    assert profile_of("ideal").reject_probability == profile_of("paper").reject_probability == 0
    assert profile_of("rough").reject_probability > 0


def test_an_unknown_profile_is_refused_with_the_known_ones() -> None:
    """The error names what is allowed and what was found."""
    with pytest.raises(BadInput, match="ideal, paper, rough, found 'fast'"):
        profile_of("fast")


@pytest.mark.parametrize(
    "change",
    [
        {"displayed_size": (0, 5)},
        {"displayed_size": (6, 5)},
        {"reject_probability": 1.1},
        {"partial_fill_probability": 1.0},
        {"spread_factor": -1.0},
        {"refresh": timedelta(0)},
        {"ack_latency": timedelta(seconds=-1)},
    ],
)
def test_a_profile_without_sense_is_refused(change: dict[str, Any]) -> None:
    """Sizes, probabilities and latencies have their ranges."""
    with pytest.raises(BadInput, match="profile ideal"):
        replace(profile_of("ideal"), **change)
