"""How numbers and times are written, and records told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.view import View
from lottogrid.ledger import records
from lottogrid.risk.reasons import Reason
from lottogrid.settings import Settings
from web import journal, text

_NOW = datetime(2025, 4, 9, 16, 0, tzinfo=UTC)
_AMOUNTS = st.decimals(min_value=-100_000, max_value=100_000, places=4)


@settings(max_examples=200)
@given(_AMOUNTS)
def test_money_says_the_cents_and_the_sign(amount: Decimal) -> None:
    """What is written is the amount to the nearest cent, and its sign is the tone's."""
    written = text.money(amount).replace(text.MINUS, "-").replace("$", "").replace(",", "")

    assert abs(Decimal(written) - amount) <= Decimal("0.005")
    assert text.gain(amount).startswith("+") is (text.tone(amount) == "up")


def test_unknown_is_a_word() -> None:
    """None is never a number."""
    assert {text.money(None), text.gain(None), text.points(None), text.ratio(None), text.span(None)} == {"unknown"}
    assert text.tone(None) == "unknown"


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        ("2.6", "2.60"),
        ("0", "0.00"),
        ("6194", "6194.00"),
        ("0.125", "0.125"),
        ("-1.5", "\N{MINUS SIGN}1.50"),
        ("-0.0", "0.00"),
        ("4.10", "4.10"),
    ],
)
def test_a_price_is_exact_and_has_two_decimals(price: str, expected: str) -> None:
    """One below the other they can be compared; what is finer than a cent is not rounded away."""
    assert text.points(Decimal(price)) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "0 s"), (59, "59 s"), (61, "1 min 01 s"), (3725, "1 h 02 min"), (180_000, "2 d 2 h"), (-90, "1 min 30 s")],
)
def test_a_span_has_at_most_two_units(seconds: int, expected: str) -> None:
    """Short times are exact, long ones readable."""
    assert text.span(timedelta(seconds=seconds)) == expected


def test_a_moment_of_another_day_carries_its_date() -> None:
    """A bare time of day is today's in New York."""
    assert text.moment(_NOW, _NOW) == "12:00:00"
    assert text.moment(_NOW - timedelta(days=1), _NOW) == "08 Apr 12:00"


def test_every_kind_of_record_can_be_told() -> None:
    """No record of the journal is without words."""
    assert set(journal._WORDS) == set(get_args(records.Record))


def test_the_records_of_a_day_are_told_in_words(midday: tuple[View, Settings]) -> None:
    """A real journal reads as sentences: entries, orders, executions, commissions, marks."""
    view = midday[0]
    assert view.ledger is not None

    told = " | ".join(journal.line(each, view.at).text for each in (*view.ledger.tail, *view.ledger.decisions))

    for words in ("bought 1 MES-", "intended: target, sell 1", "in options", "no entry: TOO_SOON", "planned:"):
        assert words in told
    assert "Decimal(" not in told


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (records.HaltSet(at=_NOW, reason=Reason.LOSS_LIMIT, detail="x"), "LOSS_LIMIT): x"),
        (records.HaltCleared(at=_NOW, reason=Reason.OPERATOR, by="ann"), "halt ended by ann"),
        (records.Reconciled(at=_NOW, repaired=("a fill",), breaks=()), "repaired from the broker's book: a fill"),
        (records.Reconciled(at=_NOW, repaired=(), breaks=("2 <> 1",)), "the books differ: 2 <> 1"),
        (
            records.EngineMoved(at=_NOW, trigger="halt", before="running", after="halted", reason=Reason.OPERATOR),
            "running → halted on halt, asked for by the operator (OPERATOR)",
        ),
    ],
)
def test_a_record_says_what_happened(record: records.Record, expected: str) -> None:
    """States, reasons and causes are named."""
    assert expected in journal.line(record, _NOW).text
