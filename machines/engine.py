"""The life of the bot as its operator commands it.

Only `ready` leads to RUNNING, so that no entry is made before the book was compared with the broker's. The flatten time
of an ordinary day is the session's affair and leaves the engine RUNNING. Exits are allowed in every state.
"""

from __future__ import annotations

from enum import Enum

from machines.base import MachineSpec


class EngineState(Enum):
    """Whether the bot may enter positions."""

    STOPPED = "stopped"
    """No entries; what is held keeps its targets."""
    STARTING = "starting"
    """Wants to run; waits for the broker and for the comparison of the books."""
    RUNNING = "running"
    """Enters when the rules say so."""
    PAUSED = "paused"
    """No entries until the operator resumes; a lost link does not end the pause."""
    FLATTENING = "flattening"
    """Cancels and sells all, by command; no entries."""
    HALTED = "halted"
    """Latched: no entries until a person re-arms."""


S = EngineState

ENGINE = MachineSpec(
    name="engine",
    title="The bot as its operator commands it",
    states=EngineState,
    initial=S.STOPPED,
    transitions=(
        ("start", S.STOPPED, S.STARTING),
        ("ready", S.STARTING, S.RUNNING),
        ("pause", (S.STARTING, S.RUNNING), S.PAUSED),
        ("resume", S.PAUSED, S.STARTING),  # by way of ready: the link may have been lost meanwhile
        ("lost", (S.STARTING, S.RUNNING), S.STARTING),
        ("lost", S.PAUSED, S.PAUSED),  # the operator's pause outlives the link
        ("lost", S.FLATTENING, S.FLATTENING),  # goes on when the link is back
        ("flatten", (S.STOPPED, S.STARTING, S.RUNNING, S.PAUSED), S.FLATTENING),
        ("flat", S.FLATTENING, S.STOPPED),
        ("stop", (S.STARTING, S.RUNNING, S.PAUSED), S.STOPPED),
        ("halt", (S.STOPPED, S.STARTING, S.RUNNING, S.PAUSED, S.FLATTENING), S.HALTED),
        ("rearm", S.HALTED, S.STOPPED),
    ),
    timeouts={
        S.STARTING: "lost",  # says so, and goes on waiting: the broker's night is no reason to halt
        S.FLATTENING: "halt",  # not flat in time: a person must look
    },
    rests={
        S.STOPPED: "until the operator starts it",
        S.RUNNING: "it is meant to last",
        S.PAUSED: "until the operator resumes",
        S.HALTED: "until a person re-arms",
    },
)
