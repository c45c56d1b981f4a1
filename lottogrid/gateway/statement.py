"""What clients are told of the account: values, positions, profit and loss."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from lottogrid.clock import new_york
from lottogrid.gateway.margins import future_margin

if TYPE_CHECKING:
    from lottogrid.gateway.hub import Hub
    from lottogrid.gateway.listings import Listing
    from lottogrid.gateway.portfolio import Holding
    from lottogrid.gateway.session import Session

_CENT = Decimal("0.01")
_MARGIN_TAGS = ("InitMarginReq", "MaintMarginReq", "FullInitMarginReq", "FullMaintMarginReq")


def changes(session: Session) -> None:
    """Tell a client what it has subscribed to of the account."""
    if session.wants_account:
        values(session)
    if session.wants_positions:
        positions(session)
    for request in session.pnl_requests:
        pnl(session, request)


def values(session: Session) -> None:
    """Tell the account's values and the portfolio."""
    hub = session.hub
    for key, value, currency in figures(hub):
        session.send_change(
            f"value {key}", "accountValue", key=key, value=value, currency=currency, account=hub.rules.account
        )
    for listing, holding in held(hub):
        portfolio_value(session, listing, holding)
    session.send_change("time", "accountTime", time=f"{new_york(hub.now()):%H:%M}")


def positions(session: Session) -> None:
    """Tell every position. The exchange is left empty, as a client must fill it in before it orders."""
    for listing, holding in held(session.hub):
        if holding.quantity or holding.realised:
            session.send_change(
                f"position {listing.con_id}",
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
    session.send_change(
        f"portfolio {listing.con_id}",
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
    session.send_change(
        f"pnl {request}",
        "pnl",
        reqId=request,
        dailyPnL=realised + unrealised,
        unrealizedPnL=unrealised,
        realizedPnL=realised,
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
    for future, holding in found.futures.items():
        yield hub.world.of(future), holding


def figures(hub: Hub) -> Iterator[tuple[str, str, str]]:
    """Yield name, value and currency of every figure of the account.

    Options cost their premium and a future its margin. A future is worth what it has gained since it was opened.
    """
    cash, equity, margin = hub.cash, hub.equity, future_margin(hub)
    options = ((one, h.quantity * (one.multiplier or 1)) for one, h in held(hub) if one.option is not None)
    worth = sum((hub.prices.mark(one, hub.now()) * units for one, units in options), Decimal(0))
    realised, unrealised = profits(hub)
    yield "AccountType", "INDIVIDUAL", ""
    yield "AccountCode", hub.rules.account, ""
    found: dict[str, Decimal | int] = {
        "NetLiquidation": equity + worth,
        "TotalCashValue": cash,
        "TotalCashBalance": cash,
        "CashBalance": cash,
        "SettledCash": cash,
        "EquityWithLoanValue": equity + worth,
        "AvailableFunds": equity - margin,
        "FullAvailableFunds": equity - margin,
        "ExcessLiquidity": equity - margin,
        "FullExcessLiquidity": equity - margin,
        "BuyingPower": equity - margin,
        "GrossPositionValue": worth,
        "OptionMarketValue": worth,
        "RealizedPnL": realised,
        "UnrealizedPnL": unrealised,
        **dict.fromkeys(_MARGIN_TAGS, margin),
    }
    for name, dollars in found.items():
        yield name, str(Decimal(dollars).quantize(_CENT)), "USD"
