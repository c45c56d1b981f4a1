"""One-minute bars of the underlying: the broker's history, kept up to date by the broker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime, timedelta
from typing import Any

from loguru import logger

from lottogrid.brokers import port as p
from lottogrid.brokers.ib import values
from lottogrid.brokers.ib.contracts import Contracts
from lottogrid.brokers.ib.conversation import Conversation
from lottogrid.brokers.ib.pacing import Rank
from lottogrid.clock import Clock, trading_date
from lottogrid.errors import BadInput, LottogridError
from lottogrid.market.bars import Bar

HISTORY = timedelta(hours=2)
GRACE = timedelta(seconds=6)
"""Of the clock: updates come every 5 seconds or so, the last one of a minute often after the minute's end."""
RETRY_SECONDS = 16.0
"""Real time; the same question may not be asked again within 15."""
_MINUTE = timedelta(minutes=1)
_KEPT = 300
_DATES_AS_EPOCH = 2


class Bars:
    """Tells the history once asked, then each minute when it has ended.

    A minute has ended when a later one has begun, when word of it comes after its end, or a little after its end.
    """

    def __init__(
        self,
        contracts: Contracts,
        clock: Clock,
        emit: Callable[[p.BrokerEvent], None],
        spawn: Callable[[Coroutine[Any, Any, None]], None],
        closed: Callable[[], None],
    ) -> None:
        """Prepare; `closed` is called after each minute that was told."""
        self._contracts, self._clock, self._emit, self._spawn, self._closed = contracts, clock, emit, spawn, closed
        self._bars: dict[datetime, Bar] = {}
        self._told_until: datetime | None = None
        self._key: int | None = None
        self._is_loaded = False
        self._is_loading = False
        self._timer: asyncio.TimerHandle | None = None
        self._is_broken = False

    def begin(self, talk: Conversation) -> None:
        """Start on a connection that has been made."""
        self._talk = talk

    def callbacks(self) -> Mapping[str, Callable[..., None]]:
        """Return what is to be called, by the library's names."""
        return {
            "historicalData": self._on_bar,
            "historicalDataEnd": self._on_end,
            "historicalDataUpdate": self._on_update,
        }

    @property
    def last(self) -> Bar | None:
        """The last minute that was told."""
        return None if self._told_until is None else self._bars.get(self._told_until)

    def request(self) -> None:
        """Tell the last two hours: at once where they are known, else when they come."""
        if self._is_loaded:
            self._tell_history()
        elif not self._is_loading:
            self._spawn(self._load())

    def restart(self) -> None:
        """Ask anew, as the stream may have died."""
        if self._is_loaded and not self._is_loading:
            self._cancel()
            self._spawn(self._load())

    def broken(self) -> None:
        """Note that the farm of the bars is away."""
        self._is_broken = True

    def repaired(self) -> None:
        """Ask anew where the farm was away."""
        if self._is_broken:
            self._is_broken = False
            self.restart()

    def on_code(self, request: int, code: int, text: str) -> bool:
        """Take in a code about the stream; return whether it is about it."""
        if request != self._key or not self._is_loaded:
            return False
        logger.warning("bars: the stream has failed: {} (code {})", text, code)
        self._is_loaded, self._key = False, None
        self._spawn(self._load(RETRY_SECONDS))
        return True

    def stop(self) -> None:
        """Let no timer go off any more."""
        if self._timer is not None:
            self._timer.cancel()

    async def _load(self, wait: float = 0.0) -> None:
        self._is_loading = True
        self._is_loaded = False
        try:
            while not self._is_loaded:
                await asyncio.sleep(wait)
                wait = RETRY_SECONDS
                try:
                    await self._ask()
                except LottogridError as error:
                    logger.error("bars: {}; asked again in {:g} s", error, wait)
                    self._cancel()
        finally:
            self._is_loading = False

    async def _ask(self) -> None:
        underlying = await self._contracts.underlying(trading_date(self._clock.now()))
        client = self._talk.client
        key: int = client.getReqId()
        self._key = key
        duration = f"{HISTORY.total_seconds():.0f} S"

        def send() -> None:
            client.reqHistoricalData(
                key, underlying.contract, "", duration, "1 min", "TRADES", False, _DATES_AS_EPOCH, True, []
            )

        await self._talk.requests.ask(key, "bars", lambda: self._talk.send(Rank.QUERY, send), RETRY_SECONDS)

    def _cancel(self) -> None:
        key, self._key = self._key, None
        if key is not None:
            self._talk.send(Rank.DATA, lambda: self._talk.client.cancelHistoricalData(key))

    def _on_bar(self, request: int, told: Any) -> None:
        if request == self._key:
            bar = read_bar(told)
            self._bars[bar.start] = bar

    def _on_end(self, request: int, _begin: str, _end: str) -> None:
        if request == self._key:
            self._is_loaded = True
            self._talk.requests.end(request)
            self._tell_history()

    def _on_update(self, request: int, told: Any) -> None:
        if request != self._key or not self._is_loaded:
            return
        bar = read_bar(told)
        if self._told_until is not None and bar.start <= self._told_until:
            return
        self._bars[bar.start] = bar
        self._tell_closed(is_final=bar.start + _MINUTE <= self._clock.now())

    def _tell_history(self) -> None:
        now = self._clock.now()
        self._bars = dict(sorted(self._bars.items())[-_KEPT:])
        ended = [bar for bar in self._bars.values() if bar.start + _MINUTE <= now]
        self._emit(p.BarHistory(tuple(bar for bar in ended if bar.start >= now - HISTORY)))
        if ended and (self._told_until is None or ended[-1].start > self._told_until):
            self._told_until = ended[-1].start
        self._arm()

    def _tell_closed(self, *, is_final: bool = False) -> None:
        now = self._clock.now()
        waiting = [bar for start, bar in sorted(self._bars.items()) if not self._told_until or start > self._told_until]
        for place, bar in enumerate(waiting):
            is_last = place == len(waiting) - 1
            if is_last and not is_final and now < bar.start + _MINUTE + GRACE:
                break
            self._told_until = bar.start
            self._emit(p.BarClosed(bar))
            self._closed()
        self._arm()

    def _arm(self) -> None:
        """Come back when the minute under way is over for certain."""
        self.stop()
        last = max(self._bars, default=None)
        if last is not None and (self._told_until is None or last > self._told_until):
            left = last + _MINUTE + GRACE - self._clock.now()
            delay = max(left.total_seconds() / self._clock.speed, 0.0)
            self._timer = asyncio.get_running_loop().call_later(delay, self._tell_closed)


def read_bar(told: Any) -> Bar:
    """Return a bar of the library's as ours; BadInput where its prices are not four in order."""
    prices = [values.price(told.open), values.price(told.high), values.price(told.low), values.price(told.close)]
    opened, high, low, close = prices
    if opened is None or high is None or low is None or close is None or not low <= close <= high:
        raise BadInput(f"bar: expected four prices in order, found {told}; the gateway's message is not understood")
    return Bar(values.epoch(told.date), opened, high, low, close, values.whole(told.volume))
