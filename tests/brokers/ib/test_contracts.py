"""Contracts, found among what a broker may answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from lottogrid.brokers.ib.contracts import Contracts, Listed
from lottogrid.errors import BadInput, Missing
from lottogrid.market.contracts import OptionContract, spec_of
from tests.brokers.ib.fakes import contract_of
from tests.brokers.ib.made import CALL
from tests.exchange.desk import DAY

JUNE, SEPTEMBER, INDEX = 11, 12, 13
TODAY = f"{DAY.date:%Y%m%d}"


def future(con_id: int, expiry: str) -> SimpleNamespace:
    contract = SimpleNamespace(
        secType="FUT", symbol="MES", conId=con_id, lastTradeDateOrContractMonth=expiry, multiplier="5", localSymbol="F"
    )
    return SimpleNamespace(contract=contract, tradingHours=f"{TODAY}:0000-{TODAY}:1600", timeZoneId="US/Central")


def listed(option: OptionContract = CALL, **more: Any) -> SimpleNamespace:
    """Return the details of an option as the broker tells them, but for `more`."""
    terms = {"conId": 5, "tradingClass": "X2C", "underConId": JUNE, "marketRuleIds": "7,239", **more}
    under, rules = terms.pop("underConId"), terms.pop("marketRuleIds")
    return SimpleNamespace(
        contract=contract_of(option, **terms),
        underConId=under,
        validExchanges="SMART,CME",
        marketRuleIds=rules,
        lastTradeTime="15:00:00",
        timeZoneId="US/Central",
    )


class Broker:
    """Answers questions from what it is given."""

    def __init__(self) -> None:
        self.futures = [future(SEPTEMBER, "20250919"), future(JUNE, "20250620"), future(9, TODAY)]
        self.chained: dict[int, list[tuple[Any, ...]]] = {JUNE: [self.chain("X2C")]}
        self.options = [listed()]
        self.index: list[Any] = [SimpleNamespace(contract=SimpleNamespace(conId=INDEX))]

    @staticmethod
    def chain(trading_class: str, under: int = JUNE, expiry: str = TODAY, multiplier: str = "5") -> tuple[Any, ...]:
        return ("CME", under, trading_class, multiplier, [expiry], [6340.0])

    async def details(self, what: str, **fields: Any) -> list[Any]:
        return {"FUT": self.futures, "IND": self.index, "FOP": self.options}[fields["secType"]]

    async def chains(self, what: str, symbol: str, exchange: str, kind: str, con_id: int) -> list[tuple[Any, ...]]:
        return self.chained.get(con_id, [])

    async def market_rule(self, number: int) -> list[Any]:
        assert number == 239, "the rule of the contract's own exchange"
        return [SimpleNamespace(lowEdge=0.0, increment=0.05), SimpleNamespace(lowEdge=10.0, increment=0.25)]


def found(broker: Broker) -> Listed:
    contracts = Contracts(spec_of("MES"))
    talk: Any = broker
    contracts.begin(talk)
    return asyncio.run(contracts.option(CALL))


def test_the_ladder_is_the_broker_s() -> None:
    """Steps come from the market rule, not from what is usual."""
    ladder = found(Broker()).ladder

    assert ladder.step(Decimal(7)) == Decimal("0.05")
    assert ladder.step(Decimal(11)) == Decimal("0.25")


@pytest.mark.parametrize(
    "beside",
    [
        {"tradingClass": "MES"},
        {"underConId": SEPTEMBER},
        {"secType": "EC"},
        {"strike": 6345.0},
        {"right": "P"},
        {"lastTradeDateOrContractMonth": "20250410"},
        {"conId": 0},
    ],
)
def test_what_is_told_beside_the_option_is_left_out(beside: dict[str, Any]) -> None:
    """Another class, underlying, kind, strike, right or day does not make the option ambiguous, and is never taken."""
    broker = Broker()
    broker.options = [listed(**{"conId": 6, **beside}), listed()]
    assert found(broker).contract.conId == 5

    broker.options = [listed(**beside)]
    with pytest.raises(Missing, match="expected one contract, found 0"):
        found(broker)


def test_two_contracts_that_fit_are_refused() -> None:
    """Nothing is guessed."""
    broker = Broker()
    broker.chained[JUNE].append(broker.chain("X2D"))
    broker.options = [listed(), listed(conId=6, tradingClass="X2D")]

    with pytest.raises(Missing, match="found 2 of 2"):
        found(broker)


def _on_the_index(broker: Broker) -> None:
    broker.chained = {INDEX: broker.chained[JUNE]}


def _on_the_next_future(broker: Broker) -> None:
    broker.chained = {SEPTEMBER: [broker.chain("X2C", SEPTEMBER)]}
    broker.options = [listed(underConId=SEPTEMBER)]


@pytest.mark.parametrize("move", [_on_the_index, _on_the_next_future])
def test_the_chain_is_found_where_it_hangs(move: Callable[[Broker], None]) -> None:
    """On the front future, on the next one, or on the index."""
    broker = Broker()
    move(broker)

    assert found(broker).contract.conId == 5


@pytest.mark.parametrize(
    "chain",
    [Broker.chain("X2C", expiry="20250410"), Broker.chain("X2C", under=99), Broker.chain("E2C", multiplier="50")],
)
def test_a_day_without_a_chain_is_refused(chain: tuple[Any, ...]) -> None:
    """Other days, futures and sizes are not today's options; the bars are then the front future's."""
    broker = Broker()
    broker.chained = {JUNE: [chain]}
    with pytest.raises(Missing, match="expected a chain"):
        found(broker)

    contracts = Contracts(spec_of("MES"))
    talk: Any = broker
    contracts.begin(talk)
    assert asyncio.run(contracts.underlying(DAY.date)).con_id == JUNE


def test_an_option_without_a_market_rule_is_refused() -> None:
    """Its ticks would be a guess."""
    broker = Broker()
    broker.options = [listed(marketRuleIds="7")]

    with pytest.raises(Missing, match="market rule"):
        found(broker)


def test_only_options_on_futures_are_served() -> None:
    """An index or a share is refused when the port is made."""
    with pytest.raises(BadInput, match="options on a future"):
        Contracts(spec_of("SPX"))


def test_other_instruments_are_none_of_our_options() -> None:
    """A future and an option of another product are no option of ours; one without a strike is not understood."""
    contracts = Contracts(spec_of("MES"))
    assert contracts.option_of(contract_of(CALL)) == CALL
    assert contracts.option_of(contract_of(CALL, secType="BAG")) is None
    assert contracts.option_of(contract_of(CALL, symbol="ES")) is None
    with pytest.raises(BadInput):
        contracts.option_of(contract_of(CALL, strike=0.0))
    assert contracts.option_of(contract_of(CALL)).expiry == date(2025, 4, 9)  # type: ignore[union-attr]
