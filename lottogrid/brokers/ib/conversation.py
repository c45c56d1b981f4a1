"""Questions to the gateway as calls that return an answer or raise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from lottogrid.brokers.ib.client_library import Library
from lottogrid.brokers.ib.pacing import Pacer, Rank
from lottogrid.brokers.ib.requests import Requests
from lottogrid.brokers.ib.values import epoch

POSITIONS, OPEN_ORDERS, COMPLETED_ORDERS, TIME, RULE = "positions", "open orders", "completed orders", "time", "rule"


class Conversation:
    """The library's protocol client, under the budget of messages. Lives in the connection's thread."""

    def __init__(self, library: Library, client: Any, pacer: Pacer, requests: Requests, seconds: float) -> None:
        self.client_library = library
        self.client = client
        self.pacer = pacer
        self.requests = requests
        self._seconds = seconds

    def callbacks(self) -> Mapping[str, Callable[..., None]]:
        """Return what is to be called when an answer comes, by the library's names."""
        requests = self.requests
        return {
            "contractDetails": requests.add,
            "contractDetailsEnd": requests.end,
            "securityDefinitionOptionParameter": self._on_chain,
            "securityDefinitionOptionParameterEnd": requests.end,
            "marketRule": self._on_rule,
            "positionEnd": lambda: requests.end(POSITIONS),
            "openOrderEnd": lambda: requests.end(OPEN_ORDERS),
            "completedOrdersEnd": lambda: requests.end(COMPLETED_ORDERS),
            "execDetailsEnd": requests.end,
            "currentTime": self._on_time,
        }

    async def details(self, what: str, **fields: Any) -> list[Any]:
        """Return the details of all contracts that `fields` (of the library's Contract) may mean.

        Raises:
            RequestFailed: there is none, or no answer.
        """
        contract = self.client_library.contract(currency="USD", **fields)
        return await self._numbered(what, lambda key: self.client.reqContractDetails(key, contract))

    async def chains(self, what: str, symbol: str, exchange: str, kind: str, con_id: int) -> list[tuple[Any, ...]]:
        """Return the option chains on an underlying: exchange, its number, class, multiplier, expiries, strikes."""
        return await self._numbered(
            what, lambda key: self.client.reqSecDefOptParams(key, symbol, exchange, kind, con_id)
        )

    async def market_rule(self, number: int) -> list[Any]:
        """Return the price increments of a market rule, each with `lowEdge` and `increment`."""
        return await self._kind(f"{RULE}-{number}", f"market rule {number}", lambda: self.client.reqMarketRule(number))

    async def positions(self) -> None:
        """Have all positions told, and every later change."""
        await self._kind(POSITIONS, POSITIONS, self.client.reqPositions)

    async def open_orders(self) -> list[Any]:
        """Return what was added for each open order, of all clients."""
        return await self._kind(OPEN_ORDERS, OPEN_ORDERS, self.client.reqAllOpenOrders)

    async def completed_orders(self) -> list[Any]:
        """Return what was added for each order of the day that is over."""
        return await self._kind(COMPLETED_ORDERS, COMPLETED_ORDERS, lambda: self.client.reqCompletedOrders(False))

    async def executions(self, account: str) -> list[Any]:
        """Return what was added for each execution of the day."""
        wanted = self.client_library.execution_filter(acctCode=account)
        return await self._numbered("executions", lambda key: self.client.reqExecutions(key, wanted))

    async def time(self) -> datetime:
        """Return the gateway's time; proof that it still answers."""
        found: list[datetime] = await self._kind(TIME, "heartbeat", self.client.reqCurrentTime)
        return found[0]

    def send(self, rank: Rank, call: Callable[[], None]) -> None:
        """Send a message that nobody answers; one that finds the connection closed is lost."""

        def guarded() -> None:
            if self.client.isConnected():
                call()

        self.pacer.submit(rank, guarded)

    async def _numbered(self, what: str, call: Callable[[int], None]) -> list[Any]:
        key: int = self.client.getReqId()
        return await self.requests.ask(key, what, lambda: self.send(Rank.QUERY, lambda: call(key)), self._seconds)

    async def _kind(self, key: str, what: str, call: Callable[[], None]) -> list[Any]:
        return await self.requests.ask(key, what, lambda: self.send(Rank.QUERY, call), self._seconds)

    def _on_chain(self, key: int, *chain: Any) -> None:
        self.requests.add(key, chain)

    def _on_rule(self, number: int, increments: list[Any]) -> None:
        for increment in increments:
            self.requests.add(f"{RULE}-{number}", increment)
        self.requests.end(f"{RULE}-{number}")

    def _on_time(self, seconds: int) -> None:
        self.requests.add(TIME, epoch(seconds))
        self.requests.end(TIME)
