"""`make prove`: what was played is kept, and the totals are the sums of what was printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.simulation.prove import main, report, source_digest

RESULT: dict[str, Any] = {
    "days": 3,
    "processes": 5,
    "steps": 700,
    "orders": 20,
    "executions": 9,
    "violations": [],
    "faults": {"F1": 2, "F2": 0},
    "restarts": {"broker": 4},
    "machines": {"order": {"reached": 3, "rows": 5, "share": 0.6}},
    "unreached": ["order: SENT expire", "order: UNKNOWN expire"],
    "cpu_seconds": 1.5,
    "digest": "ab" * 32,
}


def test_seeds_that_were_played_are_not_played_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is started where the results of this source are there."""
    folder = tmp_path / source_digest()[:12]
    folder.mkdir()
    for seed in (2, 3):
        (folder / f"hell-{seed}-3.json").write_text(json.dumps(RESULT))

    assert main(["--seeds", "2", "3", "--days", "3", "--folder", str(tmp_path)]) == 0
    assert "| all | 6 | 10 | 1400 | 40 | 18 | 4 | 1 | 0 | 4 |" in capsys.readouterr().out


def test_a_class_that_no_seed_struck_is_untested_and_a_row_that_one_walked_is_reached() -> None:
    """Classes and machines are those of all seeds together."""
    other = {**RESULT, "faults": {"F1": 1, "F2": 0}, "unreached": ["order: SENT expire"]}
    lines = report([2, 3], [RESULT, other])

    assert "| F1 | 3 |" in lines
    assert "| F2 | untested |" in lines
    assert "machines: order 4/5" in lines


def test_a_violation_is_told_with_its_command_and_its_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """1 where an invariant was broken."""
    folder = tmp_path / source_digest()[:12]
    folder.mkdir()
    broken = {"invariant": "I4", "text": "short", "reproduce": "lottogrid simulate --day 7"}
    (folder / "hell-2-3.json").write_text(json.dumps({**RESULT, "violations": [broken]}))

    assert main(["--seeds", "2", "--days", "3", "--folder", str(tmp_path)]) == 1
    assert "I4: short\n  again: lottogrid simulate --day 7" in capsys.readouterr().out
