"""The charts of a report, from the facts of a backtest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from lottogrid.backtest import report_svg as svg
from lottogrid.backtest.report_facts import Hour

_CLASSES = 30
"""Of a histogram at most."""
_NAMED = 8
"""Values of a setting that are named below their bars, at most."""
_SPLIT = 150.0
"""Height at which the equity ends and its drawdown begins."""


def equity(daily: Sequence[float], dates: Sequence[date], start: float) -> str:
    """Return the account over the days, and below it how far it was under its peak."""
    values = np.concatenate(([start], start + np.cumsum(daily)))
    falls = values - np.maximum.accumulate(values)
    x = (0.0, float(len(daily)))
    above = svg.Frame(x, svg.span(values.tolist(), zero=False), bottom=_SPLIT)
    under = svg.Frame(x, (min(float(falls.min()) * 1.05, -1e-9), 0.0), top=_SPLIT + 20)
    parts = [svg.grid(above), svg.line(above, list(enumerate(values.tolist())))]
    parts += [svg.grid(under, count=2), svg.area(under, list(enumerate(falls.tolist())))]
    parts += [svg.below(under, _days(dates))]
    return svg.chart("equity, and its drawdown below", *parts)


def equity_by_trade(gains: Sequence[float], start: float) -> str:
    """Return the account after each trade."""
    values = np.concatenate(([start], start + np.cumsum(gains))).tolist()
    frame = svg.Frame((0.0, float(len(gains))), svg.span(values, zero=False))
    labels = [(value, _plain(value)) for value in svg.ticks(*frame.x)]
    return svg.chart(
        "equity after each trade", svg.grid(frame), svg.line(frame, list(enumerate(values))), svg.below(frame, labels)
    )


def compared(lines: Sequence[Sequence[float]], dates: Sequence[date]) -> str:
    """Return what up to three lines of sessions have come to, added up; `report_parts.legend` names them."""
    sums = [np.concatenate(([0.0], np.cumsum(daily))).tolist() for daily in lines]
    frame = svg.Frame((0.0, float(len(dates))), svg.span([value for each in sums for value in each]))
    drawn = [svg.line(frame, list(enumerate(each)), f"line-{place}") for place, each in enumerate(sums)]
    return svg.chart("profit and loss added up", svg.grid(frame), *drawn, svg.below(frame, _days(dates)))


def by_value(title: str, amounts: Mapping[str, float]) -> str:
    """Return a bar in dollars for each value of a setting."""
    frame = svg.Frame((0.0, float(len(amounts))), svg.span([1.08 * each for each in amounts.values()]))
    every = -(-len(amounts) // _NAMED)
    labels = [(place + 0.5, name) for place, name in enumerate(amounts) if place % every == 0]
    return svg.chart(title, svg.grid(frame), svg.bars(frame, [*amounts.values()]), svg.below(frame, labels))


def between(rows: Sequence[tuple[str, float, float, float]]) -> str:
    """Return for each row its name, and in dollars an estimate with the interval around it."""
    frame = svg.Frame(svg.span([value for _, *values in rows for value in values]), (0.0, float(len(rows))))
    labels = [(value, svg.dollars(value)) for value in svg.ticks(*frame.x)]
    parts = [svg.line(frame, [(0.0, frame.y[0]), (0.0, frame.y[1])], "mark")]
    for place, (name, estimate, low, high) in enumerate(rows):
        y = len(rows) - place - 0.7
        parts += [svg.caption(svg.LEFT, frame.py(y) - 9, name), svg.line(frame, [(low, y), (high, y)], "whisker")]
        parts += [svg.dots(frame, [(estimate, y)])]
    return svg.chart("estimates and their intervals", *parts, svg.below(frame, labels))


def by_day(daily: Sequence[float], dates: Sequence[date]) -> str:
    """Return a bar for each session."""
    frame = svg.Frame((0.0, float(len(daily))), svg.span(daily))
    parts = svg.grid(frame), svg.bars(frame, daily), svg.below(frame, _days(dates))
    return svg.chart("profit and loss of each session", *parts)


def by_hour(hours: Sequence[Hour]) -> str:
    """Return the P&L of the trades that began in each hour, and how many they were."""
    frame = svg.Frame((0.0, float(len(hours))), svg.span([each.pnl * 1.08 for each in hours]))
    labels = [(place + 0.5, f"{each.hour}:00") for place, each in enumerate(hours)]
    bars = svg.bars(frame, [each.pnl for each in hours])
    ends = [
        svg.caption(
            frame.px(place + 0.5), frame.py(each.pnl) + (-3 if each.pnl >= 0 else 13), str(each.trades), "middle"
        )
        for place, each in enumerate(hours)
    ]
    return svg.chart("profit and loss by hour of entry", svg.grid(frame), bars, *ends, svg.below(frame, labels))


def of_trades(gains: Sequence[float]) -> str:
    """Return how many trades came to how much."""
    return _histogram("distribution of trade results", gains, svg.dollars, 0.0)


def of_ratios(ratios: Sequence[float], mark: float) -> str:
    """Return how many settings have which Sharpe ratio, with a mark at one of them."""
    return _histogram("distribution of Sharpe ratios", ratios, _plain, mark)


def _histogram(title: str, values: Sequence[float], label: svg.Label, mark: float) -> str:
    ends = min(*values, mark), max(*values, mark)
    counts, edges = np.histogram(values, bins=min(_CLASSES, max(4, round(len(values) ** 0.5 * 2))), range=ends)
    low, high = float(edges[0]), float(edges[-1])
    width = (high - low) / len(counts)
    frame = svg.Frame((0.0, float(len(counts))), svg.span(counts.tolist()))
    labels = [((value - low) / width, label(value)) for value in svg.ticks(low, high)]
    bars = svg.bars(frame, counts.tolist(), gap=0.06, signed=False)
    at = (mark - low) / width
    line = svg.line(frame, [(at, frame.y[0]), (at, frame.y[1])], "mark")
    return svg.chart(title, svg.grid(frame, _plain), bars, line, svg.below(frame, labels))


def of_classes(title: str, counts: Mapping[str, int]) -> str:
    """Return a bar for each class."""
    values = [float(count) for count in counts.values()]
    frame = svg.Frame((0.0, float(len(values))), svg.span(values))
    labels = [(place + 0.5, name) for place, name in enumerate(counts)]
    tops = [svg.caption(frame.px(n + 0.5), frame.py(v) - 3, f"{v:g}", "middle") for n, v in enumerate(values)]
    bars = svg.bars(frame, values, signed=False)
    return svg.chart(title, svg.grid(frame, _plain), bars, *tops, svg.below(frame, labels))


def implied_and_realised(points: Sequence[tuple[float, float]]) -> str:
    """Return a dot for each session: the move that was implied, and the one that came, in points."""
    frame = svg.Frame(svg.span([x for x, _ in points]), svg.span([y for _, y in points]))
    end = min(frame.x[1], frame.y[1])
    labels = [(value, f"{value:g}") for value in svg.ticks(*frame.x)]
    parts = [svg.grid(frame, _plain), svg.line(frame, [(0.0, 0.0), (end, end)], "mark"), svg.dots(frame, points)]
    return svg.chart("move that came, against the move implied, points", *parts, svg.below(frame, labels))


def _plain(value: float) -> str:
    return f"{value:,.10g}"


def _days(dates: Sequence[date]) -> list[tuple[float, str]]:
    """Return some of the dates, with their places."""
    count = min(4, len(dates))
    places = sorted({round(number * (len(dates) - 1) / max(count - 1, 1)) for number in range(count)})
    return [(place + 0.5, f"{dates[place]:%Y-%m-%d}" if len(dates) > 1 else str(dates[place])) for place in places]
