"""Random walks: what holds whatever the broker, the clock and the operator do."""

from __future__ import annotations

from enum import Enum
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lottogrid.orders import OrderState
from lottogrid.positions import LegState, PositionState
from machines.actor import ActorState
from machines.base import Move
from machines.catalog import ALL
from machines.engine import EngineState
from machines.session import SessionState


def walks(name: str) -> st.SearchStrategy[list[Move[Any]]]:
    """Draw the moves of one life; each number picks one of the triggers that are possible where it stands."""
    return st.lists(st.integers(0, 11), max_size=40).map(lambda picks: walked(name, picks))


def walked(name: str, picks: list[int]) -> list[Move[Any]]:
    """Walk one life until the picks or the possible triggers run out."""
    life = ALL[name].life()
    moves = []
    for pick in picks:
        possible = [trigger for trigger in ALL[name].triggers if life.can(trigger)]
        if not possible:
            break
        moves.append(life.fire(possible[pick % len(possible)]))
    return moves


def states(moves: list[Move[Any]]) -> list[Enum]:
    """Return the states after each move."""
    return [move.after for move in moves]


@given(name=st.sampled_from(tuple(ALL)), data=st.data())
@settings(deadline=None, max_examples=150)
def test_moves_form_a_chain(name: str, data: st.DataObject) -> None:
    """A walk begins in the initial state, and each move begins where the last ended."""
    moves = data.draw(walks(name))
    befores = [move.before for move in moves]
    assert befores == [ALL[name].initial, *states(moves)][: len(moves)]


@given(moves=walks("order"))
@settings(deadline=None, max_examples=200)
def test_an_order_once_filled_stays_filled(moves: list[Move[OrderState]]) -> None:
    """No late status, cancel or timeout takes an execution back."""
    after = states(moves)
    if OrderState.FILLED in after:
        assert set(after[after.index(OrderState.FILLED) :]) == {OrderState.FILLED}


@given(moves=walks("order"))
@settings(deadline=None, max_examples=200)
def test_an_ended_order_never_works_again(moves: list[Move[OrderState]]) -> None:
    """After an end comes nothing, or a late fill."""
    for move in moves:
        assert not move.before.is_final or move.after in {move.before, OrderState.FILLED}


@given(moves=walks("order"))
@settings(deadline=None, max_examples=200)
def test_time_alone_never_ends_an_order_that_was_sent(moves: list[Move[OrderState]]) -> None:
    """Silence makes an outcome unknown; it proves nothing."""
    assert all(move.after is OrderState.UNKNOWN for move in moves if move.trigger == "time_out")


@given(moves=walks("leg"))
@settings(deadline=None, max_examples=200)
def test_a_leg_is_sold_only_after_it_was_bought(moves: list[Move[LegState]]) -> None:
    """Every sale is preceded by a purchase that no other sale has used up."""
    held = False
    for move in moves:
        held = held or move.trigger in {"bought", "late_fill"}
        if move.trigger in {"exit", "work_target", "sold"}:
            assert held
        if move.trigger == "sold":
            held = False


@given(moves=walks("leg"))
@settings(deadline=None, max_examples=200)
def test_no_sale_is_sent_while_another_may_work(moves: list[Move[LegState]]) -> None:
    """From an unknown sale only an answer leads on: an exit must be asked for again from HELD."""
    assert all(move.before is not LegState.EXIT_UNKNOWN for move in moves if move.trigger == "exit")


@given(moves=walks("position"))
@settings(deadline=None, max_examples=200)
def test_an_ended_position_reopens_by_a_late_fill_only(moves: list[Move[PositionState]]) -> None:
    """Nothing else brings a position back, and it comes back as OPEN."""
    for move in moves:
        if move.before.is_final:
            assert (move.trigger, move.after) == ("late_fill", PositionState.OPEN)


@given(moves=walks("engine"))
@settings(deadline=None, max_examples=200)
def test_a_halted_engine_moves_by_rearming_only(moves: list[Move[EngineState]]) -> None:
    """Whatever else is asked of it is refused, and it never goes straight to running."""
    for move in moves:
        if move.before is EngineState.HALTED:
            assert (move.trigger, move.after) == ("rearm", EngineState.STOPPED)


@given(moves=walks("engine"))
@settings(deadline=None, max_examples=200)
def test_a_paused_engine_stays_paused_until_a_person_acts(moves: list[Move[EngineState]]) -> None:
    """A lost or recovered link neither ends a pause nor starts entries."""
    for move in moves:
        if move.before is EngineState.PAUSED and move.trigger in {"lost", "ready"}:
            assert move.after is EngineState.PAUSED


@given(moves=walks("session"))
@settings(deadline=None, max_examples=200)
def test_a_session_never_runs_back(moves: list[Move[SessionState]]) -> None:
    """Its states come in the order of the day, until it closes."""
    order = list(SessionState)
    for move in moves:
        assert move.after is SessionState.CLOSED or order.index(move.after) > order.index(move.before)


@given(moves=walks("actor"))
@settings(deadline=None, max_examples=200)
def test_an_actor_given_up_is_never_started_again(moves: list[Move[ActorState]]) -> None:
    """DEAD is the last state of a walk."""
    assert ActorState.DEAD not in states(moves)[:-1]
