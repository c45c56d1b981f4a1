"""Sees to it that silence of the feed is noticed: subscribe anew, then connect anew."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from lottogrid.brokers.ib.quotes import Quotes
from lottogrid.clock import Clock
from lottogrid.errors import Missing

LOOKS = 4
"""How often one looks in the time of a silence."""


async def watch_feed(quotes: Quotes, clock: Clock, silence: timedelta) -> None:
    """Watch for ever. Outside the underlying's trading hours silence is no fault, and a market may be quiet: what
    counts is whether a new subscription is answered.

    Raises:
        Missing: the underlying stays silent for `silence` after it was subscribed anew; clock time.
    """
    was_renewed = False
    while True:
        await asyncio.sleep(silence.total_seconds() / LOOKS / clock.speed)
        now = clock.now()
        if quotes.underlying is not None and not quotes.underlying.hours.is_open(now):
            quotes.heard_at = now
            continue
        silent = now - quotes.heard_at
        if silent <= silence:
            was_renewed = False
            quotes.reopen_mute()
        elif not was_renewed:
            was_renewed = True
            quotes.restart()
        elif silent > 2 * silence:
            raise Missing(f"stale: expected a tick of the underlying, found none for {silent}; connecting anew")
