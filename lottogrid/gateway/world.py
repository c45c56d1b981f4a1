"""What can be asked for and traded: the front future, and the options on it of the day and of some days after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal

from lottogrid.calendar import Calendar, TradingDay
from lottogrid.clock import NEW_YORK, to_utc
from lottogrid.gateway.expiries import month_code, option_class, quarterlies
from lottogrid.gateway.listings import FutureContract, Listing, con_id
from lottogrid.gateway.reading import whole
from lottogrid.market.contracts import ContractSpec, OptionContract, Right
from lottogrid.market.ticks import TickLadder

EXPIRIES = 5
"""How many trading days ahead the chain reaches; the exchange quotes the first alone."""
REACH = Decimal("0.15")
"""How far from the day's first price strikes are listed, as a part of it."""
FUTURES_CLOSE = time(17)
"""New York; then the daily maintenance begins. Half days are not known to end the future earlier here."""
FUTURE_RULE, OPTION_RULE = 67, 239
"""Numbers of the market rules. Invented: a client must ask."""


class World:
    """The listings of one trading day. A function of the product, the day and its first price."""

    def __init__(self, spec: ContractSpec, day: TradingDay, calendar: Calendar, price: Decimal) -> None:
        self.spec = spec
        self.day = day
        self.futures_close = to_utc(datetime.combine(day.date, FUTURES_CLOSE, tzinfo=NEW_YORK))
        self._calendar = calendar
        self._future_ladder = TickLadder.of((Decimal(0), spec.underlying_tick))
        self.strikes = _strikes(spec.strike_step, price)
        self.expiries = _next_days(calendar, day, EXPIRIES)
        underlyings = list(self._underlyings())
        self.underlying = underlyings[0]
        self.index = underlyings[-1]
        listings = [*underlyings, *self._options()]
        self.by_id = {listing.con_id: listing for listing in listings}
        self._by_option = {listing.option: listing for listing in listings if listing.option is not None}

    def find(self, asked: Mapping[str, str]) -> list[Listing]:
        """Return what a client may mean by the contract fields `asked`, in a fixed order; empty where nothing is.

        Raises:
            Refused: the contract's number is none.
        """
        if asked["conId"] not in {"", "0"}:
            found = self.by_id.get(whole(asked, "conId"))
            return [] if found is None else [found]
        return [listing for listing in self.by_id.values() if listing.answers(asked)]

    def of(self, contract: OptionContract | FutureContract) -> Listing:
        """Return the listing of a contract, also of one that is no longer or not yet listed."""
        if isinstance(contract, OptionContract):
            return self.of_option(contract)
        known = (listing for listing in self.by_id.values() if listing.future == contract)
        return next(known, None) or self._future(contract.expiry)

    def of_option(self, option: OptionContract) -> Listing:
        """Return the listing of `option`, also of one that is no longer or not yet in the chain."""
        return self._by_option.get(option) or self._option(option)

    def class_of(self, expiry: date) -> str:
        """Return the trading class of the options that expire on `expiry`."""
        return option_class(self.spec.symbol, expiry, self._calendar)

    def rules(self) -> dict[int, TickLadder]:
        """Return the market rules by number."""
        return {FUTURE_RULE: self._future_ladder, OPTION_RULE: self.spec.ladder}

    def _underlyings(self) -> Iterator[Listing]:
        spec = self.spec
        if spec.security_type == "FOP":
            for expiry in quarterlies(self.day.date, 2):
                yield self._future(expiry)
        elif spec.symbol == "SPY":
            yield self._plain("STK", spec.symbol)
        yield self._plain("IND", spec.symbol)

    def _future(self, expiry: date) -> Listing:
        return self._plain("FUT", f"{self.spec.symbol}{month_code(expiry)}", expiry)

    def _plain(self, sec_type: str, local_symbol: str, expiry: date | None = None) -> Listing:
        spec = self.spec
        return Listing(
            con_id=con_id(sec_type, spec.symbol, expiry),
            symbol=spec.symbol,
            sec_type=sec_type,
            exchange=spec.exchange,
            local_symbol=local_symbol,
            trading_class=spec.symbol,
            long_name=spec.description.removesuffix(" options"),
            ladder=self._future_ladder,
            rule_id=FUTURE_RULE,
            expiry=expiry,
            contract_month=f"{expiry:%Y%m}" if expiry else "",
            multiplier=spec.multiplier if expiry else None,
            future=FutureContract(symbol=spec.symbol, expiry=expiry) if expiry else None,
        )

    def _options(self) -> Iterator[Listing]:
        for expiry in self.expiries:
            trading_class = self.class_of(expiry)
            for strike in self.strikes:
                for right in Right:
                    option = OptionContract(symbol=self.spec.symbol, expiry=expiry, right=right, strike=strike)
                    yield self._option(option, trading_class)

    def _option(self, option: OptionContract, trading_class: str = "") -> Listing:
        spec = self.spec
        trading_class = trading_class or self.class_of(option.expiry)
        return Listing(
            con_id=con_id(spec.security_type, option),
            symbol=spec.symbol,
            sec_type=spec.security_type,
            exchange=spec.exchange,
            local_symbol=f"{trading_class}{month_code(option.expiry)} {option.right.value}{option.strike:f}",
            trading_class=trading_class,
            long_name=spec.description,
            ladder=spec.ladder,
            rule_id=OPTION_RULE,
            expiry=option.expiry,
            contract_month=self.underlying.contract_month or f"{option.expiry:%Y%m}",
            multiplier=spec.multiplier,
            under_con_id=self.underlying.con_id,
            under_sec_type=self.underlying.sec_type,
            option=option,
        )


def _strikes(step: Decimal, price: Decimal) -> list[Decimal]:
    lowest, highest = (int(price * part / step) for part in (1 - REACH, 1 + REACH))
    return [number * step for number in range(max(lowest, 1), highest + 1)]


def _next_days(calendar: Calendar, day: TradingDay, count: int) -> list[date]:
    found = [day.date]
    while len(found) < count:
        found.append(calendar.next_day(found[-1]).date)
    return found
