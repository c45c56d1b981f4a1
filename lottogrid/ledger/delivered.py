"""Futures that came out of an expiry: options in the money at the fixing become one each, call long and put short.

Pure. Source: CME Group, frequently asked questions on weekly and end-of-month options: what is in the money is
exercised by itself, and contrary instructions are not taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from lottogrid.market.contracts import Right
from lottogrid.orders import ExecutionKind
from lottogrid.positions import PositionRecord

_FUTURE = re.compile(r"(-?\d+) FUT (\S+)")


@dataclass(frozen=True, slots=True)
class FutureHeld:
    """A future that the broker holds; the quantity is negative when short."""

    symbol: str
    quantity: int

    def __str__(self) -> str:
        return f"{self.quantity} {self.symbol}"


def futures_in(others: Iterable[str]) -> tuple[FutureHeld, ...]:
    """Return the futures among what the broker holds beside options, as `BrokerSnapshot.others` names it.

    >>> futures_in(["-2 FUT MESM5", "3 STK MES"])
    (FutureHeld(symbol='MESM5', quantity=-2),)
    """
    found = (_FUTURE.fullmatch(other) for other in others)
    return tuple(FutureHeld(match[2], int(match[1])) for match in found if match)


def delivered(positions: Iterable[PositionRecord], expiry: date) -> int:
    """Return how many futures the exercise of our options of `expiry` has brought, by the book; negative when short."""
    return sum(
        execution.quantity if leg.plan.contract.right is Right.CALL else -execution.quantity
        for position in positions
        for leg in position.legs
        for execution in leg.settlements
        if execution.kind is ExecutionKind.EXERCISE and leg.plan.contract.expiry == expiry
    )


def ours_of(held: int, brought: int) -> int:
    """Return how many of `held` futures our exercise explains: somebody else's on the same account are left alone."""
    if held * brought <= 0:
        return 0
    return min(held, brought) if held > 0 else max(held, brought)
