"""Scenario files, and when their steps are played."""

from __future__ import annotations

from pathlib import Path

import pytest

from lottogrid.errors import BadInput, Missing
from lottogrid.gateway.script import read
from tests.gateway.made import Made, errors

GOOD = """
[[step]]
at = 09:31:00
do = "notice"
code = 2110

[[step]]
on = "order"
skip = 1
after = 5
do = "drop"
"""


def written(folder: Path, text: str) -> Path:
    """Return a file with this text."""
    path = folder / "scenario.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_is_read_into_steps(tmp_path: Path) -> None:
    """Times as TOML writes them, the rest by name."""
    first, second = read(written(tmp_path, GOOD))

    assert (first.at and first.at.isoformat(), second.skip, second.after.total_seconds()) == ("09:31:00", 1, 5)


@pytest.mark.parametrize(
    "text",
    [
        "step = 1",
        "[[step]]\ndo = 'drop'",
        "[[step]]\ndo = 'drop'\non = 'order'\nat = '09:31:00'",
        "[[step]]\ndo = 'drop'\non = 'never'",
        "[[step]]\ndo = 'drop'\nat = 'noon'",
        "[[step]]\ndo = 'drop'\non = 'order'\nafter = -1",
        "[[step]]\ndo = 'nothing'\non = 'order'",
        "[[steps]]\ndo = 'drop'\non = 'order'",
        "no toml",
    ],
)
def test_a_file_with_a_mistake_is_refused(tmp_path: Path, text: str) -> None:
    """Before anything is served."""
    with pytest.raises(BadInput):
        read(written(tmp_path, text))


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    """It is missing, not wrong."""
    with pytest.raises(Missing, match="nowhere"):
        read(tmp_path / "nowhere.toml")


def test_a_step_is_played_at_its_time_of_day() -> None:
    """New York time, once."""
    made = Made(steps=[{"at": "09:31:00", "do": "notice", "code": 2110}])
    client = made.client()

    made.wait(59)
    assert client.read() == []
    made.wait(600)
    assert errors(client.read()) == [(-1, 2110)]


@pytest.mark.parametrize("occasion", ["order", "modify", "cancel", "fill"])
def test_a_step_is_played_on_its_occasion_once(occasion: str) -> None:
    """After as many as it skips, and as late as it says."""
    made = Made(steps=[{"on": occasion, "skip": 1, "after": 5, "do": "notice", "code": 2110}])
    client = made.client()
    told = []
    for order_id in (1, 3, 5):
        client.place(order_id, made.call(), lmtPrice="0.05")
        client.place(order_id, made.call(), lmtPrice="0.10")
        client.say("cancelOrder", orderId=order_id)
        client.place(order_id + 1, made.call(), orderType="MKT")
        made.wait(10)
        told.append((-1, 2110) in errors(client.read()))

    assert told.count(True) == 1


def test_a_connection_is_an_occasion() -> None:
    """For what goes wrong at once."""
    made = Made(steps=[{"on": "connect", "do": "lose", "request": "reqPositions"}])
    client = made.client()

    assert client.ask("reqPositions") == []
