"""The pages about sweeps, walk-forwards and harder conditions."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from lottogrid.backtest import report_charts as charts
from lottogrid.backtest import report_stress, report_sweep, report_walk
from lottogrid.backtest.bootstrap import Interval
from lottogrid.backtest.report_parts import Origin
from lottogrid.backtest.report_sweep import Search
from lottogrid.backtest.stress import STRESSES, Stressed
from lottogrid.backtest.sweep import Refused, Score
from lottogrid.backtest.sweep_rank import rank
from lottogrid.backtest.walkforward import walk
from tests.backtest.pages import charts_of
from tests.replay.bench import settings

DAYS = [date(2025, 6, 2) + timedelta(days=number) for number in range(40)]
ORIGIN = Origin(
    source="es & co.csv", skipped=[(date(2025, 1, 2), "hole <b>")], assumptions=["x < y"], settings=settings()
)


def score(target: str, cap: str, shift: float, *, days: int = len(DAYS)) -> Score:
    """Return what a setting came to: a wave around `shift` dollars a session."""
    daily = tuple(float(shift + 20 * np.sin(number * (shift + 2))) for number in range(days))
    values = ("strategy.profit_target_multiplier", target), ("strategy.max_premium_per_strangle", cap)
    name = f"{target}-{cap}"
    return Score(key=name, values=values, data="d", digest=name, trades=30, wins=9, max_drawdown=55.5, daily=daily)


def search(*scores: Score, by: str = "sharpe") -> Search:
    """Return what came of a sweep."""
    refused = [Refused("k", (), "session: expected open < last entry & more")]
    return Search(ranking=rank(scores, by), refused=refused, dates=DAYS, by=by)


FOUR = tuple(
    score(target, cap, shift)
    for (target, cap), shift in zip(
        [("4", "25"), ("10", "25"), ("4", "40"), ("10", "40")], (1.5, -3, 2.5, -8), strict=True
    )
)


def test_the_page_of_a_sweep_stands_alone_and_tells_what_the_best_is_worth() -> None:
    """A chart of ratios, of sums, and of each setting; the best first; what was refused, what the ranking warns of."""
    found = search(*FOUR)
    text = report_sweep.page(found, ORIGIN, shown=3)

    assert len(charts_of(text)) == 4
    for warning in found.ranking.warnings:
        assert warning.split(";")[0] in text
    assert "1: session: expected open &lt; last entry &amp; more" in text
    assert "es &amp; co.csv" in text
    assert "2025-01-02: hole &lt;b&gt;" in text
    assert found.ranking.digest[:16] in text
    table = text[text.index("The best 3") :].partition("</table>")[0]
    *shown, left_out = (f"${abs(each.pnl):,.2f}</td>" for each in found.ranking.scores)
    assert [table.index(each) for each in shown] == sorted(table.index(each) for each in shown)
    assert left_out not in table


def test_values_of_a_setting_stand_in_the_order_of_numbers() -> None:
    """10 behind 4, words behind numbers; each bar is the middle one of the settings that have the value."""
    text = report_sweep.page(search(*FOUR), ORIGIN, shown=1)
    chart = next(each for each in charts_of(text) if each.attrib["aria-label"] == "by profit_target_multiplier")
    names = [each.text for each in chart.iter("text") if each.text in {"4", "10"}]
    kinds = [each.attrib["class"] for each in chart.iter("rect")]

    assert names == ["4", "10"]
    assert kinds == ["up", "down"]


def test_settings_on_other_days_are_not_drawn_over_each_other() -> None:
    """Nor is anything said of ratios where there are none to compare; the page is sound all the same."""
    text = report_sweep.page(search(FOUR[0], score("3", "25", 1.0, days=12)), ORIGIN, shown=20)

    assert {each.attrib["aria-label"] for each in charts_of(text)} == {
        "by profit_target_multiplier",
        "by max_premium_per_strangle",
    }


@pytest.mark.parametrize("by", ["sharpe", "pnl"])
def test_the_page_of_a_walk_forward_tells_every_window(by: str) -> None:
    """When was chosen and traded, what, what it came to, beside the settings as given and hindsight."""
    found = search(*FOUR, by=by)
    walked = walk(found.ranking.scores, train=15, test=10, by=by, base="4-25", start_usd=5000, seed=1)
    text = report_walk.page(walked, found, ORIGIN)

    assert len(charts_of(text)) == 2
    assert "Walk-forward: 3 windows, 25 sessions traded" in text
    for window in walked.windows:
        assert f"{DAYS[window.train[0]]} to {DAYS[window.train[1] - 1]}" in text
        assert f"{DAYS[window.test[0]]} to {DAYS[window.test[1] - 1]}" in text
        assert f"{abs(window.test_usd):,.2f}" in text
        assert f"{abs(window.hindsight_usd):,.2f}" in text
    for name in ("walked forward", "settings as given", "best of all, known afterwards"):
        assert f"<td>{name}</td>" in text
    assert walked.out_of_sample.mean is not None
    assert ("no gain is established" in text) is (walked.out_of_sample.mean.low <= 0)


def test_settings_that_were_not_tried_have_no_line() -> None:
    """The settings as given need not be a point of the grid."""
    found = search(*FOUR)
    walked = walk(found.ranking.scores, train=15, test=10, by="sharpe", base="other", start_usd=5000, seed=1)
    text = report_walk.page(walked, found, ORIGIN)

    assert "settings as given" not in text
    (lines,) = [each for each in charts_of(text) if each.attrib["aria-label"] == "profit and loss added up"]
    assert len(list(lines.iter("polyline"))) == 2


def stressed(place: int, *, days: int) -> Stressed:
    """Return what a condition came to."""
    mean = Interval(-10.0 * place, -10.0 * place - 5, -10.0 * place + 7, 0.95)
    return Stressed(
        stress=STRESSES[place],
        sessions=days,
        trades=9,
        pnl=-10.0 * place * days,
        worst_session=-33.0,
        intervals={"mean": mean, "win_rate": Interval(0.4, 0.3, 0.5, 0.95)} if days > 1 else {},
    )


def test_the_page_of_conditions_has_a_row_and_an_interval_each() -> None:
    """A single session has no interval, and then there is no chart."""
    text = report_stress.page([stressed(place, days=8) for place in range(len(STRESSES))], ORIGIN)
    (chart,) = charts_of(text)

    assert [each.text for each in chart.iter("text")][: len(STRESSES)] == [each.name for each in STRESSES]
    assert "[-$25.00, -$13.00]" in text
    assert all(each.description in text for each in STRESSES)
    assert charts_of(report_stress.page([stressed(0, days=1)], ORIGIN)) == []


def test_whiskers_lie_where_their_numbers_are() -> None:
    """An interval that holds zero crosses the line at zero; the estimate is within it."""
    chart = charts_of(charts.between([("a", 1.0, -1.0, 3.0), ("b", -4.0, -5.0, -3.0)]))[0]
    zero, *whiskers = [
        [float(point.split(",")[0]) for point in each.attrib["points"].split()] for each in chart.iter("polyline")
    ]
    dots = [float(each.attrib["cx"]) for each in chart.iter("circle")]

    assert whiskers[0][0] < zero[0] < whiskers[0][1]
    assert whiskers[1][1] < zero[0]
    assert all(low < dot < high for (low, high), dot in zip(whiskers, dots, strict=True))


def test_many_values_are_not_all_named() -> None:
    """Every bar is drawn, and names that would lie over each other are left out."""
    (chart,) = charts_of(charts.by_value("t", {str(number): float(number) for number in range(30)}))
    named = [each.text for each in chart.iter("text") if not str(each.text).startswith("$")]

    assert len(list(chart.iter("rect"))) == 30
    assert named == [str(number) for number in range(0, 30, 4)]
