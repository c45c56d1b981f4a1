"""One list of checks for every client, run inside the client's environment: nothing of lottogrid is imported here."""

# ruff: noqa: T201 - it is a program

from __future__ import annotations

import importlib
import json
import logging
import sys
import time
from collections.abc import Callable
from typing import Any

_PATIENCE = 10.0
"""Real seconds that anything may take."""
_STEP = 0.02


class Broken(logging.Handler):
    """Collects what the client logs as an error: a message that it could not decode, above all."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the text, unless it repeats an error message of the server."""
        text = record.getMessage()
        if not text.startswith(("Error ", "ERROR ")):
            self.lines.append(f"{record.name}: {text}: {record.exc_info}")


class Checks:
    """What has passed and what has not."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.passed = 0
        self.failed: list[str] = []

    def that(self, name: str, holds: object) -> None:
        """Count one check."""
        if holds:
            self.passed += 1
        else:
            self.failed.append(name)

    def soon(self, name: str, holds: Callable[[], object]) -> None:
        """Count one check that may take a while."""
        end = time.monotonic() + _PATIENCE
        while not (found := holds()) and time.monotonic() < end:
            self.client.rest(_STEP)
        self.that(name, found)


def connection(checks: Checks, version: int) -> None:
    """Check what is known at once."""
    client = checks.client
    checks.that("version", client.version == version)
    checks.that("account", client.accounts() == ["DU1234567"])
    checks.that("order id", client.next_id() >= 1)
    checks.that("clock", abs(client.clock() - 1744205460) < 40000)
    checks.that("farm notices", {2104, 2106, 2158} <= {code for _, code in client.errors})


def contracts(checks: Checks) -> dict[str, Any]:
    """Check what can be traded, and return it."""
    client = checks.client
    (future,) = client.details(symbol="MES", secType="FUT", exchange="CME", month="202506")
    checks.that("future", future["localSymbol"] == "MESM5" and future["multiplier"] == "5")
    checks.that("future's tick", future["minTick"] == 0.25)
    chain = client.chain("MES", "CME", "FUT", future["conId"])
    checks.that("chain", len(chain) == 5)
    checks.that("classes", [one["class"] for one in chain if "20250409" in one["expirations"]] == ["X2C"])
    checks.that("strikes", 6300.0 in chain[0]["strikes"] and len(chain[0]["strikes"]) > 100)
    asked = {"symbol": "MES", "secType": "FOP", "exchange": "CME", "month": "20250409"}
    (call,) = client.details(**asked, strike=6340.0, right="C")
    (put,) = client.details(**asked, strike=6260.0, right="P")
    checks.that("option", (call["right"], call["strike"], call["class"]) == ("C", 6340.0, "X2C"))
    checks.that("underlying", call["underConId"] == future["conId"])
    checks.that("option's number", call["conId"] != put["conId"])
    checks.that("both rights", len(client.details(**asked, strike=6300.0, right="")) == 2)
    rule = client.rule(int(call["rules"]))
    checks.that("market rule", rule == [(0.0, 0.05), (5.0, 0.25)])
    checks.that("unknown contract", client.details(symbol="NOPE", secType="FUT", exchange="CME", month="") == [])
    checks.that("its error", 200 in {code for _, code in client.errors})
    (index,) = client.details(symbol="MES", secType="IND", exchange="CME", month="")
    checks.that("index", index["secType"] == "IND")
    checks.that("chain on the index", len(client.chain("MES", "CME", "IND", index["conId"])) == 5)
    return {"future": future, "call": call, "put": put}


def data(checks: Checks, traded: dict[str, Any]) -> float:
    """Check quotes and history; return the call's offer."""
    client = checks.client
    line = client.stream(traded["call"])
    under = client.stream(traded["future"])
    combo = client.stream_combo(traded["call"], traded["put"])
    checks.soon("bid and ask", lambda: 0 < line().get("bid", 0) < line().get("ask", 0))
    checks.soon("sizes", lambda: line().get("bid_size", 0) > 0 and line().get("ask_size", 0) > 0)
    checks.soon("greeks", lambda: 0 < (line().get("delta") or 0) < 0.5)
    checks.soon("volatility", lambda: 0.1 < (line().get("volatility") or 0) < 0.25)
    checks.soon("last price", lambda: under().get("last", 0) > 6000)
    checks.soon("combo", lambda: combo().get("ask", 0) > line().get("ask", 1e9))
    last = under().get("last")
    checks.soon("it moves", lambda: under().get("last") != last)
    checks.that("snapshot", client.snapshot(traded["put"]).get("ask", 0) > 0)
    minutes = client.history(traded["future"], "600 S", "1 min", 1)
    checks.that("minutes", len(minutes) >= 9)
    checks.that("prices", all(6000 < bar["low"] <= bar["close"] <= bar["high"] for bar in minutes))
    checks.that("five minutes", 0 < len(client.history(traded["future"], "1 D", "5 mins", 2)) < len(minutes))
    client.stop(line)
    client.stop(under)
    client.stop(combo)
    return float(line()["ask"])


def trading(checks: Checks, traded: dict[str, Any], ask: float) -> None:
    """Check the life of orders."""
    client, call = checks.client, traded["call"]
    margin = client.what_if(call, {"side": "BUY", "type": "LMT", "quantity": 2, "limit": 5.0})
    checks.that("what-if", margin == 50.0)
    bought = client.place(call, {"side": "BUY", "type": "LMT", "quantity": 2, "limit": _up(ask), "ref": "LG-1"})
    checks.soon("filled", lambda: client.order(bought)["status"] == "Filled")
    checks.that("permanent number", client.order(bought)["perm"] > 0)
    checks.that("price", 0 < client.order(bought)["average"] <= _up(ask))
    checks.soon("position", lambda: client.positions().get(call["conId"]) == 2)
    checks.soon("portfolio", lambda: client.portfolio().get(call["conId"]) == 2)
    resting = client.place(call, {"side": "SELL", "type": "LMT", "quantity": 2, "limit": 40.0, "ref": "LG-2"})
    checks.soon("submitted", lambda: client.order(resting)["status"] == "Submitted")
    checks.that("open orders", client.open_orders() == {"LG-2": 40.0})
    client.change(resting, 41.0)
    checks.soon("changed", lambda: client.open_orders() == {"LG-2": 41.0})
    client.cancel(resting)
    checks.soon("cancelled", lambda: client.order(resting)["status"] == "Cancelled")
    checks.that("nothing open", client.open_orders() == {})
    off_tick = client.place(call, {"side": "BUY", "type": "LMT", "quantity": 1, "limit": 0.07, "ref": "LG-3"})
    checks.soon("off the tick", lambda: (off_tick, 110) in client.errors)
    short = client.place(traded["put"], {"side": "SELL", "type": "MKT", "quantity": 1, "ref": "LG-4"})
    checks.soon("short sale", lambda: (short, 201) in client.errors)
    client.cancel_unknown(99999)
    checks.soon("unknown order", lambda: (99999, 10147) in client.errors)
    stop = client.place(call, {"side": "SELL", "type": "STP", "quantity": 2, "stop": 0.05, "ref": "LG-5"})
    checks.soon("stop waits", lambda: client.order(stop)["status"] == "PreSubmitted")
    client.cancel_all()
    checks.soon("global cancel", lambda: client.order(stop)["status"] == "Cancelled")
    pair = client.place_combo(call, traded["put"], {"side": "BUY", "type": "MKT", "quantity": 1, "ref": "LG-6"})
    checks.soon("combo filled", lambda: client.order(pair)["status"] == "Filled")
    checks.soon("both legs", lambda: client.positions() == {call["conId"]: 3, traded["put"]["conId"]: 1})
    for one, quantity in ((call, 3), (traded["put"], 1)):
        sold = client.place(one, {"side": "SELL", "type": "MKT", "quantity": quantity, "ref": "LG-7"})
        checks.soon("sold", lambda sold=sold: client.order(sold)["status"] == "Filled")
    checks.soon("flat", lambda: client.positions() == {})
    dear = client.place(call, {"side": "BUY", "type": "LMT", "quantity": 1000, "limit": 10.0, "ref": "LG-8"})
    checks.soon("too dear", lambda: (dear, 201) in client.errors)
    checks.soon("inactive", lambda: client.order(dear)["status"] == "Inactive")
    future = client.place(traded["future"], {"side": "BUY", "type": "MKT", "quantity": 1, "ref": "LG-9"})
    checks.soon("future bought", lambda: client.order(future)["status"] == "Filled")
    checks.soon("future held", lambda: client.positions() == {traded["future"]["conId"]: 1})
    future = client.place(traded["future"], {"side": "SELL", "type": "MKT", "quantity": 1, "ref": "LG-9"})
    checks.soon("future sold", lambda: client.order(future)["status"] == "Filled")
    checks.soon("flat again", lambda: client.positions() == {})


def reports(checks: Checks) -> None:
    """Check what is told afterwards."""
    client = checks.client
    fills = client.executions()
    checks.that("executions", len(fills) == 7)
    checks.that("references", {one["ref"] for one in fills} == {"LG-1", "LG-6", "LG-7", "LG-9"})
    checks.that("sides", sorted({one["side"] for one in fills}) == ["BOT", "SLD"])
    checks.that("ids", len({one["id"] for one in fills}) == 7)
    checks.soon("commissions", lambda: len(client.commissions()) == 7)
    checks.that("their sum", abs(sum(client.commissions().values()) - 10 * 0.62) < 1e-9)
    done = client.completed()
    checks.that("completed", done.get("LG-1") == "Filled" and done.get("LG-2") == "Cancelled")
    checks.that("refused one", done.get("LG-4") == "Inactive")
    values = client.account()
    checks.that("account", float(values["NetLiquidation"]) == float(values["TotalCashValue"]) < 25000)
    summary = client.summary("NetLiquidation,BuyingPower")
    checks.that("summary", summary.get("NetLiquidation") == values["NetLiquidation"])
    checks.soon("profit and loss", lambda: client.profit() < 0)
    books = 25000 + client.profit()
    checks.that("books", abs(books - float(values["NetLiquidation"])) < 0.011)
    checks.that("still connected", client.is_connected())


def _up(price: float) -> float:
    """Return a price on the grid that is well above."""
    return round(price * 2 / 0.25) * 0.25 + 5


def main() -> int:
    """Run all checks and print the result as one line of JSON."""
    adapter, name, port, version = sys.argv[1:]
    broken = Broken()
    logging.getLogger().addHandler(broken)
    client = importlib.import_module(adapter).connect(name, int(port))
    checks = Checks(client)
    try:
        connection(checks, int(version))
        traded = contracts(checks)
        trading(checks, traded, data(checks, traded))
        reports(checks)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told
        checks.failed.append(f"{type(error).__name__}: {error}")
    finally:
        client.close()
    checks.that("no error logged", not broken.lines)
    checks.failed += broken.lines
    print(json.dumps({"passed": checks.passed, "failed": checks.failed}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
