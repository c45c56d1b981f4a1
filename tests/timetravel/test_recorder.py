"""The recorder in the tree: what it writes, and that nothing which happens to it hurts those who trade."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from actors import messages as m
from actors.recorder import CHAIN, Glance, Pace
from actors.runtime.cell import Cell
from actors.runtime.runtime import Interference
from actors.view import View
from actors.view_json import to_json
from lottogrid.alerts.codes import AlertCode
from lottogrid.cli.run.recording import beside, recording_of
from lottogrid.errors import Missing
from lottogrid.flight.file import FlightReader
from lottogrid.ledger.ledger import Ledger
from lottogrid.settings import Settings, changed
from tests.timetravel.made import SLOW, RecordedDay, Witness, recorded_day
from tests.web.made import stopped_day

OWN = {m.FLIGHT, m.RECORDER}


def others(view: View) -> dict[str, object]:
    """Return a picture without the recorder itself, which is at work in what it sees."""
    return to_json(replace(view, actors=tuple(row for row in view.actors if row.name not in OWN)))


def frames(day: RecordedDay) -> int:
    with closing(FlightReader(beside(day.ledger))) as reader:
        span = 0
        frame = reader.first_after(day.day.opens - timedelta(days=1))
        while frame is not None:
            span += 1
            frame = reader.first_after(frame.at)
        return span


def test_the_picture_of_a_moment_is_what_anybody_saw_then(tmp_path: Path) -> None:
    """Somebody else looks at the same instants, before the recorder is told to."""
    day = recorded_day(tmp_path, pace=Pace(glance=timedelta(minutes=2), longest=timedelta(0)))
    seen = []
    for minutes in (0.5, 47.3, 90.01, 121.7, 150.5):
        day.run_to(minutes)
        seen.append(day.look())
        day.runtime.send(m.RECORDER, Glance())
        day.replay.runtime.run_until_idle()
    day.run_to(151)
    day.replay.stop()

    assert any(view.open_positions for view in seen)
    for view in seen:
        assert others(day.past.at(view.at).view) == others(view)


def test_a_picture_is_taken_when_the_journal_has_a_new_row_and_else_once_in_a_while(tmp_path: Path) -> None:
    """So a fill is seen at once, and an hour without one costs little."""
    witness = Witness()
    day = recorded_day(tmp_path, look=witness.look, pace=replace(SLOW, longest=timedelta(minutes=10)))
    day.run_to(100)
    day.replay.stop()

    gaps = [
        (later.at - earlier.at, later.sequence != earlier.sequence)
        for earlier, later in zip(witness.views, witness.views[1:], strict=False)
    ]
    assert all(is_news or gap >= timedelta(minutes=10) for gap, is_news in gaps)
    assert all(gap <= timedelta(minutes=10, seconds=20) for gap, _ in gaps)
    assert any(gap >= timedelta(minutes=10) for gap, _ in gaps)
    assert sum(is_news for _, is_news in gaps) > 50


def test_chains_are_short_enough_for_a_quick_look(tmp_path: Path) -> None:
    """No look back reads more than a minute of them, where there is one a second."""
    day = recorded_day(tmp_path)
    day.run_to(150)
    day.replay.stop()

    with closing(FlightReader(beside(day.ledger))) as reader:
        frame = reader.first_after(day.day.opens - timedelta(days=1))
        lengths = []
        while frame is not None:
            lengths.append(len(reader.bodies(frame)))
            frame = reader.first_after(frame.at)
    assert max(lengths) == CHAIN
    assert lengths.count(1) >= 2


class KillsTheRecorder(Interference):
    """Kills the recorder at every third message, before or after it has done its work."""

    def __init__(self) -> None:
        self.seen = 0

    def before(self, cell: Cell, message: object) -> None:
        if cell.name == m.RECORDER:
            self.seen += 1
            if self.seen % 6 == 0:
                raise RuntimeError("killed before")

    def after(self, cell: Cell, message: object) -> None:
        if cell.name == m.RECORDER and self.seen % 6 == 3:
            raise RuntimeError("killed after")


def test_a_recorder_that_dies_for_ever_is_started_again_and_costs_nobody_else_anything(tmp_path: Path) -> None:
    """It is no failure of those who trade: not one of them is restarted, and the trades are the same."""
    undisturbed = recorded_day(tmp_path / "undisturbed")
    disturbed = recorded_day(tmp_path / "disturbed", interference=KillsTheRecorder())
    for day in (undisturbed, disturbed):
        day.ledger.parent.mkdir()
        day.run_to(70)
    ended = disturbed.look()
    for day in (undisturbed, disturbed):
        day.replay.stop()

    restarts = {row.name: row.restarts for row in ended.actors if row.restarts}
    assert set(restarts) == {m.RECORDER}
    assert restarts[m.RECORDER] > 30
    assert disturbed.replay.root_down[0].failed is False
    rows = []
    for day in (undisturbed, disturbed):
        with closing(Ledger.open_read_only(day.ledger)) as ledger:
            rows.append([(row.kind, row.payload) for row in ledger.journal(limit=100_000)])
    assert rows[0] == rows[1]
    assert frames(disturbed) > 60


def test_a_recorder_that_hangs_is_given_up_and_started_again_however_often(tmp_path: Path) -> None:
    """As one whose disk does not answer: each is fenced, and its supervisor and those who trade stay as they are."""
    day = recorded_day(tmp_path)
    day.run_to(10)
    for number in range(12):
        day.runtime.fence(day.runtime.cells[m.RECORDER], "hangs")
        day.run_to(10 + 2 * (number + 1))
    instant = day.run_to(60)
    view = day.look()
    day.replay.stop()

    assert {row.name: row.restarts for row in view.actors if row.restarts} == {m.RECORDER: 12}
    assert {row.state for row in view.actors} == {"running"}
    assert day.past.at(instant).gap is None


def test_a_disk_that_refuses_costs_the_past_one_alarm_and_nothing_else(tmp_path: Path) -> None:
    """Once for the whole trouble; when the disk takes something again, the past goes on, and the gap is said."""
    day = recorded_day(tmp_path)
    before = day.run_to(30)
    path = beside(day.ledger)
    path.rename(tmp_path / "aside")
    path.mkdir()  # SQLite can open no folder
    day.runtime.cells[m.RECORDER].actor.release()  # type: ignore[union-attr]
    day.run_to(90)
    path.rmdir()
    (tmp_path / "aside").rename(path)
    after = day.run_to(120)
    view = day.look()
    day.replay.stop()

    assert view.alarms is not None
    told = [alarm for _, alarm in view.alarms.alarms if alarm.code is AlertCode.RECORDING_FAILED]
    assert len(told) == 1
    assert "see to disk and rights" in told[0].text
    assert {row.name for row in view.actors if row.restarts} == set()
    assert view.engine is not None
    assert view.engine.state.value == "running"
    assert day.past.at(before).gap is None
    assert day.past.at(after).gap is None
    sight = day.past.at(before + timedelta(minutes=30))
    assert sight.view.at <= before + timedelta(minutes=1)
    assert sight.gap is not None
    assert sight.gap.until is not None
    assert sight.gap.until > before + timedelta(minutes=60)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_recording_on_a_full_device_never_begins_and_is_said(tmp_path: Path) -> None:
    """The disk may be full from the first picture on."""
    day = recorded_day(tmp_path, path=Path("/dev/full"))
    day.run_to(20)
    view = day.look()
    day.replay.stop()

    assert view.alarms is not None
    assert [alarm.code for _, alarm in view.alarms.alarms] == [AlertCode.RECORDING_FAILED]
    assert view.ledger is not None
    assert view.ledger.sequence > 0


def test_a_tree_without_a_recording_has_no_recorder(tmp_path: Path) -> None:
    """A replay and a simulation record nothing; nor does a run whose settings say so."""
    day = recorded_day(tmp_path)
    day.run_to(1)
    names = {row.name for row in day.look().actors}
    day.replay.stop()
    (tmp_path / "plain").mkdir()
    plain, _, _ = stopped_day(tmp_path / "plain", minutes=1)
    assert not OWN & plain.runtime.cells.keys()
    plain.stop()

    assert recording_of(changed(Settings(), ["storage.recorded_days=0"]), tmp_path / "l", day.day.opens, "live") is None
    wanted = recording_of(Settings(), tmp_path / "l", day.day.opens, "live")
    assert wanted is not None
    assert wanted.keep == timedelta(days=14)
    assert wanted.path == tmp_path / "flight.sqlite"
    assert wanted.pace == Pace()
    assert names >= OWN


def test_a_moment_before_the_recording_is_refused(tmp_path: Path) -> None:
    """Unknown is not empty."""
    day = recorded_day(tmp_path)
    day.run_to(5)
    day.replay.stop()

    with pytest.raises(Missing, match="found that it begins at 2025-04-09T"):
        day.past.at(day.day.opens - timedelta(days=1))
    with pytest.raises(Missing, match="expected a row 10000, found none"):
        day.past.with_row(10_000)
    assert day.past.span(day.day.date - timedelta(days=1)) is None
