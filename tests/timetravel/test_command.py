"""`lottogrid timeline`: the moments of the day, and the picture of one as the page has it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from actors.view_json import to_json
from lottogrid.cli.main import main
from lottogrid.clock import new_york
from tests.timetravel.conftest import Looked

Captured = pytest.CaptureFixture[str]


def said(capsys: Captured, looked: Looked, *words: str) -> Any:
    assert main(["timeline", "--ledger", str(looked.day.ledger.parent), "--json", *words]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_command_prints_what_the_page_shows_of_a_moment(looked: Looked, capsys: Captured) -> None:
    """Field by field, by an instant and by a row of the journal; and it is what was seen live."""
    client = looked.client()
    for minutes in (10, 61.5, 140):
        instant = looked.day.day.opens + timedelta(minutes=minutes)
        at = new_york(instant).isoformat()
        document = said(capsys, looked, "--at", at)
        assert document.pop("asked") == at
        assert document.pop("gap") is None
        assert document == to_json(looked.witness.at(instant))
        shown = client.get(f"/api/view?at={at}").get_json()
        assert {name: shown[name] for name in document} == document
        assert document["sequence"] > 0
        again = said(capsys, looked, "--seq", str(document["sequence"]))
        assert again["sequence"] == document["sequence"]
        assert again["at"] <= document["at"]


def test_the_moments_are_those_of_the_journal(looked: Looked, capsys: Captured) -> None:
    """What the engine did, entries, fills and ends of positions, in their order."""
    found = said(capsys, looked, "--date", "2025-04-09")

    rows = found["moments"]
    assert [row["seq"] for row in rows] == sorted(row["seq"] for row in rows)
    assert {"engine", "position", "execution"} <= {row["kind"] for row in rows}
    assert sum("planned" in row["text"] for row in rows) == len(looked.now.positions)
    assert found == said(capsys, looked)
    assert said(capsys, looked, "--date", "2025-04-08")["moments"] == []


def test_people_read_the_same_in_lines(looked: Looked, capsys: Captured) -> None:
    """The facts of a run's terminal, and that they are of the past; a moment without a picture says so."""
    where = ["--ledger", str(looked.day.ledger.parent)]

    assert main(["timeline", *where, "--at", "2025-04-09T11:00:00-04:00"]) == 0
    text = capsys.readouterr().out
    assert "as it was at" in text
    assert "2025-04-09 11:00:00 ET" in text
    assert "engine" in text
    assert main(["timeline", *where, "--at", "2025-04-10T11:00:00-04:00"]) == 0
    assert "nothing is recorded from 2025-04-09 12:50:00 ET on" in " ".join(capsys.readouterr().out.split())
    assert main(["timeline", *where]) == 0
    assert "planned" in capsys.readouterr().out


def test_what_cannot_be_shown_is_one_line(looked: Looked, tmp_path: Path, capsys: Captured) -> None:
    """No recording, no moment so early, two moments at once."""
    where = ["--ledger", str(looked.day.ledger.parent)]
    at = ["--at", "2025-04-09T11:00:00-04:00"]

    assert main(["timeline", "--ledger", str(tmp_path), *at]) == 3
    assert "expected a file at" in capsys.readouterr().err
    assert main(["timeline", *where, "--at", "2024-04-09T11:00:00-04:00"]) == 3
    assert "found that it begins at 2025-04-09T" in capsys.readouterr().err
    assert main(["timeline", *where, *at, "--seq", "3"]) == 2
    assert main(["timeline", *where, "--at", "noon"]) == 2
