"""A mutant: one planted fault in our own rules, put in force for a test only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

Plant = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A rule that is broken on purpose."""

    name: str
    sentence: str
    """What is wrong, in the words of whoever would report it."""
    plant: Plant
    """Puts it in force."""
    trips: frozenset[str]
    """The invariants that may name it: another one would be an accident."""

    @contextmanager
    def planted(self) -> Iterator[None]:
        """Keep it in force for a while."""
        with pytest.MonkeyPatch.context() as patch:
            self.plant(patch)
            yield


def mutant(name: str, sentence: str, *trips: str) -> Callable[[Plant], Mutant]:
    """Make a mutant of a function that plants it."""

    def made(plant: Plant) -> Mutant:
        return Mutant(name=name, sentence=sentence, plant=plant, trips=frozenset(trips))

    return made
