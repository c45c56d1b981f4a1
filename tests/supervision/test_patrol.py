"""Who counts as hung, on a clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from actors.runtime.cell import Cell
from actors.supervision import patrol
from actors.supervision.child import Child
from actors.supervision.spec import ChildSpec
from machines.actor import ACTOR
from tests.runtime.bench import START

LIMIT = timedelta(seconds=30)
Move = Callable[[float], None]


@pytest.fixture
def move(monkeypatch: pytest.MonkeyPatch) -> Move:
    """Lend the machine's seconds."""
    now = [1000.0]
    monkeypatch.setattr(patrol, "real_seconds", lambda: now[0])

    def to(seconds: float) -> None:
        now[0] = 1000.0 + seconds

    return to


def child(*, busy_since: float | None = None, waiting_since: float | None = None) -> Child:
    """Return a child that is at a message, or has mail, since so many seconds after the beginning."""
    cell = Cell("a", 1, None, START)
    cell.busy_since = None if busy_since is None else 1000.0 + busy_since
    cell.oldest = lambda: None if waiting_since is None else 1000.0 + waiting_since
    cell.last_message = "Say"
    return Child(ChildSpec(name="a", factory=lambda: None, hang_after=LIMIT), ACTOR.life(), cell)  # type: ignore[arg-type,return-value]


@pytest.mark.parametrize(("seconds", "hangs"), [(30.0, False), (30.1, True)])
@pytest.mark.parametrize("since", ["busy_since", "waiting_since"])
def test_a_message_may_take_or_lie_for_so_long_and_no_longer(
    move: Move, since: str, seconds: float, hangs: bool
) -> None:
    """The limit itself is still allowed."""
    looking = patrol.Patrol()
    looking.next_look_within(LIMIT)
    move(seconds)

    assert [why for _, why in looking.hung([child(**{since: 0.0})])] == (
        [{"busy_since": "hung at Say for 0:00:30", "waiting_since": _UNREAD}[since]] if hangs else []
    )


_UNREAD = "left its mail unread for 0:00:30, 0 messages, after Say"


def test_the_idle_hang_never(move: Move) -> None:
    """Neither at a message nor with mail: it has nothing to do."""
    looking = patrol.Patrol()
    looking.next_look_within(LIMIT)
    move(59)

    assert list(looking.hung([child()])) == []


def test_after_a_pause_of_the_whole_process_nobody_is_blamed(move: Move) -> None:
    """The look itself comes far too late: the machine slept, or the process was stopped. The next look counts."""
    looking = patrol.Patrol()
    looking.next_look_within(LIMIT / 4)
    busy = child(busy_since=0.0)
    move(600)
    assert list(looking.hung([busy])) == []

    looking.next_look_within(LIMIT / 4)
    move(607)
    assert [found for found, _ in looking.hung([busy])] == [busy]
