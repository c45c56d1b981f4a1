"""Streams of quotes: those that are wanted, within the lines that are allowed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from datetime import timedelta
from typing import Any

from loguru import logger

from lottogrid.brokers import port as p
from lottogrid.brokers.ib.codes import Reaction, reaction_to
from lottogrid.brokers.ib.contracts import Contracts, Underlying
from lottogrid.brokers.ib.conversation import Conversation
from lottogrid.brokers.ib.line import ASK, BID, SIDE_OF_SIZE, Line
from lottogrid.brokers.ib.pacing import Rank
from lottogrid.clock import Clock, trading_date
from lottogrid.errors import LottogridError
from lottogrid.market.contracts import OptionContract

LIVE = 1
CONFIRM_EVERY = timedelta(seconds=15)
"""Of the clock. Only changes are told, so a quote that stands is confirmed while its feed is heard."""
_HALTED = 49
_TRIES = 3
UNDERLYING_LINES = 1


class Quotes:
    """Holds one line for the underlying, whose ticks prove that the feed lives, and one for each option wanted."""

    def __init__(
        self,
        contracts: Contracts,
        clock: Clock,
        emit: Callable[[p.BrokerEvent], None],
        spawn: Callable[[Coroutine[Any, Any, None]], None],
        *,
        lines: int,
        silence: timedelta,
    ) -> None:
        self._contracts, self._clock, self._emit, self._spawn = contracts, clock, emit, spawn
        self._budget = lines
        self._silence = silence
        self._wanted: frozenset[OptionContract] = frozenset()
        self._lines: dict[int, Line] = {}
        self._begun: set[int] = set()
        """Lines that were asked for; those that still wait for their turn need no end."""
        self._opening: set[OptionContract] = set()
        self._refused: set[OptionContract] = set()
        self._is_begun = False
        self._is_broken = False
        self._is_asked = False
        self._confirmed_at = clock.now()
        self.heard_at = clock.now()
        """When the underlying ticked last."""
        self.underlying: Underlying | None = None

    def begin(self, talk: Conversation) -> None:
        """Start on a connection that has been made, with live data or none."""
        self._talk = talk
        self._is_begun = True
        self.heard_at = self._clock.now()
        talk.send(Rank.QUERY, lambda: talk.client.reqMarketDataType(LIVE))
        self._spawn(self._open_underlying())
        self._open_missing()

    def callbacks(self) -> Mapping[str, Callable[..., None]]:
        """Return what is to be called, by the library's names."""
        return {
            "priceSizeTick": self._on_price,
            "tickSize": self._on_size,
            "tickGeneric": self._on_generic,
            "marketDataType": self._on_type,
            "tcpDataProcessed": self._flush,
        }

    # --- lines

    def want(self, options: frozenset[OptionContract]) -> None:
        """Stream exactly these from now on, as far as the lines reach."""
        self._wanted = options
        self._refused &= options
        for request, line in list(self._lines.items()):
            if line.option is not None and line.option not in options:
                self._close(request)
        self._open_missing()

    def restart(self) -> None:
        """End every line and begin it anew: its first ticks are the present quotes."""
        self._is_broken = False
        for request in list(self._lines):
            self._close(request)
        self._refused.clear()
        self._spawn(self._open_underlying())
        self._open_missing()

    def broken(self) -> None:
        """Note that the feed is away: nothing is confirmed until it is back."""
        self._is_broken = True

    @property
    def is_broken(self) -> bool:
        """Whether the feed is known to be away."""
        return self._is_broken

    def reopen_mute(self) -> None:
        """Begin anew the lines that have told nothing since they were opened; a few times, then no more."""
        now = self._clock.now()
        for request, line in list(self._lines.items()):
            if not line.prices and line.tries < _TRIES and now - line.opened_at > self._silence * line.tries:
                self._close(request)
                self._spawn(self._open(line.option, line.tries + 1) if line.option else self._open_underlying())

    def on_code(self, request: int, code: int, text: str) -> bool:
        """Take in a code about a line; return whether it is about one."""
        line = self._lines.get(request)
        if line is None:
            return False
        reaction = reaction_to(code)
        if reaction is Reaction.NOT_LIVE:
            line.is_live = False
            logger.error("quotes of {} are not live: {} (code {}); nothing is traded on them", line.option, text, code)
        elif reaction is Reaction.LINE_LOST:
            self._close(request)
            self._spawn(self._open(line.option, line.tries) if line.option else self._open_underlying())
        elif reaction in {Reaction.FAILED, Reaction.LINE_LIMIT}:
            del self._lines[request]
            self._begun.discard(request)
            if reaction is Reaction.LINE_LIMIT:
                self._budget = max(len(self._lines), UNDERLYING_LINES)
            elif line.option is not None:
                self._refused.add(line.option)
            logger.error("no quotes of {}: {} (code {})", line.option or "the underlying", text, code)
        return True

    def _open_missing(self) -> None:
        if not self._is_begun:
            return
        present = {line.option for line in self._lines.values()} | self._opening | self._refused
        missing = sorted(self._wanted - present, key=str)
        taken = len(self._opening) + sum(line.option is not None for line in self._lines.values())
        room = self._budget - UNDERLYING_LINES - taken
        if len(missing) > room:
            logger.error("{} options get no quotes: expected a free line each, found {}", len(missing) - room, room)
        for option in missing[: max(room, 0)]:
            self._opening.add(option)
            self._spawn(self._open(option))

    async def _open(self, option: OptionContract, tries: int = 1) -> None:
        self._opening.add(option)
        try:
            listed = await self._contracts.option(option)
        except LottogridError as error:
            self._refused.add(option)
            logger.error("no quotes of {}: {}", option, error)
        else:
            if option in self._wanted:
                self._stream(Line(option, self._clock.now(), tries), listed.contract)
        finally:
            self._opening.discard(option)

    async def _open_underlying(self) -> None:
        try:
            self.underlying = await self._contracts.underlying(trading_date(self._clock.now()))
        except LottogridError as error:
            logger.error("no quotes of the underlying: {}", error)
            return
        self._stream(Line(None, self._clock.now()), self.underlying.contract)

    def _stream(self, line: Line, contract: Any) -> None:
        client = self._talk.client
        request: int = client.getReqId()
        self._lines[request] = line
        self._talk.send(Rank.DATA, lambda: self._begin_stream(request, contract))

    def _begin_stream(self, request: int, contract: Any) -> None:
        if request in self._lines:
            self._begun.add(request)
            self._talk.client.reqMktData(request, contract, "", False, False, [])

    def _close(self, request: int) -> None:
        del self._lines[request]
        if request in self._begun:
            self._begun.discard(request)
            self._talk.send(Rank.DATA, lambda: self._talk.client.cancelMktData(request))

    # --- ticks

    def _on_price(self, request: int, kind: int, price: float, size: float) -> None:
        line = self._lines.get(request)
        if line is not None and kind in {BID, ASK}:
            line.take_price(kind, price, size)

    def _on_size(self, request: int, kind: int, size: float) -> None:
        line = self._lines.get(request)
        if line is not None and kind in SIDE_OF_SIZE:
            line.take_size(SIDE_OF_SIZE[kind], size)

    def _on_generic(self, request: int, kind: int, value: float) -> None:
        line = self._lines.get(request)
        if line is not None and kind == _HALTED:
            line.is_halted = value > 0

    def _on_type(self, request: int, kind: int) -> None:
        line = self._lines.get(request)
        if line is not None:
            line.is_live = kind == LIVE

    def _flush(self) -> None:
        """Tell what has changed, once for all messages that came together."""
        now = self._clock.now()
        changed = [line for line in self._lines.values() if line.is_changed]
        for line in changed:
            line.is_changed = False
            if line.option is None:
                self.heard_at = now
        is_due = self._is_asked or (bool(changed) and now - self._confirmed_at >= CONFIRM_EVERY)
        self._is_asked = False
        if is_due and not self._is_broken and now - self.heard_at <= self._silence:
            self._confirmed_at = now
            changed = list(self._lines.values())
        quotes = tuple(quote for line in changed if (quote := line.quote(now)) is not None)
        if quotes:
            self._emit(p.Quoted(now, quotes))

    def confirm(self) -> None:
        """Tell all quotes as of now, as they stand; none where the feed has not been heard for too long.

        Not before all that has come has been read: the news may lie behind the message that asks for this.
        """
        self._is_asked = True
        asyncio.get_running_loop().call_soon(self._flush)
