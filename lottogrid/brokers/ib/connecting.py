"""The first and the last moments of a connection."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from enum import Enum, auto
from typing import Any

from lottogrid.brokers.ib.settings import IbSettings

CANCEL_SECONDS = 0.1
HANG_UP_SECONDS = 1.0
"""Real time for what was written last to leave."""


class Handshake(Enum):
    """How an attempt to connect ended."""

    DONE = auto()
    CLOSED = auto()
    """The gateway did not take the connection, or ended it."""
    SILENT = auto()
    """The gateway took the connection and said too little in time."""


async def shake_hands(client: Any, settings: IbSettings, gone: asyncio.Event) -> Handshake:
    """Connect; `gone` is set where the connection ends."""
    attempt = asyncio.ensure_future(
        client.connectAsync(settings.host, settings.port, settings.client_id, settings.connect_seconds)
    )
    end = asyncio.ensure_future(gone.wait())
    try:
        done, _ = await asyncio.wait(
            {attempt, end}, timeout=settings.connect_seconds, return_when=asyncio.FIRST_COMPLETED
        )
    finally:
        end.cancel()
        await _ended(attempt)
    if client.isReady():
        return Handshake.DONE
    return Handshake.CLOSED if done else Handshake.SILENT


async def hang_up(client: Any, gone: asyncio.Event) -> None:
    """See the socket of a client that was told to disconnect closed; one that cannot be emptied is dropped."""
    transport = client.conn.transport
    if transport is None:
        return
    with suppress(TimeoutError):
        await asyncio.wait_for(gone.wait(), HANG_UP_SECONDS)
    transport.abort()
    await asyncio.sleep(0)  # in which the loop closes it


async def _ended(work: asyncio.Future[Any]) -> None:
    """Cancel until it is done: before Python 3.12 a wait for something that is just ready swallows a cancellation.

    How it ended is not looked at.
    """
    while not work.done():
        work.cancel()
        await asyncio.wait({work}, timeout=CANCEL_SECONDS)
    if not work.cancelled():
        work.exception()
