"""`lottogrid run` inside this process: the last minutes of a day, on threads."""

from __future__ import annotations

import json
import signal
import socket
import sqlite3
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from lottogrid.cli.run import desk, session
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.lock import holder
from lottogrid.ledger.records import RunStarted
from tests.cli.conftest import MONDAY, Call, Said

pytestmark = pytest.mark.threads

LATE = ("--date", MONDAY, "--as-of", "2026-01-05T15:40-05:00", "--speed", 600, "--no-web")


def test_a_day_runs_to_its_end_and_is_over(call: Call, tmp_path: Path) -> None:
    """It ends by itself with its result; asked for again it starts nothing and prints the same."""
    found = call("run", *LATE, "--json")
    document = json.loads(found.out)
    assert found.code == 0, found.err
    assert document["finished"] is True
    assert document["faults"] == []
    assert document["date"] == MONDAY.isoformat()
    assert "begins at 15:40:00 ET" in found.err
    assert "session expired" in found.err or "session closed" in found.err

    again = call("run", "--date", MONDAY, "--json")
    assert again.code == 0
    assert "is over; nothing is started" in again.err
    assert json.loads(again.out)["digest"] == document["digest"]
    with closing(Ledger.open_read_only(tmp_path / "var" / "ledger.sqlite")) as ledger:
        assert len(ledger.journal(kind=RunStarted.__name__)) == 1
    assert holder(tmp_path / "var" / "ledger.sqlite") is None


def test_the_logs_are_in_the_folder(call: Call, tmp_path: Path) -> None:
    """With the market's time beside the machine's; the libraries' chatter stays out."""
    call("run", *LATE)
    bot = (tmp_path / "var" / "logs" / "bot.log").read_text(encoding="utf-8")
    assert "2026-01-05 15:4" in bot
    assert "engine: stopped -> starting" in bot
    assert "transitions.core" not in bot
    assert (tmp_path / "var" / "logs" / "errors.log").read_text(encoding="utf-8") == ""
    assert (tmp_path / "var" / "logs" / "broker.log").exists()


def test_being_asked_to_stop_leaves_a_day_that_goes_on(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next run begins where this one ended, and plays to the end."""
    with monkeypatch.context() as patched:
        patched.setattr(desk.Desk, "wait", _stop_once_running(desk.Desk.wait))
        stopped = call("run", *LATE, "--json")
    assert stopped.code == 0
    assert json.loads(stopped.out)["finished"] is False
    assert "by SIGTERM; the same command goes on from there" in stopped.err

    on = call("run", "--date", MONDAY, "--speed", 600, "--no-web", "--json")
    assert on.code == 0, on.err
    assert "goes on at 15:" in on.err
    assert json.loads(on.out)["finished"] is True


def _stop_once_running(wait: Any) -> Any:
    def stopping(self: desk.Desk, seconds: float) -> object:
        view = self.look()
        if view.engine is not None and view.engine.state.value == "running" and view.market is not None:
            self.ask_to_stop("SIGTERM")
        return wait(self, seconds)

    return stopping


def test_the_page_answers_while_the_day_runs(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the address that the lock tells, on a port that is free."""
    seen: list[str] = []
    plain_wait = desk.Desk.wait

    def wait(self: desk.Desk, seconds: float) -> object:
        found = holder(tmp_path / "var" / "ledger.sqlite")
        if found is not None and not seen:
            with urllib.request.urlopen(f"{found.url}healthz", timeout=5) as answer:
                seen.append(answer.read().decode())
            self.ask_to_stop("SIGINT")
        return plain_wait(self, seconds)

    monkeypatch.setattr(desk.Desk, "wait", wait)
    found = call("run", *LATE[:-1], "--port", 0)
    assert found.code == 0
    assert "The page is http://127.0.0.1:" in found.err
    assert "ok" in seen[0]


def test_a_port_that_is_taken_stops_it_before_anything_is_written(call: Call, tmp_path: Path) -> None:
    """Exit code 3, and an account that has not begun."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        found = call("run", *LATE[:-1], "--port", taken.getsockname()[1])
    assert found.code == 3
    assert "web.port: expected a free port" in found.err
    assert not (tmp_path / "var" / "ledger.sqlite").exists()
    with closing(sqlite3.connect(tmp_path / "var" / "paper.sqlite")) as account:
        assert account.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_a_tree_that_gives_up_ends_the_run(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 1, and one line that says which actor and why."""

    def fail(_: object) -> Any:
        raise RuntimeError("no disk left")

    monkeypatch.setattr(desk, "root", fail)
    found: Said = call("run", *LATE)
    assert found.code == 1
    assert "expected root to live, found it ended: RuntimeError: no disk left" in found.err.splitlines()[-1]


def test_live_money_is_not_traded_inside_the_program(call: Call) -> None:
    """Settings that agree about live money need the broker that they are about."""
    live = ["trade_mode=live", "mode.port=4001", "account=U123", "confirm_live=U123"]
    found = call("run", *(word for value in live for word in ("--set", value)))
    assert found.code == 2
    assert "real money is traded with --broker ib only" in found.err


def test_signals_are_given_back(call: Call) -> None:
    """After a run Ctrl-C means what it meant before."""
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    call("run", *LATE)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
    assert session.LOOK_EVERY < 1


def test_a_tree_that_gives_up_halts_until_a_person_has_looked(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The halt is on record: the next run makes no entry before it is told --rearm."""
    with monkeypatch.context() as patched:
        patched.setattr("actors.broker.Broker.on_start", _fail)
        found = call("run", *LATE)
    assert found.code == 1
    assert "--rearm" in found.err.splitlines()[-1]
    path = tmp_path / "var" / "ledger.sqlite"
    with closing(Ledger.open_read_only(path)) as ledger:
        assert [halt.reason.name for halt in ledger.halts()] == ["RESTART_INTENSITY"]

    again = call("run", "--date", MONDAY, "--speed", 600, "--no-web", "--rearm")
    assert again.code == 0, again.err
    with closing(Ledger.open_read_only(path)) as ledger:
        assert ledger.halts() == ()
        assert any(row.record.trigger == "ready" for row in ledger.journal(kind="EngineMoved", limit=1000))


def _fail(_: object) -> None:
    raise RuntimeError("the cable is cut")


def test_a_day_through_the_gateway_ends_flat(call: Call, tmp_path: Path) -> None:
    """The same bot over the TWS protocol: connected, traded, and the books equal at the end."""
    afternoon = ("--date", MONDAY, "--as-of", "2026-01-05T15:05-05:00", "--no-web")
    found = call("run", *afternoon, "--speed", 1000, "--json")
    document = json.loads(found.out)

    assert found.code == 0, found.err
    assert document["faults"] == []
    with closing(Ledger.open_read_only(tmp_path / "var" / "ledger.sqlite")) as ledger:
        assert ledger.halts() == ()
        assert ledger.positions(), "nothing was traded through the gateway"
        assert all(position.state.is_final for position in ledger.positions())
