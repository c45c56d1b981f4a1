"""Requests for market data."""

from __future__ import annotations

from lottogrid.gateway import codes
from lottogrid.gateway.fields import Message
from lottogrid.gateway.listings import Listing
from lottogrid.gateway.reading import Refused, flag, whole
from lottogrid.gateway.session import Handler, Session
from lottogrid.gateway.tickets import Leg
from lottogrid.gateway.world import World
from lottogrid.orders import Side

_TYPES = range(1, 5)


def _subscribe(session: Session, message: Message) -> None:
    request = whole(message, "reqId")
    subject = subject_of(session.hub.world, message)
    if flag(message, "snapshot") or flag(message, "regulatorySnapshot"):
        session.lines.once(request, subject)
    else:
        session.lines.open(request, subject)


def _cancel(session: Session, message: Message) -> None:
    session.lines.close(whole(message, "reqId"))


def _set_type(session: Session, message: Message) -> None:
    kind = whole(message, "type")
    if kind not in _TYPES:
        raise Refused(codes.INVALID, f"Error validating request: market data type {kind}, expected 1 to 4")
    session.market_data_type = 1


def subject_of(world: World, message: Message) -> Listing | tuple[Leg, ...]:
    """Return the one instrument, or the legs of the combo, that a message names.

    Raises:
        Refused: there is none, or several.
    """
    if message["secType"] == "BAG":
        if not message["comboLegs"]:
            raise Refused(codes.INVALID, "Error validating request: a combo without legs")
        return tuple(_leg(world, row) for row in message["comboLegs"])
    found = world.find(message)
    if not found:
        raise Refused(codes.NO_CONTRACT, codes.NO_CONTRACT_TEXT)
    if len(found) > 1:
        raise Refused(codes.NO_CONTRACT, "The contract description specified for the request is ambiguous")
    return found[0]


def _leg(world: World, row: Message) -> Leg:
    number, ratio = whole(row, "conId"), whole(row, "ratio")
    listing = world.by_id.get(number)
    if listing is None or listing.option is None or ratio < 1 or row["action"] not in {"BUY", "SELL"}:
        raise Refused(codes.INVALID, f"Error validating request: combo leg {number} x {ratio} {row['action']}")
    return Leg(con_id=number, ratio=ratio, side=Side(row["action"]))


HANDLERS: dict[str, Handler] = {
    "reqMktData": _subscribe,
    "cancelMktData": _cancel,
    "reqMarketDataType": _set_type,
}
