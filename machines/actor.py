"""The life of a supervised actor, as its supervisor sees it."""

from __future__ import annotations

from enum import Enum

from machines.base import MachineSpec


class ActorState(Enum):
    """Where an actor stands."""

    STARTING = "starting"
    """Made; has not said yet that it is up."""
    RUNNING = "running"
    """Handles messages."""
    STOPPING = "stopping"
    """Asked to stop."""
    BACKING_OFF = "backing_off"
    """Failed; waits before the next start."""
    DEAD = "dead"
    """Given up: it failed more often than its supervisor allows."""
    STOPPED = "stopped"
    """Ended in order; its supervisor may start it again."""


S = ActorState

ACTOR = MachineSpec(
    name="actor",
    title="A supervised actor",
    states=ActorState,
    initial=S.STARTING,
    transitions=(
        ("started", S.STARTING, S.RUNNING),
        ("failed", (S.STARTING, S.RUNNING), S.BACKING_OFF),  # died, or was silent too long
        ("failed", S.STOPPING, S.STOPPED),  # died or hung while stopping: fenced off by its generation
        ("restart", (S.BACKING_OFF, S.STOPPED), S.STARTING),  # from stopped: a sibling failed, or by command
        ("stop", (S.STARTING, S.RUNNING), S.STOPPING),
        ("stop", S.BACKING_OFF, S.STOPPED),  # nothing is alive that could be stopped
        ("stopped", S.STOPPING, S.STOPPED),
        ("stopped", S.RUNNING, S.STOPPED),  # its work was done
        ("give_up", S.BACKING_OFF, S.DEAD),
    ),
    timeouts={S.STARTING: "failed", S.STOPPING: "failed", S.BACKING_OFF: "restart"},
    rests={S.RUNNING: "it is meant to last; heartbeats watch it", S.STOPPED: "until its supervisor starts it again"},
    finals=frozenset({S.DEAD}),
)
