"""Futures that came out of an expiry: which are there, and which of them are ours."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lottogrid.ledger.delivered import FutureHeld, futures_in, ours_of

counts = st.integers(-50, 50)


def test_futures_are_found_among_what_else_is_held() -> None:
    """Shares and words that are no holding are none."""
    others = ("-2 FUT MESM5", "3 STK MES", "1 FUT MESU5", "FUT", "1.5 FUT MESM5")

    assert futures_in(others) == (FutureHeld("MESM5", -2), FutureHeld("MESU5", 1))


@given(counts, counts)
def test_never_more_is_ended_than_is_held_or_was_brought(held: int, brought: int) -> None:
    """Nothing is turned round, and somebody else's futures stay."""
    quantity = ours_of(held, brought)

    assert abs(quantity) <= min(abs(held), abs(brought))
    assert quantity * held >= 0
    assert abs(held - quantity) + abs(quantity) == abs(held)
    assert (quantity != 0) == (held * brought > 0)
