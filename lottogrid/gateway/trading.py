"""Requests about orders and fills."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from lottogrid.errors import BadInput
from lottogrid.gateway import announce, codes, margins
from lottogrid.gateway.faults import Answer, Refusal
from lottogrid.gateway.fields import Message
from lottogrid.gateway.fills import Fill
from lottogrid.gateway.orders import checked, ticket_of
from lottogrid.gateway.reading import Refused, flag, whole
from lottogrid.gateway.script import Occasion
from lottogrid.gateway.session import Handler, Session
from lottogrid.gateway.tickets import Status, Ticket
from lottogrid.gateway.times import read
from lottogrid.orders import Side

_SIDES = {"BUY": Side.BUY, "BOT": Side.BUY, "SELL": Side.SELL, "SLD": Side.SELL}


def _place(session: Session, message: Message) -> None:
    hub = session.hub
    known = hub.tickets.of(session.client_id or 0, whole(message, "orderId"))
    if flag(message, "whatIf"):
        _what_if(session, checked(session, ticket_of(session, message)))
    elif known is None:
        _place_new(session, checked(session, ticket_of(session, message)))
    elif known.status.is_final:
        raise Refused(codes.DUPLICATE_ORDER, "Duplicate order id")
    else:
        _modify(session, message, known)


def _place_new(session: Session, ticket: Ticket) -> None:
    hub = session.hub
    answer, hub.faults.next_order = hub.faults.next_order, None
    if answer is None and hub.faults.is_halted:
        answer = Answer(codes.REJECTED, "Order rejected - reason:Trading in the contract is halted", Refusal.INACTIVE)
    if answer is None and not margins.is_payable(hub, ticket):
        answer = Answer(codes.REJECTED, margins.words(hub, ticket), Refusal.INACTIVE)
    if answer is not None and answer.refusal is Refusal.ERROR:
        raise Refused(answer.code, answer.text)
    ticket.perm_id = hub.tickets.next_perm_id()
    if answer is not None:
        ticket.status, ticket.ended_at, ticket.reason = Status.INACTIVE, hub.now(), answer.text
        hub.tickets.keep(ticket)
        session.error(ticket.order_id, answer.code, answer.text)
        announce.order_status(session, ticket, "Cancelled" if answer.refusal is Refusal.CANCELLED else "")
        return
    hub.faults.begins_order(ticket.perm_id)
    hub.desk.place(ticket)
    hub.happened(Occasion.ORDER)


def _modify(session: Session, message: Message, known: Ticket) -> None:
    asked = ticket_of(session, message)
    if asked.order_type != known.order_type:
        raise Refused(codes.MODIFY_TYPE, "Order modify failed. Cannot change to the new order type")
    if (asked.option, asked.future, asked.legs, asked.side) != (known.option, known.future, known.legs, known.side):
        raise Refused(codes.MODIFY_DIFFERS, "Order being modified does not match original order")
    terms = checked(session, asked).terms
    if terms.quantity <= known.filled:
        raise Refused(codes.MODIFY_FILLED, "Cannot modify a filled order")
    asked.filled = known.filled
    if not margins.is_payable(session.hub, asked, known):
        raise Refused(codes.REJECTED, margins.words(session.hub, asked, known))
    faults = session.hub.faults
    answer, faults.next_modification = faults.next_modification, None
    if answer is not None:
        raise Refused(answer.code, answer.text)
    if faults.doubles_modifications:
        faults.doubles_modifications -= 1
        asked.perm_id, asked.filled = session.hub.tickets.next_perm_id(), 0
        session.hub.desk.place(asked)
    else:
        known.is_transmitted |= asked.is_transmitted
        session.hub.desk.modify(known, terms)
    session.hub.happened(Occasion.MODIFY)


def _what_if(session: Session, ticket: Ticket) -> None:
    hub = session.hub
    before = margins.requirement(hub, margins.working(hub))
    after = margins.requirement(hub, [*margins.working(hub), ticket])
    own = hub.exchange.profile.commission_per_contract * ticket.remaining * ticket.contracts_each
    equity = hub.equity - before.commission
    if hub.faults.unset_what_ifs:
        hub.faults.unset_what_ifs -= 1
        announce.open_order(session, ticket, whatIf=1)
    announce.open_order(
        session,
        ticket,
        whatIf=1,
        initMarginBefore=before.margin,
        maintMarginBefore=before.margin,
        equityWithLoanBefore=equity,
        initMarginChange=after.margin - before.margin,
        maintMarginChange=after.margin - before.margin,
        equityWithLoanChange=-own,
        initMarginAfter=after.margin,
        maintMarginAfter=after.margin,
        equityWithLoanAfter=equity - own,
        commission=own,
        commissionCurrency="USD",
        warningText="" if margins.is_payable(hub, ticket) else margins.words(hub, ticket),
    )


def _cancel(session: Session, message: Message) -> None:
    order_id = whole(message, "orderId")
    ticket = session.hub.tickets.of(session.client_id or 0, order_id)
    if ticket is None:
        raise Refused(codes.NOT_FOUND, f"OrderId {order_id} that needs to be cancelled is not found.")
    if ticket.status.is_final:
        raise Refused(codes.NOT_CANCELLABLE, codes.not_cancellable(ticket))
    session.hub.happened(Occasion.CANCEL)
    if not _cancelled_by_fault(session, ticket):
        session.hub.desk.cancel(ticket)


def _cancelled_by_fault(session: Session, ticket: Ticket) -> bool:
    """Act on a cancellation as a fault wants it; False where none does."""
    hub, faults = session.hub, session.hub.faults
    answer, faults.next_cancellation = faults.next_cancellation, None
    late_by, faults.cancels_late_by = faults.cancels_late_by, None
    if answer is not None:
        faults.swallowed.add(ticket.perm_id)
        hub.desk.cancel(ticket)
        number = ticket.order_id
        raise Refused(answer.code, f"OrderId {number} that needs to be cancelled {answer.text}.")
    if late_by is None:
        return False
    session.error(ticket.order_id, codes.CANCELLED, "Order Canceled - reason:")
    announce.order_status(session, ticket, "Cancelled")
    hub.later(timedelta(seconds=late_by), lambda hub: None if ticket.status.is_final else hub.desk.cancel(ticket))
    return True


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
    for fill in () if hub.faults.hides_executions else hub.fills():
        ticket = hub.tickets.of_exchange(fill.order_ref)
        if ticket is None or not _is_asked_for(fill, ticket, message, session):
            continue
        announce.execution(session, ticket, fill, request)
        if fill.commission is not None:
            announce.commission(session, fill, fill.commission, gains.get(fill.exec_id))
    session.send("execDetailsEnd", reqId=request)


def _is_asked_for(fill: Fill, ticket: Ticket, asked: Message, session: Session) -> bool:
    listing = session.hub.world.of(fill.contract)
    return (
        whole(asked, "clientId", 0) in {0, ticket.client_id}
        and asked["acctCode"] in {"", ticket.account}
        and asked["symbol"] in {"", fill.contract.symbol}
        and asked["secType"] in {"", listing.sec_type}
        and asked["exchange"] in {"", listing.exchange}
        and (not asked["side"] or _SIDES.get(asked["side"]) is fill.side)
        and _is_since(fill, asked["time"])
    )


def _is_since(fill: Fill, text: str) -> bool:
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
