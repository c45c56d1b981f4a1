"""Opening, refusing to open, and what survives a kill."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lottogrid.errors import BadInput, Missing
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.models import SCHEMA_VERSION
from lottogrid.ledger.records import Noted, Record
from lottogrid.orders import OrderState
from lottogrid.positions import PositionState
from tests.ledger.builders import (
    FIRST,
    NOON,
    SECOND,
    SELL,
    booked,
    intended,
    moved,
    planned,
    position_moved,
    settled,
)

ENTRY, TARGET = intended(), intended(SELL, 2, attempt=2)
HISTORY: list[list[Record]] = [
    [planned()],
    [ENTRY],
    [
        moved(ENTRY, OrderState.INTENDED, OrderState.SENT),
        position_moved(PositionState.ENTRY_SENT, PositionState.PLANNED),
    ],
    [booked(ENTRY, "E-1", 3, commission="1.86"), moved(ENTRY, OrderState.SENT, OrderState.FILLED)],
    [TARGET, planned(SECOND)],
    [booked(TARGET, "E-2", 1, "1.80"), settled("S/1", 2), Noted(at=NOON, actor="a", kind="k", text="t")],
]


@pytest.mark.parametrize("durable", [True, False])
def test_a_ledger_is_as_it_was_when_opened_again(tmp_path: Path, durable: bool) -> None:
    """Journal and tables outlive the process."""
    path = tmp_path / "new" / "ledger.db"
    ledger = Ledger.open(path, durable=durable)
    for records in HISTORY:
        ledger.commit(records)
    before = _picture(ledger)
    ledger.close()

    again = Ledger.open(path, durable=durable)

    assert _picture(again) == before
    again.close()
    again.close()


@pytest.mark.parametrize(("durable", "level"), [(True, 2), (False, 0)])
def test_durable_is_fully_synchronous_in_write_ahead_mode(tmp_path: Path, durable: bool, level: int) -> None:
    """A live ledger waits for the disk; a replay does not."""
    ledger = Ledger.open(tmp_path / "ledger.db", durable=durable)

    assert ledger._row("PRAGMA synchronous") == (level,)
    assert ledger._row("PRAGMA journal_mode") == ("wal",)
    ledger.close()


@pytest.mark.parametrize("kept", range(len(HISTORY) + 1))
def test_a_kill_between_commits_loses_nothing_and_adds_nothing(tmp_path: Path, kept: int) -> None:
    """Database and log copied as they lie open to the same book as an undisturbed ledger."""
    path, copy = tmp_path / "ledger.db", tmp_path / "copy.db"
    ledger, untouched = Ledger.open(path), Ledger.in_memory()
    for records in HISTORY[:kept]:
        ledger.commit(records)
        untouched.commit(records)

    _copy_as_it_lies(path, copy)

    recovered = Ledger.open(copy)
    assert _picture(recovered) == _picture(untouched)
    for records in HISTORY[kept:]:
        recovered.commit(records)
        untouched.commit(records)
    assert _picture(recovered) == _picture(untouched)
    recovered.close()
    ledger.close()


def test_a_kill_inside_a_commit_leaves_the_commit_before(tmp_path: Path) -> None:
    """An unfinished transaction is not there after the restart."""
    path, copy = tmp_path / "ledger.db", tmp_path / "copy.db"
    ledger = Ledger.open(path)
    ledger.commit(HISTORY[0])
    before = _picture(ledger)
    ledger._sql("PRAGMA cache_size = 1")
    ledger._sql("BEGIN IMMEDIATE")
    for number in range(200):
        ledger._write(planned(f"P-{number}"))

    _copy_as_it_lies(path, copy)

    recovered = Ledger.open(copy)
    assert _picture(recovered) == before
    recovered.close()
    ledger.close()


@settings(deadline=None, max_examples=40)
@given(cut=st.floats(0, 1))
def test_a_log_cut_anywhere_opens_to_a_whole_number_of_commits(
    cut: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A power cut in the middle of a write ends at the last whole commit."""
    folder = tmp_path_factory.mktemp("cut")
    path, copy = folder / "ledger.db", folder / "copy.db"
    ledger, steps = Ledger.open(path, durable=False), []
    for records in HISTORY:
        steps.append(ledger.last_sequence())
        ledger.commit(records)
    steps.append(ledger.last_sequence())
    _copy_as_it_lies(path, copy)
    log = copy.with_name("copy.db-wal")
    content = log.read_bytes()
    # The schema is one commit of its own, before which there is no ledger at all.
    log.write_bytes(content[: int(len(content) * cut)])

    recovered = Ledger.open(copy, durable=False)

    assert recovered.last_sequence() in steps
    assert [row.seq for row in recovered.journal()] == list(range(1, recovered.last_sequence() + 1))
    recovered.close()
    ledger.close()


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    """Both versions are named, and the file is left as it is."""
    path = tmp_path / "ledger.db"
    Ledger.open(path).close()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE meta SET value = '999'")

    for opener in (Ledger.open, Ledger.open_read_only):
        with pytest.raises(BadInput, match=rf"schema {SCHEMA_VERSION} .*999.*install"):
            opener(path)


@pytest.mark.parametrize(
    "content", [b"this is no database, whatever its name says " * 50, b"x", b"SQLite format 3\0" + b"x" * 5000]
)
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    """It is neither overwritten nor repaired."""
    path = tmp_path / "ledger.db"
    path.write_bytes(content)

    for opener in (Ledger.open, Ledger.open_read_only):
        with pytest.raises(BadInput, match="expected an SQLite database"):
            opener(path)
    assert path.read_bytes() == content


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    """Its tables are not mixed with ours."""
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE songs (title)")

    for opener in (Ledger.open, Ledger.open_read_only):
        with pytest.raises(BadInput, match="lottogrid's tables"):
            opener(path)


def test_reading_needs_a_file(tmp_path: Path) -> None:
    """A command does not create a ledger by looking at it."""
    path = tmp_path / "ledger.db"

    with pytest.raises(Missing, match="run the bot once"):
        Ledger.open_read_only(path)
    assert not path.exists()


def test_a_folder_is_no_ledger(tmp_path: Path) -> None:
    """What cannot be opened is Missing, with what the system said."""
    with pytest.raises(Missing, match="can be opened"):
        Ledger.open(tmp_path)


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    """Not even through commit."""
    path = tmp_path / "a strange # name?.db"
    Ledger.open(path).close()
    reader = Ledger.open_read_only(path)

    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.commit(HISTORY[0])
    assert reader.last_sequence() == 0
    reader.close()


@pytest.mark.threads
def test_a_ledger_may_be_handed_to_the_thread_that_owns_it(tmp_path: Path) -> None:
    """Opened by one thread, used by another."""
    ledger = Ledger.open(tmp_path / "ledger.db", durable=False)
    owner = threading.Thread(target=ledger.commit, args=(HISTORY[0],))
    owner.start()
    owner.join()

    assert ledger.position(FIRST).state is PositionState.PLANNED
    ledger.close()


def test_two_ledgers_in_one_process_know_nothing_of_each_other(tmp_path: Path) -> None:
    """No connection is shared behind their backs."""
    first, second = Ledger.open(tmp_path / "1.db", durable=False), Ledger.open(tmp_path / "2.db", durable=False)
    first.commit(HISTORY[0])

    assert (first.last_sequence(), second.last_sequence()) == (1, 0)
    assert (len(first.journal()), len(second.journal())) == (1, 0)
    first.close()
    second.close()


def _copy_as_it_lies(path: Path, copy: Path) -> None:
    shutil.copy(path, copy)
    shutil.copy(path.with_name(f"{path.name}-wal"), copy.with_name(f"{copy.name}-wal"))


def _picture(ledger: Ledger) -> object:
    return ledger.journal(), ledger.positions(), ledger.live_orders(), ledger.holdings(), ledger.realised_usd()
