"""The life of a leg: what its orders and executions mean for what is held. Never two live orders at once."""

from __future__ import annotations

from lottogrid.positions import LegState
from machines.base import MachineSpec

S = LegState

LEG = MachineSpec(
    name="leg",
    title="One leg of a position, from the plan until nothing of it is held",
    states=LegState,
    initial=S.PLANNED,
    transitions=(
        ("enter", S.PLANNED, S.ENTERING),
        ("withdraw", S.ENTERING, S.ENTERING),  # not bought in time: cancel what works, and wait for its end
        ("reprice", S.ENTERING, S.ENTERING),  # its end is proven: what it left is ordered again, nearer to a fill
        ("withdraw", S.EXITING, S.EXITING),  # not sold in time: cancel, then exit_gone and a new exit
        ("lose_track", (S.ENTERING, S.ENTRY_UNKNOWN), S.ENTRY_UNKNOWN),  # from unknown: ask again
        ("lose_track", (S.TARGET_WORKING, S.EXITING, S.EXIT_UNKNOWN), S.EXIT_UNKNOWN),
        ("find_track", S.ENTRY_UNKNOWN, S.ENTERING),
        ("find_track", S.EXIT_UNKNOWN, S.EXITING),
        ("bought", (S.ENTERING, S.ENTRY_UNKNOWN), S.HELD),
        ("never_bought", (S.PLANNED, S.ENTERING, S.ENTRY_UNKNOWN), S.EMPTY),
        ("work_target", (S.HELD, S.EXIT_UNKNOWN), S.TARGET_WORKING),  # from unknown: the lost order was the target
        ("target_gone", (S.TARGET_WORKING, S.EXIT_UNKNOWN), S.HELD),
        ("exit", S.HELD, S.EXITING),  # a target is cancelled first: there are never two sales
        ("exit_gone", (S.EXITING, S.EXIT_UNKNOWN), S.HELD),
        ("sold", (S.HELD, S.TARGET_WORKING, S.EXITING, S.EXIT_UNKNOWN), S.CLOSED),  # from HELD: the fixing
        ("late_fill", (S.EMPTY, S.CLOSED), S.HELD),  # entry filled after its end
    ),
    timeouts={
        S.PLANNED: "never_bought",
        S.ENTERING: "withdraw",
        S.ENTRY_UNKNOWN: "lose_track",
        S.EXITING: "withdraw",
        S.EXIT_UNKNOWN: "lose_track",
    },
    rests={
        S.HELD: "a leg may go to zero; the flatten time or the fixing ends it",
        S.TARGET_WORKING: "the target rests at its price until the flatten time",
    },
    finals=frozenset(state for state in LegState if state.is_final),
)
