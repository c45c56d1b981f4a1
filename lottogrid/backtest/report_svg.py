"""Charts as SVG text. Colours are classes of the page around them, so that they follow its light and dark."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 440.0, 240.0
LEFT = 62.0
"""Where the plane of a chart begins."""
_RIGHT, _TOP, _BOTTOM = 10.0, 12.0, 30.0
_TICKS = 5

Label = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Frame:
    """The plane of a chart: from its numbers to the paper's."""

    x: tuple[float, float]
    y: tuple[float, float]
    top: float = _TOP
    bottom: float = HEIGHT - _BOTTOM

    def px(self, x: float) -> float:
        """Return where `x` lies on the paper."""
        low, high = self.x
        return LEFT + (x - low) / (high - low) * (WIDTH - LEFT - _RIGHT)

    def py(self, y: float) -> float:
        """Return where `y` lies on the paper."""
        low, high = self.y
        return self.bottom - (y - low) / (high - low) * (self.bottom - self.top)


def ticks(low: float, high: float, count: int = _TICKS) -> list[float]:
    """Return round numbers within a range, `count` or a few less of them: steps of 1, 2 or 5 times a power of ten."""
    raw = (high - low) / max(count, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    return [number * step for number in range(first, math.floor(high / step + 1e-9) + 1)]


def span(values: Iterable[float], *, zero: bool = True) -> tuple[float, float]:
    """Return a range that holds `values`, and zero where wanted, with a little room."""
    found = [*values, *([0.0] if zero else [])] or [0.0]
    low, high = min(found), max(found)
    if high <= low:
        return low - 1.0, high + 1.0
    room = 0.04 * (high - low)
    return (low - room if low else low), (high + room if high else high)


def dollars(value: float) -> str:
    """Return an amount as it stands at an axis."""
    sign, size = ("-" if value < 0 else ""), abs(value)
    return f"{sign}${size / 1000:g}k" if size >= 10_000 else f"{sign}${size:,.10g}"  # noqa: PLR2004


def chart(title: str, *parts: Iterable[str]) -> str:
    """Return an SVG element that says what it is to those who do not see it."""
    body = "".join(part for each in parts for part in each)
    return f'<svg viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{escape(title)}">{body}</svg>'


def grid(frame: Frame, label: Label = dollars, count: int = _TICKS) -> list[str]:
    """Return the lines across, with their numbers; the one at zero is stronger."""
    found = []
    for value in ticks(*frame.y, count):
        y = frame.py(value)
        kind = "zero" if value == 0 else "rule"
        found.append(f'<line class="{kind}" x1="{LEFT:g}" x2="{WIDTH - _RIGHT:g}" y1="{y:.1f}" y2="{y:.1f}"/>')
        found.append(f'<text x="{LEFT - 6:g}" y="{y + 4:.1f}" text-anchor="end">{escape(label(value))}</text>')
    return found


def below(frame: Frame, labels: Iterable[tuple[float, str]]) -> list[str]:
    """Return texts below the chart, each at its place; those at the ends stay within the paper."""
    found = []
    for x, text in labels:
        at = frame.px(x)
        half = 3.2 * len(text)
        anchor = "end" if at + half > WIDTH else "start" if at - half < 0 else "middle"
        found.append(f'<text x="{at:.1f}" y="{frame.bottom + 18:.1f}" text-anchor="{anchor}">{escape(text)}</text>')
    return found


def bars(frame: Frame, values: Sequence[float], *, gap: float = 0.2, signed: bool = True) -> list[str]:
    """Return a bar for each value, at 0.5, 1.5, ...; gains and losses have their own colours where `signed`."""
    found = []
    zero = frame.py(0.0)
    for place, value in enumerate(values):
        left, right = frame.px(place + gap / 2), frame.px(place + 1 - gap / 2)
        kind = ("up" if value >= 0 else "down") if signed else "plain"
        top, size = min(zero, frame.py(value)), abs(zero - frame.py(value))
        place_of = f'x="{left:.2f}" width="{max(right - left, 0.4):.2f}" y="{top:.1f}" height="{size:.1f}"'
        found.append(f'<rect class="{kind}" {place_of}/>')
    return found


def line(frame: Frame, points: Sequence[tuple[float, float]], kind: str = "line") -> list[str]:
    """Return a line through `points`."""
    path = " ".join(f"{frame.px(x):.1f},{frame.py(y):.1f}" for x, y in points)
    return [f'<polyline class="{kind}" points="{path}"/>']


def area(frame: Frame, points: Sequence[tuple[float, float]], kind: str = "fall") -> list[str]:
    """Return what lies between `points` and zero."""
    ends = [(points[0][0], 0.0), *points, (points[-1][0], 0.0)]
    path = " ".join(f"{frame.px(x):.1f},{frame.py(y):.1f}" for x, y in ends)
    return [f'<polygon class="{kind}" points="{path}"/>']


def dots(frame: Frame, points: Iterable[tuple[float, float]]) -> list[str]:
    """Return a dot for each point."""
    return [f'<circle class="dot" cx="{frame.px(x):.1f}" cy="{frame.py(y):.1f}" r="2.4"/>' for x, y in points]


def caption(x: float, y: float, text: str, anchor: str = "start") -> list[str]:
    """Return a text on the paper."""
    return [f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>']
