"""`lottogrid sweep`: what it prints, what it refuses, and that it goes on where it stopped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from lottogrid.backtest import sweep_pools
from lottogrid.cli.research.sweep_grids import MOST_POINTS, points_of
from lottogrid.errors import BadInput
from tests.backtest.pages import charts_of
from tests.cli.conftest import Call, as_rows, made_bars, write_rows
from tests.conftest import ROOT
from tests.market.made import MONDAY
from tests.market.quotes import snapshots, write_quotes

DAYS = [MONDAY + timedelta(days=number) for number in range(2)]
GRID = ("--grid", "profit_target_multiplier=2,4", "max_premium_per_strangle=25,40")


def test_the_document_has_every_point_and_its_worth(call: Call) -> None:
    """All combinations, the best first; what a backtest says of one of them is the same."""
    found = json.loads(call("sweep", "--days", 12, *GRID, "--json").out)

    assert len(found["results"]) == 4
    ratios = [each["sharpe"] for each in found["results"]]
    assert ratios == sorted(ratios, reverse=True)
    assert 0 <= found["overfitting_probability"] <= 1
    assert found["deflated_sharpe"]["trials"] <= 4
    best = found["results"][0]
    words = [word for key, value in best["values"].items() for word in ("--set", f"{key}={value}")]
    alone = json.loads(call("backtest", "--days", 12, *words, "--json").out)
    assert alone["settings_hash"] == best["settings_hash"]
    for name in ("pnl", "trades", "win_rate", "sharpe", "max_drawdown"):
        assert best[name] == pytest.approx(alone["summary"][name])


def test_it_goes_on_where_it_stopped(call: Call, tmp_path: Path) -> None:
    """Killed in the middle of a line, it computes what is missing and comes to the same."""
    words = ("sweep", "--days", 2, *GRID, "--out", tmp_path / "s.jsonl", "--json")
    whole = json.loads(call(*words).out)
    lines = (tmp_path / "s.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "s.jsonl").write_bytes(b"".join(lines[:2]) + lines[2][:30])
    resumed = json.loads(call(*words).out)

    assert (whole["resumed"], resumed["resumed"]) == (0, 2)
    for own in ("resumed", "seconds"):
        whole.pop(own)
        resumed.pop(own)
    assert resumed == whole
    assert len((tmp_path / "s.jsonl").read_bytes().splitlines()) == 4


@pytest.mark.process
@pytest.mark.slow  # a process starts, and is killed
def test_a_sweep_that_is_killed_loses_nothing(call: Call, tmp_path: Path) -> None:
    """Killed at once between two results, it has its lines, and the next run computes the others only."""
    values = ",".join(str(2 + number / 20) for number in range(50))
    words = ("sweep", "--days", "20", "--grid", f"profit_target_multiplier={values}", "--jobs", "1", "--json")
    out = tmp_path / "s.jsonl"
    with subprocess.Popen(
        [sys.executable, "-m", "lottogrid", *words, "--out", str(out)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
    ) as process:
        while not (out.exists() and out.read_bytes().count(b"\n") > 3):
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.02)
        process.kill()
    kept = out.read_bytes().count(b"\n")
    resumed = json.loads(call(*words, "--out", out).out)

    assert 3 < kept <= 50  # all of them where this machine forgot to kill in time
    assert resumed["resumed"] == kept
    assert resumed["digest"] == json.loads(call(*words, "--out", tmp_path / "whole.jsonl").out)["digest"]


def test_a_change_of_the_hours_has_a_ground_of_its_own(call: Call) -> None:
    """Settings of the session and of the market's volatility are swept like any other."""
    words = ("--grid", "last_entry_minutes=30,120", "implied_premium=1,1.2")
    found = json.loads(call("sweep", "--days", 2, *words, "--json").out)

    assert len({each["data"] for each in found["results"]}) == 4
    for best in found["results"][:2]:
        given = [word for key, value in best["values"].items() for word in ("--set", f"{key}={value}")]
        alone = json.loads(call("backtest", "--days", 2, *given, "--json").out)
        assert alone["summary"]["pnl"] == pytest.approx(best["pnl"])


def test_a_person_reads_a_table_and_a_warning(call: Call) -> None:
    """The best first; what cannot stand together is counted and named."""
    found = call("sweep", "--days", 3, "--grid", "last_entry_minutes=30,2", "flatten_minutes=2,1", "--limit", 1)

    assert found.code == 0
    assert found.out.splitlines()[0].split() == [
        *("last_entry_minutes", "flatten_minutes", "trades"),
        *("P&L", "won", "Sharpe", "drawdown"),
    ]
    assert "... and 2 more in var/sweeps/" in found.out
    assert "1 combination cannot be traded: session: expected open < last entry" in found.out
    assert "WARNING" in found.out


def test_conditions_get_harder(call: Call) -> None:
    """More trades lose more, wider spreads leave fewer and worse ones, and only a tenth of the days are crash days."""
    found = json.loads(call("sweep", "--days", 10, "--stress", "--json").out)
    rows = {row["name"]: row for row in found["conditions"]}

    assert rows["as set"]["sessions"] == 10
    assert rows["more trades"]["trades"] > 3 * rows["as set"]["trades"]
    wider, as_set = rows["wider spreads"], rows["as set"]
    assert wider["trades"] <= as_set["trades"]
    assert wider["pnl"] / wider["trades"] < as_set["pnl"] / as_set["trades"]
    assert rows["crash days"]["sessions"] == 1
    interval = rows["as set"]["intervals"]["mean"]
    assert interval["low"] < rows["as set"]["pnl"] / 10 < interval["high"]
    printed = call("sweep", "--days", 3, "--stress").out
    assert "twice the volatility: every move of the market doubled" in printed
    assert f"assumed: {found['assumptions'][0]}" in printed


def test_holes_and_assumptions_are_told_of_every_result(call: Call, tmp_path: Path) -> None:
    """A table by itself is easily believed."""
    rows = as_rows(made_bars(*DAYS, *(day + timedelta(days=2) for day in DAYS)))
    bars = write_rows(tmp_path / "bars.csv", rows[:300] + rows[301:])
    walk = ("walkforward", *GRID, "--train", "1d", "--test", "1d")
    for words in (("backtest",), ("sweep", *GRID), ("sweep", "--stress"), walk):
        printed = call(*words, "--bars", bars).out

        assert f"left out {DAYS[0]}: 1 of 390 one-minute bars missing" in printed
        assert "assumed: Options are priced by a model" in printed
        assert "settings " in printed


def test_conditions_are_priced_with_quotes_too(call: Call, tmp_path: Path) -> None:
    """The wilder market with their volatility times two: twice as dear, so that at the same cap less is bought."""
    bars = write_rows(tmp_path / "bars.csv", as_rows(made_bars(*DAYS)))
    quotes = write_quotes(tmp_path / "quotes.csv", snapshots(2, volatility=lambda _, __: 0.12))
    words = ("sweep", "--bars", bars, "--stress", "--json", "--set", "max_premium_per_strangle=45")
    plain, quoted = (json.loads(call(*words, *more).out) for more in ((), ("--quotes", quotes)))
    alone = json.loads(call("backtest", "--bars", bars, *words[-2:], "--quotes", quotes, "--json").out)
    rows = {row["name"]: row for row in quoted["conditions"]}

    assert rows["as set"]["pnl"] == pytest.approx(alone["summary"]["pnl"])
    assert 0 < rows["twice the volatility"]["trades"] < rows["as set"]["trades"]
    assert "straddles in quotes.csv" in quoted["assumptions"][0]
    assert plain["conditions"] != quoted["conditions"]


@pytest.mark.parametrize("words", [GRID, ("--stress",)], ids=["grid", "stress"])
def test_a_page_is_written_beside_the_table(words: tuple[str, ...], call: Call, tmp_path: Path) -> None:
    """With the hash of the settings; what is printed is the same as without."""
    with_page = call("sweep", "--days", 3, *words, "--html", tmp_path / "p.html", "--json")
    text = (tmp_path / "p.html").read_text(encoding="utf-8")

    assert with_page.code == 0
    assert json.loads(with_page.out)["settings_hash"] in text
    charts_of(text)


def test_a_device_is_neither_replaced_nor_read(call: Call) -> None:
    """A page does not take its place, and as a file of results it is refused at once."""
    page = call("sweep", "--days", 1, *GRID, "--html", "/dev/full")
    results = call("sweep", "--days", 1, *GRID, "--out", "/dev/full")

    assert (page.code, results.code) == (3, 2)
    assert "/dev/full: expected to write the report, found: No space left on device" in page.err
    assert "/dev/full: expected a file to keep results in, found a device" in results.err
    assert (page.err + results.err).count("\n") == 2
    assert Path("/dev/full").is_char_device()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "expected either --grid or --stress"),
        (("--grid", "profit_target=3", "--stress"), "expected either --grid or --stress"),
        (("--stress", "--jobs", 2), "--stress: expected no --jobs, which is for a grid"),
        (("--stress", "--dask", "10.0.0.5:8786"), "--stress: expected no --dask"),
        (("--grid", "max_trade_per_day=3"), "did you mean max_trades_per_day?"),
        (("--grid", "web.port=1,2"), "expected a setting of strategy, risk, session, market, found web.port"),
        (("--grid", "simulator.seed=1,2"), "found simulator.seed"),
        (("--grid", "profit_target_multiplier"), "expected KEY=A,B,C, found 'profit_target_multiplier'"),
        (("--grid", "quantity=1,,2"), "expected KEY=A,B,C"),
        (("--grid", "quantity=1,x"), "strategy.quantity: expected a whole number from 1 to 100, found 'x'"),
        (("--grid", "quantity=1", "quantity=2"), "found strategy.quantity twice"),
        (("--grid", "quantity=20,30"), "expected a combination that can be traded, found none"),
        (("--grid", "quantity=1", "--from", "2026-01-03", "--to", "2026-01-04"), "expected a trading day"),
    ],
)
def test_what_cannot_be_swept_is_said_in_one_line(words: tuple[object, ...], told: str, call: Call) -> None:
    """The code is 2, and nothing was written."""
    found = call("sweep", *words)
    assert found.code == 2
    assert told in found.err
    assert found.err.count("\n") == 1


def test_a_grid_of_a_billion_points_is_refused_at_once(call: Call) -> None:
    """Its points are counted and not made; some can be drawn from it."""
    values = ",".join(str(1.001 + n / 1000) for n in range(1000))
    keys = ("profit_target_multiplier", "volatility_threshold", "implied_premium")
    found = call("sweep", "--grid", *(f"{key}={values}" for key in keys))

    assert found.code == 2
    assert "found 1,000,000,000" in found.err
    assert "--random" in found.err


def test_points_are_drawn_without_making_the_grid() -> None:
    """Different ones, the same for the same seed; no more than there are."""
    huge = {f"k{n}": [str(value) for value in range(1000)] for n in range(9)}
    drawn = points_of(huge, 50, seed=1)

    assert drawn == points_of(huge, 50, seed=1)
    assert drawn != points_of(huge, 50, seed=2)
    assert len(set(drawn)) == 50
    assert len(points_of({"a": ["1", "2"], "b": ["3"]}, 50, seed=1)) == 2
    with pytest.raises(BadInput, match=f"at most {MOST_POINTS:,}"):
        points_of(huge, MOST_POINTS + 1, seed=1)


def test_a_package_that_is_absent_is_named(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the extra that brings it; the code is 3."""

    def absent(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(sweep_pools.importlib, "import_module", absent)
    found = call("sweep", "--grid", "quantity=1", "--dask", "127.0.0.1:1")
    assert found.code == 3
    assert "pip install lottogrid[dask]" in found.err


def test_a_folder_that_cannot_be_written_is_named(call: Call, tmp_path: Path) -> None:
    """The code is 3."""
    (tmp_path / "file").write_text("")
    found = call("sweep", "--grid", "quantity=1", "--out", tmp_path / "file" / "s.jsonl", "--days", 1)
    assert found.code == 3
    assert "expected a file that can be written" in found.err
