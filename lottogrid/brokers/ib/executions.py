"""Fills and what they cost, each once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from loguru import logger

from lottogrid.brokers import port as p
from lottogrid.brokers.ib import values
from lottogrid.brokers.ib.contracts import Contracts
from lottogrid.brokers.ib.conversation import Conversation
from lottogrid.brokers.ib.orders import Orders
from lottogrid.clock import Clock
from lottogrid.errors import BadInput
from lottogrid.orders import Execution, Side, is_combo_ref

_SIDES = {"BOT": Side.BUY, "SLD": Side.SELL}


class Executions:
    """Turns execution reports into events. What was told outlives a connection."""

    def __init__(self, contracts: Contracts, orders: Orders, clock: Clock) -> None:
        self._contracts = contracts
        self._orders = orders
        self._clock = clock
        self._told: dict[str, Execution] = {}
        self._commissions: dict[str, Decimal] = {}
        self._emitted: set[str] = set()
        """Executions that were told by themselves, not in an answer."""
        self._is_listing = False

    def begin(self, talk: Conversation, account: str, emit: Callable[[p.BrokerEvent], None]) -> None:
        """Work through a new connection."""
        self._talk, self._account, self._emit = talk, account, emit
        self._is_listing = False

    def callbacks(self) -> Mapping[str, Callable[..., None]]:
        """Return what is to be called, by the library's names."""
        return {"execDetails": self._on_execution, "commissionReport": self._on_commission}

    @property
    def told(self) -> tuple[Execution, ...]:
        """The executions that are known."""
        return tuple(self._told.values())

    async def listed(self) -> tuple[Execution, ...]:
        """Ask for the day's executions.

        Raises:
            RequestFailed: they were not told.
        """
        self._is_listing = True
        try:
            found: list[Execution] = await self._talk.executions(self._account)
        finally:
            self._is_listing = False
        return tuple(found)

    def with_commission(self, execution: Execution) -> Execution:
        """Return an execution with what it cost, where that is known by now."""
        return replace(execution, commission=self._commissions.get(execution.exec_id))

    def _on_execution(self, key: int, contract: Any, told: Any) -> None:
        option = self._contracts.option_of(contract)  # of a combo the legs are told too, and they alone count
        if option is None or told.acctNumber != self._account:
            return
        self._contracts.note(contract)
        execution = self._read(option, told)
        if self._talk.requests.is_open(key):
            self._told[execution.exec_id] = execution
            self._talk.requests.add(key, execution)
        elif is_combo_ref(execution.order_ref):
            # Whose leg it is nobody knows before the first comparison, which tells of it, too.
            logger.info("{} of {} is told with the comparison", execution.exec_id, execution.order_ref)
        elif execution.exec_id not in self._told:
            self._told[execution.exec_id] = execution
            self._emitted.add(execution.exec_id)
            self._emit(p.Executed(execution))
            # What it cost may have come before it.
            self._tell_commission(execution.exec_id)

    def _read(self, option: Any, told: Any) -> Execution:
        price, quantity, side = values.number(told.price), values.whole(told.shares), _SIDES.get(told.side)
        if price is None or price < 0 or not quantity or side is None or not told.execId:
            raise BadInput(f"execution {told.execId}: expected side, quantity and price, found {told}")
        return Execution(
            exec_id=told.execId,
            order_ref=self._orders.ref_of(told.orderRef, told.permId, told.orderId, told.clientId, option),
            contract=option,
            side=side,
            quantity=quantity,
            price=price,
            at=values.instant(told.time),
        )

    def _on_commission(self, report: Any) -> None:
        dollars = values.number(report.commission)
        if dollars is None or report.currency not in {"", "USD"}:
            return
        is_new = self._commissions.get(report.execId) != dollars
        self._commissions[report.execId] = dollars
        # Those of an answer are part of it, but a fill that was told by itself may lie in the same moment.
        is_awaited = report.execId in self._emitted or (not self._is_listing and report.execId in self._told)
        if is_new and is_awaited:
            self._tell_commission(report.execId)

    def _tell_commission(self, exec_id: str) -> None:
        dollars = self._commissions.get(exec_id)
        if dollars is not None:
            self._emit(p.Commissioned(exec_id, dollars, self._clock.now()))
