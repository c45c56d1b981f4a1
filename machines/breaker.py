"""The circuit breaker: stops calls to something that fails, and tries again with one."""

from __future__ import annotations

from enum import Enum

from machines.base import MachineSpec


class BreakerState(Enum):
    """Whether calls pass."""

    CLOSED = "closed"
    """Calls pass."""
    OPEN = "open"
    """Too many failed: none passes."""
    HALF_OPEN = "half_open"
    """One passes, to see."""


S = BreakerState

BREAKER = MachineSpec(
    name="breaker",
    title="Circuit breaker",
    states=BreakerState,
    initial=S.CLOSED,
    transitions=(
        ("trip", (S.CLOSED, S.HALF_OPEN), S.OPEN),
        ("trip", S.OPEN, S.OPEN),  # a call that was under way fails too
        ("probe", S.OPEN, S.HALF_OPEN),
        ("reset", S.HALF_OPEN, S.CLOSED),
    ),
    timeouts={S.OPEN: "probe", S.HALF_OPEN: "trip"},
    rests={S.CLOSED: "it is meant to last"},
)
