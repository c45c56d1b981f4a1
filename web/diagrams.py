"""The machines with where lives stand now."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from typing import Any

from actors.view import View
from lottogrid.errors import Missing
from machines import diagrams
from machines.actor import ActorState
from machines.base import MachineSpec
from machines.catalog import ALL
from web import text

_COLOURS = "<style>svg{color:#4a5a6a}@media(prefers-color-scheme:dark){svg{color:#a9b8c6}}</style>"
"""Lines take the colour of the text around them; in a file of its own there is none but this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One machine as it is drawn and told."""

    name: str
    title: str
    states: str
    """How many lives stand in which state, in words."""
    version: str
    """Changes when the diagram does."""


def machine_lines(view: View) -> tuple[Drawn, ...]:
    """Return every machine, from the operator's view down to the plumbing."""
    standing = {**view.machines, "actor": lives(view, "actor")}
    return tuple(drawn(spec, standing[name]) for name, spec in ALL.items())


def lives(view: View, name: str) -> Counter[Any]:
    """Return how many lives of the machine called `name` stand in each state."""
    if name == "actor":
        known = {state.value for state in ActorState}
        return Counter(ActorState(row.state) for row in view.actors if row.state in known)
    return view.machines.get(name, Counter())


def drawing(spec: MachineSpec[Any], active: Counter[Any], visited: Collection[Enum] = ()) -> tuple[str, str]:
    """Return the diagram and its media type: SVG, or Mermaid's text where SVG cannot be drawn."""
    try:
        element = diagrams.svg(spec, active, visited)
    except Missing:
        return diagrams.mermaid(spec, active), "text/vnd.mermaid; charset=utf-8"
    head = element.index(">") + 1
    return element[:head] + _COLOURS + element[head:], "image/svg+xml"


def drawn(spec: MachineSpec[Any], active: Counter[Any]) -> Drawn:
    """Return how a machine is drawn and told."""
    standing = [f"{_words(state)} {count}" for state, count in diagrams.counts(active).items()]
    states = ", ".join(standing) or "none alive"
    return Drawn(
        name=spec.name,
        title=spec.title,
        states=states,
        version=hashlib.sha256(states.encode()).hexdigest()[:8],
    )


def _words(state: Enum) -> str:
    return text.words(state)
