"""What is wrong with what was given is said in one line with exit code 2, before anything is done."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.lock import LedgerLock
from tests.cli.conftest import MONDAY, Call, Said, as_rows, made_bars, write_rows

Rows = list[list[str]]


@pytest.fixture(scope="module")
def rows() -> Rows:
    """The rows of a good day."""
    return as_rows(made_bars(MONDAY))


def assert_refused(found: Said, said: str, code: int = 2) -> None:
    """One line on standard error, nothing on standard output."""
    assert found.code == code, found
    assert found.out == ""
    assert found.err.startswith("lottogrid: ")
    assert found.err.count("\n") == 1
    assert said in found.err


@pytest.mark.parametrize("command", ["run", "replay"])
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--set", "max_drawdown=5"], "max_draw"),
        (["--set", "max_draw=-5"], "expected a number above 0, found '-5'"),
        (["--set", "max_draw=nan"], "found 'nan'"),
        (["--set", "max_draw"], "expected KEY=VALUE, found 'max_draw'"),
        (["--set", "trade_mode=live"], "expected a live port"),
        (["--set", "trade_mode=paper", "--set", "mode.port=4001"], "expected a port that is not live"),
        (["--preset", "reckless"], "expected one of conservative"),
        (["--seed", "-1"], "found '-1'"),
    ],
)
def test_a_wrong_setting_is_refused(command: str, words: list[str], said: str, call: Call, tmp_path: Path) -> None:
    """The setting is named, with what it allows; no folder is made."""
    assert_refused(call(command, *words), said)
    assert list(tmp_path.iterdir()) == []


SPOILT: dict[str, tuple[Callable[[Rows], Rows], str]] = {
    "nan": (lambda rows: [*rows[:5], [rows[5][0], "nan", *rows[5][2:]], *rows[6:]], "line 7: open: expected a price"),
    "unsorted": (lambda rows: [rows[1], rows[0], *rows[2:]], "line 3: ts: expected a time after"),
    "twice": (lambda rows: [rows[0], *rows], "line 3: ts: expected a time after"),
    "naive": (lambda rows: [[rows[0][0].removesuffix("+00:00"), *rows[0][1:]], *rows[1:]], "expected an offset"),
    "off the tick": (
        lambda rows: [[rows[0][0], "6300.1", "6301", "6299", "6300", ""], *rows[1:]],
        "a multiple of the tick",
    ),
    "a value missing": (lambda rows: [rows[0][:-1], *rows[1:]], "expected 6 values"),
    "no bars": (lambda _: [], "expected bars below the columns' names, found none"),
    "a session with a hole": (lambda rows: rows[:300] + rows[301:], "1 of 390 one-minute bars missing"),
}


@pytest.mark.parametrize("command", ["run", "replay"])
@pytest.mark.parametrize("kind", SPOILT)
def test_a_spoilt_file_of_bars_is_refused(command: str, kind: str, call: Call, tmp_path: Path, rows: Rows) -> None:
    """Line and reason are named; no ledger is begun."""
    spoil, said = SPOILT[kind]
    path = write_rows(tmp_path / "bars.csv", spoil(rows))
    assert_refused(call(command, "--bars", path), said)
    assert not list(tmp_path.rglob("*.sqlite"))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.csv", b"", "found an empty file"),
        ("columns.csv", b"ts,open,high,low,volume\n", "expected the columns ts,open,high,low,close,volume"),
        ("plain.csv.gz", b"ts,open,high,low,close,volume\n", "expected whole gzip data"),
        ("packed.csv", b"\x1f\x8b\x08\x00\xff\xff", "name a gzip file .gz"),
    ],
)
def test_a_file_that_is_no_file_of_bars_is_refused(
    name: str, content: bytes, said: str, call: Call, tmp_path: Path
) -> None:
    """Empty, with other columns, or packed otherwise than its name says."""
    path = tmp_path / name
    path.write_bytes(content)
    assert_refused(call("replay", "--bars", path), said)


@pytest.mark.parametrize("words", [["replay", "--from", "2026-01-06"], ["run", "--date", "2026-01-06"]])
def test_a_day_that_is_not_in_the_file_is_refused(words: list[str], call: Call, tmp_path: Path, rows: Rows) -> None:
    """What the bars reach is named."""
    path = write_rows(tmp_path / "bars.csv", rows)
    assert_refused(call(*words, "--bars", path), "from 2026-01-05 to 2026-01-05, which the bars reach")


def test_a_day_without_a_session_is_refused(call: Call) -> None:
    """With the reason, and the next day that has one."""
    assert_refused(call("run", "--date", "2025-12-25"), "Christmas")


def test_an_unknown_strategy_is_refused(call: Call) -> None:
    """The known ones are named."""
    assert_refused(call("replay", "--strategy", "martingale"), "strategy.name: expected lotto_grid")


@pytest.mark.parametrize("command", ["run", "status", "positions", "orders", "decisions", "why"])
def test_a_ledger_of_a_newer_lottogrid_is_refused(command: str, call: Call, tmp_path: Path) -> None:
    """It is left as it was."""
    path = tmp_path / "var" / "ledger.sqlite"
    Ledger.open(path).close()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
    before = path.read_bytes()
    assert_refused(call(command), "found 99; install the newer lottogrid")
    assert path.read_bytes() == before


def test_a_second_run_on_the_same_ledger_is_refused(call: Call, tmp_path: Path) -> None:
    """It names the process that works on it."""
    with LedgerLock(tmp_path / "var" / "ledger.sqlite"):
        assert_refused(call("run"), "another lottogrid (process ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["replay", "--bars", "absent.csv"], "absent.csv: expected a readable file of bars"),
        (["run", "--bars", "absent.csv"], "absent.csv: expected a readable file of bars"),
        (["replay", "--config", "absent.ini"], "found none at absent.ini"),
        (["status"], "run the bot once"),
        (["db", "check"], "expected a file at var/ledger.sqlite"),
    ],
)
def test_a_file_that_is_absent_is_said_with_another_code(words: list[str], said: str, call: Call) -> None:
    """Exit code 3: what was given may be right, and the thing is not there."""
    assert_refused(call(*words), said, code=3)


def test_a_folder_that_is_none_is_said(call: Call, tmp_path: Path) -> None:
    """The system's reason, in one line."""
    (tmp_path / "var").write_text("", encoding="utf-8")
    assert_refused(call("run"), "var: expected it to be usable, found: File exists", code=3)
