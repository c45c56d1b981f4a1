"""What clients are told of orders and fills."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lottogrid.gateway import codes
from lottogrid.gateway.fields import UNSET_DOUBLE
from lottogrid.gateway.fills import Fill
from lottogrid.gateway.tickets import Status, Ticket, execution_id, legs_of
from lottogrid.gateway.times import execution_time, written
from lottogrid.market.contracts import OptionContract
from lottogrid.orders import Side

if TYPE_CHECKING:
    from lottogrid.gateway.hub import Hub
    from lottogrid.gateway.session import Session


def order(session: Session, ticket: Ticket) -> None:
    """Tell where an order stands: terms and status, and for an end the reason before it."""
    if ticket.status is Status.INACTIVE:
        session.error(ticket.order_id, *codes.of_refusal(ticket.reason))
    elif ticket.status is Status.CANCELLED:
        session.error(ticket.order_id, codes.CANCELLED, "Order Canceled - reason:")
    open_order(session, ticket)
    order_status(session, ticket)


def open_order(session: Session, ticket: Ticket, **more: Any) -> None:
    """Tell an order's terms."""
    session.send(
        "openOrder",
        **{
            **terms(session.hub, ticket),
            "orderId": ticket.order_id,
            "clientId": ticket.client_id,
            "permId": ticket.perm_id,
            "parentId": ticket.parent_id,
            "sharesAllocation": f"{ticket.perm_id}.0/{ticket.account}/{ticket.terms.quantity}",
            **more,
        },
    )


def completed_order(session: Session, ticket: Ticket) -> None:
    """Tell of an order that is over. Quantity 0 for a filled one, as recorded."""
    is_filled = ticket.status is Status.FILLED
    how = f"Filled Size: {ticket.filled}" if is_filled else f"Cancelled by {ticket.reason or 'Trader'}"
    session.send(
        "completedOrder",
        **{
            **terms(session.hub, ticket),
            "permId": ticket.perm_id,
            "totalQuantity": 0 if is_filled else ticket.terms.quantity,
            "filledQuantity": ticket.filled,
            "completedTime": written(ticket.ended_at or ticket.placed_at),
            "completedStatus": how,
        },
    )


def order_status(session: Session, ticket: Ticket, status: str = "") -> None:
    """Tell an order's status; `status` stands for its own."""
    session.send(
        "orderStatus",
        orderId=ticket.order_id,
        status=status or _word(ticket.status),
        filled=ticket.filled,
        remaining=ticket.remaining,
        avgFillPrice=ticket.average_price,
        permId=ticket.perm_id,
        parentId=ticket.parent_id,
        lastFillPrice=ticket.last_price,
        clientId=ticket.client_id,
        whyHeld="trigger" if ticket.is_stop and not ticket.status.is_final else "",
    )


def execution(session: Session, ticket: Ticket, fill: Fill, request: int = -1) -> None:
    """Tell of a fill, live or (with a request's number) on demand."""
    done = fills_up_to(session.hub, ticket, fill)
    quantity = sum(one.quantity for one in done)
    worth = sum((one.price * one.quantity for one in done), Decimal(0))
    session.send(
        "execDetails",
        **{
            **session.hub.world.of(fill.contract).contract,
            "reqId": request,
            "orderId": ticket.order_id,
            # Of what has none, an execution says nothing where other messages say `?`: so recorded.
            "right": fill.contract.right.value if isinstance(fill.contract, OptionContract) else "",
            "execId": execution_id(fill, is_corrected=_is_corrected(session, fill)),
            "time": execution_time(fill.at, session.version),
            "account": ticket.account,
            "execExchange": session.hub.exchange.spec.exchange,
            "side": "BOT" if fill.side is Side.BUY else "SLD",
            "shares": fill.quantity,
            "price": fill.price,
            "permId": ticket.perm_id,
            "clientId": ticket.client_id,
            "cumQty": quantity,
            "avgPrice": worth / quantity,
            "orderRef": _ref(session.hub, ticket),
        },
    )


def fills_up_to(hub: Hub, ticket: Ticket, fill: Fill) -> list[Fill]:
    """Return the fills of an order in one contract up to and with `fill`."""
    found: list[Fill] = []
    for one in hub.fills():
        if one.contract == fill.contract and hub.tickets.of_exchange(one.order_ref) is ticket:
            found.append(one)
        if one.exec_id == fill.exec_id:
            return found
    return [*found, fill]


def commission(session: Session, fill: Fill, dollars: Decimal, gained: Decimal | None) -> None:
    """Tell what a fill cost and, for a closing one, what it brought; dollars."""
    session.send(
        "commissionReport",
        execId=execution_id(fill, is_corrected=_is_corrected(session, fill)),
        commission=dollars,
        realizedPNL=UNSET_DOUBLE if gained is None else gained,
    )


def terms(hub: Hub, ticket: Ticket) -> dict[str, Any]:
    """Return the fields that say what an order is."""
    return {
        **_contract(hub, ticket),
        "action": ticket.side.value,
        "totalQuantity": ticket.terms.quantity,
        "orderType": ticket.order_type,
        "lmtPrice": "0.0" if ticket.terms.limit is None else ticket.terms.limit,
        "auxPrice": "0.0" if ticket.terms.stop is None else ticket.terms.stop,
        "tif": ticket.terms.tif,
        "ocaGroup": ticket.oca_group,
        "ocaType": ticket.oca_type,
        "account": ticket.account,
        "orderRef": _ref(hub, ticket),
        "outsideRth": ticket.outside_rth,
        "status": _word(ticket.status),
    }


def _contract(hub: Hub, ticket: Ticket) -> dict[str, Any]:
    contract = ticket.option or ticket.future
    if contract is not None:
        return hub.world.of(contract).contract
    legs = legs_of(ticket)
    spec = hub.exchange.spec
    return {
        "conId": 0,
        "symbol": spec.symbol,
        "secType": "BAG",
        "right": "?",
        "exchange": spec.exchange,
        "currency": "USD",
        "localSymbol": spec.symbol,
        "tradingClass": "COMB",
        "comboLegsDescrip": ",".join(
            f"{leg.con_id}|{leg.ratio if leg.side is Side.BUY else -leg.ratio}" for leg in legs
        ),
        "comboLegs": [
            {"conId": leg.con_id, "ratio": leg.ratio, "action": leg.side.value, "exchange": spec.exchange}
            for leg in legs
        ],
    }


def _ref(hub: Hub, ticket: Ticket) -> str:
    return "" if hub.faults.hides_refs else ticket.order_ref


def _is_corrected(session: Session, fill: Fill) -> bool:
    return fill.exec_id in session.hub.faults.corrections


def _word(status: Status) -> str:
    """Return the protocol's word; an order on its way to the exchange is told as one that is held."""
    told = Status.HELD if status is Status.PENDING else status
    return str(told.value)
