"""The recording's file: torn, foreign, too old, too large, and read beside its writer."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from lottogrid.errors import BadInput, Missing
from lottogrid.flight.file import FlightReader, FlightWriter
from tests.web.made import NOON

SECOND = timedelta(seconds=1)


def written(path: Path, frames: int, *, chain: int = 4, first: int = 0) -> FlightWriter:
    """Return a writer that has written so many frames, one a second from noon."""
    writer = FlightWriter(path, "{}")
    for number in range(first, first + frames):
        is_whole = (number - first) % chain == 0
        writer.append(NOON + number * SECOND, number, f"body {number}", is_whole=is_whole)
    return writer


def test_a_frame_is_found_by_its_time_and_by_its_row(tmp_path: Path) -> None:
    """Beside the writer; with all that it follows from, and nothing behind it."""
    writer = written(tmp_path / "f", 10)
    with closing(FlightReader(tmp_path / "f")) as reader:
        frame = reader.last_by(NOON + timedelta(seconds=6.5))
        assert frame is not None
        assert (frame.at, frame.sequence) == (NOON + 6 * SECOND, 6)
        assert reader.bodies(frame) == ["body 4", "body 5", "body 6"]
        assert reader.header(frame) == "{}"
        assert reader.first_with(7, NOON) == reader.first_after(frame.at)
        assert reader.last_by(NOON - SECOND) is None
        assert reader.first_with(10, NOON) is None
        writer.append(NOON + 10 * SECOND, 10, "body 10", is_whole=False)
        assert reader.first_with(10, NOON) is not None
    writer.close()


def test_two_writers_do_not_mix(tmp_path: Path) -> None:
    """One that was given up may still write: its frames follow its own."""
    old, new = written(tmp_path / "f", 2), written(tmp_path / "f", 2, first=10)
    old.append(NOON + 20 * SECOND, 20, "late", is_whole=False)
    new.append(NOON + 21 * SECOND, 21, "next", is_whole=False)
    with closing(FlightReader(tmp_path / "f")) as reader:
        late, following = reader.first_with(20, NOON), reader.first_with(21, NOON)
        assert late is not None
        assert following is not None
        assert reader.bodies(late) == ["body 0", "body 1", "late"]
        assert reader.bodies(following) == ["body 10", "body 11", "next"]
    old.close()
    new.close()


@pytest.mark.parametrize("cut", [1, 30, 500, 4200])
def test_a_torn_end_is_dropped_and_the_rest_is_read(tmp_path: Path, cut: int) -> None:
    """As a kill or a loss of power leaves the file: some bytes of the last writing are missing."""
    writer = written(tmp_path / "f", 9)
    for suffix in ("", "-wal"):
        shutil.copyfile(f"{tmp_path / 'f'}{suffix}", f"{tmp_path / 'torn'}{suffix}")
    writer.close()
    log = tmp_path / "torn-wal"
    log.write_bytes(log.read_bytes()[:-cut])

    with closing(FlightReader(tmp_path / "torn")) as reader:
        frame = reader.last_by(NOON + 60 * SECOND)
        assert frame is not None
        assert 4 <= frame.sequence < 8
        assert reader.bodies(frame)[-1] == f"body {frame.sequence}"
    again = FlightWriter(tmp_path / "torn", "{}")
    again.append(NOON + 30 * SECOND, 30, "goes on", is_whole=True)
    again.close()
    with closing(FlightReader(tmp_path / "torn")) as reader:
        assert reader.first_with(30, NOON) is not None


def test_a_day_that_is_played_again_takes_the_place_of_what_was_recorded_of_it(tmp_path: Path) -> None:
    """From where it begins, and of that day only; what was before stays whole."""
    for first, frames in ((0, 10), (20, 2)):
        written(tmp_path / "f", frames, first=first).close()
    again = FlightWriter(tmp_path / "f", "{}")
    again.supersede(NOON + 5.5 * SECOND, NOON + 15 * SECOND)
    again.append(NOON + 6 * SECOND, 3, "otherwise", is_whole=True)
    again.close()

    with closing(FlightReader(tmp_path / "f")) as reader:
        found = []
        frame = reader.first_after(NOON - SECOND)
        while frame is not None:
            found.append(reader.bodies(frame)[-1])
            frame = reader.first_after(frame.at)
    assert found == [*(f"body {number}" for number in range(6)), "otherwise", "body 20", "body 21"]


def test_what_is_old_is_dropped_with_all_that_follows_from_it(tmp_path: Path) -> None:
    """By age, by whole chains; the one that is being written stays."""
    writer = written(tmp_path / "f", 10)

    writer.forget(NOON + 6 * SECOND, most_bytes=10**9)

    with closing(FlightReader(tmp_path / "f")) as reader:
        assert reader.last_by(NOON + 7 * SECOND) is None
        first = reader.first_after(NOON)
        assert first is not None
        assert reader.bodies(first) == ["body 8"]
    writer.forget(NOON + timedelta(days=9), most_bytes=0)
    writer.append(NOON + 10 * SECOND, 10, "body 10", is_whole=False)
    writer.close()
    with closing(FlightReader(tmp_path / "f")) as reader:
        last = reader.first_with(10, NOON)
        assert last is not None
        assert reader.bodies(last) == ["body 8", "body 9", "body 10"]


def test_the_oldest_goes_first_when_the_file_is_too_large(tmp_path: Path) -> None:
    """Until what is left fits."""
    path = tmp_path / "f"
    writer = FlightWriter(path, "{}")
    for number in range(40):
        noise = random.Random(number).randbytes(10_000).hex()
        writer.append(NOON + number * SECOND, number, noise, is_whole=True)
        writer.forget(NOON - SECOND, most_bytes=100_000)
    writer.close()

    with closing(FlightReader(path)) as reader:
        first, last = reader.first_after(NOON - SECOND), reader.last_by(NOON + 60 * SECOND)
        assert first is not None
        assert last is not None
        assert 0 < first.sequence < last.sequence == 39
    assert path.stat().st_size < 250_000


def test_a_full_disk_refuses_one_frame_and_leaves_those_before_it(tmp_path: Path) -> None:
    """SQLite is told that the file may not grow, which it takes as it takes a full disk."""
    writer = written(tmp_path / "f", 3)
    writer._database.execute("PRAGMA max_page_count = 1")
    with pytest.raises(Missing, match="database or disk is full"):
        writer.append(NOON + 9 * SECOND, 9, random.Random(1).randbytes(100_000).hex(), is_whole=False)

    with closing(FlightReader(tmp_path / "f")) as reader:
        last = reader.last_by(NOON + 60 * SECOND)
        assert last is not None
        assert reader.bodies(last) == ["body 0", "body 1", "body 2"]
    writer.close()


def test_what_is_no_recording_is_refused_in_one_line(tmp_path: Path) -> None:
    """Absent, not SQLite, another program's, another version's, damaged."""
    with pytest.raises(Missing, match="found none; a run makes it"):
        FlightReader(tmp_path / "absent")
    (tmp_path / "text").write_text("no database" * 100)
    for opened in (FlightReader, lambda path: FlightWriter(path, "{}")):
        with pytest.raises(BadInput, match="move the file away"):
            opened(tmp_path / "text")
    with closing(sqlite3.connect(tmp_path / "other")) as other:
        other.execute("CREATE TABLE kept (key TEXT)")
        other.commit()
    with pytest.raises(BadInput, match="expected a recording of version 1, found 0"):
        FlightReader(tmp_path / "other")
    with pytest.raises(BadInput, match="expected a recording of version 1, found 0"):
        FlightWriter(tmp_path / "other", "{}")
    with pytest.raises(Missing, match="see to disk and rights"):
        FlightWriter(tmp_path / "no folder" / "f", "{}")


def test_a_damaged_frame_is_said(tmp_path: Path) -> None:
    """It is not shown as if it were whole."""
    written(tmp_path / "f", 3).close()
    with closing(sqlite3.connect(tmp_path / "f")) as database:
        database.execute("UPDATE frames SET body = ? WHERE sequence = 1", (b"rotten",))
        database.commit()

    with closing(FlightReader(tmp_path / "f")) as reader:
        frame = reader.first_with(2, NOON)
        assert frame is not None
        with pytest.raises(BadInput, match="found it damaged"):
            reader.bodies(frame)
