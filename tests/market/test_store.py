"""The folder of bars."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from lottogrid.errors import BadInput, Missing
from lottogrid.market.bars import Bar
from lottogrid.market.reader import read_bars
from lottogrid.market.store import BarStore, Written
from tests.market.made import MONDAY, TICK, flat_bar, minutes, trading_days, whole_session

pytest.importorskip("pyarrow", reason="pyarrow, which reads Parquet, is absent; pip install pyarrow")

DAYS = trading_days(3)
BARS = [replace(bar, volume=number) for day in DAYS for number, bar in enumerate(whole_session(day))]


def store(folder: Path, bars: list[Bar] | None = None) -> BarStore:
    """Return a store of some bars."""
    made = BarStore(folder / "bars")
    made.write(BARS if bars is None else bars, tick=TICK)
    return made


def test_returns_what_was_written(tmp_path: Path) -> None:
    """Times, exact prices and volumes, over all days."""
    assert store(tmp_path).read(tick=TICK) == BARS


@given(
    st.lists(
        st.tuples(st.integers(4, 40_000), st.integers(0, 40), st.integers(0, 40), st.none() | st.integers(0, 2**40)),
        min_size=1,
        max_size=30,
    )
)
@hypothesis_settings(max_examples=50)
def test_prices_and_volumes_survive_exactly(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, int, int, int | None]]
) -> None:
    """Decimals come back as they were, unknown volumes unknown."""
    begin = flat_bar(DAYS[0].opens).start
    bars = [
        Bar(
            begin + number * timedelta(minutes=1),
            low * TICK,
            (low + up + more) * TICK,
            low * TICK,
            (low + up) * TICK,
            size,
        )
        for number, (low, up, more, size) in enumerate(rows)
    ]
    assert store(tmp_path_factory.mktemp("any"), bars).read(tick=TICK) == bars


def test_each_day_is_a_file_of_bars(tmp_path: Path) -> None:
    """Any program that reads Parquet can use it, and so can `read_bars`."""
    made = store(tmp_path)
    assert made.days() == [day.date for day in DAYS]
    day = [bar for bar in BARS if bar.start < DAYS[0].closes]
    assert read_bars(made.folder / "2025-03-03.parquet", tick=TICK) == day


def test_reads_a_span_and_the_stored_days_around_one_that_is_not(tmp_path: Path) -> None:
    """Asked from a Sunday to a Monday, the days on both sides come too: who asks can tell how far it reaches."""
    made = store(tmp_path, minutes(DAYS[0].opens, DAYS[0].closes) + minutes(DAYS[2].opens, DAYS[2].closes))
    dates = {bar.start.date() for bar in made.read(tick=TICK, first=DAYS[1].date, last=DAYS[1].date)}
    assert dates == {DAYS[0].date, DAYS[2].date}
    assert {bar.start.date() for bar in made.read(tick=TICK, last=MONDAY)} == {MONDAY}
    assert {bar.start.date() for bar in made.read(tick=TICK, first=DAYS[2].date)} == {DAYS[2].date}


def test_writing_again_changes_nothing(tmp_path: Path) -> None:
    """The same bars are known; the files are not touched."""
    made = store(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in made.folder.iterdir()}
    assert made.write(BARS, tick=TICK) == Written(days=0, bars=0, known=len(BARS))
    assert before == {path: path.stat().st_mtime_ns for path in made.folder.iterdir()}


def test_a_day_can_come_in_pieces(tmp_path: Path) -> None:
    """The second half joins the first, in any order."""
    made = store(tmp_path, BARS[200:400])
    assert made.write(BARS[:300], tick=TICK) == Written(days=1, bars=200, known=100)
    assert made.read(tick=TICK) == BARS[:400]


def test_a_bar_that_differs_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    """Unless it is told to replace; days before it in the same write are not written either."""
    made = store(tmp_path, BARS[600:])
    other = [*BARS[:-1], flat_bar(BARS[-1].start, "6001")]
    with pytest.raises(BadInput, match="6000,6000,6000,6000,509 is stored, 6001,6001,6001,6001, came"):
        made.write(other, tick=TICK)
    assert made.read(tick=TICK) == BARS[600:]
    made.write(other, tick=TICK, replace=True)
    assert made.read(tick=TICK)[-1].close == 6001


def test_a_write_that_fails_leaves_the_old_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk makes no half file."""
    made = store(tmp_path, BARS[:100])

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(Missing, match=r"2025-03-03\.parquet: expected room for a day of bars, found: .*No space left"):
        made.write(BARS[:200], tick=TICK)
    assert made.read(tick=TICK) == BARS[:100]
    assert [path.name for path in made.folder.iterdir()] == ["2025-03-03.parquet"]


def test_what_is_no_store_is_told(tmp_path: Path) -> None:
    """No folder, no files, damaged files, another instrument's prices, bars of another day."""
    with pytest.raises(Missing, match="expected a folder of bars"):
        BarStore(tmp_path / "absent").read(tick=TICK)
    with pytest.raises(BadInput, match=r"expected bars as YYYY-MM-DD\.parquet"):
        BarStore(tmp_path).read(tick=TICK)
    made = store(tmp_path)
    with pytest.raises(BadInput, match="expected multiples of the tick 7"):
        made.read(tick=Decimal(7))
    (made.folder / "2025-03-03.parquet").rename(made.folder / "2025-02-28.parquet")
    with pytest.raises(BadInput, match="expected rising times of 2025-02-28"):
        made.read(tick=TICK)
    (made.folder / "2025-02-28.parquet").write_bytes(b"PAR1 nonsense PAR1")
    with pytest.raises(BadInput, match="expected bars in Parquet"):
        made.read(tick=TICK)


def test_other_files_in_the_folder_are_not_the_stores(tmp_path: Path) -> None:
    """Neither notes nor names that are no dates."""
    made = store(tmp_path)
    (made.folder / "2025-99-99.parquet").touch()
    (made.folder / "notes.txt").touch()
    assert made.days() == [date(2025, 3, 3), date(2025, 3, 4), date(2025, 3, 5)]


def test_says_which_package_reads_parquet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it the message says what to install."""
    made = store(tmp_path)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(Missing, match="pip install pyarrow"):
        made.read(tick=TICK)
