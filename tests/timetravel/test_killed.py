"""A real process that records, is killed and goes on: what it had written is read, beside it and after it."""

from __future__ import annotations

import json
import signal
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from actors.past import Past
from lottogrid.cli.main import main
from lottogrid.cli.run.recording import beside
from lottogrid.flight.file import FlightReader
from tests.cli.conftest import MONDAY
from tests.cli.test_processes import opened, start, wait_for

pytestmark = [pytest.mark.process, pytest.mark.slow]


def test_a_killed_run_leaves_its_past_and_the_next_one_adds_to_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each life is there, the start of the second is a moment, and every picture can be made again."""
    process = start(tmp_path, "--as-of", "2026-01-05T10:40-05:00", speed=1000)
    wait_for(process, opened(2))
    process.kill()
    process.communicate(timeout=60)
    past = Past(beside(tmp_path / "ledger.sqlite"), tmp_path / "ledger.sqlite")
    with closing(FlightReader(beside(tmp_path / "ledger.sqlite"))) as reader:
        frames = [reader.first_with(0, datetime(2026, 1, 5, tzinfo=UTC))]
        while frames[-1] is not None:
            frames.append(reader.first_after(frames[-1].at))
    first_life = [frame.at for frame in frames if frame is not None]
    assert len(first_life) >= 2
    for at in first_life:
        assert past.at(at).view.at == at

    process = start(tmp_path, speed=1000)
    wait_for(process, opened(3))
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)

    assert main(["timeline", "--ledger", str(tmp_path), "--date", str(MONDAY), "--json"]) == 0
    rows: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["moments"]
    starts = [row for row in rows if row["kind"] == "run"]
    assert len(starts) == 2
    second = past.with_row(starts[1]["seq"])
    assert second.view.at >= first_life[-1]
    assert second.header.started_at > past.at(first_life[-1]).header.started_at
    last = past.span(MONDAY)
    assert last is not None
    assert len(past.at(last[1].at).view.positions) >= 3
    assert past.at(last[1].at + timedelta(days=1)).gap is not None
