"""What a market data line shows of an instrument: quotes of the exchange, the last bar, and model greeks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from lottogrid.exchange.exchange import Exchange
from lottogrid.gateway.driver import Driver
from lottogrid.gateway.listings import Listing
from lottogrid.gateway.tickets import Leg
from lottogrid.gateway.world import World
from lottogrid.market.contracts import Right
from lottogrid.orders import Side
from lottogrid.pricing.greeks import greeks
from lottogrid.pricing.implied import implied_total_sd_one
from lottogrid.pricing.time import SESSIONS_PER_YEAR, annual_volatility, years

_UNDERLYING_SIZE = 10
_PER_CENT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Computation:
    """What an option model makes of a price.

    As the protocol gives them: vega per percentage point of volatility, theta per trading day. The volatility is on
    the trading clock of 252 x 390 minutes a year; the real server's own clock is not known.
    """

    volatility: float
    delta: float
    gamma: float
    vega: float
    theta: float
    price: float
    underlying: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One instrument at one instant; None where nobody bids, nobody offers, or nothing has traded. Points."""

    at: datetime
    bid: Decimal | None
    ask: Decimal | None
    bid_size: int = 0
    ask_size: int = 0
    last: Decimal | None = None

    @property
    def mid(self) -> Decimal | None:
        """The middle of a two-sided market, else the side there is."""
        if self.bid is None or self.ask is None:
            return self.ask if self.bid is None else self.bid
        return (self.bid + self.ask) / 2


class Prices:
    """Reads the exchange and the tape; changes nothing."""

    def __init__(self, exchange: Exchange, world: World, driver: Driver) -> None:
        self._exchange = exchange
        self._world = world
        self._driver = driver

    @property
    def last(self) -> Decimal | None:
        """The underlying's last price, points; None before the first bar."""
        bars = self._driver.bars
        return bars[-1].close if bars else None

    def shown(self, listing: Listing, now: datetime) -> Shown | None:
        """Return what `listing` shows; None while there is no market in it."""
        if listing.option is not None:
            quote = self._exchange.quote(listing.option, now)
            if quote is None:
                return None
            return Shown(at=quote.at, bid=quote.bid, ask=quote.ask, bid_size=quote.bid_size, ask_size=quote.ask_size)
        last, world = self.last, self._world
        if last is None or now >= (world.day.closes if listing.future is None else world.futures_close):
            return None
        tick = world.spec.underlying_tick
        size = _UNDERLYING_SIZE
        return Shown(at=now, bid=last, ask=last + tick, bid_size=size, ask_size=size, last=last)

    def combo(self, legs: Sequence[Leg], now: datetime) -> Shown | None:
        """Return what a combo shows: bought and sold leg by leg. None while a leg is not quoted on the side needed."""
        bid, ask = Decimal(0), Decimal(0)
        sizes: list[int] = []
        for leg in legs:
            shown = self.shown(self._world.by_id[leg.con_id], now)
            if shown is None or shown.ask is None or shown.bid is None:
                return None
            is_bought = leg.side is Side.BUY
            bid += leg.ratio * (shown.bid if is_bought else -shown.ask)
            ask += leg.ratio * (shown.ask if is_bought else -shown.bid)
            sizes.append(min(shown.bid_size, shown.ask_size) // leg.ratio)
        return Shown(at=now, bid=bid, ask=ask, bid_size=min(sizes), ask_size=min(sizes)) if sizes else None

    def mark(self, listing: Listing, now: datetime) -> Decimal:
        """Return what one unit is valued at, points.

        The middle of the market; where there is none an option counts 0, and the underlying its last price, which
        before the first bar is the price that the day begins with.
        """
        shown = self.shown(listing, now)
        if shown is not None:
            return shown.mid or Decimal(0)
        return Decimal(0) if listing.option is not None else self.last or self._driver.session.bars[0].open

    def computed(self, listing: Listing, price: Decimal | None, now: datetime) -> Computation | None:
        """Return the greeks of an option at `price`; None where no volatility explains it."""
        option, underlying = listing.option, self.last
        minutes = self._world.day.minutes_left(now)
        if option is None or price is None or underlying is None or minutes <= 0:
            return None
        is_call = option.right is Right.CALL
        forward, strike = float(underlying), float(option.strike)
        sd = implied_total_sd_one(float(price), forward, strike, is_call)
        if sd is None or sd <= 0:
            return None
        found = greeks(forward, strike, sd, years(minutes), is_call)
        return Computation(
            volatility=annual_volatility(sd, minutes),
            delta=float(found.delta),
            gamma=float(found.gamma),
            vega=float(found.vega) / _PER_CENT,
            theta=float(found.theta) / SESSIONS_PER_YEAR,
            price=float(price),
            underlying=forward,
        )
