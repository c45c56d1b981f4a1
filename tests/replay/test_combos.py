"""Strangles that leave as one order: a day with them ends as every day must, whoever dies and whatever breaks."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from actors import messages as m
from actors.venue import DropLink
from lottogrid.exchange.values import VenueOrder
from lottogrid.orders import OrderState, Purpose
from tests.replay.bench import WILD, Bench, Kill, bench, promises_broken, sessions, settings

DAY = date(2025, 7, 3)
COMBO = "entry_as=combo"
SHORT = (*WILD, COMBO, "session.market_open=11:30", "min_time_between_trades=8", "profit_target_multiplier=1.5")
ROUGH = (
    *(COMBO, "session.market_open=11:30", "min_time_between_trades=5", "simulator.profile=rough", "quantity=8"),
    *("max_premium_per_strangle=300", "max_draw=200000", "start_cash=500000"),
)


def _combos(played: Bench) -> list[list[VenueOrder]]:
    """Return the combos that the exchange was sent in the day, each as its legs."""
    orders = played.replay.exchange._account.orders
    groups = dict.fromkeys(order.combo for order in orders.values() if order.combo)
    return [[orders[ref] for ref in group.split(",")] for group in groups]


def _dear(played: Bench) -> list[str]:
    """Return the combos of which one cost more than the limits of its legs."""
    found = []
    for legs in _combos(played):
        limits = sum((leg.intent.limit_price or Decimal(0) for leg in legs), Decimal(0))
        prices = [
            {
                execution.price
                for execution in played.replay.exchange._account.executions.values()
                if execution.order_ref == leg.ref
            }
            for leg in legs
        ]
        if all(prices) and sum((min(each) for each in prices), Decimal(0)) > limits:
            found.append(legs[0].ref)
    return found


def test_a_day_of_combos_is_a_day(tmp_path: Path) -> None:
    """Every entry leaves as one order of two legs, both are bought, and targets and sales are each leg's own."""
    chosen = settings(*SHORT)
    played = bench(tmp_path, chosen, sessions(chosen, DAY, seed=3))
    result = played.play()

    assert promises_broken(chosen, played.ledger, result, played) == []
    assert len(result.trades) >= 3
    entries = [
        order
        for position in played.ledger.positions()
        for leg in position.legs
        for order in leg.orders
        if order.intent.purpose is Purpose.ENTRY
    ]
    assert {order.intent.ref for order in entries} == {leg.ref for legs in _combos(played) for leg in legs}
    assert all(order.state is OrderState.FILLED for order in entries)
    assert _dear(played) == []


def test_the_same_day_trades_the_same_leg_by_leg(tmp_path: Path) -> None:
    """Where both legs are filled at once at their offers, how they were sent changes nothing."""
    days = {}
    for name, more in (("combo", ()), ("legs", ("entry_as=legs",))):
        chosen = settings(*SHORT, *more)
        (tmp_path / name).mkdir()
        days[name] = bench(tmp_path / name, chosen, sessions(chosen, DAY, seed=3)).play()

    assert days["combo"].trades == days["legs"].trades


@pytest.mark.parametrize("policy", [("lone_leg=keep",), ("lone_leg=sell",), ("lone_leg=chase", "reprice_seconds=10")])
def test_a_rough_day_of_combos_ends_flat_under_every_policy(policy: tuple[str, ...], tmp_path: Path) -> None:
    """Refused, filled in pieces, cancelled in the middle: a leg that stands alone goes by the policy."""
    chosen = settings(*ROUGH, *policy)
    played = bench(tmp_path, chosen, sessions(chosen, DAY, seed=3), seed=5, shuffle=True)
    result = played.play()

    assert promises_broken(chosen, played.ledger, result, played) == []
    states = {leg.state for legs in _combos(played) for leg in legs}
    assert {OrderState.FILLED, OrderState.CANCELLED} <= states
    assert _dear(played) == []


@pytest.mark.parametrize("after_effects", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("name", ["ledger", "broker", "risk", "positions", "LG-20250703-001"])
def test_a_killed_actor_costs_nothing(name: str, after_effects: bool, tmp_path: Path) -> None:
    """Killed between a combo's commit and its answers, before or after a message's effects."""
    chosen = settings(*SHORT)
    day = sessions(chosen, DAY, seed=3)
    drawn = random.Random(f"{name} {after_effects}").sample(range(4, 40), 3)
    points = [1, 2, 3, 4, 5] if name.startswith("LG-") else [1, *drawn]
    for point in points:
        folder = tmp_path / str(point)
        folder.mkdir()
        kill = Kill(name, point, after_effects)
        disturbed = bench(folder, chosen, day, interference=kill, seed=point, shuffle=True)
        result = disturbed.play()

        assert kill.done, f"{name} never reached message {point}"
        assert promises_broken(chosen, disturbed.ledger, result, disturbed) == [], f"{name} killed at {point}"
        assert result.trades


@pytest.mark.parametrize("seed", range(3))
def test_a_day_of_broken_links_ends_as_it_should(seed: int, tmp_path: Path) -> None:
    """A dozen breaks just after whole minutes, where combos are in flight: no order twice, books equal."""
    chosen = settings(*SHORT, "simulator.profile=paper")
    days = sessions(chosen, DAY, seed=3)
    broken = bench(tmp_path, chosen, days, seed=seed, shuffle=True)
    source = random.Random(seed)
    for minute in source.sample(range(1, int(days[0].day.minutes)), 12):
        at = days[0].day.opens + timedelta(minutes=minute, milliseconds=source.randrange(0, 400))
        broken.replay.runtime.schedule(at, broken.replay.runtime.cells[m.VENUE], DropLink("cable pulled"))
    result = broken.play()

    assert promises_broken(chosen, broken.ledger, result, broken) == []
    assert _combos(broken)
