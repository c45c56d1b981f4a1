"""The owner's rule: buy a far strangle when the last hour moved little against what the day is priced for.

Where the original text leaves a choice, the reading taken is written at the rule.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from enum import Enum
from typing import Any, TypeVar

from lottogrid.clock import new_york
from lottogrid.market.contracts import ContractSpec, OptionContract, Right
from lottogrid.market.quotes import Quote
from lottogrid.orders import Side
from lottogrid.positions import LegPlan, Proposal
from lottogrid.pricing.blocks import Floats
from lottogrid.pricing.moves import expected_move
from lottogrid.pricing.time import MINUTES_PER_SESSION, MINUTES_PER_YEAR
from lottogrid.risk.book import RiskBook
from lottogrid.risk.limits import Limits, money_verdicts, standing_verdicts
from lottogrid.risk.reasons import Reason
from lottogrid.risk.verdict import Verdict, verdict
from lottogrid.strategies.base import Decision, MarketView

Number = TypeVar("Number", float, Floats)


class EntryMeasure(Enum):
    """The two sound readings of "realised 60-minute volatility below a share of the implied daily move"."""

    MOVE = "move"
    """Taken literally, in points: the standard deviation over one hour against that over a full session."""
    ANNUALISED = "annualised"
    """Both as annual volatilities."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The numbers of the rule. Money in dollars."""

    measure: EntryMeasure
    realised_minutes: int
    """How far back the realised volatility looks, and the horizon it is scaled to."""
    threshold: float
    multiples: tuple[Decimal, ...]
    """Distance of each level's strikes, in implied moves, nearest first."""
    buy_every_level: bool
    cap_usd: Decimal
    """Premium of one strangle at most, all commissions in and out included."""
    target_multiple: Decimal
    """A leg is offered at this multiple of what it cost: 4 means 400 % of the cost, a gain of 300 %."""
    quantity: int
    commission_usd: Decimal
    """A contract and side."""
    reserves_cap: bool = False
    """Whether the whole cap is reserved for an entry, because repricing may bring it there."""
    price_age: timedelta
    quote_age: timedelta


class LottoGrid:
    """Decides once a minute; never looks at anything but its arguments."""

    name = "lotto_grid"

    def __init__(self, rules: Rules, limits: Limits) -> None:
        self.rules = rules
        self.limits = limits

    def wanted(self, market: MarketView) -> frozenset[OptionContract]:
        """Return the options of every level; empty where price or implied move is unknown."""
        return frozenset(contract for pair in self._strangles(market).values() for contract in pair)

    def decide(self, market: MarketView, book: RiskBook) -> Decision:
        """Return the decision for `market.moment`: every rule is asked, also after one has refused."""
        verdicts = [
            self._window(market),
            self._price_known(market),
            self._volatility(market),
            *standing_verdicts(book, self.limits, market.moment),
        ]
        may_enter = all(each.passed for each in verdicts)
        candidates = self._levels(market)
        verdicts += [level for level, _ in candidates]
        proposals: list[Proposal] = []
        money: tuple[Verdict, ...] = ()
        for _, proposal in candidates:
            if proposal is None or (proposals and not self.rules.buy_every_level):
                continue
            spent = sum((earlier.worst_case_usd for earlier in proposals), Decimal(0))
            asked = money_verdicts(book, self.limits, spent + proposal.worst_case_usd)
            affordable = all(each.passed for each in asked)
            if affordable and may_enter:
                proposals.append(proposal)
            if not money or affordable:
                money = asked  # of all that is bought; else of the first that could not be
        verdicts += money
        return Decision(
            at=market.moment,
            strategy=self.name,
            underlying=market.underlying,
            verdicts=tuple(verdicts),
            proposals=tuple(proposals),
        )

    # --- rules about the market

    def _window(self, market: MarketView) -> Verdict:
        day = market.day
        reason = None
        if market.moment < day.opens:
            reason = Reason.BEFORE_OPEN
        elif market.moment > day.last_entry:
            reason = Reason.AFTER_LAST_ENTRY
        return verdict(
            "trading window",
            f"{new_york(market.moment):%H:%M} ET",
            f"{new_york(day.opens):%H:%M} to {new_york(day.last_entry):%H:%M} ET",
            reason,
        )

    def _price_known(self, market: MarketView) -> Verdict:
        limit = self.rules.price_age
        threshold = f"<= {limit.total_seconds():.0f} s old"
        if market.underlying is None or market.underlying_at is None:
            return verdict("price of the underlying", "unknown", threshold, Reason.NO_MARKET_DATA)
        age = market.at - market.underlying_at
        return verdict(
            "price of the underlying",
            f"{market.underlying} points, {age.total_seconds():.0f} s old",
            threshold,
            None if timedelta(0) <= age <= limit else Reason.DATA_STALE,
        )

    def _volatility(self, market: MarketView) -> Verdict:
        rule = f"volatility of {self.rules.realised_minutes} minutes ({self.rules.measure.value})"
        share = f"{self.rules.threshold:g} x implied"
        if market.minute_sd is None:
            return verdict(rule, f"unknown, {market.samples} samples", f"< {share}", Reason.TOO_FEW_SAMPLES)
        if market.total_sd is None or market.underlying is None or market.minutes_left <= 0:
            return verdict(rule, "implied move unknown", f"< {share}", Reason.IMPLIED_UNKNOWN)
        realised, implied = measured(
            self.rules, market.minute_sd, market.total_sd, float(market.underlying), market.minutes_left
        )
        unit = "points" if self.rules.measure is EntryMeasure.MOVE else "% a year"
        limit = self.rules.threshold * implied
        passed = realised < limit  # False for NaN: unknown refuses
        return verdict(
            rule,
            f"{realised:.2f} {unit}",
            f"< {limit:.2f} {unit} ({share} {implied:.2f})",
            None if passed else Reason.VOLATILITY_TOO_HIGH,
        )

    # --- levels

    def _strangles(self, market: MarketView) -> dict[Decimal, tuple[OptionContract, OptionContract]]:
        """Return call and put of every level, by multiple."""
        if market.underlying is None or market.total_sd is None:
            return {}
        move = Decimal(expected_move(float(market.underlying), market.total_sd))
        pairs = {}
        for multiple in self.rules.multiples:
            above = listed_strike(market.underlying + multiple * move, market.spec, ROUND_HALF_UP)
            below = listed_strike(market.underlying - multiple * move, market.spec, ROUND_HALF_DOWN)
            pairs[multiple] = (
                _contract(market, Right.CALL, above),
                _contract(market, Right.PUT, below),
            )
        return pairs

    def _levels(self, market: MarketView) -> list[tuple[Verdict, Proposal | None]]:
        strangles = self._strangles(market)
        threshold = f"<= ${self.rules.cap_usd:.2f}, costs included"
        seen: set[tuple[OptionContract, OptionContract]] = set()
        answers: list[tuple[Verdict, Proposal | None]] = []
        for multiple in self.rules.multiples:
            rule = f"premium at {multiple} x"
            pair = strangles.get(multiple)
            if pair is None:
                unknown = verdict(rule, "implied move unknown", threshold, Reason.IMPLIED_UNKNOWN)
                answers.append((unknown, None))
                continue
            answers.append(self._level(market, multiple, pair, rule, threshold, collapsed=pair in seen))
            seen.add(pair)
        return answers

    def _level(
        self,
        market: MarketView,
        multiple: Decimal,
        pair: tuple[OptionContract, OptionContract],
        rule: str,
        threshold: str,
        *,
        collapsed: bool,
    ) -> tuple[Verdict, Proposal | None]:
        strikes = f"{pair[1].strike:f} / {pair[0].strike:f}"
        if collapsed:
            return verdict(rule, f"{strikes}, as the level before", threshold, Reason.STRIKES_COLLAPSE), None
        asks: list[Decimal] = []
        for contract in pair:
            ask, problem = self._ask(market, market.quotes.get(contract))
            if ask is None:
                return verdict(rule, f"{contract}: no price", threshold, problem), None
            asks.append(ask)
        proposal = self._proposal(market.spec, multiple, pair, asks)
        per_strangle = proposal.worst_case_usd / self.rules.quantity
        reason = Reason.PREMIUM_ABOVE_CAP if per_strangle > self.rules.cap_usd else None
        return verdict(rule, f"${per_strangle:.2f} for {strikes}", threshold, reason), proposal if not reason else None

    def _ask(self, market: MarketView, quote: Quote | None) -> tuple[Decimal | None, Reason | None]:
        if quote is None:
            return None, Reason.QUOTE_MISSING
        if not quote.is_fresh(market.at, self.rules.quote_age):
            return None, Reason.QUOTE_STALE
        if quote.bid is None or quote.ask is None:
            return None, Reason.QUOTE_ONE_SIDED
        return quote.ask, None

    def _proposal(
        self,
        spec: ContractSpec,
        multiple: Decimal,
        pair: tuple[OptionContract, OptionContract],
        asks: list[Decimal],
    ) -> Proposal:
        quantity = self.rules.quantity
        return Proposal(
            level=multiple,
            legs=tuple(
                LegPlan(
                    number=number,
                    contract=contract,
                    side=Side.BUY,
                    quantity=quantity,
                    limit_price=ask,
                    target_price=spec.ladder.ceil(ask * self.rules.target_multiple),
                )
                for number, (contract, ask) in enumerate(zip(pair, asks, strict=True), 1)
            ),
            premium_usd=sum(asks, Decimal(0)) * spec.multiplier * quantity,
            costs_usd=2 * len(pair) * quantity * self.rules.commission_usd,
            target_multiple=self.rules.target_multiple,
            most_usd=self.rules.cap_usd * quantity if self.rules.reserves_cap else None,
        )


def measured(
    rules: Rules,
    minute_sd: Number,
    total_sd: Number,
    price: Number,
    minutes_left: Number,
    *,
    sqrt: Callable[[Any], Any] = math.sqrt,
) -> tuple[Number, Number]:
    """Return what was realised and what is implied, in the unit of the rule's measure: points, or per cent a year.

    Arrays do as well, with a `sqrt` that takes them. Nothing is checked: minutes left must be above 0.
    """
    if rules.measure is EntryMeasure.MOVE:
        over_the_window = minute_sd * math.sqrt(rules.realised_minutes) * price
        return over_the_window, total_sd * sqrt(MINUTES_PER_SESSION / minutes_left) * price
    realised = minute_sd * math.sqrt(MINUTES_PER_YEAR)
    return 100 * realised, 100 * (total_sd * sqrt(MINUTES_PER_YEAR / minutes_left))


def listed_strike(price: Decimal, spec: ContractSpec, rounding: str = ROUND_HALF_UP) -> Decimal:
    """Return the listed strike nearest to `price` points; a tie goes the way of `rounding`."""
    return (price / spec.strike_step).to_integral_value(rounding=rounding) * spec.strike_step


def _contract(market: MarketView, right: Right, strike: Decimal) -> OptionContract:
    return OptionContract(symbol=market.spec.symbol, expiry=market.day.date, right=right, strike=strike)
