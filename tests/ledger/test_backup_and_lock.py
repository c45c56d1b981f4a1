"""Copies of the ledger, and the lock that keeps a second process away from it."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lottogrid.errors import BadInput, Missing
from lottogrid.ledger.backup import backup, backup_dated, check
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.lock import Holder, LedgerLock, holder, lock_path
from tests.ledger.builders import planned


def test_a_backup_is_taken_beside_a_running_writer(tmp_path: Path) -> None:
    """The copy is one whole file with everything committed so far."""
    path, copy = tmp_path / "ledger.db", tmp_path / "copies" / "ledger.db"
    ledger = Ledger.open(path, durable=False)
    ledger.commit([planned()])

    backup(path, copy)

    assert [file.name for file in copy.parent.iterdir()] == ["ledger.db"]
    check(copy)
    copied = Ledger.open_read_only(copy)
    assert copied.journal() == ledger.journal()
    copied.close()
    ledger.close()


def test_a_backup_is_never_overwritten(tmp_path: Path) -> None:
    """A name that is taken is refused."""
    path, copy = tmp_path / "ledger.db", tmp_path / "copy.db"
    Ledger.open(path, durable=False).close()
    copy.write_text("precious")

    with pytest.raises(BadInput, match="never overwritten"):
        backup(path, copy)
    assert copy.read_text() == "precious"


def test_nothing_is_left_of_a_backup_that_failed(tmp_path: Path) -> None:
    """An absent source is Missing, a damaged one is refused."""
    copy = tmp_path / "copy.db"
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(b"not a database" * 500)

    with pytest.raises(Missing, match="found none"):
        backup(tmp_path / "absent.db", copy)
    with pytest.raises(BadInput, match="whole SQLite database"):
        backup(damaged, copy)
    assert list(tmp_path.iterdir()) == [damaged]


def test_damage_is_found(tmp_path: Path) -> None:
    """Pages overwritten in the middle of the file do not pass the check."""
    path = tmp_path / "ledger.db"
    ledger = Ledger.open(path, durable=False)
    ledger.commit([planned(f"P-{number}") for number in range(200)])
    ledger.close()
    check(path)
    content = bytearray(path.read_bytes())
    content[4096 * 2 :] = b"\xff" * (len(content) - 4096 * 2)
    path.write_bytes(content)

    with pytest.raises(BadInput, match="restore a backup"):
        check(path)


def test_a_second_holder_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    """The message names the process and what to do."""
    path = tmp_path / "ledger.db"
    with (
        LedgerLock(path),
        pytest.raises(Missing, match=rf"another lottogrid \(process {os.getpid()}\) works on this ledger; stop it"),
    ):
        LedgerLock(path).acquire()


def test_the_holder_can_be_found_with_its_page(tmp_path: Path) -> None:
    """Commands look up the running bot by its ledger; nobody is found before and after."""
    path = tmp_path / "ledger.db"

    assert holder(path) is None
    with LedgerLock(path) as lock:
        assert holder(path) == Holder(os.getpid())
        lock.announce("http://127.0.0.1:8750/a/rather/long/path")
        lock.announce("http://127.0.0.1:8750")
        assert holder(path) == Holder(os.getpid(), "http://127.0.0.1:8750")
    assert holder(path) is None


def test_a_released_lock_can_be_taken_again(tmp_path: Path) -> None:
    """Releasing twice does no harm; announcing without the lock is refused."""
    lock = LedgerLock(tmp_path / "ledger.db")
    lock.acquire()
    lock.release()
    lock.release()

    with pytest.raises(Missing, match="acquire it first"):
        lock.announce("http://127.0.0.1:8750")
    with LedgerLock(tmp_path / "ledger.db"):
        pass


def test_a_lock_without_a_legible_holder_is_still_held(tmp_path: Path) -> None:
    """A process that is just starting has not written its id yet."""
    path = tmp_path / "ledger.db"
    with LedgerLock(path):
        lock_path(path).write_text("")
        with pytest.raises(Missing, match="just starting"):
            LedgerLock(path).acquire()


_HOLD = """
import sys
from pathlib import Path
from lottogrid.ledger.lock import LedgerLock
LedgerLock(Path(sys.argv[1])).acquire()
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.process
def test_the_lock_dies_with_its_holder(tmp_path: Path) -> None:
    """A killed process leaves no lock behind."""
    path = tmp_path / "ledger.db"
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(Missing, match=f"process {process.pid}"):
            LedgerLock(path).acquire()
        process.kill()
        process.wait(timeout=30)

    with LedgerLock(path):
        assert holder(path) == Holder(os.getpid())


def test_dated_copies_are_kept_up_to_a_number(tmp_path: Path) -> None:
    """The oldest goes once the newest is whole; other files in the folder are nobody's business."""
    path, folder = tmp_path / "ledger.sqlite", tmp_path / "copies"
    Ledger.open(path, durable=False).close()
    folder.mkdir()
    (folder / "ledger-before-the-update.sqlite").write_text("precious")

    made = [backup_dated(path, folder, datetime(2026, 1, day, 22, tzinfo=UTC), keep=2)[0] for day in (5, 6, 7)]

    assert made[0].name == "ledger-20260105T220000Z.sqlite"
    assert sorted(folder.iterdir()) == [*made[1:], folder / "ledger-before-the-update.sqlite"]
    check(made[2])


def test_a_dated_copy_that_fails_deletes_none(tmp_path: Path) -> None:
    """Even where more than may be kept are there."""
    path, folder = tmp_path / "ledger.sqlite", tmp_path / "copies"
    Ledger.open(path, durable=False).close()
    for day in (5, 6):
        backup_dated(path, folder, datetime(2026, 1, day, tzinfo=UTC))
    path.write_bytes(b"not a database" * 500)
    with pytest.raises(BadInput):
        backup_dated(path, folder, datetime(2026, 1, 7, tzinfo=UTC), keep=1)
    assert len(list(folder.iterdir())) == 2
