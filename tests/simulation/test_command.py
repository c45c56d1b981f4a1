"""`lottogrid simulate`: what it prints, and how it ends."""

from __future__ import annotations

import json

import pytest

from actors import messages as m
from lottogrid.cli.main import main


def test_json_has_what_a_result_needs(capsys: pytest.CaptureFixture[str]) -> None:
    """Counts with zeros, the machines' coverage, the digest, and the command that plays it again."""
    assert main(["simulate", "--days", "1", "--profile", "calm", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)

    assert printed["days"] == 1
    assert printed["violations"] == []
    assert len(printed["faults"]) == 46
    assert set(printed["machines"]) >= {"order", "position", "leg", "engine"}
    assert len(printed["digest"]) == 64
    assert printed["cpu_seconds"] > 0
    assert printed["reproduce"] == "lottogrid simulate --days 1 --seed 1 --profile calm"


def test_a_class_that_did_not_strike_is_untested(capsys: pytest.CaptureFixture[str]) -> None:
    """It is said in so many words; the plan is printed on request."""
    assert main(["simulate", "--profile", "calm", "--fault", "F13=2", "--plan"]) == 0
    printed = capsys.readouterr().out

    assert "F1     crash before the handler         untested" in printed
    assert "second instance size 0" in printed


def test_a_violation_is_told_with_its_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1; the invariant, the trace and a line that can be pasted."""
    monkeypatch.setattr(m.SessionChanged, "closes_positions", property(lambda _: False))

    assert main(["simulate", "--day", "2", "--profile", "calm", "--fault", "F1=1", "--shrink"]) == 1
    printed = capsys.readouterr().out
    assert "day 2 breaks I9" in printed
    assert "again: lottogrid simulate --days 1 --seed 1 --day 2 --profile calm --fault F1=1 --only ," in printed


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--fault", "F99=1"], "F1 to F46"),
        (["--fault", "F1"], "CLASS=RATE"),
        (["--days", "2", "--only", "1"], "--only"),
    ],
)
def test_what_makes_no_sense_is_refused(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2 and one line."""
    assert main(["simulate", *words]) == 2
    assert said in capsys.readouterr().err


def test_the_tables_can_be_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Classes and invariants, each in a sentence."""
    assert main(["simulate", "--faults"]) == 0
    printed = capsys.readouterr().out

    assert "F46" in printed
    assert "I18" in printed
