"""What a class of faults is: a row of a table, and the code that lets it strike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from actors.simulation.plan import Strike
    from actors.simulation.world import World

Draw = Callable[[Random], tuple[str, float, int]]
"""Draws victim, size and variant of a strike."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A class of faults. Its strike calls `world.struck(id)` each time that it really struck."""

    id: str
    name: str
    sentence: str
    where: str
    """The seam at which it strikes."""
    strike: Callable[[World, Strike], None]
    draw: Draw
    rough: float
    """Strikes a day in the profile `rough`."""
    hell: float
    """Strikes a day in the profile `hell`."""
    all_day: frozenset[int] = frozenset()
    """Variants that are in force from before the open, whenever they were drawn for."""
    any_session: bool = True
    """Whether it may strike in the second of two sessions, too."""


def lasting(least: float, most: float, variants: int = 1) -> Draw:
    """Return a draw of seconds and a variant, without a victim."""
    return lambda chance: ("", round(chance.uniform(least, most), 3), chance.randrange(variants))


def on_actor(*names: str, least: float = 0, most: float = 0, variants: int = 1) -> Draw:
    """Return a draw of a victim, seconds and a variant."""
    return lambda chance: (
        chance.choice(names),
        round(chance.uniform(least, most), 3),
        chance.randrange(variants),
    )
