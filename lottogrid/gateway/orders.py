"""From a client's order message to a ticket, and the checks before it is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lottogrid.gateway import codes
from lottogrid.gateway.fields import Message
from lottogrid.gateway.listings import Listing
from lottogrid.gateway.reading import Refused, flag, number, whole
from lottogrid.gateway.streams import subject_of
from lottogrid.gateway.tickets import Terms, Ticket
from lottogrid.orders import Side

if TYPE_CHECKING:
    from lottogrid.gateway.session import Session

_PRICES = {"LMT": (True, False), "MKT": (False, False), "STP": (False, True), "STP LMT": (True, True)}
"""Order types, and whether they carry a limit and a stop price."""
_TIFS = {"", "DAY", "GTC"}
"""Times in force. The exchange ends every order with the session, GTC too."""
_OCA_REDUCES = 3


def ticket_of(session: Session, message: Message) -> Ticket:
    """Return the order that a message describes.

    Raises:
        Refused: the contract is not known, or a term is not served.
    """
    subject = subject_of(session.hub.world, message)
    if isinstance(subject, Listing):
        option, future, legs = subject.option, subject.future, ""
        if option is None and (future is None or subject is not session.hub.world.underlying):
            name = f"{subject.sec_type} {subject.local_symbol}"
            raise Refused(codes.REJECTED, f"Order rejected - reason:{name} is not traded by this gateway")
    else:
        option, future, legs = None, None, ",".join(f"{leg.con_id} {leg.ratio} {leg.side.value}" for leg in subject)
    return Ticket(
        perm_id=0,
        client_id=session.client_id or 0,
        order_id=whole(message, "orderId"),
        order_ref=message["orderRef"],
        account=message["account"] or session.hub.rules.account,
        option=option,
        future=future,
        legs=legs,
        side=_side(message["action"]),
        order_type=_order_type(message["orderType"]),
        terms=terms_of(message),
        placed_at=session.hub.now(),
        oca_group=message["ocaGroup"],
        oca_type=whole(message, "ocaType", 0) or _OCA_REDUCES,
        parent_id=whole(message, "parentId", 0),
        is_transmitted=flag(message, "transmit"),
        outside_rth=flag(message, "outsideRth"),
    )


def terms_of(message: Message) -> Terms:
    """Return what a modification may change; Refused where it is not sound."""
    has_limit, has_stop = _PRICES[_order_type(message["orderType"])]
    quantity = number(message, "totalQuantity")
    if quantity is None or quantity < 1 or quantity != int(quantity):
        raise Refused(codes.INVALID, f"Error validating request: quantity {message['totalQuantity']!r}")
    if message["tif"] not in _TIFS:
        raise Refused(codes.INVALID, f"Error validating request: time in force {message['tif']!r} is not served")
    limit = number(message, "lmtPrice") if has_limit else None
    stop = number(message, "auxPrice") if has_stop else None
    if has_limit and limit is None:
        raise Refused(codes.INVALID, "Error validating request: a limit order without a limit price")
    if has_stop and stop is None:
        raise Refused(codes.INVALID, "Error validating request: a stop order without a stop price")
    return Terms(quantity=int(quantity), limit=limit, stop=stop, tif=message["tif"] or "DAY")


def checked(session: Session, ticket: Ticket) -> Ticket:
    """Return `ticket`, which is sound.

    Raises:
        Refused: the account is another's, or the price is off the grid.
    """
    hub = session.hub
    if ticket.account != hub.rules.account:
        raise Refused(codes.INVALID, f"Error validating request: account {ticket.account} is unknown")
    contract = ticket.option or ticket.future
    ladder = None if contract is None else hub.world.of(contract).ladder
    prices = (ticket.terms.limit, ticket.terms.stop)
    if ladder is not None and any(price is not None and not ladder.holds(price) for price in prices):
        raise Refused(codes.OFF_TICK, codes.OFF_TICK_TEXT)
    return ticket


def _side(action: str) -> Side:
    if action not in {"BUY", "SELL"}:
        raise Refused(codes.INVALID, f"Error validating request: action {action!r}, expected BUY or SELL")
    return Side(action)


def _order_type(name: str) -> str:
    if name not in _PRICES:
        raise Refused(codes.WRONG_TYPE, f"Unsupported order type for this exchange and security type: {name!r}")
    return name
