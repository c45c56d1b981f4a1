"""The picture as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from actors.view import View
from actors.view_json import to_json
from lottogrid.settings import Settings
from tests.web import made


def test_unknown_is_null() -> None:
    """What nobody has published is null, not left out and not 0."""
    document = to_json(made.empty_view())

    assert document["market"] is None
    assert document["engine"] is None
    assert document["figures"]["realised_usd"] is None
    assert document["figures"]["open_usd"] is None
    assert document["sequence"] == 7


def test_a_real_day_survives_strict_json(midday: tuple[View, Settings]) -> None:
    """The document is JSON without NaN, and reading it back gives the same."""
    document = to_json(midday[0])

    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_money_and_prices_are_decimal_strings(midday: tuple[View, Settings]) -> None:
    """No float stands where money or a price is meant."""
    document = to_json(midday[0])

    names = ("_usd", "price", "bid", "ask", "cost", "target", "strike", "underlying", "distance", "limit_price")
    found = [value for name, value in _leaves(document) if name.endswith(names) and not isinstance(value, bool)]
    assert len(found) > 100
    assert all(value is None or isinstance(value, str) for value in found)


def test_times_carry_their_offset(midday: tuple[View, Settings]) -> None:
    """Every time can be read back as an aware one."""
    document = to_json(midday[0])

    times = [value for name, value in _leaves(document) if name in {"at", "since", "opens", "closes", "planned_at"}]
    assert len(times) > 50
    assert all(datetime.fromisoformat(value).tzinfo is not None for value in times if value is not None)


def test_reasons_are_codes_and_states_are_values() -> None:
    """A reason is named by its code; a state by its value."""
    document = to_json(made.troubled_view())

    assert document["engine"]["state"] == "halted"
    assert document["engine"]["reason"] == "RECONCILIATION_BREAK"
    assert document["strategist"]["decision"]["verdicts"][1]["reason"] == "TOO_SOON"
    assert document["machines"]["engine"] == {"halted": 1}


def test_records_name_their_kind(midday: tuple[View, Settings]) -> None:
    """Each row of the journal says what it is."""
    ledger = to_json(midday[0])["ledger"]

    assert {row["kind"] for row in ledger["decisions"]} == {"DecisionTaken"}
    assert "ExecutionBooked" in {row["kind"] for row in ledger["tail"]}


def test_a_number_that_is_none_becomes_null(midday: tuple[View, Settings]) -> None:
    """NaN and infinity have no place in JSON."""
    view = midday[0]
    assert view.market is not None

    document = to_json(replace(view, market=replace(view.market, minute_sd=float("nan"), total_sd=float("inf"))))

    assert document["market"]["minute_sd"] is None
    assert document["market"]["total_sd"] is None


def _leaves(value: Any, name: str = "") -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [leaf for key, each in value.items() for leaf in _leaves(each, key)]
    if isinstance(value, list):
        return [leaf for each in value for leaf in _leaves(each, name)]
    return [(name, value)]
