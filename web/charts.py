"""Profit and equity as pictures: by day, by week, and all there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from actors.curve import DayResult
from actors.figures import Figures, figures
from actors.view import View
from lottogrid.clock import new_york, trading_date
from lottogrid.ledger.records import EquityMarked
from web import text
from web.about import About

WIDTH, HEIGHT = 600, 120
_MARGIN = 6
_WIDEST = 40
"""Of a bar, where there are few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One day's realised profit or loss; sizes in the picture's units."""

    x: float
    y: float
    width: float
    height: float
    tone: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A line, or bars, with what it says in words. An empty one has neither."""

    name: str
    title: str
    label: str
    """The picture in one sentence, for those who do not see it."""
    path: str = ""
    zero: float | None = None
    """Where the line of no gain is, from the top; None outside of the picture."""
    bars: tuple[Bar, ...] = ()
    high: str = ""
    low: str = ""
    begin: str = ""
    end: str = ""
    last: str = ""
    tone: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    """The same as a table: when, and how much."""


def charts(view: View, about: About) -> tuple[Chart, ...]:
    """Return the day's profit, the week's equity, the equity of all days, and each day's realised profit."""
    del about
    today = profit_today(view, figures(view))
    if view.ledger is None or today is None:
        return ()
    equity = view.ledger.equity
    return (
        today,
        _equity(equity.recent),
        _ends(equity.days),
        _days(equity.days),
    )


def profit_today(view: View, sums: Figures) -> Chart | None:
    """Return gain or loss since the day began, open options at their bids; None while the ledger has not reported."""
    if view.ledger is None:
        return None
    title, today = "Profit and loss today", trading_date(view.at)
    marks = [mark for mark in view.ledger.equity.recent if trading_date(mark.at) == today]
    if view.risk is None or not marks:
        return Chart(name="day", title=title, label=f"{title}: no mark yet")
    values = [mark.equity_usd - view.risk.book.baseline_usd for mark in marks]
    times = [text.moment(mark.at, view.at) for mark in marks]
    if sums.day_usd is not None:  # the last mark is minutes old, and none is made of what the fixing books
        values.append(sums.day_usd)
        times.append(text.moment(view.at, view.at))
    return _line("day", title, values, times, signed=True)


def _equity(marks: Sequence[EquityMarked]) -> Chart:
    title = "Equity, the last five trading days"
    if not marks:
        return Chart(name="week", title=title, label=f"{title}: no mark yet")
    times = [f"{new_york(mark.at):%d %b %H:%M}" for mark in marks]
    return _line("week", title, [mark.equity_usd for mark in marks], times)


def _ends(days: Sequence[DayResult]) -> Chart:
    title = "Account at the end of each day, as booked"
    if not days:
        return Chart(name="all", title=title, label=f"{title}: no day yet")
    return _line("all", title, [day.end_usd for day in days], [f"{day.trading_date:%d %b %Y}" for day in days])


def _line(name: str, title: str, values: Sequence[Decimal], times: Sequence[str], *, signed: bool = False) -> Chart:
    write = text.gain if signed else text.money
    low, high = min(values), max(values)
    ends = (min(low, Decimal(0)), max(high, Decimal(0))) if signed else (low, high)
    heights = [_height(value, *ends) for value in values]
    step = WIDTH / max(len(values) - 1, 1)
    points = [f"{place * step:.1f} {height:.1f}" for place, height in enumerate(heights)]
    if len(points) == 1:
        points.append(f"{WIDTH} {heights[0]:.1f}")
    words = f"from {write(values[0])} ({times[0]}) to {write(values[-1])} ({times[-1]})"
    return Chart(
        name=name,
        title=title,
        label=f"{title}: {words}, lowest {write(low)}, highest {write(high)}",
        path="M" + " L".join(points),
        zero=_height(Decimal(0), *ends) if signed else None,
        high=write(ends[1]),
        low=write(ends[0]),
        begin=times[0],
        end=times[-1],
        last=write(values[-1]),
        tone=text.tone(values[-1] if signed else values[-1] - values[0]),
        rows=tuple(zip(times, (write(value) for value in values), strict=True)),
    )


def _days(days: Sequence[DayResult]) -> Chart:
    title = "Realised profit and loss by day"
    if not days:
        return Chart(name="days", title=title, label=f"{title}: no day yet")
    gains = [day.realised_usd for day in days]
    names = [f"{day.trading_date:%d %b %Y}" for day in days]
    low, high = min(*gains, Decimal(0)), max(*gains, Decimal(0))
    zero = _height(Decimal(0), low, high)
    step = WIDTH / len(gains)
    width = min(step * 0.8, _WIDEST)
    bars = []
    for place, (gain, name) in enumerate(zip(gains, names, strict=True)):
        end = _height(gain, low, high)
        bars.append(
            Bar(
                x=round(place * step + (step - width) / 2, 1),
                y=round(min(end, zero), 1),
                width=round(width, 1),
                height=round(max(abs(end - zero), 1), 1),
                tone=text.tone(gain),
                label=f"{name}: {text.gain(gain)}",
            )
        )
    won = sum(gain > 0 for gain in gains)
    return Chart(
        name="days",
        title=title,
        label=f"{title}: {len(gains)} days, {won} with a gain, {text.gain(sum(gains, Decimal(0)))} in all",
        zero=zero,
        bars=tuple(bars),
        high=text.gain(high),
        low=text.gain(low),
        begin=names[0],
        end=names[-1],
        last=text.gain(sum(gains, Decimal(0))),
        tone=text.tone(sum(gains, Decimal(0))),
        rows=tuple(zip(names, (text.gain(gain) for gain in gains), strict=True)),
    )


def _height(value: Decimal, low: Decimal, high: Decimal) -> float:
    if high == low:
        return HEIGHT / 2
    return round(_MARGIN + float((high - value) / (high - low)) * (HEIGHT - 2 * _MARGIN), 1)
