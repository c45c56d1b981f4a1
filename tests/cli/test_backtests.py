"""What a backtest tells beside its trades, what is kept of it, and `lottogrid walkforward`."""

from __future__ import annotations

import errno
import json
import sqlite3
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from lottogrid.backtest.keep import Shelf
from lottogrid.cli.research import report
from lottogrid.errors import BadInput, Missing
from tests.cli.conftest import Call

AT = datetime(2026, 1, 5, 15, tzinfo=UTC)


def test_a_backtest_tells_how_sure_it_is(call: Call) -> None:
    """The interval of each figure, and the three fill assumptions, for a person and for a program."""
    document = json.loads(call("backtest", "--days", 4, "--json").out)
    mean = document["intervals"]["mean"]
    assert mean["low"] <= mean["estimate"] == pytest.approx(document["summary"]["pnl"] / 4)
    assert mean["estimate"] <= mean["high"]
    assert [each["name"] for each in document["fills"]] == ["mid", "half", "full"]
    assert document["fills"][2]["pnl"] == pytest.approx(document["summary"]["pnl"])
    assert document["figures"].items() >= document["summary"].items()

    printed = call("backtest", "--days", 4).out
    assert "95% intervals, stationary block bootstrap" in printed
    assert "all, the default" in printed


def test_what_is_kept_is_listed_compared_and_opened(call: Call, tmp_path: Path) -> None:
    """Twice the same is one result; what differs between two is named; the page comes out as it went in."""
    for more in ((), (), ("--set", "quantity=2", "--set", "max_premium_per_strangle=60")):
        call("backtest", "--days", 2, "--html", tmp_path / "now.html", *more)
    listed = call("backtests").out.splitlines()
    assert len(listed) == 3
    assert [line.split()[0] for line in listed[1:]] == ["1", "2"]

    compared = call("backtests", 1, 2).out
    assert "strategy.quantity" in compared
    assert "risk.max_draw" not in compared
    shown = call("backtests", 2, "--html", tmp_path / "kept.html").out
    assert "Options are priced by a model" in shown
    assert (tmp_path / "kept.html").read_text() == (tmp_path / "now.html").read_text()
    documents = json.loads(call("backtests", "--json").out)["results"]
    assert [each["number"] for each in documents] == [1, 2]
    assert documents[1]["settings"]["strategy"]["quantity"] == 2

    assert call("backtests", 1, "--drop").code == 0
    assert len(call("backtests").out.splitlines()) == 2
    found = call("backtests", 1)
    assert (found.code, found.err) == (
        2,
        "lottogrid: backtests: expected the number of a kept result (2), found 1\n",
    )


def test_nothing_is_kept_on_request(call: Call) -> None:
    """And where nothing was ever kept, that is said; the code is 3."""
    call("backtest", "--days", 1, "--no-keep")
    found = call("backtests")
    assert found.code == 3
    assert "expected kept results, found none" in found.err


@pytest.mark.parametrize("words", [("--html", "x.html"), ("--html", "x.html", 1, 2), ("--drop",)])
def test_it_must_be_said_which_is_meant(words: tuple[object, ...], call: Call) -> None:
    """The code is 2, and nothing is written."""
    call("backtest", "--days", 1)
    found = call("backtests", *words)
    assert found.code == 2
    assert not Path("x.html").exists()


def test_a_full_disk_leaves_no_half_of_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was there before is as it was, and nothing lies beside it."""
    path = tmp_path / "report.html"
    report.write(path, "before")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(report.os, "fsync", full)
    with pytest.raises(Missing, match="expected to write the report, found: No space left on device"):
        report.write(path, "after")
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """It stays, and nothing lies beside it."""
    (tmp_path / "report.html").mkdir()
    with pytest.raises(Missing, match="expected to write the report"):
        report.write(tmp_path / "report.html", "text")
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"]


def test_a_page_in_no_folder_is_refused(call: Call) -> None:
    """The code is 3."""
    found = call("backtest", "--days", 1, "--html", "absent/report.html")
    assert found.code == 3
    assert "expected to write the report" in found.err


def test_another_file_is_no_shelf(tmp_path: Path) -> None:
    """Text, and the file of a later version, are left as they are."""
    path = tmp_path / "research.sqlite"
    path.write_text("no database, but long enough to be taken for one" * 30)
    with pytest.raises(BadInput, match="found another file"), Shelf.open(path):
        pass
    path.unlink()
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 9")
    database.close()
    with pytest.raises(BadInput, match="found 9"), Shelf.open(path):
        pass


def test_a_full_disk_keeps_what_was_kept(tmp_path: Path) -> None:
    """One clear error, and the results before are there."""
    path = tmp_path / "research.sqlite"
    document = {"source": "s", "settings_hash": "h", "digest": "a", "sessions": 1}
    large = "".join(sha256(str(number).encode()).hexdigest() for number in range(4000))

    def fill() -> None:
        with Shelf.open(path) as shelf:
            shelf.put(document, "<p>", AT)
            shelf._database.execute("PRAGMA max_page_count = 4")
            shelf.put(document | {"digest": "b"}, large, AT)

    with pytest.raises(Missing, match="disk is full"):
        fill()
    with Shelf.open(path) as shelf:
        assert [each.document for each in shelf.all()] == [document]


def test_a_result_keeps_its_number(tmp_path: Path) -> None:
    """When it is computed again; a dropped number is not missed by the others."""
    documents = [{"source": "s", "settings_hash": "h", "digest": digest, "sessions": 1} for digest in "aba"]
    with Shelf.open(tmp_path / "deep" / "research.sqlite") as shelf:
        numbers = [shelf.put(each, "<p>", AT).number for each in documents]
        assert numbers == [1, 2, 1]
        assert [each.document["digest"] for each in shelf.all()] == ["a", "b"]
        shelf.drop(1)
        assert shelf.page(2) == "<p>"
        assert shelf.result(2).kept_at == AT


def test_a_walk_forward_tells_its_windows_and_what_not_walking_came_to(call: Call) -> None:
    """The test days together are the sessions behind the first choice; the sweep beneath it is told, too."""
    words = ("walkforward", "--days", 20, "--train", "8d", "--test", "5d", "--grid", "profit_target_multiplier=2,4")
    found = json.loads(call(*words, "--json").out)

    assert [each["sessions"] for each in found["windows"]] == [5, 5, 2]
    assert found["out_of_sample"]["sessions"] == found["unchanged"]["sessions"] == 12
    assert found["out_of_sample"]["pnl"] == pytest.approx(sum(each["test_pnl"] for each in found["windows"]))
    assert found["best_of_all"]["pnl"] <= sum(each["hindsight_pnl"] for each in found["windows"]) + 1e-6
    assert found["windows"][0]["train"]["to"] < found["windows"][0]["test"]["from"]
    printed = call(*words).out
    assert "chosen among 2 settings by the Sharpe ratio of the sessions before; traded on 12 sessions" in printed


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--grid", "quantity=1", "--days", 5), "expected more than 60 sessions, found 5"),
        ((), "expected --grid with settings to choose from"),
        (("--grid", "quantity=1", "--train", "2w"), "expected a whole number from 1 on, found '2w'"),
    ],
)
def test_a_walk_that_cannot_be_walked_is_refused(words: tuple[object, ...], told: str, call: Call) -> None:
    """In one line; the code is 2."""
    found = call("walkforward", *words)
    assert found.code == 2
    assert told in found.err
    assert found.err.count("\n") == 1
