"""`lottogrid calibrate`: what it fits, what it judges, what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lottogrid.cli.wiring import smile_of
from lottogrid.pricing.smile import Smile
from lottogrid.settings import Settings
from tests.cli.conftest import Call, as_rows, made_bars, write_rows
from tests.market.made import trading_days
from tests.market.quotes import snapshots, write_quotes

STEEP = Smile(put_slope=-0.09, call_slope=-0.05, put_curve=0.02, call_curve=0.03)


def document(call: Call, *words: object) -> dict[str, Any]:
    """Calibrate and return what was printed, which must be one JSON document."""
    found = call("calibrate", *words, "--json")
    assert found.code == 0, found.err
    parsed: dict[str, Any] = json.loads(found.out)
    return parsed


def row(found: dict[str, Any], multiple: float) -> dict[str, Any]:
    """Return the row of the summary at one multiple."""
    (chosen,) = (each for each in found["summary"] if each["multiple"] == multiple)
    return dict(chosen)


@pytest.fixture
def quotes(tmp_path: Path) -> Path:
    """Nine days of quotes with a steep smile and bids and asks."""
    return write_quotes(tmp_path / "quotes.csv", snapshots(9, STEEP, spread=0.04))


def test_a_fit_is_judged_on_later_days(call: Call, quotes: Path) -> None:
    """The summary is that out of sample, by multiple and by time of day."""
    found = document(call, "--quotes", quotes, "--to", "2025-03-07")

    assert found["sample"] == "out"
    assert (found["fit"]["from"], found["fit"]["to"]) == ("2025-03-03", "2025-03-07")
    assert found["fit"]["smile"]["put_slope"] == pytest.approx(-0.09, abs=0.005)
    assert {entry["full_spread"] for entry in found["fit"]["spread"]} == {0.04}
    assert set(row(found, 1.25)) >= {"multiple", "n", "median_ratio", "mean_abs_error"}
    assert row(found, 1.25)["median_ratio"] == pytest.approx(1, abs=0.005)
    assert {entry["time"] for entry in found["by_time"]} >= {"09:30", "12:00", "15:30"}
    assert (found["out_of_sample"]["from"], found["out_of_sample"]["to"]) == ("2025-03-10", "2025-03-13")
    assert found["in_sample"]["sessions"] == 5


def test_without_a_last_day_some_are_held_out(call: Call, quotes: Path) -> None:
    """The numbers are of all days, the judgement of a fit that has not seen the days it is judged on."""
    found = document(call, "--quotes", quotes)
    assert found["fit"]["to"] == "2025-03-13"
    assert found["out_of_sample"]["sessions"] == 3
    assert "another fit, to 2025-03-10 only" in found["judged"]


def test_few_days_are_judged_in_sample_and_it_is_said(call: Call, tmp_path: Path) -> None:
    """Nothing is called out of sample that is not."""
    found = document(call, "--quotes", write_quotes(tmp_path / "few.csv", snapshots(2, STEEP)))
    assert found["sample"] == "in"
    assert found["out_of_sample"] is None
    assert found["fit"]["spread"] is None
    assert "Too few days" in found["judged"]


def test_a_fit_can_be_judged_on_another_file(call: Call, quotes: Path, tmp_path: Path) -> None:
    """Another product, another year."""
    other = write_quotes(tmp_path / "other.csv", snapshots(2, Smile()))
    found = document(call, "--quotes", quotes, "--judge", other)
    assert found["out_of_sample"]["sessions"] == 2
    assert row(found, 1.5)["median_ratio"] > 1.01
    assert "other.csv" in found["judged"]


def test_the_settings_numbers_are_judged_without_a_fit(call: Call, quotes: Path, tmp_path: Path) -> None:
    """They are right where quotes were made with them, and wrong where not; other settings are judged alike."""
    own = write_quotes(tmp_path / "own.csv", snapshots(2, smile_of(Settings())))
    shipped = document(call, "--evaluate-only", "--quotes", own)
    assert "fit" not in shipped
    assert row(shipped, 1.5)["median_ratio"] == pytest.approx(1, abs=0.005)

    steep = document(call, "--evaluate-only", "--quotes", quotes)
    assert row(steep, 1.5)["median_put_ratio"] < 0.95
    numbers = ("put_slope=-0.09", "call_slope=-0.05", "put_curve=0.02", "call_curve=0.03")
    still = [f"{side}_slope_{term}=0" for side in ("put", "call") for term in ("time", "volatility")]
    words = [word for number in (*numbers, *still) for word in ("--set", number)]
    given = document(call, "--evaluate-only", "--quotes", quotes, *words)
    assert row(given, 1.5)["median_put_ratio"] == pytest.approx(1, abs=0.005)


def test_index_and_bars_are_judged_where_given(call: Call, quotes: Path, tmp_path: Path) -> None:
    """The share of the index, and the premium over the forecast from bars."""
    vix = tmp_path / "vix.csv"
    days = trading_days(9)
    vix.write_text("date,close\n2025-02-28,24\n" + "".join(f"{day.date},24\n" for day in days[:-1]))
    bars = write_rows(tmp_path / "bars.csv", as_rows(made_bars(*(day.date for day in days))))

    found = document(call, "--quotes", quotes, "--vix", vix, "--bars", bars)

    assert found["fit"]["time_of_day"]["relative_to"] == "the index's close before"
    factors = [point["factor"] for point in found["fit"]["time_of_day"]["points"]]
    assert factors == [pytest.approx(0.5, abs=0.01)] * len(factors)
    assert found["in_sample"]["volatility"]["from_index"]["median_ratio"] == pytest.approx(1, abs=0.01)
    assert found["in_sample"]["volatility"]["from_bars"]["median_ratio"] == pytest.approx(1, abs=0.01)
    assert found["fit"]["implied_premium"] > 0


def test_a_person_reads_the_fit_as_settings_and_the_errors(call: Call, quotes: Path) -> None:
    """What is printed can be given back as settings."""
    found = call("calibrate", "--quotes", quotes)
    assert found.code == 0
    (line,) = (line for line in found.out.splitlines() if line.startswith("fit: "))
    assert "out of sample: model over real price" in found.out
    assert "spread at 1.25: " in found.out
    given = document(call, "--evaluate-only", "--quotes", quotes, *line.removeprefix("fit: ").split())
    assert given["summary"] == document(call, "--quotes", quotes)["in_sample"]["summary"]


@pytest.mark.usefixtures("quotes")
@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (["--quotes", "absent.csv"], "readable file of option quotes", 3),
        (["--quotes", "quotes.csv", "--from", "2026-01-01"], "found 2025-03-03 to 2025-03-13", 2),
        (["--quotes", "quotes.csv", "--evaluate-only", "--half-life", "3"], "nothing is fitted", 2),
        (["--quotes", "quotes.csv", "--half-life", "nan"], "sessions above 0", 2),
        (["--quotes", "night.csv"], "same-day quotes within a session, found none: 1 not of the same day", 2),
        ([], "required: --quotes", 2),
    ],
)
def test_what_cannot_be_fitted_is_refused_in_one_line(
    call: Call, tmp_path: Path, words: list[str], said: str, code: int
) -> None:
    """Nothing is printed beside the reason."""
    (first, *_) = (tmp_path / "quotes.csv").read_text().splitlines()
    (tmp_path / "night.csv").write_text(f"{first}\n2025-03-03T10:00:00-05:00,SPXW,2025-03-04,C,6005,1,2,,6003\n")
    found = call("calibrate", *words)
    assert (found.code, found.out) == (code, "")
    assert said in found.err
    assert found.err.count("\n") == 1


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("other", [None, "bench_spy_0dte_chain_5min_2026-07-17_2026-07-31.csv.gz"])
def test_real_strangles_are_priced_within_bounds_out_of_sample(
    call: Call, real_data: Callable[[str], Path], other: str | None
) -> None:
    """Fitted to SPXW before 2025-02, judged on SPXW after it and on SPY's bids and asks of 2026. Slow: two years."""
    judge = () if other is None else ("--judge", real_data(other))
    spxw = real_data("bench_spxw_0dte_mids_2023-11-06_2025-09-30.csv.gz")
    found = document(call, "--quotes", spxw, "--to", "2025-01-31", *judge)

    for multiple, bound in ((1.25, 0.05), (1.5, 0.075)):
        judged = row(found, multiple)
        assert judged["n"] > 500
        assert judged["median_ratio"] == pytest.approx(1, abs=0.03)
        assert judged["mean_abs_error"] <= bound
