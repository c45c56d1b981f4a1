"""Days on which entries do not simply fill: nobody sells a leg, or both legs leave as one order."""

from __future__ import annotations

from decimal import Decimal

import pytest

from actors.simulation.exchange import FaultyExchange
from actors.simulation.faults import FAULTS
from actors.simulation.options import Options
from actors.simulation.plan import calm_from, draw_plan
from actors.simulation.swarm import draw_setting
from lottogrid.cli.simulate.house import SimulatedHouse
from lottogrid.exchange.account import Account
from lottogrid.market.contracts import Right
from tests.simulation.made import BUSY, day, options

ALL_DAY = {4: "C", 5: "P"}
"""Variants of F23 that last all day, and of what nobody sells any then."""
COMBO = (*BUSY, "strategy.entry_as=combo")
FORGETFUL = 7
"""A day on which legs of a combo are filled minutes apart."""


def lonely(*overrides: str) -> Options:
    return options(profile="calm", rates={"F23": 1.0}, seed=11, house=SimulatedHouse((*BUSY, *overrides)))


def day_without(right: str, asked: Options) -> int:
    """Return the first day on which nobody sells calls, or puts."""
    return next(
        number
        for number in range(100)
        if any(ALL_DAY.get(strike.variant) == right for strike in draw_plan(asked, draw_setting(asked, number)))
    )


@pytest.mark.parametrize("right", ["C", "P"])
@pytest.mark.parametrize("entry_as", ["legs", "combo"])
def test_where_nobody_sells_a_leg_only_the_other_is_bought(right: str, entry_as: str) -> None:
    """All day, through the calm before the flatten time, and each position is left with one leg at most."""
    asked = lonely(f"strategy.entry_as={entry_as}")
    played = day(asked, day_without(right, asked))
    bought = [fill.split()[2].split("-")[2] for fill in played.fills if fill.startswith("BUY")]

    assert played.violation is None
    assert played.counts["F23"] > 0
    assert bought
    assert right not in bought


def test_who_stays_away_all_day_does_so_from_before_the_open() -> None:
    """Whatever instant was drawn; other strikes keep theirs."""
    asked = lonely()
    for number in range(30):
        setting = draw_setting(asked, number)
        for strike in draw_plan(asked, setting):
            early = any(strike.at < session.day.opens for session in setting.sessions[:1])
            assert early or strike.variant not in FAULTS["F23"].all_day
            assert strike.at < calm_from(setting, setting.sessions[-1])


def test_an_absent_seller_is_no_fault_that_heals() -> None:
    """When all faults end, few sellers become many, and nobody stays nobody."""
    exchange = SimulatedHouse().exchange(draw_setting(options(), 0).settings)
    assert isinstance(exchange, FaultyExchange)
    at = draw_setting(options(), 0).sessions[0].day.opens
    exchange.habits = {"F23": at, "F27": at}
    exchange.unsold = Right.CALL
    exchange.heal()
    assert exchange.habits == {"F23": at}

    exchange.unsold = None
    exchange.heal()
    assert exchange.habits == {}


def test_some_days_order_both_legs_as_one() -> None:
    """Where a limit is moved they do not: the settings refuse that."""
    drawn = [draw_setting(options(), number).settings.strategy for number in range(60)]

    assert {each.entry_as for each in drawn} == {"legs", "combo"}
    assert all(each.entry_reprices == 0 for each in drawn if each.entry_as == "combo")


@pytest.mark.parametrize("fault", ["F20", "F22", "F26", "F27", "F31"])
def test_what_strikes_orders_strikes_combos(fault: str) -> None:
    """Lost, refused or crossed on the line, refused by the exchange, not cancelled in time."""
    asked = options(profile="calm", rates={fault: 3.0, "F23": 1.0}, seed=11, house=SimulatedHouse(COMBO))
    played = [day(asked, number) for number in range(4)]

    assert [each.violation for each in played if each.violation] == []
    assert sum(each.counts.get(fault, 0) for each in played) > 0


def test_a_combo_that_costs_more_than_its_limits_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its legs are filled at different times, by an exchange that forgets what the first has cost."""
    patient = ("strategy.lone_leg=chase", "strategy.entry_timeout_seconds=300", "strategy.quantity=3")
    asked = options(profile="calm", rates={"F23": 1.0}, seed=11, house=SimulatedHouse((*COMBO, *patient)))
    assert day(asked, FORGETFUL).violation is None

    monkeypatch.setattr(Account, "paid", lambda *_: Decimal(0))
    found = day(asked, FORGETFUL).violation

    assert found is not None
    assert found.invariant == "I18"
