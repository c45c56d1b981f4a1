"""A look at a TWS or an IB Gateway through the adapter's own connection code. It sends no order that could trade."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from lottogrid.brokers.ib import values
from lottogrid.brokers.ib.callbacks import Callbacks
from lottogrid.brokers.ib.client_library import LibraryLog, load
from lottogrid.brokers.ib.codes import Reaction, is_known, reaction_to
from lottogrid.brokers.ib.connecting import Handshake, hang_up, shake_hands
from lottogrid.brokers.ib.conversation import Conversation
from lottogrid.brokers.ib.order_ids import OrderIds
from lottogrid.brokers.ib.pacing import Pacer, Rank
from lottogrid.brokers.ib.quotes import LIVE
from lottogrid.brokers.ib.requests import Requests
from lottogrid.brokers.ib.settings import IbSettings

DELAYED = 3
"""The first of the two kinds of data that are late; frozen ones (2) are the last before the market closed."""
_PRICES = frozenset({1, 2, 4})
"""Ticks of a bid, an ask and a last price; delayed ones have numbers of their own."""
_DELAYED_PRICES = frozenset({66, 67, 68})


@dataclass(frozen=True, slots=True)
class Said:
    """A code, and its words."""

    code: int
    text: str

    def __str__(self) -> str:
        return f"{self.text} (code {self.code})"


@dataclass(slots=True)
class Stream:
    """What a request for quotes was answered with."""

    kind: int | None = None
    """1 live, 2 frozen, 3 delayed, 4 delayed and frozen; None where the gateway has not said."""
    refusal: Said | None = None
    price: Decimal | None = None
    """Points."""
    answered: asyncio.Event = field(default_factory=asyncio.Event)


class Probe:
    """One connection that only asks. Lives in one event loop; a new connection is a new probe."""

    def __init__(self, settings: IbSettings) -> None:
        self.settings = settings
        self.said: list[Said] = []
        """Codes that are about no question of ours, oldest first."""
        self.unreadable: list[str] = []
        """Messages of the gateway that the client library could not read."""
        self.handshake: Handshake | None = None
        """How the attempt to connect ended; None before it has."""
        self.has_greeted = False
        """Whether the gateway has named a version of the protocol."""
        self._requests = Requests()
        self._streams: dict[int, Stream] = {}
        self._gone = asyncio.Event()
        self._log = LibraryLog(self.unreadable.append)
        self._client: Any = None

    @property
    def accounts(self) -> list[str]:
        """The accounts of the login."""
        return list(self._client.getAccounts())

    @property
    def version(self) -> int:
        """The protocol's version that was agreed on."""
        return int(self._client.serverVersion())

    async def open(self) -> bool:
        """Shake hands under the client id of the settings; return whether the gateway let us in."""
        self._log.attach()
        library = load(self.settings.client_library)
        client = self._client = library.client(Callbacks(self._handlers(), self._crashed, self.settings.time_zone))
        pacer = Pacer(asyncio.get_running_loop())
        self.talk = Conversation(library, client, pacer, self._requests, self.settings.answer_seconds)
        for name, handler in self.talk.callbacks().items():
            client.wrapper.route(name, handler)
        self.handshake = await shake_hands(client, self.settings, self._gone)
        if self.handshake is not Handshake.DONE:
            return False
        client.updateReqId(OrderIds(self.settings.state_file).first_free)
        self.talk.send(Rank.QUERY, lambda: client.reqMarketDataType(LIVE))
        return True

    async def close(self) -> None:
        """End the connection and wait until its socket is closed."""
        if self._client is not None:
            self._requests.fail_all("the check is over")
            with suppress(OSError, RuntimeError):
                self._client.disconnect()
            await hang_up(self._client, self._gone)
        self._log.detach()

    async def stream(self, contract: Any) -> Stream:
        """Ask for the quotes of a contract until the first price, the first refusal, or the end of patience."""
        number: int = self._client.getReqId()
        stream = self._streams[number] = Stream()
        self.talk.send(Rank.DATA, lambda: self._client.reqMktData(number, contract, "", False, False, []))
        with suppress(TimeoutError):
            await asyncio.wait_for(stream.answered.wait(), self.settings.answer_seconds)
        del self._streams[number]
        if stream.refusal is None:
            self.talk.send(Rank.DATA, lambda: self._client.cancelMktData(number))
        return stream

    async def what_if(self, contract: Any, account: str, limit: Decimal) -> Any:
        """Ask what buying one at `limit` (points) would do to the account; return the library's order state.

        Such an order is judged and forgotten by the broker: it never rests and never trades.

        Raises:
            RequestFailed: it was refused, or not answered with margins in time.
        """
        order = self.talk.client_library.order(
            action="BUY", totalQuantity=1, orderType="LMT", lmtPrice=float(limit), tif="DAY", account=account
        )
        order.whatIf = True
        number: int = self._client.getReqId()

        def ask() -> None:
            self.talk.send(Rank.ORDER, lambda: self._client.placeOrder(number, contract, order))

        return (await self._requests.ask(number, "what-if order", ask, self.settings.answer_seconds))[-1]

    def _handlers(self) -> dict[str, Callable[..., None]]:
        return {
            "error": self._on_code,
            "setEventsDone": self._gone.set,
            "connectAck": self._on_greeting,
            "openOrder": self._on_order,
            "marketDataType": self._on_type,
            "priceSizeTick": self._on_price,
        }

    def _on_greeting(self) -> None:
        self.has_greeted = True

    def _crashed(self, name: str, error: Exception) -> None:
        self.unreadable.append(f"{name}: {error}")

    def _on_code(self, subject: int, code: int, text: str, _advanced: str = "") -> None:
        stream = self._streams.get(subject)
        is_notice = is_known(code) and reaction_to(code) is Reaction.NOTE
        if stream is not None and not is_notice:
            stream.refusal = stream.refusal or Said(code, text)
            stream.answered.set()
        elif self._requests.is_open(subject) and not is_notice:
            self._requests.fail(subject, text, code)
        else:
            self.said.append(Said(code, text))

    def _on_order(self, number: int, _contract: Any, order: Any, state: Any) -> None:
        # The first answer may come before the margins are known.
        if order.whatIf and values.number(state.initMarginChange) is not None:
            self._requests.add(number, state)
            self._requests.end(number)

    def _on_type(self, number: int, kind: int) -> None:
        if number in self._streams:
            self._streams[number].kind = kind

    def _on_price(self, number: int, kind: int, price: float, _size: float) -> None:
        stream = self._streams.get(number)
        if stream is None or kind not in _PRICES | _DELAYED_PRICES:
            return
        if kind in _DELAYED_PRICES:
            stream.kind = DELAYED
        stream.price = stream.price or values.price(price)
        if stream.price is not None:
            stream.answered.set()
