"""`lottogrid data`: bars in, looked at, made up, fetched."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from lottogrid.cli.data import fetch
from lottogrid.cli.feed import from_file
from lottogrid.errors import Missing
from lottogrid.market import yahoo
from lottogrid.market.reader import read_bars
from lottogrid.market.store import BarStore
from lottogrid.settings import Settings
from tests.brokers.ib.made import HandClock, desk
from tests.cli.conftest import MONDAY, Call, as_rows, made_bars, write_rows
from tests.exchange.desk import DAY
from tests.gateway.made import session_of
from tests.market.made import TICK
from tests.market.test_yahoo import answer

pytest.importorskip("pyarrow", reason="pyarrow, which reads Parquet, is absent; pip install pyarrow")
TUESDAY = MONDAY + timedelta(days=1)


def document(call: Call, *words: object, code: int = 0) -> dict[str, Any]:
    """Do a task of `data` and return what was printed, which must be one JSON document."""
    found = call("data", *words, "--json")
    assert found.code == code, found.err
    parsed: dict[str, Any] = json.loads(found.out)
    return parsed


def file_of(folder: Path, *days: date, name: str = "bars.csv.gz") -> Path:
    """Write generated bars of some days."""
    return write_rows(folder / name, as_rows(made_bars(*days)))


class TestImport:
    def test_what_was_imported_is_read_as_the_file_is(self, call: Call, tmp_path: Path) -> None:
        """A replay gets the same sessions from the folder, all of them or some."""
        path = file_of(tmp_path, MONDAY, TUESDAY)
        found = document(call, "import", path, "--to", "bars")
        assert (found["days"], found["bars"], found["known"]) == (2, 1020, 0)
        assert found["files"][0]["layout"] == "lottogrid"
        for days in ((None, None), (TUESDAY, TUESDAY)):
            feeds = [from_file(bars, Settings(), *days) for bars in (path, tmp_path / "bars")]
            assert feeds[0].sessions == feeds[1].sessions

    def test_a_replay_takes_the_folder(self, call: Call, tmp_path: Path) -> None:
        """Only its days."""
        call("data", "import", file_of(tmp_path, MONDAY), "--to", "bars")
        assert call("replay", "--bars", "bars", "--from", TUESDAY).code == 2

    def test_several_files_become_one_series_by_default_in_the_storage_folder(self, call: Call, tmp_path: Path) -> None:
        """Overlaps that agree are taken once; a second import knows them."""
        words = (file_of(tmp_path, MONDAY), file_of(tmp_path, MONDAY, TUESDAY, name="more.csv"))
        assert document(call, "import", *words, "--set", "storage.directory=kept")["bars"] == 1020
        assert document(call, "import", words[0], "--set", "storage.directory=kept")["known"] == 510
        assert len(BarStore(tmp_path / "kept" / "bars" / "MES").read(tick=TICK)) == 1020

    def test_nothing_is_kept_of_files_of_which_one_is_wrong(self, call: Call, tmp_path: Path) -> None:
        """The first is good; the second names its line."""
        wrong = tmp_path / "wrong.csv"
        wrong.write_text("ts,open,high,low,close,volume\n2026-01-06T10:00:00-05:00,1,2,3,4,\n")
        found = call("data", "import", file_of(tmp_path, MONDAY), wrong, "--to", "bars")
        assert (found.code, found.out) == (2, "")
        assert "wrong.csv line 2: prices: expected low <= open" in found.err
        assert not (tmp_path / "bars").exists()

    def test_files_that_contradict_each_other_are_refused(self, call: Call, tmp_path: Path) -> None:
        """And so is one that contradicts what is kept, unless it is to be replaced."""
        other = write_rows(tmp_path / "other.csv", as_rows(made_bars(MONDAY, seed=2)))
        path = file_of(tmp_path, MONDAY)
        assert "expected the same bar" in call("data", "import", path, other, "--to", "bars").err
        assert call("data", "import", path, "--to", "bars").code == 0
        assert "--replace takes the new one" in call("data", "import", other, "--to", "bars").err
        assert document(call, "import", other, "--to", "bars", "--replace")["bars"] > 400

    def test_a_file_without_a_zone_is_refused_until_its_layout_is_named(self, call: Call, tmp_path: Path) -> None:
        """Then it is read in that vendor's zone."""
        path = tmp_path / "es.txt"
        path.write_text("01/05/2026,09:30,6000,6000,6000,6000,5\n")
        refused = call("data", "import", path, "--to", "bars")
        assert refused.code == 2
        assert "--layout kibot (" in refused.err
        assert document(call, "import", path, "--to", "bars", "--layout", "kibot")["files"][0]["first"].startswith(
            "2026-01-05T09:30:00-05:00"
        )
        assert "--zone: expected a name" in call("data", "import", path, "--zone", "Mars").err


class TestCheck:
    def test_good_bars_have_nothing_wrong(self, call: Call, tmp_path: Path) -> None:
        """A file and a folder alike."""
        path = file_of(tmp_path, MONDAY, TUESDAY)
        call("data", "import", path, "--to", "bars")
        for looked_at in (path, tmp_path / "bars"):
            found = document(call, "check", looked_at)
            assert found["problems"] == []
            assert [row["flag"] for row in found["sessions"]] == ["ok", "ok"]
        assert "nothing is wrong" in call("data", "check", path).out

    def test_what_is_wrong_is_named_and_makes_the_answer_no(self, call: Call, tmp_path: Path) -> None:
        """Holes, repeated rows, rows out of order."""
        rows = as_rows(made_bars(MONDAY))
        path = write_rows(tmp_path / "bars.csv", [*rows[:200], *rows[203:], rows[10]])
        found = document(call, "check", path, code=1)
        assert found["problems"] == [
            "1 rows repeat another",
            "cash minutes are missing on 1 days: 2026-01-05 (387 of 390)",
        ]
        said = call("data", "check", path)
        assert said.code == 1
        assert "PROBLEM cash minutes are missing" in said.out
        assert "387 of 390" in said.out

    def test_an_absent_store_says_how_to_make_one(self, call: Call) -> None:
        """Without a path the store is looked at."""
        found = call("data", "check", "--set", "storage.directory=nowhere")
        assert found.code == 3
        assert "lottogrid data import" in found.err
        assert "lottogrid data import" in call("replay", "--bars", ".").err


class TestMake:
    def test_a_seed_makes_the_same_file_again(self, call: Call, tmp_path: Path) -> None:
        """Byte by byte, and another seed another."""
        for name, seed in (("one.csv.gz", 1), ("two.csv.gz", 1), ("other.csv.gz", 2)):
            assert document(call, "make", "--days", 2, "--seed", seed, "--output", name)["bars"] == 1020
        one, two, other = ((tmp_path / name).read_bytes() for name in ("one.csv.gz", "two.csv.gz", "other.csv.gz"))
        assert one == two != other
        assert read_bars(tmp_path / "one.csv.gz", tick=TICK) == made_bars(MONDAY, TUESDAY)

    def test_a_folder_can_be_replayed(self, call: Call, tmp_path: Path) -> None:
        """Days are chosen by the first."""
        made = document(call, "make", "--from", "2026-02-02", "--days", 1, "--to", "made")
        assert made["output"] == "made"
        assert BarStore(tmp_path / "made").days() == [date(2026, 2, 2)]

    def test_made_quotes_have_the_models_smile(self, call: Call) -> None:
        """Judged by the model that made them, there is no error but rounding to the tick."""
        document(call, "make", "--days", 3, "--output", "made.csv", "--quotes", "quotes.csv")
        judged = json.loads(call("calibrate", "--evaluate-only", "--quotes", "quotes.csv", "--json").out)
        assert judged["out_of_sample"]["sessions"] == 3
        for row in judged["summary"]:
            assert row["median_ratio"] == pytest.approx(1, abs=0.01)
            assert row["mean_abs_error"] < 0.03

    def test_two_places_or_a_strange_name_are_refused(self, call: Call) -> None:
        """One output, with a name that says what it is."""
        assert "found both" in call("data", "make", "--output", "a.csv", "--to", "b").err
        assert "ending in .csv" in call("data", "make", "--output", "a.txt").err


class TestFetchYahoo:
    def test_keeps_what_it_gets_and_says_what_it_cannot(
        self, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Seven days, delayed, unchecked."""
        monkeypatch.setattr(yahoo, "get", lambda _: answer())
        found = document(call, "fetch", "--yahoo", "--store", "bars")
        assert found["bars"] == 2
        assert "last 7 days only" in found["note"]
        assert len(BarStore(tmp_path / "bars").read(tick=TICK)) == 2

    def test_cannot_choose_days_and_may_be_away(self, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
        """One clear line each."""

        def away(_: str) -> bytes:
            raise OSError("Network is unreachable")

        monkeypatch.setattr(yahoo, "get", away)
        assert "expected no --from" in call("data", "fetch", "--yahoo", "--from", "2026-01-05").err
        found = call("data", "fetch", "--yahoo", "--store", "bars")
        assert (found.code, found.out) == (3, "")
        assert "Network is unreachable" in found.err
        assert "expected one argument" not in call("data", "fetch").err
        assert call("data", "fetch").code == 2


@pytest.mark.sockets
@pytest.mark.threads
class TestFetchIb:
    def words(self, port: int) -> list[object]:
        """Ask for the gateway's day and the one before."""
        days = ("--from", DAY.date - timedelta(days=1), "--to", DAY.date)
        return ["fetch", "--ib", *days, "--store", "bars", "--set", f"mode.port={port}"]

    def test_fetches_what_is_missing_and_goes_on_where_it_was(
        self, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A day that the gateway does not have makes the answer no; a day that is whole is not asked for again."""
        with desk(tmp_path, clock=HandClock(DAY.closes)) as made:
            made.wait(1)
            monkeypatch.setattr(fetch, "PACE_SECONDS", 0.0)
            words = self.words(made.settings.port)
            first = document(call, *words, code=1)
            assert (first["days"], first["bars"], first["whole_before"]) == (1, 400, 0)
            assert first["without_bars"] == [str(DAY.date - timedelta(days=1))]
            again = document(call, *words, code=1)
            assert (again["bars"], again["known"], again["whole_before"]) == (0, 0, 1)
        assert BarStore(tmp_path / "bars").read(tick=TICK) == list(session_of().bars)

    def test_days_that_are_not_over_are_not_asked_for(self, call: Call) -> None:
        """A bar that is still under way is none."""
        found = call("data", "fetch", "--ib", "--from", "2035-01-02", "--to", "2035-01-09")
        assert found.code == 2
        assert "expected a session that is over" in found.err

    def test_no_gateway_is_one_clear_line(self, call: Call, tmp_path: Path) -> None:
        """Exit code 3."""
        with desk(tmp_path, clock=HandClock(DAY.opens)) as made:
            port = made.settings.port
        found = call("data", *self.words(port))
        assert found.code == Missing.exit_code
        assert found.err.endswith("start it, log in, enable the API\n")
