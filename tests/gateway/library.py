"""Small words for tests that let an unmodified client library talk to the gateway over TCP."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

import pytest

from lottogrid.gateway.actions import bound
from lottogrid.gateway.hub import Hub
from lottogrid.gateway.server import Server

T = TypeVar("T")


def future_of(ib: Any, library: Any) -> Any:
    """Return the front future, looked up."""
    (found,) = ib.qualifyContracts(library.Future("MES", "202506", "CME"))
    return found


def option_of(ib: Any, library: Any, strike: float = 6340, right: str = "C") -> Any:
    """Return an option of the day, looked up."""
    (found,) = ib.qualifyContracts(library.FuturesOption("MES", "20250409", strike, right, "CME"))
    return found


def bag_of(ib: Any, library: Any) -> Any:
    """Return a strangle as a combo."""
    options = option_of(ib, library), option_of(ib, library, 6260, "P")
    legs = [library.ComboLeg(conId=one.conId, ratio=1, action="BUY", exchange="CME") for one in options]
    return library.Bag(symbol="MES", exchange="CME", currency="USD", comboLegs=legs)


def until(ib: Any, holds: Callable[[], object]) -> None:
    """Let the library work until something holds."""
    for _ in range(1000):
        if holds():
            return
        ib.sleep(0.01)
    pytest.fail("it did not happen within 10 seconds")


def dropped(server: Server, ib: Any) -> None:
    """Break the client's connection, and let it notice."""
    play(server, "drop")
    for _ in range(1000):
        # The library raises the break of any connection wherever it is at work.
        with suppress(ConnectionError):
            ib.sleep(0.01)
        if not ib.isConnected():
            return
    pytest.fail("it did not notice within 10 seconds")


def asked(server: Server, ask: Callable[[Hub], T]) -> T:
    """Return what `ask` finds in the gateway, on its own thread."""
    found: list[T] = []
    done = threading.Event()

    def act(hub: Hub) -> None:
        found.append(ask(hub))
        done.set()

    server.call(act)
    assert done.wait(5)
    return found[0]


def play(server: Server, name: str, **arguments: Any) -> None:
    """Play one action of a scenario now."""
    asked(server, bound(name, arguments))


def resting(ib: Any, library: Any, limit: float = 0.05) -> Any:
    """Return an order that works."""
    trade = ib.placeOrder(option_of(ib, library), library.LimitOrder("BUY", 1, limit, orderRef="LG-1"))
    until(ib, lambda: trade.orderStatus.status == "Submitted")
    return trade


def told(ib: Any, name: str) -> list[tuple[Any, ...]]:
    """Return what grows with every message of a kind that the library decodes, whatever it makes of it."""
    found: list[tuple[Any, ...]] = []
    hear = getattr(ib.wrapper, name)

    def take(*words: Any) -> None:
        found.append(copy.deepcopy(words))
        hear(*words)

    setattr(ib.wrapper, name, take)
    return found


def open_orders(ib: Any) -> list[tuple[int, Any]]:
    """Return numbers and terms of all open orders as the gateway tells them."""
    found = told(ib, "openOrder")
    ib.reqAllOpenOrders()
    return [(number, order) for number, _, order, _ in found]
