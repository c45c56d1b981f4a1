"""The ways that machines took: step by step for one position, and the latest steps of every kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from actors.stories import Story
from actors.view import View
from lottogrid.ledger.records import EngineMoved, LegMoved, OrderMoved, PositionMoved, Record
from lottogrid.positions import LegState, PositionState
from web import text

_SHOWN = 30
_Step = tuple[datetime, str, str, str, str, str]
"""When, whose, trigger, before, after, why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """One step of a machine."""

    at: str
    whose: str
    trigger: str
    before: str
    after: str
    why: str


def last_steps(view: View, machine: str) -> tuple[StepLine, ...]:
    """Return the latest steps of all lives of a machine, newest first; of the session and of actors none is kept."""
    steps = sorted(_steps(view, machine), key=lambda step: step[0], reverse=True)[:_SHOWN]
    return tuple(_line(step, view) for step in steps)


def position_steps(story: Story, view: View) -> tuple[StepLine, ...]:
    """Return the steps of a position's own machine and of its legs', oldest first."""
    key = story.position_id
    return tuple(
        replace(_line(step, view), whose=step[1].removeprefix(f"{key}, ").replace(key, "position"))
        for record in story.records
        for step in (*_of(record, "position"), *_of(record, "leg"))
    )


def visited(story: Story | None, leg: int | None = None) -> frozenset[Enum]:
    """Return the states that a position, or its leg of that number, has passed through."""
    records = story.records if story else ()
    if leg is None:
        moves: Iterable[PositionMoved | LegMoved] = (each for each in records if isinstance(each, PositionMoved))
        states: type[Enum] = PositionState
    else:
        moves = (each for each in records if isinstance(each, LegMoved) and each.leg == leg)
        states = LegState
    return frozenset(states(name) for move in moves for name in (move.before, move.after))


def standing(view: View, story: Story, leg: int | None = None) -> Counter[Enum]:
    """Return the state in which a position, or its leg of that number, stands now."""
    for row in view.positions:
        if row.record.position_id == story.position_id:
            legs = {each.plan.number: each.state for each in row.record.legs}
            return Counter([row.record.state if leg is None else legs[leg]])
    kind = PositionMoved if leg is None else LegMoved
    moves = [
        each for each in story.records if isinstance(each, kind) and (leg is None or getattr(each, "leg", 0) == leg)
    ]
    states: type[Enum] = PositionState if leg is None else LegState
    return Counter([states(moves[-1].after)] if moves else [])


def _steps(view: View, machine: str) -> Iterator[_Step]:
    if machine == "connection":
        for at, move in view.broker.moves if view.broker else ():
            yield at, "broker", move.trigger, move.before.value, move.after.value, ""
    if view.ledger is None:
        return
    records: Iterable[Record] = (record for story in view.ledger.stories for record in story.records)
    for record in view.ledger.engine_moves if machine == "engine" else records:
        yield from _of(record, machine)


def _of(record: Record, machine: str) -> Iterator[_Step]:
    match record:
        case PositionMoved(position_id=whose, reason=reason) if machine == "position":
            why = text.because(reason)
        case LegMoved(position_id=key, leg=leg, reason=reason) if machine == "leg":
            whose, why = f"{key}, leg {leg}", text.because(reason)
        case OrderMoved(ref=whose, reason=why) if machine == "order":
            pass
        case EngineMoved(reason=reason) if machine == "engine":
            whose, why = "engine", text.because(reason)
        case _:
            return
    yield record.at, whose, record.trigger, record.before, record.after, why


def _line(step: _Step, view: View) -> StepLine:
    at, whose, trigger, before, after, why = step
    return StepLine(
        at=text.moment(at, view.at),
        whose=whose,
        trigger=trigger.replace("_", " "),
        before=before.replace("_", " "),
        after=after.replace("_", " "),
        why=why,
    )
