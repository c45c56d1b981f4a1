"""The control port's conversation."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lottogrid.gateway.control import Control
from tests.gateway.made import Made
from tests.gateway.test_orders import bought


def said(control: Control, line: str) -> dict[str, Any]:
    """Send a line and return the answer."""
    control.receive(line.encode() + b"\n")
    found: dict[str, Any] = json.loads(control.output.popleft())
    return found


def test_an_action_is_done_and_confirmed() -> None:
    """One object, one answer."""
    made = Made()

    assert said(Control(made.hub), '{"do": "halt"}') == {"ok": True}
    assert made.hub.faults.is_halted


@pytest.mark.parametrize("line", ["{", "[]", "1", '{"do": 1}', '{"do": "explode"}', '{"do": "drop", "x": 1}', "\xff"])
def test_nonsense_is_answered_and_changes_nothing(line: str) -> None:
    """The connection stays."""
    control = Control(Made().hub)

    assert said(control, line)["ok"] is False
    assert control.closed_for is None


def test_status_is_what_a_client_s_books_are_compared_with() -> None:
    """Positions, orders, executions and cash, to the cent."""
    made = Made()
    bought(made, made.client(7))

    found = said(Control(made.hub), '{"do": "status"}')

    assert found["clients"] == [7]
    assert found["positions"] == {"MES-20250409-C-6340": 2}
    assert found["cash"] == str(made.hub.cash)
    assert [one["status"] for one in found["orders"]] == ["Filled"]
    assert found["executions"][0]["commission"] == "1.24"


def test_lines_may_come_in_pieces_and_together() -> None:
    """As TCP delivers them."""
    control = Control(Made().hub)

    control.receive(b'{"do": "halt"}\n\n{"do": "sil')
    control.receive(b'ence"}\n')

    assert [json.loads(line) for line in control.output] == [{"ok": True}] * 2


def test_a_line_without_end_closes_the_connection() -> None:
    """Nobody may fill the gateway's memory."""
    control = Control(Made().hub)

    control.receive(b"x" * 70_000)

    assert control.closed_for == "its line is too long"


def test_help_names_every_action() -> None:
    """With its words."""
    assert "halt" in said(Control(Made().hub), '{"do": "help"}')["actions"]
