"""The settings that a sweep tries: every combination of the values given, or some drawn from them."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence

from lottogrid.errors import BadInput
from lottogrid.settings.load import changed
from lottogrid.settings.model import FIELDS, Settings
from lottogrid.settings.names import resolve

MOST_POINTS = 100_000
_SWEPT = ("strategy", "risk", "session", "market")

Point = tuple[tuple[str, str], ...]
"""Settings by `section.key`, and the text of their values."""


def grid_of(words: Sequence[str]) -> dict[str, list[str]]:
    """Return the values to try by `section.key`.

    Raises:
        BadInput: a word is not `key=a,b,c`, a key is unknown, given twice or cannot change a trade.
    """
    grid: dict[str, list[str]] = {}
    for word in words:
        name, equals, values = word.partition("=")
        found = list(dict.fromkeys(value.strip() for value in values.split(",")))
        if not equals or not all(found):
            raise BadInput(f"--grid: expected KEY=A,B,C, found {word!r}; as in max_trades_per_day=6,12")
        key = resolve(name, "--grid")
        if key not in FIELDS or key.partition(".")[0] not in _SWEPT:
            raise BadInput(f"--grid: expected a setting of {', '.join(_SWEPT)}, found {key}; it changes no trade")
        if key in grid:
            raise BadInput(f"--grid: expected each setting once, found {key} twice; give all its values together")
        grid[key] = found
    return grid


def points_of(grid: Mapping[str, Sequence[str]], draw: int | None, seed: int) -> list[Point]:
    """Return all combinations of the values, or `draw` different ones drawn with `seed`.

    Raises:
        BadInput: there are more than `MOST_POINTS`.
    """
    total = math.prod(len(values) for values in grid.values())
    wanted = total if draw is None else min(draw, total)
    if wanted > MOST_POINTS:
        advice = f"draw some with --random N, up to {MOST_POINTS:,}" if draw is None else "draw fewer"
        raise BadInput(
            f"--grid: expected at most {MOST_POINTS:,} points, found {wanted:,}; name fewer values, or {advice}"
        )
    numbers = range(total) if wanted == total else _drawn(total, wanted, seed)
    return [_point(grid, number) for number in numbers]


def settings_at(points: Sequence[Point], settings: Settings) -> Iterator[tuple[Point, Settings | BadInput]]:
    """Yield the settings of each point, or why its values cannot stand together."""
    for point in points:
        try:
            yield point, changed(settings, [f"{key}={value}" for key, value in point])
        except BadInput as error:
            yield point, error


def check_values(grid: Mapping[str, Sequence[str]], settings: Settings) -> None:
    """Refuse a value that its setting does not allow; one that contradicts others is the affair of a combination."""
    for key, values in grid.items():
        for value in values:
            try:
                changed(settings, [f"{key}={value}"])
            except BadInput as error:
                if str(error).startswith(f"{key}:"):
                    raise


def _point(grid: Mapping[str, Sequence[str]], number: int) -> Point:
    """Return a combination by its number; the last key changes first."""
    found = []
    for key in reversed(list(grid)):
        number, place = divmod(number, len(grid[key]))
        found.append((key, grid[key][place]))
    return tuple(reversed(found))


def _drawn(total: int, wanted: int, seed: int) -> list[int]:
    """Return different numbers below `total`, which may be of any size, in order."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    found: set[int] = set()
    while len(found) < wanted:
        found.add(rng.randrange(total))
    return sorted(found)
