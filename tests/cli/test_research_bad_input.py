"""What is wrong with bars, quotes, grid or disk of a backtest is said in one line, and nothing is left half-written."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from tests.cli.conftest import MONDAY, Call, as_rows, made_bars, write_rows
from tests.cli.test_bad_input import assert_refused
from tests.market.quotes import snapshots, write_quotes

GRID = ("--grid", "quantity=1,2")
COMMANDS = {
    "backtest": ("backtest",),
    "sweep": ("sweep", *GRID),
    "stress": ("sweep", "--stress"),
    "walkforward": ("walkforward", *GRID),
}


@pytest.fixture
def bars(tmp_path: Path) -> Path:
    """A file with a single day, of which a minute is missing."""
    rows = as_rows(made_bars(MONDAY))
    return write_rows(tmp_path / "hole.csv", rows[:300] + rows[301:])


def left_behind(folder: Path, *known: Path) -> list[Path]:
    """Return the files that a command left."""
    return [each for each in folder.rglob("*") if each.is_file() and each not in known]


@pytest.mark.parametrize("command", COMMANDS)
def test_bars_without_a_complete_session(command: str, call: Call, bars: Path, tmp_path: Path) -> None:
    """The hole is named; no ledger, no shelf and no file of results is begun."""
    assert_refused(call(*COMMANDS[command], "--bars", bars), "1 of 390 one-minute bars missing")
    assert left_behind(tmp_path, bars) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_quotes_of_other_days(command: str, call: Call, tmp_path: Path) -> None:
    """What is covered and what had to be is said; the page that was asked for is not begun."""
    whole = write_rows(tmp_path / "bars.csv", as_rows(made_bars(MONDAY)))
    quotes = write_quotes(tmp_path / "quotes.csv", snapshots(2, volatility=lambda _, __: 0.12))
    words = ("--bars", whole, "--quotes", quotes, "--html", tmp_path / "page.html")
    assert_refused(call(*COMMANDS[command], *words), f"expected quotes of the sessions from {MONDAY} to {MONDAY}")
    assert left_behind(tmp_path, whole, quotes) == []


THOUSAND = ",".join(map(str, range(1, 1001)))


@pytest.mark.parametrize("command", ["sweep", "walkforward"])
@pytest.mark.parametrize(
    ("grid", "said"),
    [
        (("nonsense=1,2",), "expected a known name, found 'nonsense'"),
        ([f"{key}={THOUSAND}" for key in ("max_trades_per_day", "max_draw", "start_cash")], "found 1,000,000,000"),
    ],
    ids=["unknown key", "a billion points"],
)
def test_a_grid_that_cannot_be_tried(
    command: str, grid: tuple[str, ...], said: str, call: Call, tmp_path: Path
) -> None:
    """Refused before the bars are read."""
    assert_refused(call(command, "--bars", "absent.csv", "--grid", *grid), said)
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize("command", ["sweep", "walkforward"])
def test_a_scheduler_that_does_not_answer(command: str, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named, with what to do; the code is 3."""
    distributed = pytest.importorskip("distributed", reason="dask is absent: pip install -e .[dask]")

    def nobody(*_: object, **__: object) -> None:
        raise OSError("Timed out trying to connect to tcp://127.0.0.1:9 after 10 s")

    monkeypatch.setattr(distributed, "Client", nobody)
    found = call(command, "--days", 3, *GRID, "--dask", "127.0.0.1:9")
    assert_refused(found, "--dask: expected a scheduler at 127.0.0.1:9", code=3)


@pytest.mark.parametrize("command", ["backtest", "stress", "walkforward"])
def test_a_page_on_a_full_device(command: str, call: Call) -> None:
    """The code is 3, nothing is printed as if all were well, and the device is still one."""
    walk = ("--train", "2d", "--test", "1d") if command == "walkforward" else ()
    found = call(*COMMANDS[command], "--days", 4, *walk, "--html", "/dev/full")
    assert_refused(found, "/dev/full: expected to write the report, found: No space left on device", code=3)
    assert Path("/dev/full").is_char_device()


def test_days_on_a_full_disk(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The day is named, those before it are whole and no half of it is left."""
    write = parquet.write_table

    def full(table: Any, path: Path) -> None:
        write(table, path)
        if "2026-01-07" in path.name:
            raise OSError(errno.ENOSPC, "Error writing bytes to file. Detail: [errno 28] No space left on device")

    monkeypatch.setattr(parquet, "write_table", full)
    found = call("data", "make", "--days", 4, "--to", tmp_path / "made")
    assert_refused(found, "2026-01-07.parquet: expected room for a day of bars, found: ", code=3)
    assert sorted(each.name for each in (tmp_path / "made").iterdir()) == ["2026-01-05.parquet", "2026-01-06.parquet"]
