"""The official Python API, of 2020 or of today, behind the words of the checks."""
# ruff: noqa: N802, N803, PLR0917, TID251 - its callbacks are named so, and it lives in real time

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from ibapi.client import EClient
from ibapi.contract import ComboLeg, Contract
from ibapi.execution import ExecutionFilter
from ibapi.order import Order
from ibapi.wrapper import EWrapper

try:
    from ibapi.order_cancel import OrderCancel
except ImportError:
    OrderCancel = None

_PATIENCE = 10.0
_TICKS = {1: "bid", 2: "ask", 4: "last", 0: "bid_size", 3: "ask_size"}
_MODEL = 13


def connect(_: str, port: int) -> Official:
    """Return a connected client."""
    return Official(port)


class Official(EWrapper, EClient):  # type: ignore[misc]
    """One connection. Callbacks come on the reader's thread and only store what they bring."""

    def __init__(self, port: int) -> None:
        EClient.__init__(self, self)
        self.errors: list[tuple[int, int]] = []
        self._answers: dict[Any, list[Any]] = {}
        self._ended: set[Any] = set()
        self._lines: dict[int, dict[str, Any]] = {}
        self._orders: dict[int, dict[str, Any]] = {}
        self._sent: dict[int, tuple[Any, Any]] = {}
        self._positions: dict[int, float] = {}
        self._portfolio: dict[int, float] = {}
        self._commissions: dict[str, float] = {}
        self._values: dict[str, str] = {}
        self._profit = 0.0
        self._request = 1000
        self.connect("127.0.0.1", port, 5)
        self.version = self.serverVersion()
        threading.Thread(target=self.run, daemon=True).start()
        self._wait(lambda: "id" in self._ended and "accounts" in self._ended)
        self.reqPositions()
        self.reqAccountUpdates(True, "")
        self.reqPnL(1, "DU1234567", "")
        self._wait(lambda: {"positions", "account"} <= self._ended)

    def rest(self, seconds: float) -> None:
        time.sleep(seconds)

    def close(self) -> None:
        self.disconnect()

    def is_connected(self) -> bool:
        return bool(self.isConnected())

    def accounts(self) -> list[str]:
        return [one for one in self._answers["accounts"][-1].split(",") if one]

    def next_id(self) -> int:
        return int(self._answers["id"][-1])

    def clock(self) -> float:
        return float(self._ask("time", self.reqCurrentTime)[-1])

    def details(self, *, month: str, strike: float = 0.0, right: str = "", **contract: Any) -> list[dict[str, Any]]:
        asked = Contract()
        for name, value in {**contract, "strike": strike, "right": right}.items():
            setattr(asked, name, value)
        asked.lastTradeDateOrContractMonth = month
        number = self._next()
        return self._ask(number, lambda: self.reqContractDetails(number, asked))

    def chain(self, symbol: str, exchange: str, kind: str, under: int) -> list[dict[str, Any]]:
        number = self._next()
        return self._ask(number, lambda: self.reqSecDefOptParams(number, symbol, exchange, kind, under))

    def rule(self, number: int) -> list[tuple[float, float]]:
        (found,) = self._ask(("rule", number), lambda: self.reqMarketRule(number))
        return [(one.lowEdge, one.increment) for one in found]

    def stream(self, one: dict[str, Any]) -> Callable[[], dict[str, Any]]:
        return self._follow(_contract(one), snapshot=False)

    def stream_combo(self, *legs: dict[str, Any]) -> Callable[[], dict[str, Any]]:
        return self._follow(_bag(*legs), snapshot=False)

    def _follow(self, contract: Any, *, snapshot: bool) -> Callable[[], dict[str, Any]]:
        number = self._next()
        self._lines[number] = {}
        self.reqMktData(number, contract, "", snapshot, False, [])

        def look() -> dict[str, Any]:
            return dict(self._lines[number])

        look.number = number  # type: ignore[attr-defined]
        return look

    def stop(self, line: Any) -> None:
        self.cancelMktData(line.number)

    def snapshot(self, one: dict[str, Any]) -> dict[str, Any]:
        line = self._follow(_contract(one), snapshot=True)
        self._wait(lambda: line.number in self._ended)  # type: ignore[attr-defined]
        return line()

    def history(self, one: dict[str, Any], duration: str, size: str, style: int) -> list[dict[str, Any]]:
        number, contract = self._next(), _contract(one)
        return self._ask(
            number,
            lambda: self.reqHistoricalData(number, contract, "", duration, size, "TRADES", 0, style, False, []),
        )

    def what_if(self, one: dict[str, Any], terms: dict[str, Any]) -> float:
        order = _order(terms)
        order.whatIf = True
        number = self._order_id()
        (state,) = self._ask(("what-if", number), lambda: self.placeOrder(number, _contract(one), order))
        return float(state.initMarginChange)

    def place(self, one: dict[str, Any], terms: dict[str, Any]) -> int:
        return self._send(_contract(one), _order(terms))

    def place_combo(self, call: dict[str, Any], put: dict[str, Any], terms: dict[str, Any]) -> int:
        return self._send(_bag(call, put), _order(terms))

    def _send(self, contract: Any, order: Any) -> int:
        number = self._order_id()
        self._sent[number] = (contract, order)
        self._orders[number] = {"status": "", "perm": 0, "average": 0.0}
        self.placeOrder(number, contract, order)
        return number

    def order(self, number: int) -> dict[str, Any]:
        return self._orders[number]

    def change(self, number: int, limit: float) -> None:
        contract, order = self._sent[number]
        order.lmtPrice = limit
        self.placeOrder(number, contract, order)

    def cancel(self, number: int) -> None:
        self.cancelOrder(number, *([OrderCancel()] if OrderCancel else []))

    cancel_unknown = cancel

    def cancel_all(self) -> None:
        self.reqGlobalCancel(*([OrderCancel()] if OrderCancel else []))

    def open_orders(self) -> dict[str, float]:
        return {order.orderRef: order.lmtPrice for order in self._ask("open", self.reqAllOpenOrders)}

    def positions(self) -> dict[int, float]:
        return {number: held for number, held in self._positions.items() if held}

    def portfolio(self) -> dict[int, float]:
        return self._portfolio

    def executions(self) -> list[dict[str, Any]]:
        number = self._next()
        return self._ask(number, lambda: self.reqExecutions(number, ExecutionFilter()))

    def commissions(self) -> dict[str, float]:
        return self._commissions

    def completed(self) -> dict[str, str]:
        return dict(self._ask("completed", lambda: self.reqCompletedOrders(False)))

    def account(self) -> dict[str, str]:
        return self._values

    def summary(self, tags: str) -> dict[str, str]:
        number = self._next()
        return dict(self._ask(number, lambda: self.reqAccountSummary(number, "All", tags)))

    def profit(self) -> float:
        return self._profit

    def _next(self) -> int:
        self._request += 1
        return self._request

    def _order_id(self) -> int:
        self._answers["id"].append(self.next_id() + 1)
        return self.next_id() - 1

    def _ask(self, key: Any, act: Callable[[], None]) -> list[Any]:
        self._answers[key] = []
        self._ended.discard(key)
        act()
        self._wait(lambda: key in self._ended)
        return self._answers[key]

    def _wait(self, holds: Callable[[], object]) -> None:
        end = time.monotonic() + _PATIENCE
        while not holds():
            if time.monotonic() > end:
                raise TimeoutError("no answer")
            time.sleep(0.005)

    def _add(self, key: Any, value: Any) -> None:
        self._answers.setdefault(key, []).append(value)

    def error(self, request: int, *rest: Any) -> None:
        # Newer ones put the time of the error before its code.
        self.errors.append((request, [one for one in rest if isinstance(one, int)][-1]))
        self._ended.add(request)

    def nextValidId(self, orderId: int) -> None:
        self._add("id", orderId)
        self._ended.add("id")

    def managedAccounts(self, accountsList: str) -> None:
        self._add("accounts", accountsList)
        self._ended.add("accounts")

    def currentTime(self, time: int) -> None:
        self._add("time", time)
        self._ended.add("time")

    def contractDetails(self, reqId: int, contractDetails: Any) -> None:
        contract = contractDetails.contract
        self._add(
            reqId,
            {
                "conId": contract.conId,
                "secType": contract.secType,
                "localSymbol": contract.localSymbol,
                "multiplier": contract.multiplier,
                "strike": contract.strike,
                "right": contract.right,
                "class": contract.tradingClass,
                "minTick": contractDetails.minTick,
                "underConId": contractDetails.underConId,
                "rules": contractDetails.marketRuleIds,
            },
        )

    def contractDetailsEnd(self, reqId: int) -> None:
        self._ended.add(reqId)

    def securityDefinitionOptionParameter(
        self,
        reqId: int,
        exchange: str,
        underlying: int,
        tradingClass: str,
        multiplier: str,
        expirations: Any,
        strikes: Any,
    ) -> None:
        self._add(reqId, {"class": tradingClass, "expirations": expirations, "strikes": strikes})

    def securityDefinitionOptionParameterEnd(self, reqId: int) -> None:
        self._ended.add(reqId)

    def marketRule(self, marketRuleId: int, priceIncrements: Any) -> None:
        self._add(("rule", marketRuleId), priceIncrements)
        self._ended.add(("rule", marketRuleId))

    def tickPrice(self, reqId: int, tickType: int, price: float, attrib: Any) -> None:
        if tickType in _TICKS:
            self._lines[reqId][_TICKS[tickType]] = price

    def tickSize(self, reqId: int, tickType: int, size: Any) -> None:
        if tickType in _TICKS:
            self._lines[reqId][_TICKS[tickType]] = float(size)

    def tickOptionComputation(self, reqId: int, tickType: int, *numbers: Any) -> None:
        if tickType == _MODEL:
            attrib_first = len(numbers) == 9
            volatility, delta = numbers[1:3] if attrib_first else numbers[0:2]
            self._lines[reqId] |= {"volatility": volatility, "delta": delta}

    def tickSnapshotEnd(self, reqId: int) -> None:
        self._ended.add(reqId)

    def historicalData(self, reqId: int, bar: Any) -> None:
        self._add(reqId, {"low": bar.low, "high": bar.high, "close": bar.close})

    def historicalDataEnd(self, reqId: int, start: str, end: str) -> None:
        self._ended.add(reqId)

    def openOrder(self, orderId: int, contract: Any, order: Any, orderState: Any) -> None:
        if order.whatIf:
            self._add(("what-if", orderId), orderState)
            self._ended.add(("what-if", orderId))
        else:
            self._add("open", order)

    def openOrderEnd(self) -> None:
        self._ended.add("open")

    def orderStatus(
        self, orderId: int, status: str, filled: Any, remaining: Any, avgFillPrice: float, permId: int, *_: Any
    ) -> None:
        self._orders[orderId] = {"status": status, "perm": permId, "average": avgFillPrice}

    def execDetails(self, reqId: int, contract: Any, execution: Any) -> None:
        self._add(reqId, {"id": execution.execId, "ref": execution.orderRef, "side": execution.side})

    def execDetailsEnd(self, reqId: int) -> None:
        self._ended.add(reqId)

    def commissionReport(self, commissionReport: Any) -> None:
        self._commissions[commissionReport.execId] = commissionReport.commission

    def commissionAndFeesReport(self, report: Any) -> None:
        self._commissions[report.execId] = report.commissionAndFees

    def completedOrder(self, contract: Any, order: Any, orderState: Any) -> None:
        self._add("completed", (order.orderRef, orderState.status))

    def completedOrdersEnd(self) -> None:
        self._ended.add("completed")

    def position(self, account: str, contract: Any, position: Any, avgCost: float) -> None:
        self._positions[contract.conId] = float(position)

    def positionEnd(self) -> None:
        self._ended.add("positions")

    def updatePortfolio(self, contract: Any, position: Any, *_: Any) -> None:
        self._portfolio[contract.conId] = float(position)

    def updateAccountValue(self, key: str, val: str, currency: str, accountName: str) -> None:
        self._values[key] = val

    def accountDownloadEnd(self, accountName: str) -> None:
        self._ended.add("account")

    def accountSummary(self, reqId: int, account: str, tag: str, value: str, currency: str) -> None:
        self._add(reqId, (tag, value))

    def accountSummaryEnd(self, reqId: int) -> None:
        self._ended.add(reqId)

    def pnl(self, reqId: int, dailyPnL: float, unrealizedPnL: float, realizedPnL: float) -> None:
        self._profit = dailyPnL


def _contract(one: dict[str, Any]) -> Any:
    found = Contract()
    found.conId, found.symbol, found.secType, found.exchange = one["conId"], "MES", one["secType"], "CME"
    return found


def _bag(*legs: dict[str, Any]) -> Any:
    found = Contract()
    found.symbol, found.secType, found.exchange, found.currency = "MES", "BAG", "CME", "USD"
    found.comboLegs = []
    for one in legs:
        leg = ComboLeg()
        leg.conId, leg.ratio, leg.action, leg.exchange = one["conId"], 1, "BUY", "CME"
        found.comboLegs.append(leg)
    return found


def _order(terms: dict[str, Any]) -> Any:
    found = Order()
    found.action, found.orderType, found.tif = terms["side"], terms["type"], "DAY"
    found.totalQuantity, found.orderRef = terms["quantity"], terms.get("ref", "")
    found.eTradeOnly = found.firmQuoteOnly = False
    if "limit" in terms:
        found.lmtPrice = terms["limit"]
    if "stop" in terms:
        found.auxPrice = terms["stop"]
    return found
