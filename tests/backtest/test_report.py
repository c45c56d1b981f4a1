"""The page about a backtest, and its charts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from lottogrid.backtest import report_svg as svg
from lottogrid.backtest.engine import Ground, run
from lottogrid.backtest.report_facts import Facts, facts_of, facts_of_trades
from lottogrid.backtest.report_html import page
from lottogrid.backtest.report_parts import ModelError, Origin
from lottogrid.backtest.stress import STRESSES, by_fill, crossing, magnified, widest_days
from lottogrid.cli.research.backtest_work import plan_of
from lottogrid.cli.wiring import forecast_of
from lottogrid.errors import BadInput
from tests.backtest.made import DAYS, days
from tests.backtest.pages import charts_of
from tests.replay.bench import settings

CHOSEN = settings("max_premium_per_strangle=60")


@pytest.fixture(scope="module")
def ground() -> Ground:
    """Return five days."""
    return Ground(days(CHOSEN, *DAYS, volatility=0.2), forecast_of(CHOSEN))


@pytest.fixture(scope="module")
def facts(ground: Ground) -> Facts:
    """Return what a report tells of them."""
    return facts_of(ground, plan_of(CHOSEN), seed=1)


def origin(**more: object) -> Origin:
    """Return what a result was made from."""
    left_out = [(date(2025, 1, 2), "hole <b>")]
    return replace(Origin(source="es & co.csv", skipped=left_out, assumptions=["x < y"], settings=CHOSEN), **more)  # type: ignore[arg-type]


def test_the_page_stands_alone(facts: Facts) -> None:
    """Sound HTML with charts that are sound XML; it loads nothing and runs nothing."""
    assert len(charts_of(page(facts, origin()))) == 8


def test_the_page_tells_what_a_sceptic_asks(facts: Facts) -> None:
    """Hash, digest, interval, fill assumptions, what was left out, what it cannot establish; text is text."""
    text = page(facts, origin())

    for told in (CHOSEN.hash, facts.digest[:16], "What this cannot establish", "es &amp; co.csv", "x &lt; y"):
        assert told in text
    assert "2025-01-02: hole &lt;b&gt;" in text
    assert "risk.max_draw" in text
    assert "1 of them not the default" in text
    for fill in facts.fills:
        assert f"{abs(fill.pnl):,.2f}" in text
    low = facts.intervals["total"].low
    assert f"{'-' if low < 0 else ''}${abs(low):,.2f}" in text
    assert "against the real quotes" not in text
    assert "against the real quotes" in page(facts, origin(errors=[ModelError(1.25, 900, 1.01, 0.042)]))


def test_a_day_without_a_trade_has_a_page_too() -> None:
    """Without the charts that need trades, and with dashes where nothing is known."""
    chosen = settings("volatility_threshold=0.01")
    found = facts_of(Ground(days(chosen, DAYS[1]), forecast_of(chosen)), plan_of(chosen), seed=1)
    text = page(found, origin(settings=chosen, skipped=[]))

    assert found.gains == []
    assert text.count("<svg") == 3
    assert "No session was left out." in text
    assert "–" in text  # noqa: RUF001


def test_the_facts_are_of_the_backtest(ground: Ground, facts: Facts) -> None:
    """Hours and fills add up to its trades; half the spread is its own market; the moves are each session's."""
    outcome = run(ground, plan_of(CHOSEN))

    assert sum(each.trades for each in facts.hours) == len(outcome.trades) == facts.figures["trades"]
    assert sum(each.pnl for each in facts.hours) == pytest.approx(facts.figures["pnl"])
    assert sorted(facts.gains_as_ended) == sorted(facts.gains)
    ended = [float(trade.pnl or 0) for trade in sorted(outcome.trades, key=lambda each: each.closed_at)]
    assert np.allclose(np.cumsum(facts.gains_as_ended)[-1], sum(ended))
    assert facts.gains_as_ended[:3] == pytest.approx(ended[:3])
    assert [each.name for each in facts.fills] == ["mid", "half", "full"]
    assert facts.fills[2].pnl == pytest.approx(facts.figures["pnl"])
    assert len({each.pnl for each in facts.fills}) == 3
    assert len(facts.moves) == 5
    price = float(ground.tape.close[0, ground.tape.lead + 60])
    end = float(ground.tape.close[0, ground.tape.closing[0]])
    assert facts.moves[0][1] == pytest.approx(abs(end - price))
    assert 0.1 < facts.moves[0][0] / (price * 0.2 / 252**0.5) < 2


def test_the_facts_of_played_trades_are_those_of_computed_ones(ground: Ground, facts: Facts) -> None:
    """But for the other shares of the spread, which were not played."""
    played = facts_of_trades(ground, run(ground, plan_of(CHOSEN)).trades, Decimal(5000), seed=1)

    assert [each.name for each in played.fills] == ["full"]
    assert played.fills[0].pnl == pytest.approx(facts.fills[2].pnl)
    assert played.daily == pytest.approx(facts.daily)
    assert sorted(played.gains_as_ended) == pytest.approx(sorted(facts.gains_as_ended))
    assert played.intervals["mean"].low == pytest.approx(facts.intervals["mean"].low)
    for name in ("dates", "figures", "moves", "digest", "start_cash"):
        assert getattr(played, name) == getattr(facts, name)


def test_less_of_the_spread_costs_less(ground: Ground) -> None:
    """On the very same first entries: the same strikes are cheaper at the middle."""
    plan = plan_of(settings("max_premium_per_strangle=900", "max_trades_per_day=1"))
    found = by_fill(ground, plan)
    paid = [outcome.positions.paid.sum() for outcome in found.values()]

    assert paid[0] < paid[1] < paid[2]
    assert crossing(plan, 1.0) == plan


def test_conditions_change_what_they_say(ground: Ground) -> None:
    """Every price is twice as far from the day's first; the widest days are the widest."""
    sessions = list(ground.tape.sessions)
    wilder = magnified(sessions, 2)
    for before, after in zip(sessions, wilder, strict=True):
        first = before.bars[0].open
        assert after.bars[0].open == first
        assert [bar.close - first for bar in after.bars] == [2 * (bar.close - first) for bar in before.bars]
    assert magnified(sessions, 1) == sessions
    with pytest.raises(BadInput, match="prices above 0"):
        magnified(sessions, 100_000)

    ranges = [
        max(b.high for b in s.bars if b.start >= s.day.opens) - min(b.low for b in s.bars if b.start >= s.day.opens)
        for s in sessions
    ]
    assert widest_days(ground, 0.2).tolist() == [int(np.argmax([float(each) for each in ranges]))]
    assert len(widest_days(ground, 0.0001)) == 1
    assert STRESSES[0].name == "as set"


@examples(max_examples=150)
@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_ticks_are_round_and_within(low: float, width: float) -> None:
    """A few numbers, evenly spaced, none outside."""
    found = svg.ticks(low, low + width)

    assert 1 <= len(found) <= 6
    room = 1e-6 * (abs(low) + width)
    assert all(low - room <= each <= low + width + room for each in found)


@examples(max_examples=100)
@given(st.lists(st.floats(-1e5, 1e5), max_size=20))
def test_everything_lies_on_the_paper(values: list[float]) -> None:
    """Whatever the values, equal or none at all."""
    frame = svg.Frame((0.0, max(1.0, float(len(values)))), svg.span(values))
    made = ET.fromstring(svg.chart("t <", svg.grid(frame), svg.bars(frame, values), svg.below(frame, [])))

    for rect in made.iter("rect"):
        x, y, width, height = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
        assert 0 <= x <= x + width <= svg.WIDTH + 0.5
        assert -0.1 <= y <= y + height <= svg.HEIGHT + 0.1
    assert made.attrib["aria-label"] == "t <"


def test_amounts_at_an_axis_are_short() -> None:
    """Thousands from ten of them on, the sign before the dollar."""
    assert [svg.dollars(value) for value in (-25000.0, -500.0, 0.0, 7500.0, 10000.0)] == [
        "-$25k",
        "-$500",
        "$0",
        "$7,500",
        "$10k",
    ]
