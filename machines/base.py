"""What a machine of lottogrid is: a literal table, what each state waits for, and lives that walk along it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from functools import cached_property
from typing import Generic, TypeVar

from transitions import Machine, MachineError
from transitions.core import Event

from lottogrid.errors import BadInput, LottogridError

S = TypeVar("S", bound=Enum)
Row = tuple[str, S | tuple[S, ...], S]
"""Trigger, the state or states it may come in, the state it leads to."""


class Refused(LottogridError):  # noqa: N818
    """A trigger came in a state that does not admit it. The state is unchanged."""

    def __init__(self, machine: str, state: Enum, trigger: str, possible: tuple[str, ...]) -> None:
        self.machine = machine
        self.state = state
        self.trigger = trigger
        found = ", ".join(possible) or "no trigger"
        super().__init__(f"{machine} machine in {state.name}: expected {found}, found {trigger}; ask can() before")


@dataclass(frozen=True, slots=True)
class Move(Generic[S]):
    """One step of a life, as it goes to the journal. `before` and `after` may be the same state."""

    trigger: str
    before: S
    after: S


@dataclass(frozen=True, kw_only=True, eq=False)
class MachineSpec(Generic[S]):
    """A machine as data. Each state is exactly one of: timed out by a trigger, resting, final.

    Raises:
        BadInput: when the parts contradict each other.

    """

    name: str
    title: str
    """One line for people."""
    states: type[S]
    initial: S
    transitions: tuple[Row[S], ...]
    timeouts: Mapping[S, str]
    """The trigger that a waiting state fires when it has waited too long; how long is a setting."""
    rests: Mapping[S, str]
    """States that may last without limit, and why."""
    finals: frozenset[S] = frozenset()
    """States in which nothing more is expected; only what the broker did all the same leads out."""

    def __post_init__(self) -> None:
        faults = list(_faults(self))
        if faults:
            raise BadInput(f"{self.name} machine: expected a consistent table, found {'; '.join(faults)}")

    def life(self, at: S | None = None) -> Life[S]:
        """Begin a life in `at`, or in the initial state.

        Raises:
            BadInput: when `at` is no state of this machine.

        """
        state = self.initial if at is None else at
        if not isinstance(state, self.states):
            raise BadInput(f"{self.name} machine: expected a {self.states.__name__}, found {state!r}")
        return Life(self, state)

    @cached_property
    def steps(self) -> tuple[tuple[str, S, S], ...]:
        """Every trigger, source and destination: the table with its groups of sources spread out."""
        return tuple(
            (trigger, source, dest)
            for trigger, sources, dest in self.transitions
            for source in (sources if isinstance(sources, tuple) else (sources,))
        )

    @cached_property
    def triggers(self) -> tuple[str, ...]:
        """Every trigger once, in the order of the table."""
        return tuple(dict.fromkeys(trigger for trigger, _, _ in self.transitions))

    def possible(self, state: S) -> tuple[str, ...]:
        """Return the triggers that `state` admits."""
        return tuple(trigger for trigger, source, _ in self.steps if source is state)

    def event(self, trigger: str) -> Event:
        """Return the engine's event.

        Raises:
            BadInput: when no state of this machine knows the trigger.

        """
        try:
            return self._engine.events[trigger]
        except KeyError:
            near = get_close_matches(trigger, self.triggers, n=1, cutoff=0.0)[0]
            raise BadInput(f"{self.name} machine: expected one of its triggers, found {trigger}; try {near}") from None

    @cached_property
    def _engine(self) -> Machine:
        machine = Machine(
            None,
            states=self.states,
            initial=self.initial,
            auto_transitions=False,  # or every state could be reached from every other
            model_attribute=_ATTRIBUTE,
            name=self.name,
        )
        for step in self.steps:
            machine.add_transition(*step)
        return machine


_ATTRIBUTE = "_state"


class Life(Generic[S]):
    """One walk through a machine, owned by one thread at a time; lives of one machine share nothing that changes.

    It is the engine's model without being registered there, so a life that is dropped leaves nothing behind.
    """

    __slots__ = (_ATTRIBUTE, "spec")

    def __init__(self, spec: MachineSpec[S], state: S) -> None:
        self.spec = spec
        self._state = state

    @property
    def state(self) -> S:
        """Where the life stands."""
        return self._state

    def can(self, trigger: str) -> bool:
        """Whether the present state admits the trigger; one that the machine does not have at all is BadInput."""
        return self._state.name in self.spec.event(trigger).transitions

    def fire(self, trigger: str) -> Move[S]:
        """Make one step and return it.

        Raises:
            Refused: when the present state does not admit the trigger; the state is unchanged.
            BadInput: when the machine has no such trigger.

        """
        before = self._state
        try:
            self.spec.event(trigger).trigger(self)
        except MachineError:
            raise Refused(self.spec.name, before, trigger, self.spec.possible(before)) from None
        return Move(trigger, before, self._state)

    def __repr__(self) -> str:
        return f"<{self.spec.name} in {self._state.name}>"


def _faults(spec: MachineSpec[S]) -> Iterator[str]:
    seen = set()
    for trigger, source, _ in spec.steps:
        if (trigger, source) in seen:
            yield f"two rows for {trigger} in {source.name}"
        seen.add((trigger, source))
    for state, trigger in spec.timeouts.items():
        if (trigger, state) not in seen:
            yield f"{state.name} times out by {trigger}, which it does not admit"
    for state in spec.states:
        kinds = (state in spec.timeouts) + (state in spec.rests) + (state in spec.finals)
        if kinds != 1:
            yield f"{state.name} is not exactly one of timed out, resting, final"
