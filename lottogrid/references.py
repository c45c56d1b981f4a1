"""What the references of orders say: which leg an order is of, and whether it was sent past the bot."""

from __future__ import annotations

import re

_ORDER = re.compile(r"(?P<position>LG-\d{8}-\d{3,})-(?P<leg>\d+)-(?P<past>E?)\d+")


def sale_past_the_bot(position_id: str, leg: int, number: int) -> str:
    """Return a reference for a sale past the bot: it names its leg, so that the ledger can take it in later.

    >>> sale_past_the_bot("LG-20250409-003", 2, 125236)
    'LG-20250409-003-2-E125236'
    """
    return f"{position_id}-{leg}-E{number}"


def leg_named(ref: str) -> tuple[str, int] | None:
    """Return the position and the leg that the reference of an order names; None for a reference of another form.

    >>> leg_named("LG-20250409-003-2-1")
    ('LG-20250409-003', 2)
    """
    match = _ORDER.fullmatch(ref)
    return None if match is None else (match["position"], int(match["leg"]))


def is_past_the_bot(ref: str) -> bool:
    """Return whether an emergency stop sent this sale past the bot: it is at the broker, whatever the bot thinks."""
    match = _ORDER.fullmatch(ref)
    return match is not None and bool(match["past"])
