"""Profit and equity as pictures."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from actors.curve import DayResult, EquityView
from actors.view import View
from lottogrid.clock import trading_date
from lottogrid.ledger.records import EquityMarked
from tests.web import made
from web.charts import HEIGHT, WIDTH, Chart, charts

AMOUNTS = st.decimals(min_value=-9000, max_value=9000, places=2)


def _view(amounts: list[Decimal], *, step: timedelta) -> View:
    marks = tuple(
        EquityMarked(
            at=made.NOON - step * (len(amounts) - 1 - place),
            realised_usd=amount,
            open_value_usd=Decimal(0),
            equity_usd=Decimal(5000) + amount,
        )
        for place, amount in enumerate(amounts)
    )
    view = made.quiet_view()
    assert view.ledger is not None
    days = tuple(DayResult(trading_date(mark.at), Decimal(5000), mark.realised_usd) for mark in marks)
    return replace(view, ledger=replace(view.ledger, equity=EquityView(marks, days)))


def _chart(view: View, name: str) -> Chart:
    (found,) = [chart for chart in charts(view, made.about()) if chart.name == name]
    return found


@given(st.lists(AMOUNTS, min_size=1, max_size=40))
@settings(deadline=None, max_examples=100)
def test_a_line_stays_in_its_picture_and_ends_now(amounts: list[Decimal]) -> None:
    """Whatever the marks are, no point lies outside, the highest is highest, and it ends at what the day is now."""
    chart = _chart(_view(amounts, step=timedelta(minutes=1)), "day")

    points = [tuple(map(float, pair.split())) for pair in re.split("[ML]", chart.path) if pair.strip()]
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)
    assert len(points) == len(amounts) + 1
    assert chart.last == "\N{MINUS SIGN}$10.00"
    assert chart.rows[-1][1] == chart.last
    heights = [y for _, y in points][: len(amounts)]
    assert heights[amounts.index(max(amounts))] == min(heights)


@given(st.lists(AMOUNTS, min_size=1, max_size=40))
@settings(deadline=None, max_examples=100)
def test_a_bar_goes_up_for_a_gain_and_down_for_a_loss(amounts: list[Decimal]) -> None:
    """Direction says what colour says, and the sum is in words."""
    chart = _chart(_view(amounts, step=timedelta(days=1)), "days")

    assert chart.zero is not None
    for bar, amount in zip(chart.bars, amounts, strict=True):
        assert bar.tone == ("up" if amount > 0 else "down" if amount < 0 else "")
        assert (bar.y < chart.zero) == (amount > 0 and chart.zero - bar.y > 0)
        assert bar.y + bar.height <= HEIGHT + 1
    assert f"{len(amounts)} days" in chart.label


def test_without_a_mark_nothing_is_drawn_and_it_is_said() -> None:
    """No mark is no line at zero."""
    assert [(chart.path, chart.bars) for chart in charts(made.quiet_view(), made.about())] == [("", ())] * 4
    assert charts(made.empty_view(), made.about()) == ()
    assert "no mark yet" in charts(made.quiet_view(), made.about())[0].label
