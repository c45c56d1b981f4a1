"""The engine actor: what the operator said outlives a restart, and only agreeing books let it run."""

from __future__ import annotations

from datetime import timedelta

import pytest

from actors import messages as m
from actors.engine import FLATTEN_WITHIN, Engine
from lottogrid.ledger.records import AlarmRaised, EngineMoved, HaltCleared, HaltSet
from lottogrid.risk.reasons import Reason
from machines.engine import EngineState
from tests.actors.desk import ActorDesk
from tests.strategies.made import NOON

READY = m.BrokerStateChanged(True, "the books agree", NOON)
DOWN = m.BrokerStateChanged(False, "the link is down", NOON)


def _desk(state: EngineState | None = None, *halts: Reason, starts: bool = True) -> ActorDesk:
    desk = ActorDesk(
        m.ENGINE,
        lambda: Engine(NOON if starts else None),
        m.LEDGER,
        m.BROKER,
        m.RISK,
        m.POSITIONS,
        m.NOTIFIER,
    )
    since = None if state is None else NOON + timedelta(seconds=1)
    desk.tell(m.EngineRecalled(state, None, since, halts))
    return desk


def _state(desk: ActorDesk) -> EngineState:
    return desk.mail(m.RISK, m.EngineChanged)[-1].state


def _records(desk: ActorDesk) -> list[object]:
    return [record for commit in desk.mail(m.LEDGER, m.Commit) for record in commit.records]


def test_it_runs_when_the_books_agree_and_not_before() -> None:
    """A new engine starts by itself, waits for the broker, and writes each move down."""
    desk = _desk()
    assert _state(desk) is EngineState.STARTING

    desk.tell(READY)

    assert _state(desk) is EngineState.RUNNING
    moves = [record.trigger for record in _records(desk) if isinstance(record, EngineMoved)]
    assert moves == ["start", "ready"]


def test_a_lost_link_ends_the_running_until_the_books_agree_again() -> None:
    """RUNNING, lost, STARTING, ready, RUNNING."""
    desk = _desk()
    desk.tell(READY, DOWN)
    assert _state(desk) is EngineState.STARTING

    desk.tell(READY)
    assert _state(desk) is EngineState.RUNNING


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (EngineState.RUNNING, EngineState.STARTING),
        (EngineState.STARTING, EngineState.STARTING),
        (EngineState.PAUSED, EngineState.PAUSED),
        (EngineState.STOPPED, EngineState.STOPPED),
        (EngineState.FLATTENING, EngineState.FLATTENING),
        (EngineState.HALTED, EngineState.HALTED),
    ],
)
def test_what_was_said_outlives_a_restart(before: EngineState, after: EngineState) -> None:
    """Only RUNNING becomes STARTING; a pause, a stop, a flatten and a halt stand."""
    assert _state(_desk(before)) is after


def test_a_halt_that_nobody_cleared_outlives_even_its_engine_row() -> None:
    """The tree gave up while RUNNING was the last row: the halt on record decides."""
    desk = _desk(EngineState.RUNNING, Reason.RESTART_INTENSITY)

    assert _state(desk) is EngineState.HALTED
    moves = [record for record in _records(desk) if isinstance(record, EngineMoved)]
    assert [(move.before, move.after, move.reason) for move in moves] == [
        ("running", "halted", Reason.RESTART_INTENSITY)
    ]


def test_a_command_before_the_recall_waits_for_it() -> None:
    """Nothing is done on a state that is not known."""
    desk = ActorDesk(m.ENGINE, Engine, m.LEDGER, m.BROKER, m.RISK, m.POSITIONS, m.NOTIFIER)
    desk.tell(m.PauseEntries())
    assert _records(desk) == []

    desk.tell(m.EngineRecalled(EngineState.RUNNING, None, NOON, ()))

    assert _state(desk) is EngineState.PAUSED


def test_a_pause_outlives_the_link_and_ends_by_way_of_ready() -> None:
    """Resuming while the link is down waits for it."""
    desk = _desk()
    desk.tell(READY, m.PauseEntries(), DOWN, m.ResumeEntries())
    assert _state(desk) is EngineState.STARTING

    desk.tell(READY)
    assert _state(desk) is EngineState.RUNNING


def test_a_halt_is_latched_told_and_cleared_by_a_person_only() -> None:
    """Every reason is written down; re-arming clears all of them."""
    desk = _desk()
    desk.tell(READY, m.Halt(Reason.RECONCILIATION_BREAK, "a stranger's order"), m.Halt(Reason.OPERATOR, "me too"))
    desk.tell(m.StartEngine(), m.ResumeEntries(), READY)
    assert _state(desk) is EngineState.HALTED
    assert len(desk.mail(m.NOTIFIER, m.Alarm)) == 2
    assert len([record for record in _records(desk) if isinstance(record, HaltSet)]) == 2

    desk.tell(m.Rearm("anna"))

    assert _state(desk) is EngineState.STOPPED
    cleared = [(record.reason, record.by) for record in _records(desk) if isinstance(record, HaltCleared)]
    assert cleared == [(Reason.RECONCILIATION_BREAK, "anna"), (Reason.OPERATOR, "anna")]


def test_the_alarm_of_a_halt_is_in_its_commit() -> None:
    """It would be lost with a notifier that dies on it; the notifier is told that it is written."""
    desk = _desk()
    desk.tell(READY, m.Halt(Reason.OPERATOR, "me"))

    commit = desk.mail(m.LEDGER, m.Commit)[-1]
    assert {type(record) for record in commit.records} == {HaltSet, AlarmRaised, EngineMoved}
    assert [alarm.is_written for alarm in desk.mail(m.NOTIFIER, m.Alarm)] == [True]


def test_a_flatten_repeats_itself_until_the_ledger_shows_nothing_open() -> None:
    """The order to close goes out again and again; when nothing is open the engine is STOPPED."""
    desk = _desk()
    desk.tell(READY, m.FlattenAll())
    desk.pass_time(11)
    assert len(desk.mail(m.POSITIONS, m.ClosePosition)) == 3
    desk.tell(m.OpenPositionsRecalled(("LG-20250409-001",)))
    assert _state(desk) is EngineState.FLATTENING

    desk.tell(m.OpenPositionsRecalled(()))

    assert _state(desk) is EngineState.STOPPED


def test_a_flatten_that_does_not_end_becomes_a_halt() -> None:
    """A person must look."""
    desk = _desk()
    desk.tell(READY, m.FlattenAll())
    desk.pass_time(FLATTEN_WITHIN.total_seconds() + 10)

    assert _state(desk) is EngineState.HALTED
