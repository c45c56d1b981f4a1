"""What log lines are about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from loguru import logger

from actors import messages as m
from actors.order_log import OrderLog, bound, of_order
from lottogrid.brokers import port as p
from lottogrid.cli import logs
from lottogrid.clock import VirtualClock
from lottogrid.ledger.records import OrderMoved
from lottogrid.settings import Settings, changed
from tests.web.made import NOON, stopped_day

REF = "LG-20261120-003-2-1"


@pytest.fixture
def lines() -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """Every line that is logged, with what is bound to it."""
    found: list[tuple[str, dict[str, Any]]] = []
    sink = logger.add(
        lambda message: found.append((message.record["message"], dict(message.record["extra"]))), level="INFO"
    )
    yield found
    logger.remove(sink)


@pytest.mark.parametrize(
    ("ref", "about"),
    [
        (REF, {"orderRef": REF, "position": "LG-20261120-003", "leg": "2"}),
        ("LG-20261120-003-C-1", {"orderRef": "LG-20261120-003-C-1", "position": "LG-20261120-003"}),
        ("LG-20261120-MES", {"orderRef": "LG-20261120-MES"}),
        ("LG-ESTOP-20261120160000-1", {"orderRef": "LG-ESTOP-20261120160000-1"}),
        ("foreign-17", {"orderRef": "foreign-17"}),
        ("", {}),
    ],
)
def test_a_reference_says_what_it_is_of(ref: str, about: dict[str, str]) -> None:
    """Position and leg stand in those of the journal's orders only."""
    assert of_order(ref) == about


def test_lines_inside_a_handler_are_bound(lines: list[tuple[str, dict[str, Any]]]) -> None:
    """To what the message is about, the broker's number included; not those after it, nor of other messages."""
    with bound(p.OrderAcknowledged(REF, "4711", NOON)):
        logger.info("inside")
    with bound(m.BookChanged()):
        logger.info("other")
    logger.info("after")

    (_, inside), *rest = lines
    assert inside | {"position": "LG-20261120-003", "leg": "2", "orderRef": REF, "permId": "4711"} == inside
    assert [about.keys() & {"position", "leg", "orderRef", "permId"} for _, about in rest] == [set(), set()]


def test_what_became_of_an_order_is_logged_with_its_number(lines: list[tuple[str, dict[str, Any]]]) -> None:
    """The broker says its number once; later lines bear it as well. What changes nothing is no line."""

    def moved(before: str, after: str, broker_id: str = "") -> OrderMoved:
        return OrderMoved(at=NOON, ref=REF, trigger="t", before=before, after=after, broker_id=broker_id)

    OrderLog().take_in(
        [moved("sent", "working", "4711"), moved("working", "working"), moved("working", "filled")],
    )

    assert [text for text, _ in lines] == ["order: sent -> working (t)", "order: working -> filled (t)"]
    assert {about["permId"] for _, about in lines} == {"4711"}
    assert {about["orderRef"] for _, about in lines} == {REF}
    assert lines[0][1]["leg"] == "2"


def test_the_lines_of_a_day_bear_what_they_are_about(tmp_path: Path) -> None:
    """From the first order to its fill, in the file, while the real actors trade."""
    settings = changed(Settings(), [f"storage.directory={tmp_path}"])
    with logs.files(settings, VirtualClock(NOON)):
        replay, _, _ = stopped_day(tmp_path, minutes=150)
        replay.stop()
    lines = (tmp_path / "logs" / "bot.log").read_text(encoding="utf-8").splitlines()
    of_first = [line.partition(" actors.order_log ")[2] for line in lines if "orderRef=LG-20250409-001-1-1" in line]
    about = "position=LG-20250409-001 leg=1 orderRef=LG-20250409-001-1-1"

    assert of_first[0] == f"{about}: order: intended -> sent (send)"
    assert re.fullmatch(rf"{about} permId=\S+: order: working -> filled \(fill\)", of_first[-1])
    assert any(
        re.fullmatch(rf"{about} permId=\S+: booked: BUY 1 MES-20250409-\w-\d+ at [\d.]+", each) for each in of_first
    )
