"""What a comparison of two views finds."""

from __future__ import annotations

from dataclasses import dataclass

from lottogrid.ledger.records import CommissionBooked, ExecutionBooked


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMove:
    """A trigger for the machine of one of our orders."""

    ref: str
    trigger: str
    broker_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference as a person reads it."""

    subject: str
    ours: str
    theirs: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.subject}: ours {self.ours} | broker's {self.theirs} | {self.remedy}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What differs, what repairs it, and what nothing explains. All empty where both views agree."""

    bookings: tuple[ExecutionBooked, ...]
    """Executions and settlements that we lack, ready for the journal."""
    commissions: tuple[CommissionBooked, ...]
    """Commissions that we lack."""
    never_written: tuple[str, ...]
    """References of the broker's orders that our journal has never had: no message under way explains these breaks."""
    order_moves: tuple[OrderMove, ...]
    """In the order of their firing, after the bookings."""
    undecided: tuple[str, ...]
    """Refs of orders on which the broker's answer may still be under way: ask again."""
    breaks: tuple[str, ...]
    """Differences that nothing explains: halt."""
    differences: tuple[Difference, ...]
    """All of the above in words."""
