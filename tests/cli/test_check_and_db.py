"""`lottogrid check` and `lottogrid db`."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.lock import LedgerLock
from tests.cli.conftest import Call

CHECKS = ["settings", "folder", "ledger", "clock", "calendar", "page", "diagrams", "alerts"]


def test_everything_is_looked_at(call: Call) -> None:
    """A new folder is in order."""
    found = call("check", "--set", "web.port=0", "--json")
    document = json.loads(found.out)
    assert [check["name"] for check in document["checks"]] == CHECKS
    assert document["passed"] is True, document
    assert found.code == 0


def test_what_fails_says_what_to_do(call: Call, tmp_path: Path) -> None:
    """A damaged ledger and a port that is taken; the rest is looked at all the same."""
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "ledger.sqlite").write_bytes(b"SQLite format 3\0 and then nothing")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        found = call("check", "--set", f"web.port={taken.getsockname()[1]}", "--json")
    checks = {check["name"]: check for check in json.loads(found.out)["checks"]}
    assert found.code == 1
    assert [name for name, check in checks.items() if not check["passed"]] == ["ledger", "page"]
    assert "restore a backup" in checks["ledger"]["found"]
    assert "set web.port to another" in checks["page"]["found"]


def test_wrong_settings_are_a_failed_check(call: Call) -> None:
    """Nothing else can be looked at without them."""
    found = call("check", "--set", "max_draw=-1")
    assert found.code == 1
    assert "FAILED  settings" in found.out
    assert found.err == ""


def test_a_folder_that_cannot_be_written_is_a_failed_check(call: Call, tmp_path: Path) -> None:
    """Here a file is in its place."""
    (tmp_path / "var").write_text("", encoding="utf-8")
    found = call("check", "--set", "web.port=0")
    assert found.code == 1
    assert "folder var: expected it to be writable, found: File exists" in found.out


def test_the_port_of_a_running_bot_is_no_failure(call: Call, tmp_path: Path) -> None:
    """It is the bot's own page that holds it."""
    path = tmp_path / "var" / "ledger.sqlite"
    Ledger.open(path).close()
    with LedgerLock(path) as lock:
        lock.announce("http://127.0.0.1:8787/")
        found = call("check")
    assert found.code == 0
    assert "served at http://127.0.0.1:8787/" in found.out


def test_a_backup_is_a_ledger_again(call: Call, tmp_path: Path) -> None:
    """Copied, checked, brought back where there is none."""
    Ledger.open(tmp_path / "var" / "ledger.sqlite").close()
    assert call("db", "backup", "copy.sqlite").out == "var/ledger.sqlite copied to copy.sqlite\n"
    assert call("db", "check", "copy.sqlite").out == "copy.sqlite is whole\n"
    assert call("db", "restore", "copy.sqlite", "--ledger", "new").code == 0
    assert call("db", "check", "--ledger", "new").out == "new/ledger.sqlite is whole\n"


@pytest.mark.parametrize("task", ["backup", "restore"])
def test_a_copy_must_be_named(task: str, call: Call) -> None:
    """No name is made up."""
    found = call("db", task)
    assert found.code == 2
    assert "expected the FILE of the copy" in found.err


def test_a_restore_replaces_no_ledger(call: Call, tmp_path: Path) -> None:
    """Nor does it go beneath a running bot."""
    path = tmp_path / "var" / "ledger.sqlite"
    Ledger.open(path).close()
    call("db", "backup", "copy.sqlite")
    assert call("db", "restore", "copy.sqlite").code == 2
    path.unlink()
    with LedgerLock(path):
        assert call("db", "restore", "copy.sqlite").code == 3
    assert not path.exists()


def test_a_dated_copy_goes_into_a_folder(call: Call, tmp_path: Path) -> None:
    """Its name is the time; a name of one's own beside it is refused."""
    Ledger.open(tmp_path / "var" / "ledger.sqlite").close()
    found = call("db", "backup", "--into", "copies", "--keep", 3)
    (copy,) = (tmp_path / "copies").iterdir()
    assert found.out == f"var/ledger.sqlite copied to copies/{copy.name}\n"
    assert call("db", "backup", "mine.sqlite", "--into", "copies").code == 2


def test_the_tables_are_exported(call: Call, tmp_path: Path) -> None:
    """One file a table, and how many rows each has."""
    Ledger.open(tmp_path / "var" / "ledger.sqlite").close()
    found = call("db", "export", "november", "--format", "parquet")
    assert found.code == 0, found.err
    assert "0 orders" in found.out
    assert (tmp_path / "november" / "orders.parquet").is_file()


@pytest.mark.parametrize(
    "words", [("check", "--into", "x"), ("backup", "a", "--keep", 3), ("backup", "a", "--format", "csv")]
)
def test_options_of_another_task_are_refused(words: tuple[object, ...], call: Call) -> None:
    """They would change nothing."""
    found = call("db", *words)
    assert found.code == 2
    assert "where it means nothing" in found.err
