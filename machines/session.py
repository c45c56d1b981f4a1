"""The trading day as the timetable tells it. A late start catches up trigger by trigger; time never runs back."""

from __future__ import annotations

from enum import Enum

from machines.base import MachineSpec


class SessionState(Enum):
    """What the hour allows."""

    CLOSED = "closed"
    """Night, weekend or holiday."""
    PRE_OPEN = "pre_open"
    """A trading day, before the trading window: quotes and samples are gathered."""
    TRADING = "trading"
    """Entries and exits."""
    EXITS_ONLY = "exits_only"
    """After the last entry: exits only."""
    FLATTENING = "flattening"
    """From the flatten time on: everything is cancelled and sold."""
    EXPIRED = "expired"
    """After the fixing: what was left has expired or was exercised; settlements come in."""


S = SessionState

_TIMETABLE = "the timetable ends it"

SESSION = MachineSpec(
    name="session",
    title="The trading day",
    states=SessionState,
    initial=S.CLOSED,
    transitions=(
        ("pre_open", S.CLOSED, S.PRE_OPEN),
        ("open", S.PRE_OPEN, S.TRADING),
        ("last_entry", S.TRADING, S.EXITS_ONLY),
        ("flatten", (S.TRADING, S.EXITS_ONLY), S.FLATTENING),
        ("expire", S.FLATTENING, S.EXPIRED),
        ("close", (S.PRE_OPEN, S.TRADING, S.EXITS_ONLY, S.FLATTENING), S.CLOSED),  # the exchange ended the day
        ("close", S.EXPIRED, S.CLOSED),
    ),
    timeouts={},
    rests=dict.fromkeys(SessionState, _TIMETABLE),
)
