"""The commands that read the ledger, after a day and beside a running bot."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from lottogrid.cli.main import main
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.lock import LedgerLock
from lottogrid.ledger.records import EngineMoved, HaltSet
from lottogrid.risk.reasons import Reason
from tests.cli.conftest import MONDAY, Call


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the ledger of one day."""
    made = tmp_path_factory.mktemp("day")
    assert main(["replay", "--from", str(MONDAY), "--ledger", str(made / "ledger.sqlite")]) == 0
    return made


def document(call: Call, *words: object) -> dict[str, Any]:
    """Call and return what was printed, which must be one JSON document."""
    found = call(*words, "--json")
    assert (found.code, found.err) == (0, "")
    parsed: dict[str, Any] = json.loads(found.out)
    return parsed


def test_positions_carry_their_legs_and_their_trade(call: Call, folder: Path) -> None:
    """Times are New York's, with their offset."""
    positions = document(call, "positions", "--ledger", folder)["positions"]
    assert len(positions) > 1
    first = positions[0]
    assert first["id"] == first["trade"]["id"] == "LG-20260105-001"
    assert first["state"] == "closed"
    assert [leg["contract"].split("-")[2] for leg in first["legs"]] == ["C", "P"]
    assert all(leg["held"] == 0 and leg["bought"] == 1 for leg in first["legs"])
    assert datetime.fromisoformat(first["planned_at"]).utcoffset() is not None


def test_the_last_of_many_are_printed(call: Call, folder: Path) -> None:
    """The latest stands last."""
    everything = document(call, "positions", "--ledger", folder)["positions"]
    assert document(call, "positions", "--ledger", folder, "--limit", 1)["positions"] == everything[-1:]


def test_another_day_has_nothing(call: Call, folder: Path) -> None:
    """A person reads that there is nothing."""
    assert document(call, "positions", "--ledger", folder, "--date", "2026-01-06") == {"positions": []}
    assert call("positions", "--ledger", folder, "--date", "2026-01-06").out == "No position yet.\n"
    assert call("orders", "--ledger", folder, "--date", "2026-01-06").out == "No order yet.\n"
    assert call("decisions", "--ledger", folder, "--date", "2026-01-06").out == "No decision yet.\n"


def test_orders_carry_what_became_of_them(call: Call, folder: Path) -> None:
    """In the order of their making."""
    orders = document(call, "orders", "--ledger", folder, "--limit", 999)["orders"]
    assert [order["created_at"] for order in orders] == sorted(order["created_at"] for order in orders)
    entry = next(order for order in orders if order["ref"] == "LG-20260105-001-1-1")
    assert (entry["purpose"], entry["side"], entry["state"], entry["filled"]) == ("entry", "BUY", "filled", 1)
    assert entry["executions"][0]["order_ref"] == entry["ref"]


def test_decisions_carry_every_verdict(call: Call, folder: Path) -> None:
    """One a minute, the latest last."""
    decisions = document(call, "decisions", "--ledger", folder, "--limit", 400)["decisions"]
    assert len(decisions) > 300
    assert decisions[0]["at"] < decisions[-1]["at"]
    refused = decisions[-1]["verdicts"][0]
    assert (refused["rule"], refused["passed"], refused["reason"]) == ("trading window", False, "AFTER_LAST_ENTRY")


def test_status_after_a_day(call: Call, folder: Path) -> None:
    """Nobody works on the ledger any more; the day's money is in it."""
    found = document(call, "status", "--ledger", folder)
    assert (found["running"], found["pid"], found["url"]) == (False, None, None)
    assert found["trading_date"] == MONDAY.isoformat()
    assert found["engine"]["state"] == "running"
    assert float(found["cash_usd"]) == pytest.approx(5000 + float(found["realised_usd"]))
    assert "not running" in call("status", "--ledger", folder).out


def test_status_names_a_running_bot_and_its_page(call: Call, folder: Path) -> None:
    """As the bot announced it."""
    with LedgerLock(folder / "ledger.sqlite") as lock:
        lock.announce("http://127.0.0.1:8787/")
        found = document(call, "status", "--ledger", folder)
        said = call("status", "--ledger", folder).out
    assert found["running"] is True
    assert found["pid"] > 0
    assert found["url"] == "http://127.0.0.1:8787/"
    assert "page http://127.0.0.1:8787/" in said


def test_why_lists_what_keeps_it_from_trading(call: Call, folder: Path) -> None:
    """First how the bot stands, then its latest decision; each refusal with its code."""
    found = document(call, "why", "--ledger", folder)
    assert found["trades"] is False
    assert {"NOT_RUNNING", "AFTER_LAST_ENTRY"} <= set(found["reasons"])
    rules = [check["rule"] for check in found["checks"]]
    assert rules[:4] == ["a bot at work", "engine", "halts", "session"]
    assert "strangles open" in rules
    said = call("why", "--ledger", folder).out
    assert "NO   a bot at work" in said
    assert "latest decision 2026-01-05" in said


def test_why_judges_the_hour_by_the_clock_of_a_running_bot(call: Call, folder: Path) -> None:
    """Its market may run at another time than the machine's."""
    with LedgerLock(folder / "ledger.sqlite"):
        checks = document(call, "why", "--ledger", folder)["checks"]
    session = next(check for check in checks if check["rule"] == "session")
    assert session["number"].startswith("2026-01-05")
    assert session["reason"] == "AFTER_LAST_ENTRY"


def test_a_halt_is_the_first_thing_that_is_told(call: Call, tmp_path: Path) -> None:
    """With what it was about; the rest of the ledger may be empty."""
    at = datetime.fromisoformat("2026-01-05T11:00:00-05:00")
    with closing(Ledger.open(tmp_path / "ledger.sqlite")) as ledger:
        halt = HaltSet(at=at, reason=Reason.RECONCILIATION_BREAK, detail="one call too many")
        moved = EngineMoved(at=at, trigger="halt", before="running", after="halted", reason=Reason.RECONCILIATION_BREAK)
        ledger.commit([halt, moved])
    found = document(call, "why", "--ledger", tmp_path)
    assert {"HALTED", "RECONCILIATION_BREAK"} <= set(found["reasons"])
    assert found["decided_at"] is None
    assert "one call too many" in call("status", "--ledger", tmp_path).out
