"""`lottogrid replay`: what it prints, and that the same words give the same days."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from actors.replay import Replayed
from lottogrid.cli.research import replay_work
from lottogrid.ledger.ledger import Ledger
from tests.cli.conftest import MONDAY, Call, as_rows, made_bars, write_rows

TUESDAY = MONDAY + timedelta(days=1)


def document(call: Call, *words: object) -> dict[str, Any]:
    """Replay and return what was printed, which must be one JSON document."""
    found = call("replay", *words, "--json")
    assert found.code == 0, found.err
    parsed: dict[str, Any] = json.loads(found.out)
    return parsed


def test_a_generated_day_gives_one_document(call: Call) -> None:
    """It carries trades, their sum, the settings and what the result rests on."""
    found = document(call, "--days", 1, "--from", MONDAY)
    assert found["sessions"] == 1
    assert found["bars"] == 510
    assert found["summary"]["trades"] == len(found["trades"]) > 0
    assert found["settings"]["strategy"]["name"] == "lotto_grid"
    assert found["source"] == "generated, seed 1"
    assert found["faults"] == found["skipped"] == []
    assert found["steps"] > 1000
    assert any("made up" in each for each in found["assumptions"])


def test_the_same_words_give_the_same_digest_and_another_seed_another(call: Call) -> None:
    """Without a day the same days are generated on every date."""
    first, again, other = (document(call, "--seed", seed)["digest"] for seed in (1, 1, 2))
    assert first == again != other


def test_a_file_of_generated_bars_replays_as_the_generator_does(call: Call, tmp_path: Path) -> None:
    """What a bar is does not depend on where it comes from."""
    path = write_rows(tmp_path / "bars.csv.gz", as_rows(made_bars(MONDAY)))
    from_file = document(call, "--bars", path)
    generated = document(call, "--from", MONDAY)
    assert from_file["trades"] == generated["trades"]
    assert not any("made up" in each for each in from_file["assumptions"])


def test_a_session_with_a_hole_is_left_out_and_named(call: Call, tmp_path: Path) -> None:
    """The others are played."""
    rows = as_rows(made_bars(MONDAY, TUESDAY))
    del rows[200]
    path = write_rows(tmp_path / "bars.csv", rows)
    found = document(call, "--bars", path)
    assert found["sessions"] == 1
    (skipped,) = found["skipped"]
    assert skipped["date"] == MONDAY.isoformat()
    assert "1 of 390 one-minute bars missing" in skipped["reason"]
    assert f"left out {MONDAY}: 1 of 390" in call("replay", "--bars", path).out


def test_days_are_chosen_by_first_last_and_number(call: Call) -> None:
    """A week end between them is no trading day."""
    assert document(call, "--from", "2026-01-09", "--to", "2026-01-12")["sessions"] == 2
    assert document(call, "--from", "2026-01-10", "--days", 1)["sessions"] == 1


def test_a_person_reads_trades_their_sum_and_the_digest(call: Call) -> None:
    """Settings that were given are named beside their hash."""
    found = call("replay", "--set", "max_trades_per_day=1")
    assert found.code == 0
    assert "LG-20260105-001" in found.out
    assert "1 trade, P&L" in found.out
    assert "risk.max_trades_per_day=1" in found.out
    assert "digest " in found.out
    assert found.err == ""


def test_the_ledger_is_kept_on_request_in_a_new_file(call: Call, tmp_path: Path) -> None:
    """A file that is there already is not played into."""
    kept = tmp_path / "kept.sqlite"
    found = document(call, "--ledger", kept)
    ledger = Ledger.open_read_only(kept)
    assert [position.position_id for position in ledger.positions()] == [trade["id"] for trade in found["trades"]]
    ledger.close()
    again = call("replay", "--ledger", kept)
    assert again.code == 2
    assert "expected a new file" in again.err


def test_a_day_that_ends_badly_makes_the_answer_no(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault is printed, and the exit code says it."""

    def end_badly(*_: object) -> Replayed:
        return Replayed([], [], 1, 0, [f"{MONDAY}: not flat: the ledger holds 1, the exchange 0 contracts"])

    monkeypatch.setattr(replay_work, "play", end_badly)
    found = call("replay")
    assert found.code == 1
    assert "FAULT 2026-01-05: not flat" in found.out


def test_a_day_without_a_session_says_why(call: Call) -> None:
    """In one line."""
    found = call("replay", "--from", "2026-01-10", "--to", "2026-01-11")
    assert found.code == 2
    assert "Saturday" in found.err


@pytest.mark.data
def test_real_bars_end_flat(call: Call, real_data: Any) -> None:
    """The wildest days of 2025 leave nothing held and equal books."""
    bars = real_data("test_es_1min_2025-03-24_2025-04-25.csv.gz")
    found = document(call, "--bars", bars, "--from", date(2025, 4, 9), "--to", date(2025, 4, 9))
    assert found["faults"] == []
    assert found["sessions"] == 1
