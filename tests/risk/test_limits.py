"""The limits on entries, at their edges."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lottogrid.risk.limits import money_verdicts, standing_verdicts
from lottogrid.risk.reasons import Reason
from tests.strategies.made import BOOK, LIMITS, NOON

_MONEY = st.integers(min_value=-100_000, max_value=100_000).map(lambda cents: Decimal(cents) / 100)


@pytest.mark.parametrize(
    ("cost", "passes"), [("727.52", True), ("750.00", True), ("750.01", False)], ids=["under", "at", "over"]
)
def test_the_loss_limit_counts_open_premium_and_may_be_reached_but_not_passed(cost: str, passes: bool) -> None:
    """Everything open may go to zero: what is left of the limit is what a new entry may cost."""
    loss, _ = money_verdicts(BOOK, LIMITS, Decimal(cost))

    assert loss.passed is passes


@pytest.mark.parametrize(("minutes", "passes"), [(29, False), (30, True)])
def test_spacing_is_from_entry_to_entry(minutes: int, passes: bool) -> None:
    """Exactly the spacing is enough."""
    book = replace(BOOK, last_entry_at=NOON - timedelta(minutes=minutes))
    spacing = next(each for each in standing_verdicts(book, LIMITS, NOON) if "last entry" in each.rule)

    assert spacing.passed is passes


def test_a_halt_is_named_before_an_obstacle() -> None:
    """A person must act on a halt; an obstacle passes by itself."""
    book = replace(BOOK, halts=(Reason.RECONCILIATION_BREAK,), obstacles=(Reason.NOT_RUNNING,))

    assert standing_verdicts(book, LIMITS, NOON)[0].reason is Reason.RECONCILIATION_BREAK


@pytest.mark.parametrize("cost", ["NaN", "Infinity", "sNaN"])
def test_a_cost_that_is_no_number_never_passes(cost: str) -> None:
    """NaN compared with a limit would be False both ways: it is refused before."""
    with pytest.raises(ValueError, match="finite"):
        money_verdicts(BOOK, LIMITS, Decimal(cost))


@given(realised=_MONEY, reserved=_MONEY.map(abs), cost=_MONEY.map(abs))
def test_what_passes_can_never_lose_more_than_the_limit(realised: Decimal, reserved: Decimal, cost: Decimal) -> None:
    """If all that is open and the entry go to zero, the day's loss is within the limit."""
    book = replace(BOOK, realised_usd=realised, reserved_usd=reserved)
    if all(each.passed for each in money_verdicts(book, LIMITS, cost)):
        assert -(realised - reserved - cost) <= LIMITS.max_draw_usd
        assert book.baseline_usd + realised - reserved - cost >= 0
