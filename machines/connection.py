"""The link to the broker. Nothing is sent before READY: the books must agree first."""

from __future__ import annotations

from enum import Enum

from machines.base import MachineSpec


class ConnectionState(Enum):
    """Where the link stands."""

    DISCONNECTED = "disconnected"
    """Not wanted."""
    CONNECTING = "connecting"
    """Asked for, and no answer yet."""
    SYNCING = "syncing"
    """Connected; our book is being compared with the broker's."""
    READY = "ready"
    """Connected, and the books agree."""
    BACKING_OFF = "backing_off"
    """Lost; waits before the next attempt."""


S = ConnectionState

CONNECTION = MachineSpec(
    name="connection",
    title="The link to the broker",
    states=ConnectionState,
    initial=S.DISCONNECTED,
    transitions=(
        ("connect", S.DISCONNECTED, S.CONNECTING),
        ("connected", (S.CONNECTING, S.BACKING_OFF), S.SYNCING),  # from backing off: the link healed by itself
        ("synced", S.SYNCING, S.READY),
        ("resync", (S.SYNCING, S.READY), S.SYNCING),  # from syncing: the snapshot is stale, ask for a new one
        ("lost", (S.CONNECTING, S.SYNCING, S.READY), S.BACKING_OFF),
        ("time_out", (S.CONNECTING, S.SYNCING), S.BACKING_OFF),
        ("retry", S.BACKING_OFF, S.CONNECTING),
        ("close", (S.CONNECTING, S.SYNCING, S.READY, S.BACKING_OFF), S.DISCONNECTED),
        ("close", S.DISCONNECTED, S.DISCONNECTED),  # closing twice is no error
    ),
    timeouts={S.CONNECTING: "time_out", S.SYNCING: "time_out", S.BACKING_OFF: "retry"},
    rests={S.DISCONNECTED: "not wanted", S.READY: "it is meant to last; heartbeats watch it"},
)
