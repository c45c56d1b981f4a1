"""Faults for actors on threads: what strikes whom, when, and whether the tree healed as its table says."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import Enum
from typing import Any, Protocol

import pytest

from actors import messages as m
from actors import positions, tree
from actors.runtime.cell import Cell
from actors.runtime.runtime import Interference
from actors.supervision.spec import ChildSpec
from actors.view import View
from lottogrid.cli.run.desk import Desk
from lottogrid.clock import NEW_YORK, real_seconds, to_utc
from tests.scenarios import desk as scenarios
from tests.scenarios.desk import DAY
from web.tree import ActorLine, actor_lines

POSITION = "a position"
"""Whichever is open when its turn comes."""
IN_ORDER = (m.LEDGER, m.BROKER, m.MARKET_DATA, m.RISK, m.ENGINE, m.STRATEGIST, m.POSITIONS)
ALONE = (m.CLOCK, m.NOTIFIER, POSITION)
EVERYBODY = (*ALONE, *IN_ORDER)
SLOW_MESSAGES = 10
POKE_AFTER = 0.3
"""Real seconds in which an actor that has nothing to do is left alone with its fault."""
TO_HEAL = 20.0
"""Real seconds."""


class Kind(Enum):
    """What is done to an actor at its next message."""

    KILLED = "an error"
    EXITED = "a BaseException"
    SLOW = "each of the next messages takes long"
    HUNG = "the handler never returns"


@dataclass(frozen=True, slots=True)
class Poke:
    """Means nothing: a chance for a fault to strike one that has nothing to do."""


@dataclass(eq=False)
class Fault:
    """One fault: at what time of the day, whom, what; and how the tree was before it."""

    at: time
    target: str
    kind: Kind
    name: str = ""
    """Of the actor that was chosen."""
    armed_at: float = 0.0
    poked: bool = False
    struck: int = 0
    before: dict[str, ActorLine] = field(default_factory=dict)

    @property
    def instant(self) -> datetime:
        """When it is due."""
        return to_utc(datetime.combine(DAY, self.at, tzinfo=NEW_YORK))

    @property
    def is_struck(self) -> bool:
        """Whether it has done its work."""
        return self.struck >= (SLOW_MESSAGES if self.kind is Kind.SLOW else 1)


class Planted(Protocol):
    """Strikes while a day is on."""

    def look(self, desk: Desk, view: View) -> None:
        """Go on: called at each look at the whole, on the thread of the test."""
        ...


def plant(patch: pytest.MonkeyPatch, planted: Planted) -> None:
    """Let `planted` strike in the day that is played next."""

    class FaultyDesk(Desk):
        def look(self) -> View:
            view = super().look()
            planted.look(self, view)
            return view

    patch.setattr(scenarios, "Desk", FaultyDesk)


class Faults(Interference):
    """Strikes one actor after the other, each when its time has come and the one before has healed."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.healed: list[Fault] = []
        self.wrong: list[str] = []
        self._due = deque(faults)
        self._armed: Fault | None = None
        self._gate = threading.Event()

    def release(self) -> None:
        """Let those go that hang."""
        self._gate.set()

    # --- on the threads of the actors

    def before(self, cell: Cell, message: object) -> None:
        fault = self._armed
        if fault is None or cell.name != fault.name or message is None or fault.is_struck or self._gate.is_set():
            return
        fault.struck += 1
        match fault.kind:
            case Kind.KILLED:
                raise RuntimeError("planted")
            case Kind.EXITED:
                raise SystemExit("planted")
            case Kind.SLOW:
                self._gate.wait(0.05)
            case Kind.HUNG:
                self._gate.wait()

    # --- on the thread of the test

    def look(self, desk: Desk, view: View) -> None:
        """Go on: called again and again while the day is on."""
        desk.runtime._interference = self
        if self._armed is None:
            self._arm(view)
        elif not self._armed.is_struck:
            self._poke(desk, self._armed)
        else:
            self._see(view, self._armed)

    def _arm(self, view: View) -> None:
        if not self._due or view.at < self._due[0].instant or not _is_well(view):
            return
        fault = self._due[0]
        fault.name = _open_position(view) if fault.target == POSITION else fault.target
        if fault.name:
            self._due.popleft()
            fault.before = _lines(view)
            fault.armed_at = real_seconds()
            self._armed = fault

    def _poke(self, desk: Desk, fault: Fault) -> None:
        if not fault.poked and real_seconds() - fault.armed_at > POKE_AFTER:
            fault.poked = True
            for _ in range(SLOW_MESSAGES):
                desk.runtime.send(fault.name, Poke())

    def _see(self, view: View, fault: Fault) -> None:
        wrong = list(_unhealed(fault, _lines(view)))
        if not wrong and _is_well(view):
            self.healed.append(fault)
            self._armed = None
        elif real_seconds() - fault.armed_at > TO_HEAL:
            self.wrong += wrong or ["the tree is not well again"]
            self._armed = None


def impatient(patch: pytest.MonkeyPatch, *targets: str, hang_after: Any, shutdown: Any) -> None:
    """Let supervisors find the hung among `targets` soon, as the whole day lasts seconds."""

    def spec(**options: Any) -> ChildSpec:
        name = POSITION if options["name"].startswith("LG-") else options["name"]
        if name in targets:
            options |= {"hang_after": hang_after, "shutdown": shutdown}
        return ChildSpec(**options)

    patch.setattr(tree, "ChildSpec", spec)
    patch.setattr(positions, "ChildSpec", spec)


def _lines(view: View) -> dict[str, ActorLine]:
    """Return the rows of the page's tree by name."""
    return {line.name: line for line in actor_lines(view)}


def _is_well(view: View) -> bool:
    lines = _lines(view)
    return set(IN_ORDER) <= lines.keys() and all(line.state == "running" for line in lines.values())


def _open_position(view: View) -> str:
    alive = {line.name for line in actor_lines(view) if line.state == "running"}
    ids = (row.record.position_id for row in view.open_positions)
    return next((position_id for position_id in ids if position_id in alive), "")


def _restarted(fault: Fault) -> set[str]:
    """Return who must be anew, by the table of the tree."""
    if fault.kind is Kind.SLOW:
        return set()
    return set(IN_ORDER[IN_ORDER.index(fault.name) :]) if fault.name in IN_ORDER else {fault.name}


def _unhealed(fault: Fault, now: dict[str, ActorLine]) -> list[str]:
    """Return what the page does not show as it should after a fault."""
    anew = _restarted(fault)
    found = []
    for name in {*IN_ORDER, *ALONE, fault.name} - {POSITION}:
        before, after = fault.before[name], now.get(name)
        if after is None:
            found.append(f"{name} is gone")
        elif (after.generation > before.generation) is not (name in anew):
            found.append(f"{name} went from generation {before.generation} to {after.generation}")
    line = now.get(fault.name)
    if line is not None and anew:
        if line.restarts != fault.before[fault.name].restarts + 1:
            found.append(f"{fault.name} shows {line.restarts} restarts")
        if ("hung at" if fault.kind is Kind.HUNG else "planted") not in line.error:
            found.append(f"{fault.name} shows the error {line.error!r}")
    return found
