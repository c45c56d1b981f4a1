"""The plain rule that the peers run. It stands alone, so its prices are checked against the project's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from benchmarks.peers.rule import CAP, SESSION, TARGET, WINDOW, Rule, move, worth
from benchmarks.peers.run import ALIKE, check
from lottogrid.pricing.black76 import price_one
from lottogrid.pricing.moves import expected_move

FLAT = [6300.0, 6300.25] * (SESSION // 2)
"""A session that goes nowhere: quiet, and at no volatility."""


@examples(max_examples=100)
@given(st.floats(0.98, 1.02), st.sampled_from([0.0, 0.001, 0.01, 0.03]), st.booleans())
def test_its_prices_are_the_projects(ratio: float, sd: float, is_call: bool) -> None:
    """Options and straddles, to far less than a tick."""
    assert worth(6300.0, 6300 * ratio, is_call, sd) == pytest.approx(
        price_one(6300.0, 6300 * ratio, sd, is_call), abs=1e-8
    )
    assert move(6300.0, sd) == pytest.approx(expected_move(6300.0, sd))


def test_a_flat_session_is_bought_and_lost() -> None:
    """Every strangle of two legs runs out worthless, and the next session begins anew."""
    rule = Rule([0.05, 0.05])
    for price in FLAT:
        rule.on_bar(price)
    first = rule.legs, rule.points
    for price in FLAT:
        rule.on_bar(price)

    assert first[0] > 2
    assert first[0] % 2 == 0
    assert -CAP * first[0] / 2 <= first[1] < 0
    assert (rule.legs, rule.points) == (2 * first[0], pytest.approx(2 * first[1]))


def test_a_leg_is_sold_at_its_target() -> None:
    """A market that leaps behind the first entry pays the target of the call, and the put is lost."""
    rule = Rule([0.05])
    for price in FLAT[: WINDOW + 1]:
        rule.on_bar(price)
    assert rule.legs == 2

    rule.on_bar(6400.0)
    call = rule.points / (TARGET - 1)
    for _ in range(SESSION - WINDOW - 2):
        rule.on_bar(6400.0)

    assert 0 < call < CAP
    assert rule.points < (TARGET - 1) * call


def test_peers_that_differ_are_refused() -> None:
    """They did not run one rule, and their speeds say nothing."""
    check([{"legs": 100, "points": -5.0}, {"legs": 100, "points": -5.0 * (1 + ALIKE / 2)}])
    with pytest.raises(RuntimeError, match="expected the same legs"):
        check([{"legs": 100, "points": -5.0}, {"legs": 90, "points": -5.0}])
