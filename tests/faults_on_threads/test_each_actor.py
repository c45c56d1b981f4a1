"""Each actor of the tree is killed, slowed and hung during a paper day over the gateway, on real threads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time, timedelta
from pathlib import Path

import pytest

from actors import messages as m
from actors.runtime.cell import Cell
from actors.runtime.runtime import Interference
from actors.view import View
from lottogrid.cli.run.desk import Desk
from lottogrid.errors import NeedsOperator
from machines.connection import ConnectionState
from tests.faults_on_threads.faults import EVERYBODY, POSITION, Fault, Faults, Kind, impatient, plant
from tests.scenarios.desk import play
from tests.scenarios.end import End

pytestmark = [pytest.mark.threads, pytest.mark.sockets, pytest.mark.slow]

SPEED = "simulator.speed=180"
HANG_AFTER = timedelta(seconds=0.7)
"""Real time: two minutes of the day."""


def played(folder: Path, patch: pytest.MonkeyPatch, faults: Sequence[Fault]) -> tuple[Faults, End]:
    """Play the day with these faults."""
    impatient(patch, *{fault.target for fault in faults}, hang_after=HANG_AFTER, shutdown=HANG_AFTER)
    planted = Faults(faults)
    plant(patch, planted)
    try:
        return planted, play(folder, (), SPEED)
    finally:
        planted.release()


def check(planted: Faults, end: End, faults: Sequence[Fault]) -> None:
    """All faults struck and healed as the page shows; the day was traded and ended flat, with equal books."""
    assert planted.wrong == []
    assert planted.healed == list(faults)
    assert end.broken() == []
    assert end.halts == ()
    assert end.entered


@pytest.mark.scenario
@pytest.mark.parametrize("target", EVERYBODY)
def test_an_actor_is_struck_four_times_in_one_day(target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The supervisor heals as its table says, the page shows it, the day ends flat."""
    faults = [Fault(time(12, 36 + 3 * number, 20), target, kind) for number, kind in enumerate(Kind)]
    check(*played(tmp_path, monkeypatch, faults), faults)


def test_four_faults_in_one_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few of these days' faults in one, for every run of the tests."""
    faults = [
        Fault(time(12, 37), m.LEDGER, Kind.KILLED),
        Fault(time(12, 40), m.BROKER, Kind.HUNG),
        Fault(time(12, 44), POSITION, Kind.EXITED),
        Fault(time(12, 46), m.STRATEGIST, Kind.SLOW),
    ]
    check(*played(tmp_path, monkeypatch, faults), faults)


class Always(Interference):
    """One actor fails at each of its messages."""

    def __init__(self, target: str, error: Exception) -> None:
        self.deaths = 0
        self._target = target
        self._error = error

    def before(self, cell: Cell, message: object) -> None:
        if cell.name == self._target and message is not None:
            self.deaths += 1
            raise self._error

    def look(self, desk: Desk, view: View) -> None:
        """Begin when the bot has come up."""
        if view.broker is not None and view.broker.state is ConnectionState.READY:
            desk.runtime._interference = self


@pytest.mark.parametrize(
    ("error", "deaths", "died"),
    [
        (ValueError("bad"), 6 * 4, "TooManyRestarts: trading failed: more than 3 failures within 300 s"),
        (NeedsOperator("look"), 1, "Escalated: trading: Escalated: risk: NeedsOperator: look"),
    ],
    ids=["a-bug", "needs-operator"],
)
def test_one_that_cannot_be_healed_ends_the_tree(
    error: Exception, deaths: int, died: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After as many restarts as the tables of all levels allow, or at once where a person is needed."""
    always = Always(m.RISK, error)

    plant(monkeypatch, always)

    end = play(tmp_path, (), "simulator.speed=60")

    assert died in end.died
    assert always.deaths == deaths
