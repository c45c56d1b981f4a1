"""Comparing layouts: what differs is named by its field, and what must differ is not."""

from __future__ import annotations

from typing import Any

import pytest

from lottogrid.gateway.comparing import KindReport, Report, compare, type_of
from lottogrid.gateway.fields import UNSET_DOUBLE
from lottogrid.gateway.outgoing import OUTGOING

VERSION = 176


def message(name: str, **values: Any) -> list[str]:
    """Return a message as the gateway writes it."""
    return OUTGOING[name].write(values, VERSION)


STATUS = message("orderStatus", orderId=5, status="Submitted", filled=0, remaining=1)
OTHER = message("orderStatus", orderId=9, status="Filled", filled=2, remaining=0, avgFillPrice="2.55", permId=100)


def compared(recorded: list[list[str]], replayed: list[list[str]]) -> Report:
    """Return the comparison of messages of one version."""
    return compare([(VERSION, one) for one in recorded], [(VERSION, one) for one in replayed])


def only(report: Report) -> KindReport:
    """Return the report on the one kind there is."""
    (found,) = report.kinds
    return found


def test_values_may_differ() -> None:
    """Numbers, prices and states are those of the day."""
    report = compared([STATUS], [OTHER, OTHER])

    assert report.is_same
    assert (only(report).name, only(report).recorded, only(report).replayed) == ("orderStatus", 1, 2)
    assert only(report).differences == ()


@pytest.mark.parametrize(
    ("doctored", "said"),
    [
        (STATUS[:-1], "fewer fields than the table has: 11"),
        ([*STATUS, "1"], "1 more fields than the table has: 13"),
        ([*STATUS[:3], "none", *STATUS[4:]], "filled: recorded a text, replayed a number"),
        ([*STATUS[:3], "", *STATUS[4:]], "filled: recorded nothing, replayed a number"),
        ([*STATUS[:3], UNSET_DOUBLE, *STATUS[4:]], "filled: recorded an unset number, replayed a number"),
        ([*STATUS[:1], *STATUS[2:], "0"], "status: recorded a number, replayed a text"),
    ],
)
def test_a_doctored_message_is_named_by_its_field(doctored: list[str], said: str) -> None:
    """One too few, one too many, another type, or all of them moved by one."""
    report = compared([doctored], [STATUS])

    assert not report.is_same
    assert said in only(report).differences


def test_a_field_that_is_sometimes_empty_agrees_with_one_that_never_is() -> None:
    """What the two servers have in common is enough."""
    held = message("orderStatus", orderId=5, status="PreSubmitted", filled=0, remaining=1, whyHeld="trigger")

    assert compared([STATUS, held], [held]).is_same


def test_an_empty_table_agrees_with_a_full_one() -> None:
    """A day may have no combos, and a chain another number of strikes."""
    bars = [{"date": "1", "open": 1, "high": 1, "low": 1, "close": 1}]
    one = message("historicalData", reqId=1, start="20250409 09:30:00", end="20250409 10:00:00", bars=bars)
    none = message("historicalData", reqId=1, start="20250409 09:30:00", end="20250409 10:00:00")

    assert compared([one], [none]).is_same
    assert compared([none], [one]).is_same


def test_fields_that_only_one_server_sends_are_a_difference() -> None:
    """A layout may branch on another field's value."""
    plain = message("openOrder", orderId=1)
    neutral = message("openOrder", orderId=1, deltaNeutralOrderType="")

    assert "deltaNeutralConId: only in what was recorded" in only(compared([plain], [neutral])).differences
    assert "deltaNeutralConId: only in what was replayed" in only(compared([neutral], [plain])).differences


def test_kinds_that_only_one_server_has_sent_are_noted_and_no_difference() -> None:
    """A fill of that day need not happen again; a message that nobody knows is named by its number."""
    report = compared([STATUS, ["250", "1"]], [message("nextValidId", orderId=1)])

    assert report.is_same
    assert [(kind.name, kind.notes) for kind in report.kinds] == [
        ("orderStatus", ("recorded alone",)),
        ("nextValidId", ("replayed alone",)),
        ("message 250", ("the gateway has no such message",)),
    ]


def test_a_misfit_is_told_even_where_the_gateway_was_silent() -> None:
    """The table is known without an answer."""
    assert not compared([STATUS[:-1]], []).is_same


def test_words_that_differ_are_noted() -> None:
    """An exchange's name may be a finding; it is no other layout."""
    theirs, ours = (message("position", exchange=name, currency="USD") for name in ("GLOBEX", "CME"))
    report = compared([theirs], [ours])

    assert report.is_same
    assert only(report).notes == ("exchange: recorded GLOBEX, replayed CME",)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("", "nothing"),
        ("-2.5", "a number"),
        ("1E-7", "a number"),
        ("NaN", "a text"),
        (UNSET_DOUBLE, "an unset number"),
        ("2147483647", "an unset number"),
        ("20250409 09:30:00 America/New_York", "a time"),
        ("20250409  19:38:31", "a time"),
        ("09:30", "a time"),
        ("DAY", "a text"),
    ],
)
def test_what_a_field_holds(value: str, kind: str) -> None:
    """Enough to notice that fields have moved."""
    assert type_of(value) == kind
