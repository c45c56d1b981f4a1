"""What the pages of one position, one actor and one machine show besides the strip."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from actors.stories import Story
from actors.view import PositionRow, View
from lottogrid.ledger.records import LegMoved
from lottogrid.positions import LegState, PositionState
from machines import diagrams
from machines.base import MachineSpec
from machines.catalog import ALL
from web import text
from web.about import About
from web.diagrams import Drawn, drawn, lives
from web.holdings import ClosedLine, PositionLine, closed_line, position_line
from web.journal import Line, line
from web.orders import OrderLine, last_refusal, order_lines
from web.paths import StepLine, last_steps, position_steps, standing, visited
from web.sequence import SequenceDiagram, sequence
from web.tree import ActorLine, actor_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class PathPicture:
    """A machine's diagram with the way that one life took through it."""

    title: str
    address: str
    now: str
    passed: str
    """The states passed through, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionSheet:
    """One position: how it stands, and everything that happened to it."""

    key: str
    line: PositionLine | None
    """None once its actor is gone."""
    closed: ClosedLine | None
    """None before it is over."""
    refusal: str
    """When and why an order was refused last; empty where none was."""
    attempts: str
    orders: tuple[OrderLine, ...]
    steps: tuple[StepLine, ...]
    timeline: tuple[Line, ...]
    paths: tuple[PathPicture, ...]
    sequence: SequenceDiagram | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorSheet:
    """One actor."""

    line: ActorLine
    sequence: SequenceDiagram
    letters: tuple[Line, ...]
    """Dead letters that were meant for it, newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineSheet:
    """One machine: its diagram, how many lives stand where, and its latest steps."""

    name: str
    title: str
    drawn: Drawn
    counts: tuple[tuple[str, int, str], ...]
    """State, lives in it, and how long it may last."""
    steps: tuple[StepLine, ...]


def position_sheet(view: View, about: About, key: str) -> PositionSheet | None:
    """Return the page of a position of the day, or of one that is open; None where there is no such position."""
    row, story = row_of(view, key), story_of(view, key)
    trades = [trade for trade in (view.ledger.trades if view.ledger else ()) if trade.id == key]
    if row is None and story is None and not trades:
        return None
    record = row.record if row else None
    orders = order_lines(record, view) if record else ()
    return PositionSheet(
        key=key,
        line=position_line(row, view, about) if row else None,
        closed=closed_line(trades[0], view) if trades else None,
        refusal=last_refusal(record, view) if record else "",
        attempts=_attempts(orders),
        orders=orders,
        steps=position_steps(story, view) if story else (),
        timeline=tuple(line(each, view.at) for each in story.records) if story else (),
        paths=tuple(_paths(key, story, view)) if story else (),
        sequence=sequence(view, key) if key in view.trace else None,
    )


def actor_sheet(view: View, about: About, name: str) -> ActorSheet | None:
    """Return the page of an actor; None where there is none of that name."""
    del about
    found = [each for each in actor_lines(view) if each.name == name]
    if not found:
        return None
    letters = [
        Line(at=text.moment(letter.at, view.at), kind=letter.message, text=letter.reason)
        for letter in reversed(view.dead_letters)
        if letter.target == name
    ]
    return ActorSheet(line=found[0], sequence=sequence(view, name), letters=tuple(letters))


def machine_sheet(view: View, about: About, name: str) -> MachineSheet | None:
    """Return the page of a machine; None where there is none of that name."""
    del about
    spec = ALL.get(name)
    if spec is None:
        return None
    active = lives(view, name)
    return MachineSheet(
        name=name,
        title=spec.title,
        drawn=drawn(spec, active),
        counts=tuple((text.words(state), active[state], _lasts(spec, state)) for state in spec.states),
        steps=last_steps(view, name),
    )


def story_of(view: View, key: str) -> Story | None:
    """Return what happened to a position; None where that is not known."""
    return next((each for each in (view.ledger.stories if view.ledger else ()) if each.position_id == key), None)


def row_of(view: View, key: str) -> PositionRow | None:
    """Return a position as its actor shows it; None where it has none."""
    return next((each for each in view.positions if each.record.position_id == key), None)


def path_drawing(
    view: View, key: str, machine: str, leg: int | None
) -> tuple[MachineSpec[Any], Counter[Any], frozenset[Any]]:
    """Return what is drawn of a life: its machine, where it stands, and where it has been."""
    story = story_of(view, key) or Story(key, ())
    return ALL[machine], standing(view, story, leg), visited(story, leg)


def _paths(key: str, story: Story, view: View) -> list[PathPicture]:
    numbers = sorted({record.leg for record in story.records if isinstance(record, LegMoved)})
    return [_path(key, story, view, None), *(_path(key, story, view, number) for number in numbers)]


def _path(key: str, story: Story, view: View, leg: int | None) -> PathPicture:
    active, passed = standing(view, story, leg), visited(story, leg)
    states: type[PositionState | LegState] = PositionState if leg is None else LegState
    return PathPicture(
        title="The position" if leg is None else f"Leg {leg}",
        address=f"/positions/{key}/{'position' if leg is None else f'leg-{leg}'}.svg",
        now=", ".join(text.words(state) for state in diagrams.counts(active)) or text.UNKNOWN,
        passed=", ".join(text.words(state) for state in states if state in passed) or "none yet",
    )


def _attempts(orders: tuple[OrderLine, ...]) -> str:
    counts = Counter(order.purpose for order in orders)
    return ", ".join(f"{purpose} {count}" for purpose, count in counts.items()) or "none yet"


def _lasts(spec: MachineSpec[Any], state: Any) -> str:
    if state in spec.timeouts:
        return f"times out by {spec.timeouts[state].replace('_', ' ')}"
    return f"may last: {spec.rests[state]}" if state in spec.rests else "final"
