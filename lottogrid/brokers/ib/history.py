"""Whole days of one-minute bars, asked for one by one over a connection of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from loguru import logger

from lottogrid.brokers.ib import values
from lottogrid.brokers.ib.bars import read_bar
from lottogrid.brokers.ib.callbacks import Callbacks
from lottogrid.brokers.ib.client_library import LibraryLog, load
from lottogrid.brokers.ib.codes import Reaction, is_known, reaction_to
from lottogrid.brokers.ib.connecting import Handshake, hang_up, shake_hands
from lottogrid.brokers.ib.conversation import Conversation
from lottogrid.brokers.ib.pacing import WINDOW, Pacer, Rank
from lottogrid.brokers.ib.requests import RequestFailed, Requests
from lottogrid.brokers.ib.settings import IbSettings
from lottogrid.clock import NEW_YORK, to_utc
from lottogrid.errors import Missing
from lottogrid.market.bars import Bar
from lottogrid.market.contracts import ContractSpec

PACE_SECONDS = 11.0
"""Real time between two questions: the broker allows 60 in ten minutes, and none twice within 15 seconds."""
PENALTY_SECONDS = 65.0
"""Real time without a question after the broker has complained of their pace."""
ANSWER_SECONDS = 60.0
"""Real time for a day's bars, which old ones may need."""

_DATES_AS_EPOCH = 2
_TRIES = 3
_NO_BARS = "no data"
_TOO_FAST = "pacing"


@dataclass(frozen=True, slots=True)
class Fetching:
    """What is asked for, and how patiently."""

    settings: IbSettings
    """The client id should be one that nothing else uses: the gateway serves each number once."""
    spec: ContractSpec
    pace: float = PACE_SECONDS
    penalty: float = PENALTY_SECONDS


Keep = Callable[[date, list[Bar]], None]
"""Takes the bars of a day, in UTC, oldest first; an empty list where the broker has none."""


def fetch_days(fetching: Fetching, days: Sequence[date], keep: Keep) -> None:
    """Ask for the bars of the nearest future, day by day (New York, midnight to midnight), and hand each day on.

    What was handed on stays: after a failure the days that are still missing can be asked for again.

    Raises:
        Missing: no gateway answers, it has no such future, or an answer stays out.
    """
    asyncio.run(_History(fetching).run(days, keep))


class _History:
    def __init__(self, fetching: Fetching) -> None:
        self._fetching = fetching
        self._gone = asyncio.Event()
        self._requests = Requests()
        self._failure = ""

    async def run(self, days: Sequence[date], keep: Keep) -> None:
        """Connect, ask, and hang up."""
        settings = self._fetching.settings
        library = load(settings.client_library)
        log = LibraryLog(lambda text: self._lost(f"a message could not be read: {text}"))
        log.attach()
        client = library.client(Callbacks(self._handlers(), self._crashed, settings.time_zone))
        pacer = Pacer(asyncio.get_running_loop(), WINDOW)
        self._talk = Conversation(library, client, pacer, self._requests, settings.answer_seconds)
        for name, handler in self._talk.callbacks().items():
            client.wrapper.route(name, handler)
        try:
            if await shake_hands(client, settings, self._gone) is not Handshake.DONE:
                where, why = f"{settings.host}:{settings.port}", self._failure or "found none"
                raise Missing(f"gateway at {where}: expected an answer, {why}; start it, log in, enable the API")
            await self._fetch(days, keep)
        finally:
            pacer.close()
            client.disconnect()
            await hang_up(client, self._gone)
            log.detach()

    async def _fetch(self, days: Sequence[date], keep: Keep) -> None:
        futures = await self._futures()
        for place, day in enumerate(days):
            if place:
                await asyncio.sleep(self._fetching.pace)
            contract = next((contract for expiry, contract in futures if expiry > day), None)
            if contract is None:
                raise Missing(f"future {self._fetching.spec.symbol}: expected one that expires after {day}, found none")
            keep(day, await self._day(contract, day))

    async def _futures(self) -> list[tuple[date, Any]]:
        """Return all futures the broker knows, those that have expired too, by expiry."""
        spec = self._fetching.spec
        told = await self._talk.details(
            f"future {spec.symbol}", secType="FUT", symbol=spec.symbol, exchange=spec.exchange, includeExpired=True
        )
        found = []
        for details in told:
            contract = details.contract
            if contract.multiplier in {"", f"{spec.multiplier.normalize():f}"}:
                contract.includeExpired = True
                found.append((values.day(contract.lastTradeDateOrContractMonth), contract))
        return sorted(found, key=lambda pair: pair[0])

    async def _day(self, contract: Any, day: date) -> list[Bar]:
        for attempt in range(1, _TRIES + 1):
            try:
                told = await self._ask(contract, day)
            except RequestFailed as error:
                said = str(error).lower()
                if _NO_BARS in said:
                    return []
                if _TOO_FAST not in said or attempt == _TRIES:
                    raise
                logger.warning("bars of {}: {}; asked again in {:g} s", day, error, self._fetching.penalty)
                await asyncio.sleep(self._fetching.penalty)
            else:
                bars = [read_bar(each) for each in told]
                begin, end = _span(day)
                return sorted((bar for bar in bars if begin <= bar.start < end), key=lambda bar: bar.start)
        raise AssertionError("the last try returns or raises")

    async def _ask(self, contract: Any, day: date) -> list[Any]:
        client = self._talk.client
        key: int = client.getReqId()
        begin, end = _span(day)
        until, duration = f"{end:%Y%m%d-%H:%M:%S}", f"{min((end - begin).total_seconds(), 86400):.0f} S"

        def send() -> None:
            client.reqHistoricalData(
                key, contract, until, duration, "1 min", "TRADES", False, _DATES_AS_EPOCH, False, []
            )

        return await self._requests.ask(
            key, f"bars of {day}", lambda: self._talk.send(Rank.QUERY, send), ANSWER_SECONDS
        )

    def _handlers(self) -> dict[str, Callable[..., None]]:
        return {
            "error": self._on_code,
            "historicalData": self._requests.add,
            "historicalDataEnd": lambda key, _begin, _end: self._requests.end(key),
            "setEventsDone": lambda: self._lost("the gateway closed the connection"),
        }

    def _on_code(self, subject: int, code: int, text: str, _advanced: str = "") -> None:
        if self._requests.is_open(subject) and not (is_known(code) and reaction_to(code) is Reaction.NOTE):
            self._requests.fail(subject, text, code)
        elif reaction_to(code) is Reaction.ID_TAKEN:
            self._failure = f"found: {text} (code {code})"

    def _crashed(self, name: str, error: Exception) -> None:
        self._lost(f"{name}: {error}")

    def _lost(self, reason: str) -> None:
        self._gone.set()
        self._requests.fail_all(reason)


def _span(day: date) -> tuple[datetime, datetime]:
    """Return the first instant of a New York day and of the next, UTC."""
    begin = to_utc(datetime.combine(day, time(0), tzinfo=NEW_YORK))
    end = to_utc(datetime.combine(day + timedelta(days=1), time(0), tzinfo=NEW_YORK))
    return begin.astimezone(UTC), end.astimezone(UTC)
