"""Requests about orders and fills."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from lottogrid.errors import BadInput
from lottogrid.gateway import announce, codes
from lottogrid.gateway.fields import Message
from lottogrid.gateway.orders import checked, margin, terms_of, ticket_of
from lottogrid.gateway.reading import Refused, flag, whole
from lottogrid.gateway.session import Handler, Session
from lottogrid.gateway.tickets import Ticket, execution_id
from lottogrid.gateway.times import read
from lottogrid.orders import Execution, Side

_SIDES = {"BUY": Side.BUY, "BOT": Side.BUY, "SELL": Side.SELL, "SLD": Side.SELL}


def _place(session: Session, message: Message) -> None:
    hub = session.hub
    known = hub.tickets.of(session.client_id or 0, whole(message, "orderId"))
    if flag(message, "whatIf"):
        _what_if(session, checked(session, ticket_of(session, message)))
    elif known is None:
        if hub.faults.is_halted:
            raise Refused(codes.REJECTED, "Order rejected - reason:Trading in the contract is halted")
        ticket = checked(session, ticket_of(session, message))
        ticket.perm_id = hub.tickets.next_perm_id()
        hub.faults.begins_order(ticket.perm_id)
        hub.desk.place(ticket)
    elif known.status.is_final:
        raise Refused(codes.DUPLICATE_ORDER, "Duplicate order id")
    else:
        _modify(session, message, known)


def _modify(session: Session, message: Message, known: Ticket) -> None:
    asked = ticket_of(session, message)
    if asked.order_type != known.order_type:
        raise Refused(codes.MODIFY_TYPE, "Order modify failed. Cannot change to the new order type")
    if (asked.option, asked.legs, asked.side) != (known.option, known.legs, known.side):
        raise Refused(codes.MODIFY_DIFFERS, "Order being modified does not match original order")
    terms = checked(session, asked, known).terms
    if terms.quantity <= known.filled:
        raise Refused(codes.MODIFY_FILLED, "Cannot modify a filled order")
    if asked.is_transmitted and not known.is_transmitted:
        known.is_transmitted = True
    session.hub.desk.modify(known, terms)


def _what_if(session: Session, ticket: Ticket) -> None:
    hub = session.hub
    change = margin(hub, ticket)
    equity = hub.rules.start_cash_usd + hub.exchange.cash
    commission = hub.exchange.profile.commission_per_contract * ticket.terms.quantity
    announce.open_order(
        session,
        ticket,
        whatIf=1,
        initMarginBefore=0,
        maintMarginBefore=0,
        equityWithLoanBefore=equity,
        initMarginChange=change,
        maintMarginChange=change,
        equityWithLoanChange=-commission,
        initMarginAfter=change,
        maintMarginAfter=change,
        equityWithLoanAfter=equity - commission,
        commission=commission,
        commissionCurrency="USD",
    )


def _cancel(session: Session, message: Message) -> None:
    order_id = whole(message, "orderId")
    ticket = session.hub.tickets.of(session.client_id or 0, order_id)
    if ticket is None:
        raise Refused(codes.NOT_FOUND, f"OrderId {order_id} that needs to be cancelled is not found.")
    if ticket.status.is_final:
        raise Refused(codes.NOT_CANCELLABLE, codes.not_cancellable(ticket))
    session.hub.desk.cancel(ticket)


def _cancel_all(session: Session, _: Message) -> None:
    for ticket in session.hub.tickets.living():
        session.hub.desk.cancel(ticket)


def _open_orders(session: Session, _: Message) -> None:
    is_first = session.client_id == 0
    own = (t for t in session.hub.tickets.living() if t.client_id == session.client_id or (is_first and not t.order_id))
    _tell_open(session, own)


def _all_open_orders(session: Session, _: Message) -> None:
    _tell_open(session, session.hub.tickets.living())


def _tell_open(session: Session, tickets: Iterable[Ticket]) -> None:
    for ticket in tickets:
        announce.open_order(session, ticket)
        announce.order_status(session, ticket)
    session.send("openOrderEnd")


def _completed_orders(session: Session, _: Message) -> None:
    for ticket in session.hub.tickets:
        if ticket.status.is_final:
            announce.completed_order(session, ticket)
    session.send("completedOrdersEnd")


def _executions(session: Session, message: Message) -> None:
    request, hub = whole(message, "reqId"), session.hub
    gains = hub.portfolio().gains
    for fill in hub.exchange.snapshot(hub.now()).executions:
        ticket = hub.tickets.of_exchange(fill.order_ref)
        if ticket is None or not _is_asked_for(fill, ticket, message, session):
            continue
        announce.execution(session, ticket, fill, request)
        if fill.commission is not None:
            announce.commission(session, fill, fill.commission, gains.get(fill.exec_id))
    session.send("execDetailsEnd", reqId=request)


def _is_asked_for(fill: Execution, ticket: Ticket, asked: Message, session: Session) -> bool:
    spec = session.hub.exchange.spec
    return (
        whole(asked, "clientId", 0) in {0, ticket.client_id}
        and asked["acctCode"] in {"", ticket.account}
        and asked["symbol"] in {"", fill.contract.symbol}
        and asked["secType"] in {"", spec.security_type}
        and asked["exchange"] in {"", spec.exchange}
        and (not asked["side"] or _SIDES.get(asked["side"]) is fill.side)
        and _is_since(fill, asked["time"])
    )


def _is_since(fill: Execution, text: str) -> bool:
    try:
        return not text or fill.at >= read(text)
    except BadInput as error:
        raise Refused(codes.INVALID, str(error)) from error


HANDLERS: dict[str, Handler] = {
    "placeOrder": _place,
    "cancelOrder": _cancel,
    "reqGlobalCancel": _cancel_all,
    "reqOpenOrders": _open_orders,
    "reqAllOpenOrders": _all_open_orders,
    "reqCompletedOrders": _completed_orders,
    "reqExecutions": _executions,
}
