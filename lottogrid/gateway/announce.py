"""What clients are told of orders, fills and the account."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lottogrid.clock import new_york
from lottogrid.gateway import codes
from lottogrid.gateway.fields import UNSET_DOUBLE
from lottogrid.gateway.tickets import Status, Ticket, execution_id, legs_of
from lottogrid.gateway.times import execution_time, written
from lottogrid.orders import Execution, Side

if TYPE_CHECKING:
    from lottogrid.gateway.hub import Hub
    from lottogrid.gateway.listings import Listing
    from lottogrid.gateway.portfolio import Holding
    from lottogrid.gateway.session import Session

_CENT = Decimal("0.01")
_MARGIN_TAGS = ("InitMarginReq", "MaintMarginReq", "FullInitMarginReq", "FullMaintMarginReq")


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


def execution(session: Session, ticket: Ticket, fill: Execution, request: int = -1) -> None:
    """Tell of a fill, live or (with a request's number) on demand."""
    done = fills_up_to(session.hub, ticket, fill)
    quantity = sum(one.quantity for one in done)
    worth = sum((one.price * one.quantity for one in done), Decimal(0))
    session.send(
        "execDetails",
        **{
            **session.hub.world.of_option(fill.contract).contract,
            "reqId": request,
            "orderId": ticket.order_id,
            "right": fill.contract.right.value,
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


def fills_up_to(hub: Hub, ticket: Ticket, fill: Execution) -> list[Execution]:
    """Return the fills of an order in one contract up to and with `fill`."""
    found: list[Execution] = []
    for one in hub.snapshot().executions:
        if one.contract == fill.contract and hub.tickets.of_exchange(one.order_ref) is ticket:
            found.append(one)
        if one.exec_id == fill.exec_id:
            return found
    return [*found, fill]


def commission(session: Session, fill: Execution, dollars: Decimal, gained: Decimal | None) -> None:
    """Tell what a fill cost and, for a closing one, what it brought; dollars."""
    session.send(
        "commissionReport",
        execId=execution_id(fill, is_corrected=_is_corrected(session, fill)),
        commission=dollars,
        realizedPNL=UNSET_DOUBLE if gained is None else gained,
    )


def account_changes(session: Session) -> None:
    """Tell a client what it has subscribed to of the account."""
    if session.wants_account:
        account(session)
    if session.wants_positions:
        positions(session)
    for request, name in session.account_requests.items():
        if name == "reqPnL":
            pnl(session, request)


def account(session: Session) -> None:
    """Tell the account's values and the portfolio."""
    hub = session.hub
    for key, value, currency in account_values(hub):
        session.send("accountValue", key=key, value=value, currency=currency, account=hub.rules.account)
    for listing, holding in held(hub):
        portfolio_value(session, listing, holding)
    session.send("accountTime", time=f"{new_york(hub.now()):%H:%M}")


def positions(session: Session) -> None:
    """Tell every position. The exchange is left empty, as a client must fill it in before it orders."""
    for listing, holding in held(session.hub):
        if holding.quantity or holding.realised:
            session.send(
                "position",
                **{**listing.contract, "exchange": ""},
                account=session.hub.rules.account,
                position=holding.quantity,
                avgCost=holding.average_cost,
            )


def portfolio_value(session: Session, listing: Listing, holding: Holding) -> None:
    """Tell one position with its value."""
    hub = session.hub
    mark = hub.prices.mark(listing, hub.now())
    value = mark * holding.quantity * (listing.multiplier or 1)
    session.send(
        "portfolioValue",
        **listing.contract,
        position=holding.quantity,
        marketPrice=mark,
        marketValue=value,
        averageCost=holding.average_cost,
        unrealizedPNL=value - holding.cost,
        realizedPNL=holding.realised,
        account=hub.rules.account,
    )


def pnl(session: Session, request: int) -> None:
    """Tell the day's profit and loss, dollars."""
    realised, unrealised = profits(session.hub)
    session.send(
        "pnl", reqId=request, dailyPnL=realised + unrealised, unrealizedPnL=unrealised, realizedPnL=realised
    )


def profits(hub: Hub) -> tuple[Decimal, Decimal]:
    """Return what closed positions brought and what open ones would, dollars."""
    unrealised = Decimal(0)
    for listing, holding in held(hub):
        mark = hub.prices.mark(listing, hub.now())
        unrealised += mark * holding.quantity * (listing.multiplier or 1) - holding.cost
    return hub.portfolio().realised, unrealised


def held(hub: Hub) -> Iterator[tuple[Listing, Holding]]:
    """Yield what is held, or was and is flat now."""
    found = hub.portfolio()
    for option, holding in found.options.items():
        yield hub.world.of_option(option), holding
    if found.future.quantity or found.future.realised:
        yield hub.world.underlying, found.future


def account_values(hub: Hub) -> Iterator[tuple[str, str, str]]:
    """Yield name, value and currency of every figure of the account.

    Nothing is held on margin: the exchange sells nothing short, so an option's premium is all it asks for.
    """
    cash = hub.cash
    worth = sum((hub.prices.mark(one, hub.now()) * h.quantity * (one.multiplier or 1) for one, h in held(hub)), 0)
    realised, unrealised = profits(hub)
    yield "AccountType", "INDIVIDUAL", ""
    yield "AccountCode", hub.rules.account, ""
    figures: dict[str, Decimal | int] = {
        "NetLiquidation": cash + worth,
        "TotalCashValue": cash,
        "TotalCashBalance": cash,
        "CashBalance": cash,
        "SettledCash": cash,
        "EquityWithLoanValue": cash + worth,
        "AvailableFunds": cash,
        "FullAvailableFunds": cash,
        "ExcessLiquidity": cash,
        "FullExcessLiquidity": cash,
        "BuyingPower": cash,
        "GrossPositionValue": worth,
        "OptionMarketValue": worth,
        "RealizedPnL": realised,
        "UnrealizedPnL": unrealised,
        **dict.fromkeys(_MARGIN_TAGS, 0),
    }
    for name, dollars in figures.items():
        yield name, str(Decimal(dollars).quantize(_CENT)), "USD"


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
    if ticket.option is not None:
        return hub.world.of_option(ticket.option).contract
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
        "comboLegsDescrip": ",".join(f"{leg.con_id}|{leg.ratio if leg.side is Side.BUY else -leg.ratio}" for leg in legs),
        "comboLegs": [
            {"conId": leg.con_id, "ratio": leg.ratio, "action": leg.side.value, "exchange": spec.exchange}
            for leg in legs
        ],
    }


def _ref(hub: Hub, ticket: Ticket) -> str:
    return "" if hub.faults.hides_refs else ticket.order_ref


def _is_corrected(session: Session, fill: Execution) -> bool:
    return fill.exec_id in session.hub.faults.corrections


def _word(status: Status) -> str:
    """Return the protocol's word; an order on its way to the exchange is told as one that is held."""
    return (Status.HELD if status is Status.PENDING else status).value
