"""The page's JSON and what the commands print with `--json`, at the same row of the journal."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import closing
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest

from actors.view import look
from lottogrid.cli.main import main
from lottogrid.ledger.ledger import Ledger
from tests.web import made
from web.app import create_app

MINUTES = (1, 47, 95, 140, 205, 260, 330, 389, 395)
"""After the open: entries under way, targets reached, the flatten time, and after the fixing."""


def test_the_page_and_the_commands_say_the_same_over_a_whole_day(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Positions, orders, decisions, money, engine and halts agree field by field, whenever they are asked for."""
    replay, settings, day = made.stopped_day(tmp_path, "risk.min_time_between_trades=20", minutes=0)
    about = made.about(settings)
    compared = 0

    for minutes in MINUTES:
        replay.runtime.run_until(day.opens + timedelta(minutes=minutes, seconds=1))
        view = look(replay.runtime, about.spec)
        shown = create_app(lambda view=view: view, about).test_client().get("/api/view").get_json()
        with closing(Ledger.open_read_only(tmp_path / "ledger.sqlite")) as ledger:
            assert shown["sequence"] == ledger.last_sequence()

        def said(*command: str) -> Any:
            assert main([*command, "--ledger", str(tmp_path), "--json"]) == 0
            return json.loads(capsys.readouterr().out)

        for name, ours, theirs in _pairs(shown, said):
            assert _plain(ours) == _plain(theirs), (minutes, name)
            compared += len(json.dumps(theirs))
    replay.stop()

    assert compared > 100_000


def _pairs(shown: dict[str, Any], said: Any) -> Iterable[tuple[str, Any, Any]]:
    yield "positions", _positions(shown), _by(said("positions")["positions"], "id")
    yield "orders", _by(_orders(shown), "ref"), _by(said("orders", "--limit", "500")["orders"], "ref")
    decisions = [row["decision"] for row in shown["ledger"]["decisions"]]
    if decisions:
        yield "decisions", decisions, said("decisions", "--limit", str(len(decisions)))["decisions"]
        verdicts = shown["strategist"]["decision"]["verdicts"]
        yield "why", verdicts, said("why")["checks"][-len(verdicts) :]
    status = said("status")
    yield "status", _status(shown), {name: status[name] for name in _status(shown)}


def _positions(shown: dict[str, Any]) -> dict[str, Any]:
    trades = _by(shown["ledger"]["trades"], "id")
    rows = [
        {
            "id": row["record"]["position_id"],
            **{name: row["record"][name] for name in ("trading_date", "level", "state", "planned_at", "changed_at")},
            "reserved_usd": row["record"]["reserved_usd"],
            "legs": [_leg(leg, seen["held"]) for leg, seen in zip(row["record"]["legs"], row["legs"], strict=True)],
            "trade": trades.get(row["record"]["position_id"]),
        }
        for row in shown["positions"]
    ]
    return _by(rows, "id")


def _leg(leg: dict[str, Any], held: int) -> dict[str, Any]:
    done = [execution for order in leg["orders"] for execution in order["executions"]]
    return {
        **leg["plan"],
        "state": leg["state"],
        "bought": sum(execution["quantity"] for execution in done if execution["side"] == "BUY"),
        "held": held,
        "orders": [order["intent"]["ref"] for order in leg["orders"]],
    }


def _orders(shown: dict[str, Any]) -> list[dict[str, Any]]:
    found = [order for row in shown["positions"] for leg in row["record"]["legs"] for order in leg["orders"]]
    return [
        {
            **order["intent"],
            **{name: value for name, value in order.items() if name != "intent"},
            "filled": sum(execution["quantity"] for execution in order["executions"]),
        }
        for order in found
    ]


def _status(shown: dict[str, Any]) -> dict[str, Any]:
    book, ledger = shown["risk"]["book"], shown["ledger"]
    opened = [row for row in shown["positions"] if row["record"]["state"] not in {"closed", "abandoned"}]
    marks = ledger["equity"]["recent"]
    live = {"intended", "sent", "unknown", "working", "cancelling"}
    return {
        "engine": {name: shown["engine"][name] for name in ("state", "reason", "since")},
        "halts": ledger["halts"],
        "baseline_usd": book["baseline_usd"],
        "realised_usd": book["realised_usd"],
        "reserved_usd": book["reserved_usd"],
        "entries_today": book["entries_today"],
        "open_positions": len(opened),
        "live_orders": sum(order["state"] in live for order in _orders(shown)),
        "equity": {name: value for name, value in marks[-1].items() if name != "kind"} if marks else None,
        "last_decision": shown["strategist"]["decision"] if shown["strategist"] else None,
    }


def _by(rows: Iterable[dict[str, Any]], name: str) -> dict[str, Any]:
    return {row[name]: row for row in rows}


def _plain(value: Any) -> Any:
    """Return a document with equal numbers written alike, and options by their key."""
    if isinstance(value, dict):
        if value.keys() == {"symbol", "expiry", "right", "strike"}:
            day = value["expiry"].replace("-", "")
            return f"{value['symbol']}-{day}-{value['right']}-{Decimal(value['strike']).normalize():f}"
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, str):
        try:
            return f"{Decimal(value).normalize():f}"
        except InvalidOperation:
            return value
    return value
