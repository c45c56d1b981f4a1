"""The gateway's numbers and words, and what each demands.

Meanings: Interactive Brokers, TWS API, "Message codes". A code about an order never ends the order: only a status, an
execution or the list of completed orders does.
"""

from __future__ import annotations

from enum import Enum, auto

from lottogrid.orders import OrderState


class Reaction(Enum):
    """What a code demands."""

    NOTE = auto()
    """Nothing: write it down."""
    REFUSED = auto()
    """The order seems refused: keep the reason, wait for the status, else ask whether it is there."""
    NOT_CANCELLED = auto()
    """There was nothing to cancel: end the waiting, and find out what the order is."""
    DUPLICATE_ID = auto()
    """The order's number was used before: nothing is resent, later numbers are higher."""
    FAILED = auto()
    """A request or a subscription has failed."""
    LINE_LIMIT = auto()
    """No more market data lines: keep what there is."""
    LINE_LOST = auto()
    """A subscription has died: begin it anew."""
    NOT_LIVE = auto()
    """The data are delayed, or another login has them: nothing is traded on them."""
    CUT_OFF = auto()
    """The gateway has lost the broker: outcomes are unknown."""
    RESTORED = auto()
    """The gateway has the broker again: compare the books, subscribe anew."""
    DATA_BROKEN = auto()
    """The market data farm is away: what is known grows old."""
    DATA_OK = auto()
    """The market data farm is back: subscribe anew."""
    HISTORY_BROKEN = auto()
    """The farm of the bars is away."""
    HISTORY_OK = auto()
    """The farm of the bars is back: ask for them anew."""
    PACING = auto()
    """Too many messages: slow down."""
    ID_TAKEN = auto()
    """Another client has our id, perhaps our own before a crash: wait, and come back with the same."""
    RECONNECT = auto()
    """The connection is to be made anew."""


_TABLE: dict[Reaction, tuple[int, ...]] = {
    Reaction.REFUSED: (109, 110, 201, 203, 387, 10043),
    Reaction.NOT_CANCELLED: (161, 10147, 10148),
    Reaction.DUPLICATE_ID: (103,),
    Reaction.FAILED: (102, 162, 200, 300, 320, 321, 322, 366, 420),
    Reaction.LINE_LIMIT: (101,),
    Reaction.LINE_LOST: (10182,),
    Reaction.NOT_LIVE: (354, 10089, 10090, 10167, 10168, 10186, 10197),
    Reaction.CUT_OFF: (1100, 2110),
    Reaction.RESTORED: (1101, 1102),
    Reaction.DATA_BROKEN: (2103,),
    Reaction.DATA_OK: (2104,),
    Reaction.HISTORY_BROKEN: (2105,),
    Reaction.HISTORY_OK: (2106,),
    Reaction.PACING: (100,),
    Reaction.ID_TAKEN: (326,),
    Reaction.RECONNECT: (1300,),
    # 104, 105, 329, 2102: a modification was refused, the order stands as it was. 10349: a preset replaced the TIF.
    Reaction.NOTE: (104, 105, 165, 202, 329, 399, 404, 434, 492, 2102, 2107, 2108, 2109, 2119, 2158, 10349),
}
REACTIONS: dict[int, Reaction] = {code: reaction for reaction, codes in _TABLE.items() for code in codes}


def is_known(code: int) -> bool:
    """Return whether the code's meaning is known; an unknown one is noted, and a person told."""
    return code in REACTIONS


def reaction_to(code: int) -> Reaction:
    """Return what a code demands; an unknown one is informational."""
    return REACTIONS.get(code, Reaction.NOTE)


_STATES = {
    "ApiPending": OrderState.SENT,
    "PendingSubmit": OrderState.SENT,
    "PreSubmitted": OrderState.WORKING,
    "Submitted": OrderState.WORKING,
    "PendingCancel": OrderState.CANCELLING,
    "ApiCancelled": OrderState.CANCELLED,
    "Cancelled": OrderState.CANCELLED,
    "Filled": OrderState.FILLED,
    "Inactive": OrderState.REJECTED,
}


def state_of(status: str) -> OrderState:
    """Return our state for the gateway's word; UNKNOWN for a word that is none."""
    return _STATES.get(status, OrderState.UNKNOWN)
