"""Which rows of the machines' tables a simulation walked: states by triggers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from machines.base import Life, Move
from machines.catalog import ALL


@dataclass
class Coverage:
    """Steps taken: machine, state, trigger."""

    taken: set[tuple[str, str, str]] = field(default_factory=set)

    @classmethod
    def sum(cls, parts: Iterable[Coverage]) -> Coverage:
        """Return what all of them walked."""
        return cls(set().union(*(part.taken for part in parts)))

    def shares(self) -> dict[str, tuple[int, int]]:
        """Return by machine how many of its rows were walked, and how many there are."""
        return {
            machine.name: (
                sum((machine.name, source.name, trigger) in self.taken for trigger, source, _ in machine.steps),
                len(machine.steps),
            )
            for machine in ALL.values()
        }

    def missing(self) -> list[str]:
        """Return the rows that were not walked."""
        return [
            f"{machine.name}: {source.name} {trigger}"
            for machine in ALL.values()
            for trigger, source, _ in machine.steps
            if (machine.name, source.name, trigger) not in self.taken
        ]


@contextmanager
def watching() -> Iterator[Coverage]:
    """Take down every step of every life while it is entered. Production pays nothing: the method is exchanged."""
    coverage = Coverage()
    plain = Life.fire

    def fire(life: Life[Any], trigger: str) -> Move[Any]:
        move = plain(life, trigger)
        before: Enum = move.before
        coverage.taken.add((life.spec.name, before.name, trigger))
        return move

    Life.fire = fire  # type: ignore[method-assign,assignment]
    try:
        yield coverage
    finally:
        Life.fire = plain  # type: ignore[method-assign]
