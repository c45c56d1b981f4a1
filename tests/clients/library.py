"""ib_insync or ib_async, whichever is named, behind the words of the checks."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from typing import Any


def connect(name: str, port: int) -> Library:
    """Return a connected client."""
    asyncio.set_event_loop(asyncio.new_event_loop())
    return Library(importlib.import_module(name), port)


class Library:
    """One connection."""

    def __init__(self, module: Any, port: int) -> None:
        self._m = module
        self._ib = module.IB()
        self.errors: list[tuple[int, int]] = []
        self._ib.errorEvent += lambda request, code, *_: self.errors.append((request, code))
        self._ib.connect("127.0.0.1", port, clientId=5, timeout=10)
        self.version = self._ib.client.serverVersion()
        self._trades: dict[int, Any] = {}
        self._pnl = self._ib.reqPnL("DU1234567")

    def rest(self, seconds: float) -> None:
        self._ib.sleep(seconds)

    def close(self) -> None:
        self._ib.disconnect()

    def is_connected(self) -> bool:
        return bool(self._ib.isConnected())

    def accounts(self) -> Any:
        return self._ib.managedAccounts()

    def next_id(self) -> int:
        return int(self._ib.client.getReqId())

    def clock(self) -> float:
        return float(self._ib.reqCurrentTime().timestamp())

    def details(self, *, month: str, strike: float = 0.0, right: str = "", **contract: Any) -> list[dict[str, Any]]:
        asked = self._m.Contract(**contract, lastTradeDateOrContractMonth=month, strike=strike, right=right)
        return [_details(one) for one in self._ib.reqContractDetails(asked)]

    def chain(self, symbol: str, exchange: str, kind: str, under: int) -> list[dict[str, Any]]:
        found = self._ib.reqSecDefOptParams(symbol, exchange, kind, under)
        return [{"class": o.tradingClass, "expirations": o.expirations, "strikes": o.strikes} for o in found]

    def rule(self, number: int) -> list[tuple[float, float]]:
        return [(one.lowEdge, one.increment) for one in self._ib.reqMarketRule(number)]

    def _contract(self, one: dict[str, Any]) -> Any:
        return self._m.Contract(conId=one["conId"], symbol="MES", secType=one["secType"], exchange="CME")

    def _bag(self, *legs: dict[str, Any]) -> Any:
        rows = [self._m.ComboLeg(conId=one["conId"], ratio=1, action="BUY", exchange="CME") for one in legs]
        return self._m.Contract(symbol="MES", secType="BAG", exchange="CME", currency="USD", comboLegs=rows)

    def stream(self, one: dict[str, Any]) -> Callable[[], dict[str, Any]]:
        return self._follow(self._contract(one))

    def stream_combo(self, *legs: dict[str, Any]) -> Callable[[], dict[str, Any]]:
        return self._follow(self._bag(*legs))

    def _follow(self, contract: Any) -> Callable[[], dict[str, Any]]:
        ticker = self._ib.reqMktData(contract)

        def look() -> dict[str, Any]:
            return _ticks(ticker)

        look.contract = contract  # type: ignore[attr-defined]
        return look

    def stop(self, line: Any) -> None:
        self._ib.cancelMktData(line.contract)

    def snapshot(self, one: dict[str, Any]) -> dict[str, Any]:
        return _ticks(self._ib.reqTickers(self._contract(one))[0])

    def history(self, one: dict[str, Any], duration: str, size: str, style: int) -> list[dict[str, Any]]:
        bars = self._ib.reqHistoricalData(self._contract(one), "", duration, size, "TRADES", False, style)
        return [{"low": bar.low, "high": bar.high, "close": bar.close} for bar in bars]

    def _order(self, terms: dict[str, Any]) -> Any:
        return self._m.Order(
            action=terms["side"],
            orderType=terms["type"],
            totalQuantity=terms["quantity"],
            lmtPrice=terms.get("limit", 0.0),
            auxPrice=terms.get("stop", 0.0),
            orderRef=terms.get("ref", ""),
            tif="DAY",
        )

    def what_if(self, one: dict[str, Any], terms: dict[str, Any]) -> float:
        return float(self._ib.whatIfOrder(self._contract(one), self._order(terms)).initMarginChange)

    def place(self, one: dict[str, Any], terms: dict[str, Any]) -> int:
        return self._send(self._contract(one), self._order(terms))

    def place_combo(self, call: dict[str, Any], put: dict[str, Any], terms: dict[str, Any]) -> int:
        return self._send(self._bag(call, put), self._order(terms))

    def _send(self, contract: Any, order: Any) -> int:
        trade = self._ib.placeOrder(contract, order)
        self._trades[trade.order.orderId] = trade
        return int(trade.order.orderId)

    def order(self, number: int) -> dict[str, Any]:
        status = self._trades[number].orderStatus
        return {"status": status.status, "perm": status.permId, "average": status.avgFillPrice}

    def change(self, number: int, limit: float) -> None:
        trade = self._trades[number]
        trade.order.lmtPrice = limit
        self._ib.placeOrder(trade.contract, trade.order)

    def cancel(self, number: int) -> None:
        self._ib.cancelOrder(self._trades[number].order)

    def cancel_unknown(self, number: int) -> None:
        self._ib.client.cancelOrder(number, "")

    def cancel_all(self) -> None:
        self._ib.reqGlobalCancel()

    def open_orders(self) -> dict[str, float]:
        return {one.order.orderRef: one.order.lmtPrice for one in self._ib.reqAllOpenOrders()}

    def positions(self) -> dict[int, float]:
        return {one.contract.conId: one.position for one in self._ib.positions() if one.position}

    def portfolio(self) -> dict[int, float]:
        return {one.contract.conId: one.position for one in self._ib.portfolio()}

    def executions(self) -> list[dict[str, Any]]:
        found = [fill.execution for fill in self._ib.reqExecutions()]
        return [{"id": one.execId, "ref": one.orderRef, "side": one.side} for one in found]

    def commissions(self) -> dict[str, float]:
        reports = [fill.commissionReport for fill in self._ib.fills()]
        return {one.execId: one.commission for one in reports if one.execId}

    def completed(self) -> dict[str, str]:
        return {one.order.orderRef: one.orderStatus.status for one in self._ib.reqCompletedOrders(False)}

    def account(self) -> dict[str, str]:
        return {one.tag: one.value for one in self._ib.accountValues()}

    def summary(self, tags: str) -> dict[str, str]:
        return {one.tag: one.value for one in self._ib.accountSummary() if one.tag in tags.split(",")}

    def profit(self) -> float:
        return float(self._pnl.dailyPnL)


def _details(found: Any) -> dict[str, Any]:
    contract = found.contract
    return {
        "conId": contract.conId,
        "secType": contract.secType,
        "localSymbol": contract.localSymbol,
        "multiplier": contract.multiplier,
        "strike": contract.strike,
        "right": contract.right,
        "class": contract.tradingClass,
        "minTick": found.minTick,
        "underConId": found.underConId,
        "rules": found.marketRuleIds,
    }


def _ticks(ticker: Any) -> dict[str, Any]:
    found = {"bid": ticker.bid, "ask": ticker.ask, "last": ticker.last}
    found |= {"bid_size": ticker.bidSize, "ask_size": ticker.askSize}
    if ticker.modelGreeks:
        found |= {"delta": ticker.modelGreeks.delta, "volatility": ticker.modelGreeks.impliedVol}
    return {name: value for name, value in found.items() if value is not None and value == value}  # noqa: PLR0124
