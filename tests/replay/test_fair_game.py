"""A walk without drift, priced with its own volatility: nothing can be won, nothing lost, but by chance."""

from __future__ import annotations

import pytest

from benchmarks.fair_game import COSTLY, measure

SHORT = ("session.market_open=15:00", "min_time_between_trades=15")
SESSIONS = 60


@pytest.mark.slow
@pytest.mark.parametrize("seed", [20250409])
def test_the_rule_neither_wins_nor_loses_in_a_fair_market(seed: int) -> None:
    """The gain is zero within four standard errors, and so is the part of it that the fills' prices made."""
    found = measure(SESSIONS, seed, overrides=SHORT)

    print(found)  # noqa: T201 - shown where the test fails, with the seed
    assert found.sessions == SESSIONS
    assert found.trades >= 2 * SESSIONS
    assert found.targets >= 20
    assert abs(found.gain.z) < 4
    assert abs(found.edge.z) < 4
    assert abs(found.gain.mean) < found.premium / 2, "the error itself must be small enough to show something"


@pytest.mark.slow
def test_after_costs_it_loses_what_the_costs_are() -> None:
    """Spread and commissions are lost, and nothing beside them but by chance."""
    found = measure(SESSIONS, 7, overrides=SHORT, engine="backtest", market=COSTLY)

    assert found.trades >= 2 * SESSIONS
    assert found.costs.mean > 2 * 4 * 0.6, "some strangles a session, each with two to four commissions and the spread"
    assert abs(found.left.z) < 4
    assert found.left.mean - found.booked.mean == pytest.approx(found.costs.mean)
