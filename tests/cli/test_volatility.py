"""`--quotes` and `--vix`: options priced with the volatility of real straddles, or of an index."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lottogrid.cli.wiring import smile_of
from lottogrid.errors import BadInput
from lottogrid.pricing.smile import MovingSmile, Smile
from lottogrid.settings import load
from tests.cli.conftest import Call, as_rows, made_bars, write_rows
from tests.market.made import MONDAY
from tests.market.quotes import snapshots, write_quotes

DAYS = [MONDAY + timedelta(days=number) for number in range(2)]


@pytest.fixture
def bars(tmp_path: Path) -> Path:
    """Two days of bars."""
    return write_rows(tmp_path / "bars.csv", as_rows(made_bars(*DAYS)))


def quotes(folder: Path, volatility: float, days: int = 2, name: str = "quotes.csv") -> Path:
    """Write some days of quotes at one volatility."""
    return write_quotes(folder / name, snapshots(days, volatility=lambda _, __: volatility))


def document(call: Call, *words: object) -> dict[str, Any]:
    """Replay and return what was printed."""
    found = call("replay", *words, "--json")
    assert found.code == 0, found.err
    parsed: dict[str, Any] = json.loads(found.out)
    return parsed


def test_options_are_as_dear_as_the_quotes_say(call: Call, bars: Path, tmp_path: Path) -> None:
    """At twice the volatility the strangles lie farther out; the result says where it comes from."""
    calm, wild = (
        document(
            call,
            *("--bars", bars, "--to", MONDAY, "--quotes", quotes(tmp_path, volatility)),
            *("--set", "max_premium_per_strangle=500"),
        )
        for volatility in (0.12, 0.24)
    )
    widths = [
        float(found["trades"][-1]["legs"][0]["strike"]) - float(found["trades"][-1]["legs"][1]["strike"])
        for found in (calm, wild)
    ]
    assert abs(widths[1]) == pytest.approx(2 * abs(widths[0]), rel=0.1)
    assert "straddles in quotes.csv" in calm["assumptions"][0]
    assert calm["digest"] != wild["digest"]


def test_an_index_stands_in_where_there_are_no_quotes(call: Call, bars: Path, tmp_path: Path) -> None:
    """It is named, and so is the session without quotes that is too many for the quotes alone."""
    vix = tmp_path / "vix.csv"
    vix.write_text("date,close\n2025-02-28,16\n2025-03-03,17\n")
    found = document(call, "--bars", bars, "--to", MONDAY, "--vix", vix)
    assert "share of vix.csv" in found["assumptions"][0]
    assert found["digest"] != document(call, "--bars", bars, "--to", MONDAY)["digest"]


def test_quotes_that_do_not_cover_the_bars_are_refused(call: Call, bars: Path, tmp_path: Path) -> None:
    """In one line that says what they cover; days that they cover can be chosen."""
    one_day = quotes(tmp_path, 0.12, days=1)
    found = call("replay", "--bars", bars, "--quotes", one_day)
    assert (found.code, found.out) == (2, "")
    assert "found 2025-03-03 to 2025-03-03, and none for 1 of 2 sessions (2025-03-04)" in found.err
    assert found.err.count("\n") == 1
    assert document(call, "--bars", bars, "--quotes", one_day, "--to", MONDAY)["sessions"] == 1


def test_an_index_that_does_not_cover_the_bars_is_refused(call: Call, bars: Path, tmp_path: Path) -> None:
    """A close of a month ago is not that of the day before."""
    vix = tmp_path / "vix.csv"
    vix.write_text("date,close\n2025-01-31,16\n")
    found = call("replay", "--bars", bars, "--vix", vix)
    assert (found.code, found.out) == (2, "")
    assert "none before 2025-03-03, 2025-03-04" in found.err


def test_quotes_of_two_roots_are_refused(call: Call, bars: Path, tmp_path: Path) -> None:
    """Which of them prices the options would be a guess."""
    path = quotes(tmp_path, 0.12)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines, *(line.replace("SPXW", "SPY") for line in lines[1:])]) + "\n")
    found = call("replay", "--bars", bars, "--quotes", path)
    assert found.code == 2
    assert "quotes of one root, found SPXW, SPY" in found.err


def test_slopes_move_only_where_the_settings_say_so() -> None:
    """A smile whose slopes stand still is the plain one."""
    still = [f"market.{side}_slope_{term}=0" for side in ("put", "call") for term in ("time", "volatility")]
    assert smile_of(load(None, {}, still, None)) == Smile()
    moving = smile_of(load(None, {}, [*still, "market.call_slope_time=-0.07"], None))
    assert moving == MovingSmile(middle=Smile(), call_slope_time=-0.07)
    with pytest.raises(BadInput, match="flatten the slopes"):
        smile_of(load(None, {}, ["market.put_slope_time=1", "market.put_slope_volatility=1"], None))
