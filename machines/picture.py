"""What a diagram of a machine shows, before it is written in any language.

A literal table drawn arrow by arrow is a thicket. Steps that stay in a state become a line inside it, triggers between
the same two states share an arrow, and a trigger that comes from many states to one starts at a note that names them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from machines.base import MachineSpec

MANY = 4
"""From so many states on, a trigger's sources are gathered in a note."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """Triggers that lead from one place to another."""

    source: str
    """A state's name, or a note's."""
    dest: str
    triggers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """Stands for many states at the beginning of an arrow."""

    name: str
    text: str
    below: str
    """The state under which it is best placed."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The parts of a diagram."""

    arrows: tuple[Arrow, ...]
    stays: Mapping[str, tuple[str, ...]]
    """Triggers that leave a state unchanged, by the state's name."""
    notes: tuple[Note, ...]


def picture(spec: MachineSpec[Any]) -> Picture:
    """Arrange a machine's table for drawing."""
    sources: dict[tuple[str, Enum], list[Enum]] = {}
    stays: dict[str, list[str]] = {}
    for trigger, source, dest in spec.steps:
        if source is dest:
            stays.setdefault(source.name, []).append(trigger)
        else:
            sources.setdefault((trigger, dest), []).append(source)
    labels: dict[tuple[str, str], list[str]] = {}
    notes: dict[tuple[str, ...], str] = {}
    for (trigger, dest), states in sources.items():
        names = tuple(state.name for state in spec.states if state in states)
        if len(names) >= MANY:
            names = (notes.setdefault(names, f"from_{len(notes) + 1}"),)
        for name in names:
            labels.setdefault((name, dest.name), []).append(trigger)
    return Picture(
        arrows=tuple(Arrow(source, dest, tuple(triggers)) for (source, dest), triggers in labels.items()),
        stays={name: tuple(triggers) for name, triggers in stays.items()},
        notes=tuple(_note(spec, name, states) for states, name in notes.items()),
    )


def _note(spec: MachineSpec[Any], name: str, sources: tuple[str, ...]) -> Note:
    others = [state.name for state in spec.states if state.name not in sources]
    *head, last = sources
    text = f"{', '.join(head)} or {last}"
    if len(others) < len(sources) / 2:
        text = " but ".join(["every state", " and ".join(others)][: 1 + bool(others)])
    lasting = [source for source in sources if spec.states[source] not in spec.finals]
    return Note(name, text, lasting[-1] if lasting else last)
