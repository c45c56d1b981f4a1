"""One connection, from the attempt to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import timedelta
from typing import Any

from loguru import logger

from lottogrid.brokers import port as p
from lottogrid.brokers.ib.bars import Bars
from lottogrid.brokers.ib.callbacks import Callbacks
from lottogrid.brokers.ib.client_library import LibraryLog, load
from lottogrid.brokers.ib.combos import legs_of
from lottogrid.brokers.ib.connecting import Handshake, hang_up, shake_hands
from lottogrid.brokers.ib.conversation import Conversation
from lottogrid.brokers.ib.futures import end_future
from lottogrid.brokers.ib.memory import Memory
from lottogrid.brokers.ib.notices import Notices
from lottogrid.brokers.ib.pacing import WINDOW, Pacer, Rank
from lottogrid.brokers.ib.quotes import Quotes
from lottogrid.brokers.ib.requests import Requests
from lottogrid.brokers.ib.settings import IbSettings
from lottogrid.brokers.ib.snapshots import NoQuietMoment, take_snapshot, unlisted_orders
from lottogrid.brokers.ib.thread import LoopThread
from lottogrid.brokers.ib.watch import watch_feed
from lottogrid.clock import Clock
from lottogrid.errors import LottogridError, Missing
from lottogrid.market.contracts import OptionContract
from lottogrid.orders import Combo, OrderIntent

DOUBT_SECONDS = 1.5
"""Real time that a status is given to confirm a refusal, before the order is looked for."""


class Link:
    """A connection on a thread of its own. All methods but those of the life cycle run in that thread."""

    def __init__(
        self,
        settings: IbSettings,
        clock: Clock,
        memory: Memory,
        emit: Callable[[p.BrokerEvent], None],
        after: LoopThread | None,
    ) -> None:
        self._settings, self._clock, self._memory, self._emit = settings, clock, memory, emit
        self.thread = LoopThread("ib", self._run, after)
        self._requests = Requests()
        self._pacer = Pacer(self.thread.loop, WINDOW / clock.speed)
        self._tasks: set[asyncio.Task[None]] = set()
        self._client: Any = None
        self._closing = asyncio.Event()
        self._gone = asyncio.Event()
        self._is_lost = self._is_up = False
        self._is_comparing = False
        silence = timedelta(seconds=settings.feed_silence_seconds)
        lines = settings.market_data_lines - settings.lines_in_reserve
        contracts = memory.contracts
        self._quotes = Quotes(contracts, clock, self._tell, self._spawn, lines=lines, silence=silence)
        self._bars = Bars(contracts, clock, self._tell, self._spawn, self._quotes.confirm)
        self._notices = Notices(
            memory,
            requests=self._requests,
            pacer=self._pacer,
            quotes=self._quotes,
            bars=self._bars,
            lose=self._lose,
        )

    # --- commands

    def place(self, order: OrderIntent | Combo) -> None:
        """Send an order, or several as one; where there is no connection, say that it was not sent."""
        if self._is_up:
            self._memory.orders.place(order)
            return
        for leg in legs_of(order):
            self._tell(p.OrderNotSent(leg.ref, "not connected", self._clock.now()))

    def cancel(self, ref: str) -> None:
        """Ask for the end of an order."""
        if self._is_up:
            self._memory.orders.cancel(ref)

    def cancel_all(self) -> None:
        """Ask for the end of all orders of the login: the only cancel that reaches another client's."""
        if self._is_up:
            self._talk.send(Rank.CANCEL, self._client.reqGlobalCancel)

    def flatten_future(self, ref: str, symbol: str, quantity: int) -> None:
        """End a future at the market; one that the account does not hold is left alone."""
        contract = self._memory.positions.future(symbol)
        if not self._is_up or contract is None:
            logger.error("{}: {} is not known to this connection; nothing is sent", ref, symbol)
            return
        end_future(
            self._talk,
            self._memory.ids,
            contract,
            exchange=self._memory.positions.exchange,
            account=self._account,
            ref=ref,
            quantity=quantity,
        )

    def request_snapshot(self) -> None:
        """Tell all the broker knows; one that is being taken answers this question too."""
        if self._is_up and not self._is_comparing:
            self._is_comparing = True
            self._spawn(self._snapshot())

    def request_history(self) -> None:
        """Tell the last two hours of bars."""
        if self._is_up:
            self._bars.request()

    def subscribe(self, contracts: frozenset[OptionContract]) -> None:
        """Stream the quotes of these options from now on."""
        if not self._is_lost:
            self._quotes.want(contracts)

    def close(self) -> None:
        """End everything."""
        self._closing.set()

    # --- life

    async def _run(self) -> None:
        log = LibraryLog(lambda text: self._lose(f"a message could not be read: {text}"))
        log.attach()
        asyncio.get_running_loop().set_exception_handler(self._on_loop_error)
        try:
            if not self._closing.is_set():
                self._spawn(self._live())
            await self._closing.wait()
        finally:
            self._end("closed")
            await asyncio.gather(*self._tasks, return_exceptions=True)
            if self._client is not None:
                await hang_up(self._client, self._gone)
            log.detach()

    async def _live(self) -> None:
        await self._connect()
        account = self._settings.choose_account(self._client.getAccounts())
        self._begin(account)
        await self._notices.whole()
        self._tell(p.Connected(account, self._clock.now()))
        self._spawn(self._watch_feed())
        while True:
            await asyncio.sleep(self._settings.heartbeat_seconds)
            await self._talk.time()

    async def _connect(self) -> None:
        settings = self._settings
        library = load(settings.client_library)
        self._client = library.client(Callbacks(self._handlers(), self._crashed, settings.time_zone))
        # The library has a budget of its own behind ours: it must not be the narrower one.
        self._client.RequestsInterval = WINDOW / self._clock.speed
        self._talk = Conversation(library, self._client, self._pacer, self._requests, settings.answer_seconds)
        for name, handler in self._talk.callbacks().items():
            self._client.wrapper.route(name, handler)
        if await shake_hands(self._client, settings, self._gone) is not Handshake.DONE:
            raise Missing(self._why_not_connected())

    def _why_not_connected(self) -> str:
        settings = self._settings
        where = f"{settings.host}:{settings.port}"
        if self._notices.why_refused:
            return f"gateway at {where}: {self._notices.why_refused}"
        return (
            f"gateway at {where}: expected an answer within {settings.connect_seconds:g} s, found none; "
            "start it, log in, enable the API and check the port"
        )

    def _begin(self, account: str) -> None:
        memory, talk = self._memory, self._talk
        self._account = account
        self._client.updateReqId(memory.ids.first_free)
        memory.contracts.begin(talk)
        client_id = self._settings.client_id
        memory.orders.begin(talk, account, client_id, emit=self._tell, spawn=self._spawn, doubt=self._doubt)
        memory.executions.begin(talk, account, self._tell)
        memory.positions.begin(account, self._look_for_settlements)
        self._quotes.begin(talk)
        self._bars.begin(talk)
        self._is_up = True

    def _handlers(self) -> dict[str, Callable[..., None]]:
        memory = self._memory
        return {
            **memory.orders.callbacks(),
            **memory.executions.callbacks(),
            **memory.positions.callbacks(),
            **self._quotes.callbacks(),
            **self._bars.callbacks(),
            "error": self._notices.on_code,
            "setEventsDone": self._on_gone,
        }

    def _on_gone(self) -> None:
        self._gone.set()
        if self._client.isReady():
            self._lose("the gateway closed the connection")

    def _on_loop_error(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Take in what a timer or a command has raised: the loop would only log it."""
        error = context.get("exception")
        logger.opt(exception=error).error("the link to the broker failed: {}", context["message"])
        self._lose(f"{context['message']}: {error}")

    def _crashed(self, name: str, error: Exception) -> None:
        logger.opt(exception=error).error("the handler of {} failed", name)
        self._lose(f"{name}: {error}")

    def _lose(self, reason: str) -> None:
        """End the connection and say so, once."""
        if not self._is_lost and not self._closing.is_set():
            self._end(reason)
            self._tell(p.Disconnected(reason, self._clock.now()))

    def _end(self, reason: str) -> None:
        self._is_lost, self._is_up = True, False
        self._pacer.close()
        self._memory.orders.end(reason)
        self._bars.stop()
        # Cancelled, and not told that their questions have failed: what ends with the link is no fault of its own.
        for task in self._tasks:
            task.cancel()
        if self._client is not None:
            with suppress(OSError, RuntimeError):
                self._client.disconnect()

    def _tell(self, event: p.BrokerEvent) -> None:
        assert self.thread.is_current, "events come from the connection's own thread"
        self._emit(event)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        assert self.thread.is_current, "work is begun in the connection's own thread"
        task = asyncio.get_running_loop().create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except (LottogridError, ConnectionError) as error:  # the library's for a connection that has just gone
            self._lose(str(error))
        except Exception as error:  # noqa: BLE001 - the boundary of a task, which would keep it to itself
            logger.exception("the link to the broker failed")
            self._lose(f"{type(error).__name__}: {error}")

    # --- what is asked again and again

    async def _snapshot(self) -> None:
        try:
            snapshot = await take_snapshot(self._talk, self._memory, self._clock, self._last_price())
        except NoQuietMoment as missed:
            self._tell(p.SnapshotMissed(str(missed), self._clock.now()))
            return
        finally:
            self._is_comparing = False
        self._memory.settled |= {settled.settlement_id for settled in snapshot.settlements}
        self._tell(snapshot)

    def _doubt(self) -> None:
        self._spawn(self._resolve_doubt())

    async def _resolve_doubt(self) -> None:
        await asyncio.sleep(DOUBT_SECONDS)
        await unlisted_orders(self._talk, self._memory)

    def _look_for_settlements(self) -> None:
        memory = self._memory
        for settled in memory.positions.settlements(memory.executions.told, self._last_price(), self._clock.now()):
            if settled.settlement_id not in memory.settled:
                memory.settled.add(settled.settlement_id)
                self._tell(settled)

    def _last_price(self) -> Any:
        bar = self._bars.last
        return None if bar is None else bar.close

    async def _watch_feed(self) -> None:
        await watch_feed(self._quotes, self._clock, timedelta(seconds=self._settings.feed_silence_seconds))
