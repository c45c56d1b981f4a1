"""What may be sent, and when it trades: the rules without the bookkeeping."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from operator import attrgetter

from lottogrid.exchange.model import MarketPoint
from lottogrid.exchange.values import VenueOrder
from lottogrid.market.bars import Bar
from lottogrid.market.contracts import ContractSpec, OptionContract, Right
from lottogrid.market.quotes import Quote
from lottogrid.orders import OrderIntent, OrderState, OrderType, Side

CLOSED = "the market is closed"
DUPLICATE = "duplicate order reference"
OFF_TICK = "the price does not conform to the minimum price variation of the contract"
UNKNOWN_CONTRACT = "no security definition was found for the request"
EXPIRED_CONTRACT = "the contract has expired"
WOULD_BE_SHORT = "the account may not go short: more is offered than is held"
NO_MARKET = "there is no market in the contract yet"
REFUSED = "the exchange refused the order"
LEG_REFUSED = "another leg of the combo was refused"
NO_BID = "nobody bids for the contract"
BAD_QUANTITY = "the quantity must be 1 or more"
BAD_PRICE = "a limit order carries a limit price, a market order none"


def path(bar: Bar) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """Return the prices a bar is taken to have visited, in order: the extreme on the far side of its close first."""
    if bar.close >= bar.open:
        return bar.open, bar.low, bar.high, bar.close
    return bar.open, bar.high, bar.low, bar.close


def refusal(
    intent: OrderIntent,
    *,
    spec: ContractSpec,
    today: date,
    quote: Callable[[], Quote | None],
    sellable: Callable[[], int],
) -> str | None:
    """Return why the exchange refuses an order on the trading date `today`; None where it does not.

    Quote and sellable quantity are asked for only once contract and terms are known to be sound.
    """
    wrong = _wrong_contract(intent.contract, spec, today) or _wrong_terms(intent, spec)
    if wrong is not None:
        return wrong
    standing = quote()
    if standing is None:
        return NO_MARKET
    if intent.side is Side.BUY:
        return None
    if intent.quantity > sellable():
        return WOULD_BE_SHORT
    return NO_BID if intent.limit_price is None and standing.bid is None else None


def taking_price(intent: OrderIntent, quote: Quote | None) -> Decimal | None:
    """Return the price at which an order trades against a standing quote; None where it does not.

    A buy pays the ask and a sale takes the bid, so nothing is ever worse than the limit.
    """
    price = None if quote is None else quote.ask if intent.side is Side.BUY else quote.bid
    limit = intent.limit_price
    if price is None or limit is None:
        return price
    return price if (price <= limit if intent.side is Side.BUY else price >= limit) else None


def combo_price(
    order: VenueOrder, legs: Sequence[VenueOrder], quote: Callable[[OptionContract], Quote | None], paid: Decimal
) -> Decimal | None:
    """Return the price at which a leg of a combo to be bought trades; None while it does not.

    Its legs trade while all of them work and are offered at no more than their limits come to together: each at its
    own offer, so that one may pay more than its limit where another pays less. Legs that are filled at different
    times stay within that sum, too: `paid` is what all of them have cost so far, points times contracts.
    """
    asks = {leg.ref: shown.ask for leg in legs if (shown := quote(leg.intent.contract)) and shown.ask is not None}
    is_whole = len(asks) == order.combo.count(",") + 1
    if not is_whole or any(leg.state not in {OrderState.WORKING, OrderState.FILLED} for leg in legs):
        return None
    limits = sum((leg.intent.limit_price or Decimal(0) for leg in legs), Decimal(0))
    room = limits * order.intent.quantity - paid
    is_within = sum(asks.values(), Decimal(0)) <= limits and asks[order.ref] * order.remaining <= room
    return asks[order.ref] if is_within else None


def first_touch(intent: OrderIntent, limit: Decimal, points: Sequence[MarketPoint]) -> int | None:
    """Return at which of the market's `points` an order resting at `limit` first trades; None for nowhere.

    A call is worth more the higher the underlying, a put the lower: the extreme in the order's favour tells whether
    the order trades at all.
    """
    reaches = MarketPoint.ask_reaches if intent.side is Side.BUY else MarketPoint.bid_reaches
    wants_high = (intent.contract.right is Right.CALL) is (intent.side is Side.SELL)
    best = (max if wants_high else min)(points, key=attrgetter("forward"))
    if not reaches(best, intent.contract, limit):
        return None
    return next(place for place, point in enumerate(points) if reaches(point, intent.contract, limit))


def _wrong_contract(contract: OptionContract, spec: ContractSpec, today: date) -> str | None:
    if contract.symbol != spec.symbol or contract.strike <= 0 or contract.strike % spec.strike_step:
        return UNKNOWN_CONTRACT
    if contract.expiry == today:
        return None
    return EXPIRED_CONTRACT if contract.expiry < today else UNKNOWN_CONTRACT


def _wrong_terms(intent: OrderIntent, spec: ContractSpec) -> str | None:
    limit = intent.limit_price
    if intent.quantity < 1:
        return BAD_QUANTITY
    if (limit is None) is not (intent.order_type is OrderType.MARKET):
        return BAD_PRICE
    if limit is not None and not (limit.is_finite() and spec.ladder.holds(limit)):
        return OFF_TICK
    return None
