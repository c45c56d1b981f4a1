"""The broker's contracts: found by asking, never computed, and refused where the answer is not one."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from lottogrid.brokers.ib import values
from lottogrid.brokers.ib.conversation import Conversation
from lottogrid.brokers.ib.hours import Hours, hours_of
from lottogrid.brokers.ib.requests import RequestFailed
from lottogrid.clock import to_utc
from lottogrid.errors import BadInput, Missing
from lottogrid.market.contracts import ContractSpec, OptionContract, Right
from lottogrid.market.ticks import TickLadder

FUTURES_LOOKED_AT = 2
"""The front future, and the next one, on which a day's options may already be written."""
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Underlying:
    """A future and when it trades."""

    con_id: int
    contract: Any
    expiry: date
    hours: Hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The options of one expiry on one future."""

    trading_classes: frozenset[str]
    """Often one; of a date with several a strike is traded only where it is in one of them alone."""
    strikes: frozenset[Decimal]
    """Of all expiries in these classes, points; not every one need be listed for this day."""
    underlying: Underlying


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One option as the broker knows it."""

    contract: Any
    ladder: TickLadder
    last_trade: datetime | None
    """When it last trades, UTC; None where the broker did not say."""


class NoChain(Missing):
    """The broker lists no options that expire on a day."""


class Contracts:
    """Finds each thing once and keeps it, also over reconnections. Failures are not kept."""

    def __init__(self, spec: ContractSpec) -> None:
        if spec.security_type != "FOP":
            raise BadInput(f"instrument: expected options on a future such as MES, found {spec.symbol}; trade another")
        self._spec = spec
        self._found: dict[Hashable, Any] = {}
        self._numbered: dict[int, OptionContract | None] = {}
        self._strange: set[int] = set()
        self._turns: defaultdict[Hashable, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._talk: Conversation | None = None

    def begin(self, talk: Conversation) -> None:
        """Ask through a new connection from now on."""
        self._talk = talk
        self._turns.clear()

    def known(self, option: OptionContract) -> Listed | None:
        """Return an option that was found before."""
        found: Listed | None = self._found.get(option)
        return found

    def is_combo(self, contract: Any) -> bool:
        """Return whether a contract of the library's is a combo on our product."""
        return bool(contract.secType == "BAG" and contract.symbol == self._spec.symbol)

    def numbered(self, con_id: int) -> OptionContract | None:
        """Return the option that the broker has given a number; None where it is none, or was not told yet."""
        if con_id not in self._numbered:
            self._strange.add(con_id)
        return self._numbered.get(con_id)

    @property
    def has_strange(self) -> bool:
        """Whether numbers were met that are to be looked up."""
        return bool(self._strange)

    def take_strange(self) -> list[int]:
        """Return the numbers that are to be looked up, once."""
        found, self._strange = sorted(self._strange), set()
        return found

    async def identify(self, con_id: int) -> None:
        """Learn which option has a number, or that none of ours has.

        Raises:
            RequestFailed: the broker does not say.
        """
        try:
            told = await self._asking.details(f"contract {con_id}", conId=con_id, exchange=self._spec.exchange)
        except RequestFailed as failed:
            if failed.code is None:
                raise
            told = []
        for details in told:
            self.note(details.contract)
        self._numbered.setdefault(con_id, None)

    def note(self, contract: Any) -> None:
        """Take in the number of an option that the broker has told."""
        option = self.option_of(contract)
        if option is not None and contract.conId > 0:
            self._numbered[contract.conId] = option

    def option_of(self, contract: Any) -> OptionContract | None:
        """Return which of our options a contract of the library's is; None for any other instrument."""
        if contract.secType != self._spec.security_type or contract.symbol != self._spec.symbol:
            return None
        strike = values.price(contract.strike)
        right = {"C": Right.CALL, "CALL": Right.CALL, "P": Right.PUT, "PUT": Right.PUT}.get(contract.right)
        if strike is None or right is None:
            raise BadInput(f"option: expected strike and right, found {contract.strike} {contract.right!r}")
        expiry = values.day(contract.lastTradeDateOrContractMonth)
        return OptionContract(symbol=contract.symbol, expiry=expiry, right=right, strike=strike)

    async def option(self, option: OptionContract) -> Listed:
        """Return the broker's contract for an option.

        Raises:
            Missing: the broker has none, several, or does not answer; the text says which.
        """
        return await self._once(option, lambda: self._find_option(option))

    async def chain(self, expiry: date) -> Chain:
        """Return the options that expire on a day.

        Raises:
            Missing: there are none (`NoChain`), or no answer.
        """
        return await self._once(expiry, lambda: self._find_chain(expiry))

    async def underlying(self, today: date) -> Underlying:
        """Return the future on which today's options are written; the front one where today has none.

        Raises:
            Missing: there is no future, or no answer.
        """
        try:
            return (await self.chain(today)).underlying
        except NoChain:
            return (await self._futures(today))[0]

    async def _find_chain(self, expiry: date) -> Chain:
        futures = await self._futures(expiry)
        by_id = {future.con_id: future for future in futures}
        for kind, number in [("FUT", future.con_id) for future in futures] + [("IND", 0)]:
            con_id = number or await self._index()
            found = await self._chains_on(kind, con_id, expiry, by_id) if con_id else []
            if found:
                # Those on a later future are of another kind: the nearest is what the day's options turn into.
                return min(found, key=lambda chain: chain.underlying.expiry)
        symbol = self._spec.symbol
        raise NoChain(f"options of {expiry}: expected a chain on {symbol}, found none; check permissions and the date")

    async def _chains_on(self, kind: str, con_id: int, expiry: date, futures: dict[int, Underlying]) -> list[Chain]:
        """Return the chains of an expiry, one for each future that has any."""
        spec = self._spec
        told = await self._asking.chains(f"chain of {spec.symbol}", spec.symbol, spec.exchange, kind, con_id)
        classes: defaultdict[int, set[str]] = defaultdict(set)
        strikes: defaultdict[int, set[Decimal]] = defaultdict(set)
        for exchange, under, trading_class, multiplier, expiries, listed in told:
            is_ours = exchange == spec.exchange and str(multiplier) == _text(spec.multiplier)
            if is_ours and f"{expiry:%Y%m%d}" in expiries and int(under) in futures:
                classes[int(under)].add(trading_class)
                strikes[int(under)] |= {strike for each in listed if (strike := values.price(each)) is not None}
        return [
            Chain(trading_classes=frozenset(found), strikes=frozenset(strikes[number]), underlying=futures[number])
            for number, found in classes.items()
        ]

    async def _futures(self, today: date) -> list[Underlying]:
        return await self._once(("futures", today), lambda: self._find_futures(today))

    async def _find_futures(self, today: date) -> list[Underlying]:
        spec = self._spec
        what = f"future {spec.symbol}"
        told = await self._asking.details(what, secType="FUT", symbol=spec.symbol, exchange=spec.exchange)
        found = [
            _underlying(details) for details in told if details.contract.multiplier in {"", _text(spec.multiplier)}
        ]
        # On its last day a future is gone by the time that the day's options expire.
        living = sorted((future for future in found if future.expiry > today), key=lambda future: future.expiry)
        if not living:
            raise Missing(f"{what}: expected one that expires after {today}, found none; check the symbol")
        return living[:FUTURES_LOOKED_AT]

    async def _index(self) -> int:
        spec = self._spec
        try:
            told = await self._asking.details(
                f"index {spec.symbol}", secType="IND", symbol=spec.symbol, exchange=spec.exchange
            )
        except Missing:
            return 0
        return int(told[0].contract.conId) if len(told) == 1 else 0

    async def _find_option(self, option: OptionContract) -> Listed:
        chain = await self.chain(option.expiry)
        told = await self._asking.details(
            str(option),
            secType=self._spec.security_type,
            symbol=option.symbol,
            exchange=self._spec.exchange,
            lastTradeDateOrContractMonth=f"{option.expiry:%Y%m%d}",
            strike=float(option.strike),
            right=option.right.value,
            multiplier=_text(self._spec.multiplier),
        )
        # A query for options may be answered with event contracts too.
        found = [details for details in told if self._is(details, option, chain)]
        if len(found) != 1:
            raise Missing(f"{option}: expected one contract, found {len(found)} of {len(told)} told; it is not traded")
        return await self._listing(found[0])

    def _is(self, details: Any, option: OptionContract, chain: Chain) -> bool:
        contract = details.contract
        is_ours = self.option_of(contract) == option and contract.tradingClass in chain.trading_classes
        return is_ours and contract.conId > 0 and details.underConId == chain.underlying.con_id

    async def _listing(self, details: Any) -> Listed:
        contract = details.contract
        self.note(contract)
        contract.lastTradeDateOrContractMonth = contract.lastTradeDateOrContractMonth[:8]
        rules = dict(zip(details.validExchanges.split(","), details.marketRuleIds.split(","), strict=False))
        rule = rules.get(self._spec.exchange, "")
        if not rule.isdigit():
            raise Missing(f"{contract.localSymbol}: expected a market rule, found {rule!r}; its ticks are unknown")
        return Listed(contract=contract, ladder=await self._ladder(int(rule)), last_trade=_last_trade(details))

    async def _ladder(self, rule: int) -> TickLadder:
        return await self._once(("rule", rule), lambda: self._find_ladder(rule))

    async def _find_ladder(self, rule: int) -> TickLadder:
        tiers = []
        for told in await self._asking.market_rule(rule):
            edge, step = values.number(told.lowEdge), values.number(told.increment)
            if edge is None or step is None:
                raise Missing(f"market rule {rule}: expected edges and steps, found {told}; its options are not traded")
            tiers.append((edge, step))
        return TickLadder.of(*sorted(tiers))

    async def _once(self, key: Hashable, find: Callable[[], Awaitable[_T]]) -> _T:
        async with self._turns[key]:
            if key not in self._found:
                self._found[key] = await find()
            found: _T = self._found[key]
            return found

    @property
    def _asking(self) -> Conversation:
        assert self._talk is not None
        return self._talk


def _underlying(details: Any) -> Underlying:
    contract = details.contract
    contract.lastTradeDateOrContractMonth = contract.lastTradeDateOrContractMonth[:8]
    return Underlying(
        con_id=contract.conId,
        contract=contract,
        expiry=values.day(contract.lastTradeDateOrContractMonth),
        hours=hours_of(details.tradingHours, details.timeZoneId),
    )


def _last_trade(details: Any) -> datetime | None:
    try:
        text = f"{details.contract.lastTradeDateOrContractMonth} {details.lastTradeTime}"
        local = datetime.strptime(text, "%Y%m%d %H:%M:%S").replace(tzinfo=ZoneInfo(details.timeZoneId))
    except (ValueError, OSError, KeyError):
        return None
    return to_utc(local)


def _text(number: Decimal) -> str:
    return f"{number.normalize():f}"
