"""Requests about contracts: what there is, and by which steps its price moves."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from lottogrid.gateway import codes
from lottogrid.gateway.fields import Message
from lottogrid.gateway.listings import Listing
from lottogrid.gateway.reading import Refused, whole
from lottogrid.gateway.session import Handler, Session

if TYPE_CHECKING:
    from lottogrid.gateway.world import World

ORDER_TYPES = "LMT,MKT,STP,STPLMT,WHATIF"
_ZONE = "US/Central"
_CHICAGO = ZoneInfo("America/Chicago")


def _contract_details(session: Session, message: Message) -> None:
    request = whole(message, "reqId")
    if message["secType"] == "BAG":
        raise Refused(codes.INVALID, "Error validating request:-'bM' : cause - Please enter a valid security type")
    found = session.hub.world.find(message)
    if not found:
        raise Refused(codes.NO_CONTRACT, codes.NO_CONTRACT_TEXT)
    for listing in found:
        details = _details(session.hub.world, listing)
        session.send("contractDetails", reqId=request, **details)
        if session.hub.faults.adds_listings and listing.option is not None:
            session.send("contractDetails", reqId=request, **{**details, "secType": "EC", "conId": listing.con_id + 1})
    session.send("contractDetailsEnd", reqId=request)


def _details(world: World, listing: Listing) -> dict[str, object]:
    contract = listing.contract
    last_day = contract["lastTradeDateOrContractMonth"]
    return {
        **contract,
        "lastTradeDate": f"{last_day} {_last_time(world, listing)} {_ZONE}" if last_day else "",
        "marketName": listing.trading_class,
        "minTick": listing.ladder.smallest,
        "orderTypes": ORDER_TYPES,
        "validExchanges": listing.exchange,
        "underConId": listing.under_con_id,
        "longName": listing.long_name,
        "contractMonth": listing.contract_month,
        "timeZoneId": _ZONE,
        "tradingHours": _hours(world),
        "liquidHours": _hours(world),
        "underSymbol": listing.symbol if listing.under_con_id else "",
        "underSecType": listing.under_sec_type,
        "marketRuleIds": listing.rule_id,
        "realExpirationDate": last_day,
        "stockType": "ETF" if listing.sec_type == "STK" else "",
    }


def _last_time(world: World, listing: Listing) -> str:
    """Return the time of day at which the listing last trades, Chicago."""
    if listing.option is None or listing.expiry != world.day.date:
        return "08:30:00" if listing.option is None else "15:00:00"
    return f"{world.day.closes.astimezone(_CHICAGO):%H:%M:%S}"


def _hours(world: World) -> str:
    day = world.day
    first, last = (at.astimezone(_CHICAGO) for at in (day.opens, day.closes))
    return f"{first:%Y%m%d:%H%M}-{last:%Y%m%d:%H%M}"


def _chain(session: Session, message: Message) -> None:
    request = whole(message, "reqId")
    world = session.hub.world
    # Real servers were reported to hang the chain on the future and on the index: both questions are answered.
    known = {str(world.underlying.con_id), str(world.index.con_id)}
    if message["underlyingSymbol"] == world.spec.symbol and message["underlyingConId"] in known:
        classes = [(expiry, world.class_of(expiry)) for expiry in world.expiries]
        if session.hub.faults.adds_listings:
            classes.append((world.day.date, f"{world.spec.symbol}2"))
        for expiry, trading_class in classes:
            session.send(
                "secDefOptParams",
                reqId=request,
                exchange=world.spec.exchange,
                underConId=world.underlying.con_id,
                tradingClass=trading_class,
                multiplier=world.spec.multiplier,
                expirations=[{"expiration": f"{expiry:%Y%m%d}"}],
                strikes=[{"strike": strike} for strike in world.strikes],
            )
    session.send("secDefOptParamsEnd", reqId=request)


def _market_rule(session: Session, message: Message) -> None:
    number = whole(message, "ruleId")
    ladder = session.hub.world.rules().get(number)
    if ladder is None:
        raise Refused(codes.INVALID, f"Error validating request: market rule {number} is unknown")
    increments = [{"lowEdge": edge, "increment": step} for edge, step in ladder.tiers]
    session.send("marketRule", ruleId=number, increments=increments)


HANDLERS: dict[str, Handler] = {
    "reqContractDetails": _contract_details,
    "reqSecDefOptParams": _chain,
    "reqMarketRule": _market_rule,
}
