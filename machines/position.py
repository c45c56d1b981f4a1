"""The life of a position: one strangle, or anything else made of legs.

Targets are the legs' affair: while one works, or is lost from sight, the position stays OPEN.
"""

from __future__ import annotations

from lottogrid.positions import PositionState
from machines.base import MachineSpec

S = PositionState

POSITION = MachineSpec(
    name="position",
    title="One position, from the reserved plan until nothing of it is held",
    states=PositionState,
    initial=S.PLANNED,
    transitions=(
        ("enter", S.PLANNED, S.ENTRY_SENT),
        ("withdraw", S.ENTRY_SENT, S.ENTRY_SENT),  # not bought in time: cancel what works, and wait for its end
        ("withdraw", S.EXIT_SENT, S.EXIT_SENT),  # not sold in time: cancel, and sell again
        ("lose_track", (S.ENTRY_SENT, S.ENTRY_UNKNOWN), S.ENTRY_UNKNOWN),  # from unknown: ask again
        ("lose_track", (S.EXIT_SENT, S.EXIT_UNKNOWN), S.EXIT_UNKNOWN),
        ("find_track", S.ENTRY_UNKNOWN, S.ENTRY_SENT),
        ("find_track", S.EXIT_UNKNOWN, S.EXIT_SENT),
        ("opened", (S.ENTRY_SENT, S.ENTRY_UNKNOWN), S.OPEN),
        ("lone", (S.ENTRY_SENT, S.ENTRY_UNKNOWN), S.ONE_LEGGED),  # one leg was bought, another was not in time
        ("opened", S.ONE_LEGGED, S.OPEN),  # the chase was successful, or the fill came late
        ("abandon", (S.PLANNED, S.ENTRY_SENT, S.ENTRY_UNKNOWN), S.ABANDONED),
        ("abandon", (S.EXIT_SENT, S.EXIT_UNKNOWN), S.ABANDONED),  # flattened while entering, and nothing was bought
        ("exit", (S.OPEN, S.ENTRY_SENT, S.ENTRY_UNKNOWN), S.EXIT_SENT),  # the flatten time does not wait for entries
        ("exit", S.ONE_LEGGED, S.EXIT_SENT),  # by the policy for lone legs, or at the flatten time
        ("close", (S.OPEN, S.ONE_LEGGED, S.EXIT_SENT, S.EXIT_UNKNOWN), S.CLOSED),
        ("close", (S.ENTRY_SENT, S.ENTRY_UNKNOWN), S.CLOSED),  # one leg sold before the other was given up
        ("late_fill", (S.ABANDONED, S.CLOSED), S.OPEN),  # entry filled after its end
    ),
    timeouts={
        S.PLANNED: "abandon",  # the decision has aged
        S.ENTRY_SENT: "withdraw",
        S.ENTRY_UNKNOWN: "lose_track",
        S.EXIT_SENT: "withdraw",
        S.EXIT_UNKNOWN: "lose_track",
    },
    rests={
        S.OPEN: "no stop: a target, the flatten time or the fixing ends it",
        S.ONE_LEGGED: "kept, it is like an open one; its legs' orders time out by themselves while it is chased",
    },
    finals=frozenset(state for state in PositionState if state.is_final),
)
