"""Every table against the engine that runs it, and against the rules that no table may break."""

from __future__ import annotations

from enum import Enum
from typing import Any

import pytest

from lottogrid.errors import BadInput
from lottogrid.orders import OrderState
from lottogrid.positions import LegState
from machines.base import MachineSpec, Refused
from machines.catalog import ALL
from machines.connection import ConnectionState
from machines.engine import EngineState

EVERY_MACHINE = pytest.mark.parametrize("spec", ALL.values(), ids=ALL.keys())


@EVERY_MACHINE
def test_every_trigger_in_every_state_does_what_the_table_says_or_is_refused(spec: MachineSpec[Any]) -> None:
    """The engine allows exactly the literal rows."""
    rows = {}
    for trigger, sources, dest in spec.transitions:
        for source in sources if isinstance(sources, tuple) else (sources,):
            rows[source, trigger] = dest
    for state in spec.states:
        for trigger in spec.triggers:
            life = spec.life(state)
            expected = rows.get((state, trigger))
            assert life.can(trigger) is (expected is not None)
            if expected is None:
                with pytest.raises(Refused):
                    life.fire(trigger)
                assert life.state is state
            else:
                move = life.fire(trigger)
                assert (move.trigger, move.before, move.after) == (trigger, state, expected)
                assert life.state is expected


@EVERY_MACHINE
def test_the_engine_knows_no_other_triggers(spec: MachineSpec[Any]) -> None:
    """The library's own way from every state to every other is shut."""
    assert tuple(spec._engine.events) == spec.triggers


@EVERY_MACHINE
def test_every_state_can_be_reached(spec: MachineSpec[Any]) -> None:
    """From the initial state a chain of triggers leads to each state."""
    assert reachable(spec, spec.initial) == set(spec.states)


@EVERY_MACHINE
def test_every_waiting_state_has_a_timeout_and_every_other_a_reason(spec: MachineSpec[Any]) -> None:
    """A state times out, rests for a stated reason, or is final; never two of these."""
    for state in spec.states:
        assert [state in spec.timeouts, bool(spec.rests.get(state)), state in spec.finals].count(True) == 1
    for state, trigger in spec.timeouts.items():
        assert spec.life(state).can(trigger)


@EVERY_MACHINE
def test_finals_are_left_by_late_fills_only(spec: MachineSpec[Any]) -> None:
    """What the broker executed all the same is the one way out of an end."""
    ways_out = {trigger for trigger, source, dest in spec.steps if source in spec.finals and dest is not source}
    assert ways_out == {"order": {"fill"}, "leg": {"late_fill"}, "position": {"late_fill"}}.get(spec.name, set())


@EVERY_MACHINE
def test_a_state_named_unknown_is_asked_about_for_ever(spec: MachineSpec[Any]) -> None:
    """The timeout of an unknown outcome asks again; it never guesses an end."""
    for state, trigger in spec.timeouts.items():
        if "UNKNOWN" in state.name:
            assert spec.life(state).fire(trigger).after is state


@pytest.mark.parametrize("state", [s for s in OrderState if s not in {OrderState.INTENDED, OrderState.FILLED}])
def test_an_execution_is_believed_wherever_the_order_may_have_left_us(state: OrderState) -> None:
    """A complete fill leads to FILLED after a cancel, a reject, an expiry and a proof of absence too."""
    assert ALL["order"].life(state).fire("fill").after is OrderState.FILLED


def test_an_unknown_sale_forbids_another() -> None:
    """While a sell order may still work, an exit is refused: two sales could leave us short."""
    lost = ALL["leg"].life(LegState.EXIT_UNKNOWN)
    assert not lost.can("exit")
    lost.fire("exit_gone")
    assert lost.can("exit")


def test_an_order_is_sent_once() -> None:
    """Only an intent can be sent, and nothing leads back to the intent."""
    sources = {source for trigger, source, _ in ALL["order"].steps if trigger == "send"}
    assert sources == {OrderState.INTENDED}
    assert not any(dest is OrderState.INTENDED for _, _, dest in ALL["order"].steps)


def test_a_running_engine_was_ready() -> None:
    """No other trigger leads to RUNNING, so a pause or a lost link cannot skip the comparison of the books."""
    assert entrances(ALL["engine"], EngineState.RUNNING) == {("ready", EngineState.STARTING)}


def test_a_halt_is_latched() -> None:
    """A halted engine admits only the re-arming, and that does not start it."""
    halted = ALL["engine"].life(EngineState.HALTED)
    assert [trigger for trigger in ALL["engine"].triggers if halted.can(trigger)] == ["rearm"]
    assert halted.fire("rearm").after is EngineState.STOPPED


def test_a_ready_connection_was_synced() -> None:
    """Nothing leads to READY but the agreement of the books."""
    assert entrances(ALL["connection"], ConnectionState.READY) == {("synced", ConnectionState.SYNCING)}


class Light(Enum):
    """A toy."""

    OFF = "off"
    ON = "on"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"transitions": (("press", Light.OFF, Light.ON), ("press", Light.OFF, Light.OFF))}, "two rows for press"),
        ({"rests": {Light.OFF: "it may"}}, "ON is not exactly one"),
        ({"timeouts": {Light.ON: "press"}}, "ON is not exactly one"),
        ({"timeouts": {Light.ON: "press"}, "rests": {Light.OFF: "it may"}}, "times out by press"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(changes: dict[str, Any], named: str) -> None:
    """Two rows for one step, or a state without a stated wait, is an error when the machine is made."""
    sound = {
        "name": "light",
        "title": "A toy",
        "states": Light,
        "initial": Light.OFF,
        "transitions": (("press", Light.OFF, Light.ON),),
        "timeouts": {},
        "rests": {Light.OFF: "it may", Light.ON: "it may"},
    }
    MachineSpec(**sound)
    with pytest.raises(BadInput, match=named):
        MachineSpec(**{**sound, **changes})


def reachable(spec: MachineSpec[Any], start: Enum) -> set[Enum]:
    """Return every state that some chain of triggers leads to."""
    found, fresh = {start}, {start}
    while fresh:
        fresh = {dest for _, source, dest in spec.steps if source in fresh} - found
        found |= fresh
    return found


def entrances(spec: MachineSpec[Any], state: Enum) -> set[tuple[str, Enum]]:
    """Return the triggers and states from which `state` is entered."""
    return {(trigger, source) for trigger, source, dest in spec.steps if dest is state and source is not state}
