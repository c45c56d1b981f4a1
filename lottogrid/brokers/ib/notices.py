"""What the gateway says by number, passed on to whom it concerns."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from loguru import logger

from lottogrid.brokers.ib.bars import Bars
from lottogrid.brokers.ib.codes import Reaction, is_known, reaction_to
from lottogrid.brokers.ib.memory import Memory
from lottogrid.brokers.ib.pacing import Pacer
from lottogrid.brokers.ib.quotes import Quotes
from lottogrid.brokers.ib.requests import Requests


class Notices:
    """Acts on codes as `codes` says they demand."""

    def __init__(
        self,
        memory: Memory,
        *,
        requests: Requests,
        pacer: Pacer,
        quotes: Quotes,
        bars: Bars,
        lose: Callable[[str], None],
    ) -> None:
        """Prepare; `lose` ends the connection for a reason."""
        self._memory, self._requests = memory, requests
        self._quotes, self._bars, self._lose = quotes, bars, lose
        self._whole = asyncio.Event()
        self.why_refused = ""
        """Why the gateway does not let us in; empty where it has not said."""
        self._system: dict[Reaction, Callable[[str], None]] = {
            Reaction.CUT_OFF: self._cut_off,
            Reaction.RESTORED: self._restored,
            Reaction.DATA_BROKEN: lambda _: quotes.broken(),
            Reaction.DATA_OK: self._data_ok,
            Reaction.HISTORY_BROKEN: lambda _: bars.broken(),
            Reaction.HISTORY_OK: lambda _: bars.repaired(),
            Reaction.PACING: lambda _: pacer.halve(),
            Reaction.ID_TAKEN: self._id_taken,
            Reaction.RECONNECT: lose,
        }

    async def whole(self) -> None:
        """Wait until the gateway is known to have the broker behind it."""
        if self._memory.is_cut_off:
            await self._whole.wait()

    def on_code(self, subject: int, code: int, text: str, _advanced: str = "") -> None:
        """Take in a code about a request, an order, or (-1) the system."""
        reaction, said = reaction_to(code), f"{text} (code {code})"
        if not is_known(code):
            logger.error("the gateway says of {}: {}; the code is unknown here", subject, said)
        elif reaction is not Reaction.NOTE:
            logger.info("the gateway says of {}: {}", subject, said)
        is_own = subject >= 0 and self._on_own(subject, code, text)
        if not is_own and reaction in self._system:
            self._system[reaction](said)

    def _on_own(self, subject: int, code: int, text: str) -> bool:
        if self._requests.is_open(subject):
            if reaction_to(code) is not Reaction.NOTE or not is_known(code):
                self._requests.fail(subject, text, code)
            return True
        return (
            self._quotes.on_code(subject, code, text)
            or self._bars.on_code(subject, code, text)
            or self._memory.orders.on_code(subject, code, text)
        )

    def _cut_off(self, said: str) -> None:
        self._memory.is_cut_off = True
        self._lose(f"the gateway lost the broker: {said}")

    def _restored(self, said: str) -> None:
        was_waiting = self._memory.is_cut_off
        self._is_back()
        if not was_waiting:
            # Fills may have happened that are never told: only a comparison finds them.
            self._lose(f"the gateway has the broker again: {said}; comparing the books")

    def _data_ok(self, _: str) -> None:
        # Also part of the greeting, where it is the proof that the gateway has the broker.
        self._is_back()
        if self._quotes.is_broken:
            self._quotes.restart()

    def _is_back(self) -> None:
        self._memory.is_cut_off = False
        self._whole.set()

    def _id_taken(self, said: str) -> None:
        self.why_refused = (
            f"our client id is taken: {said}; "
            "end the other program, or wait: after a crash the gateway holds it for some minutes"
        )
