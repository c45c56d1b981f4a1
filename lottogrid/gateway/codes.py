"""The numbers that say what went wrong, and their words."""

from __future__ import annotations

from lottogrid.exchange import matching
from lottogrid.gateway.tickets import Ticket

PACING = 100
LINES = 101
DUPLICATE_TICKER = 102
DUPLICATE_ORDER = 103
MODIFY_FILLED = 104
MODIFY_DIFFERS = 105
OFF_TICK = 110
HISTORY_FAILED = 162
NO_CONTRACT = 200
REJECTED = 201
CANCELLED = 202
NO_TICKER = 300
UNREADABLE = 320
INVALID = 321
CLIENT_ID_TAKEN = 326
MODIFY_TYPE = 329
WRONG_TYPE = 387
LOST = 1100
RESTORED_DATA_LOST = 1101
RESTORED = 1102
FARM_BROKEN = 2103
FARM_OK = 2104
HISTORY_FARM_OK = 2106
DEFINITION_FARM_OK = 2158
DELAYED = 10167
COMPETING = 10197
NOT_FOUND = 10147
NOT_CANCELLABLE = 10148

LOST_TEXT = "Connectivity between IB and Trader Workstation has been lost."
FARM_BROKEN_TEXT = "Market data farm connection is broken:usfuture"
FARM_OK_TEXT = "Market data farm connection is OK:usfuture"
COMPETING_TEXT = "No market data during competing live session"
OFF_TICK_TEXT = "The price does not conform to the minimum price variation for this contract."
NO_CONTRACT_TEXT = "No security definition has been found for the request"


def not_cancellable(ticket: Ticket) -> str:
    """Return the words with which the cancellation of an order that is over is refused."""
    number, state = ticket.order_id, ticket.status.value
    return f"OrderId {number} that needs to be cancelled cannot be cancelled, state: {state}."


def of_refusal(reason: str) -> tuple[int, str]:
    """Return number and words for the exchange's reason to refuse an order."""
    if reason == matching.UNKNOWN_CONTRACT:
        return NO_CONTRACT, NO_CONTRACT_TEXT
    if reason == matching.OFF_TICK:
        return OFF_TICK, OFF_TICK_TEXT
    return REJECTED, f"Order rejected - reason:{reason}"
