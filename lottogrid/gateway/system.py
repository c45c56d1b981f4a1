"""Requests about the connection itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lottogrid.gateway import codes
from lottogrid.gateway.fields import Message
from lottogrid.gateway.reading import Refused, flag, whole
from lottogrid.gateway.session import Handler, Session

if TYPE_CHECKING:
    from lottogrid.gateway.hub import Hub

_OTHER_FARMS = (
    (codes.HISTORY_FARM_OK, "HMDS data farm connection is OK:ushmds"),
    (codes.DEFINITION_FARM_OK, "Sec-def data farm connection is OK:secdefil"),
)


def _start(session: Session, message: Message) -> None:
    client_id = whole(message, "clientId")
    hub = session.hub
    if session.client_id is not None:
        raise Refused(codes.INVALID, f"startApi: expected once, found again as {client_id}")
    if hub.client(client_id) is not None or client_id in hub.faults.taken_ids:
        words = f"Unable to connect as the client id {client_id} is already in use. Retry with a unique client id."
        session.error(-1, codes.CLIENT_ID_TAKEN, words)
        session.close(f"client id {client_id} is in use")
        return
    session.client_id = client_id
    hub.connected(client_id)
    _tell_accounts(session, message)
    _tell_next_id(session, message)
    for code, words in _condition(hub):
        session.error(-1, code, words)


def _condition(hub: Hub) -> list[tuple[int, str]]:
    """Return what a new client is told of the connections behind the gateway: nothing is well that is cut off."""
    if hub.faults.is_cut_off:
        return [(codes.LOST, codes.LOST_TEXT)]
    if hub.faults.farm_is_broken:
        return [(codes.FARM_BROKEN, codes.FARM_BROKEN_TEXT), *_OTHER_FARMS]
    return [(codes.FARM_OK, codes.FARM_OK_TEXT), *_OTHER_FARMS]


def _tell_accounts(session: Session, _: Message) -> None:
    session.send("managedAccounts", accounts=session.hub.rules.account)


def _tell_next_id(session: Session, _: Message) -> None:
    session.send("nextValidId", orderId=next_order_id(session.hub, session.client_id or 0))


def next_order_id(hub: Hub, client_id: int) -> int:
    """Return the lowest number that a client may give its next order."""
    return max(1, hub.tickets.highest_order_id(client_id) + 1 - hub.faults.rolled_back)


def _tell_time(session: Session, _: Message) -> None:
    session.send("currentTime", time=int(session.hub.now().timestamp()))


def _set_log_level(session: Session, message: Message) -> None:
    """Take note of nothing: the gateway's log is its own."""


def _bind(session: Session, message: Message) -> None:
    if session.client_id != 0:
        raise Refused(codes.INVALID, "Only client id 0 may bind orders entered by hand")
    session.wants_manual_orders = flag(message, "bind")


HANDLERS: dict[str, Handler] = {
    "startApi": _start,
    "reqManagedAccounts": _tell_accounts,
    "reqIds": _tell_next_id,
    "reqCurrentTime": _tell_time,
    "setServerLogLevel": _set_log_level,
    "reqAutoOpenOrders": _bind,
}
