"""A bug that is planted is found, told with all that is needed to see it again, and shrunk."""

from __future__ import annotations

import pytest

from actors import messages as m
from actors.runtime.messages import Down
from actors.runtime.runtime import Runtime
from actors.simulation.shrink import shrink
from actors.supervision.supervisor import Supervisor
from lottogrid.cli.simulate.house import SimulatedHouse
from tests.simulation.made import BUSY, day, options


def test_a_flatten_time_that_is_ignored_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """I9 sees what is held at the exchange; the failure carries trace and plan."""
    monkeypatch.setattr(m.SessionChanged, "closes_positions", property(lambda _: False))
    failed = day(options(profile="calm", house=SimulatedHouse(BUSY)))

    assert failed.violation is not None
    assert failed.violation.invariant == "I9"
    assert len(failed.tail) == 40


def test_a_plan_is_shrunk_to_what_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing of the plan is to blame, nothing of it is left."""
    monkeypatch.setattr(m.SessionChanged, "closes_positions", property(lambda _: False))
    asked = options(rates={"F2": 2.0, "F19": 1.0}, profile="calm", house=SimulatedHouse(BUSY))
    failed = day(asked)
    tried: list[int] = []
    least = shrink(asked, failed, tried.append)

    assert failed.plan
    assert least.plan == ()
    assert least.violation is not None
    assert least.violation.invariant == "I9"
    assert tried


def test_a_restart_that_never_comes_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """I10 counts the seconds since a death."""
    monkeypatch.setattr(Supervisor, "_restart_later", lambda *_: None)
    failed = day(options(profile="calm", rates={"F1": 3.0}))

    assert failed.violation is not None
    assert failed.violation.invariant == "I10"


def test_a_death_notice_that_is_lost_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody restarts what nobody knows to be dead."""
    plain = Runtime.deliver

    def deliver(self: Runtime, cell: object, message: object) -> None:
        if not isinstance(message, Down):
            plain(self, cell, message)  # type: ignore[arg-type]

    monkeypatch.setattr(Runtime, "deliver", deliver)
    failed = day(options(profile="calm", rates={"F2": 3.0}))

    assert failed.violation is not None
    assert failed.violation.invariant == "I10"
