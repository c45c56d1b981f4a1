"""The control port's conversation: one JSON object a line turns a switch, or asks how the gateway stands."""

from __future__ import annotations

import json
from collections import deque
from typing import TYPE_CHECKING, Any

from lottogrid.errors import LottogridError
from lottogrid.gateway.actions import ACTIONS, bound
from lottogrid.gateway.tickets import execution_id

if TYPE_CHECKING:
    from lottogrid.gateway.hub import Hub

_LONGEST_LINE = 1 << 16


class Control:
    """What one connection to the control port has said so far, and what it is yet to be sent."""

    def __init__(self, hub: Hub) -> None:
        self.output: deque[bytes] = deque()
        self.closed_for: str | None = None
        self._hub = hub
        self._bytes = bytearray()

    @property
    def name(self) -> str:
        """Who it is, in words."""
        return "a control connection"

    @property
    def is_introduced(self) -> bool:
        """It needs no name."""
        return True

    def receive(self, data: bytes) -> None:
        """Take in bytes and answer every line that is complete."""
        self._bytes += data
        *lines, rest = self._bytes.split(b"\n")
        self._bytes = bytearray(rest)
        for line in lines:
            if line.strip():
                self.output.append(json.dumps(self._answer(line)).encode() + b"\n")
        if len(self._bytes) > _LONGEST_LINE:
            self.close("its line is too long")

    def close(self, reason: str) -> None:
        """Let the connection end once what is queued is sent."""
        self.closed_for = self.closed_for or reason

    def _answer(self, line: bytearray) -> dict[str, Any]:
        try:
            asked = json.loads(line)
        except ValueError:
            asked = None
        if not isinstance(asked, dict) or not isinstance(asked.get("do"), str):
            return {"ok": False, "error": 'expected an object such as {"do": "status"}'}
        name = asked.pop("do")
        if name == "status":
            return {"ok": True, **_status(self._hub)}
        if name == "help":
            return {"ok": True, "actions": {key: (function.__doc__ or "").strip() for key, function in ACTIONS.items()}}
        try:
            bound(name, asked)(self._hub)
        except LottogridError as error:
            return {"ok": False, "error": str(error)}
        return {"ok": True}


def _status(hub: Hub) -> dict[str, Any]:
    """Return the account as the gateway has it: what a client's books are to be compared with."""
    seen = hub.snapshot()  # once: the exchange goes on with every look, and what is told must be of one instant
    found = hub.portfolio(seen)
    return {
        "now": hub.now().isoformat(),
        "closes": hub.world.day.closes.isoformat(),
        "clients": [session.client_id for session in hub.sessions],
        "cash": str(hub.cash),
        "positions": {str(option): held.quantity for option, held in found.options.items() if held.quantity},
        "future": hub.future_held,
        "orders": [
            {
                "permId": ticket.perm_id,
                "clientId": ticket.client_id,
                "orderId": ticket.order_id,
                "orderRef": ticket.order_ref,
                "status": ticket.status.value,
                "quantity": ticket.terms.quantity,
                "filled": ticket.filled,
            }
            for ticket in hub.tickets
        ],
        "executions": [
            {
                "execId": execution_id(fill, is_corrected=fill.exec_id in hub.faults.corrections),
                "contract": str(fill.contract),
                "side": fill.side.value,
                "quantity": fill.quantity,
                "price": str(fill.price),
                "commission": None if fill.commission is None else str(fill.commission),
            }
            for fill in hub.fills(seen)
        ],
    }
