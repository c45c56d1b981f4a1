"""`lottogrid backtest`: what it prints, and what it says of a replay."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from actors.replay import Replayed
from lottogrid.cli.research import backtest_work
from lottogrid.trades import Trade
from tests.cli.conftest import MONDAY, Call, as_rows, made_bars, write_rows

TUESDAY = MONDAY + timedelta(days=1)


def test_its_document_is_the_replays(call: Call) -> None:
    """Trades, summary, settings and digest; time and steps are each one's own, and a replay has a journal."""
    words = ("--days", 2, "--seed", 3, "--json")
    ours, theirs = (json.loads(call(command, *words).out) for command in ("backtest", "replay"))
    assert ours["decisions"] == 2 * 389
    assert ours["refusals"]["TOO_SOON"] > 100
    told = ("figures", "intervals", "fills", "kept")
    for own in ("seconds", "steps", "dead_letters", "decisions", "refusals", *told):
        ours.pop(own, None)
        theirs.pop(own, None)
    assert ours == theirs
    assert ours["trades"]


def test_it_verifies_itself(call: Call) -> None:
    """It says that the replay trades the same, and the document says it too."""
    found = call("backtest", "--from", MONDAY, "--verify")
    assert found.code == 0
    assert found.out.endswith("the replay trades the same\n")
    document = json.loads(call("backtest", "--from", MONDAY, "--verify", "--json").out)
    assert document["verified"] is True
    assert document["difference"] is None


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (("simulator.profile=rough",), "simulator.profile: expected one that fills every order whole, found rough"),
        (("quantity=7", "max_draw=9000", "start_cash=90000"), "strategy.quantity: expected at most 5"),
        (("unknown_after_seconds=0.05",), "risk.unknown_after_seconds: expected more than the 0.08 s"),
    ],
    ids=lambda each: each[0] if isinstance(each, tuple) else "",
)
def test_what_the_engine_does_not_compute_the_actors_play(values: tuple[str, ...], why: str, call: Call) -> None:
    """The trades are a replay's own, figures and intervals are there, and it says who played and why."""
    words = ("--days", 2, "--json", *(word for value in values for word in ("--set", value)))
    ours, theirs = (json.loads(call(command, *words).out) for command in ("backtest", "replay"))

    assert ours["digest"] == theirs["digest"]
    assert ours["trades"] == theirs["trades"] != []
    assert ours["left_to_the_actors"].startswith(why)
    assert ours["intervals"]["total"]["estimate"] == pytest.approx(theirs["summary"]["pnl"])
    assert [each["name"] for each in ours["fills"]] == ["full"]


def test_it_says_who_played_and_that_there_is_nothing_to_compare(call: Call, tmp_path: Path) -> None:
    """For a person, in the document and with a page."""
    words = ("backtest", "--from", MONDAY, "--verify", "--set", "simulator.profile=rough")
    found = call(*words, "--html", tmp_path / "page.html")
    document = json.loads(call(*words, "--json").out)

    assert found.code == 0
    assert found.err == ""
    assert "played by the actors, as the engine does not compute it: simulator.profile" in found.out.splitlines()[-1]
    assert "The actors played this, once" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert (document["verified"], document["difference"]) == (None, None)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda trades: trades[:-1], "the replay does not trade LG-"),
        (lambda trades: [*trades, trades[0]], "the replay also trades LG-"),
        (lambda trades: [replace(trades[0], pnl=trades[0].pnl + 1), *trades[1:]], "-001 differs: pnl "),
    ],
    ids=["less", "more", "other"],
)
def test_a_difference_is_named(
    spoil: Callable[[list[Trade]], list[Trade]], told: str, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one, and the code is 1."""
    play = backtest_work.play_feed

    def spoilt(*arguments: object) -> Replayed:
        played = play(*arguments)  # type: ignore[arg-type]
        return replace(played, trades=spoil(played.trades))

    monkeypatch.setattr(backtest_work, "play_feed", spoilt)
    found = call("backtest", "--from", MONDAY, "--verify")
    assert found.code == 1
    assert told in found.out.splitlines()[-1]


def test_a_session_with_a_hole_is_left_out_and_named(call: Call, tmp_path: Path) -> None:
    """As a replay does."""
    rows = as_rows(made_bars(MONDAY, TUESDAY))
    del rows[200]
    found = json.loads(call("backtest", "--bars", write_rows(tmp_path / "bars.csv", rows), "--json").out)
    assert found["sessions"] == 1
    assert [each["date"] for each in found["skipped"]] == [MONDAY.isoformat()]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ("--set", "prior_volatility=5", "--set", "implied_premium=5", "--set", "implied_move_multiplier_1=5"),
            "strikes: expected them above 0",
        ),
        (("--strategy", "other"), "strategy.name: expected lotto_grid"),
        (("--from", MONDAY - timedelta(days=1), "--to", MONDAY - timedelta(days=1)), "expected a trading day"),
    ],
)
def test_what_it_cannot_do_is_said_in_one_line(words: tuple[object, ...], told: str, call: Call) -> None:
    """And the code is 2."""
    found = call("backtest", *words)
    assert found.code == 2
    assert told in found.err
    assert found.err.count("\n") == 1
