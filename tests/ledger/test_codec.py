"""Records as JSON and back."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from freezegun import freeze_time
from hypothesis import given, settings
from hypothesis import strategies as st

from lottogrid.errors import BadInput
from lottogrid.ledger.codec import KINDS, decode, encode
from lottogrid.ledger.records import DayOpened, EquityMarked, HaltSet, Noted, OrderMoved
from lottogrid.risk.reasons import Reason
from tests.ledger.builders import DAY, NOON, booked, intended, planned

_ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=20),
    int: st.integers(),
    bool: st.booleans(),
    Decimal: st.decimals(allow_nan=False, allow_infinity=False),
    datetime: st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=_ZONES),  # noqa: DTZ001
    date: st.dates(),
}


def _values(hint: Any) -> st.SearchStrategy[Any]:
    if get_origin(hint) is UnionType:
        return st.one_of([_values(arm) if arm is not type(None) else st.none() for arm in get_args(hint)])
    if get_origin(hint) is tuple:
        return st.lists(_values(get_args(hint)[0]), max_size=3).map(tuple)
    if is_dataclass(hint):
        hints = get_type_hints(hint)
        return st.builds(hint, **{field.name: _values(hints[field.name]) for field in fields(hint)})
    return st.sampled_from(list(hint)) if issubclass(hint, Enum) else _PLAIN[hint]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_every_record_survives_the_round_trip(kind: Any, data: st.DataObject) -> None:
    """What was encoded is decoded to an equal record, whatever its fields hold."""
    record = data.draw(_values(kind))

    name, _, payload = encode(record)

    assert decode(name, payload) == record


def test_decimals_keep_their_digits_and_times_become_utc() -> None:
    """Trailing zeros survive, and an offset is turned into UTC."""
    eastern = datetime(2025, 4, 9, 12, tzinfo=timezone(timedelta(hours=-4)))
    record = EquityMarked(
        at=eastern, realised_usd=Decimal("0.10"), open_value_usd=Decimal(0), equity_usd=Decimal("1E+3")
    )

    _, _, payload = encode(record)
    again = decode("EquityMarked", payload)

    assert '"2025-04-09T16:00:00+00:00"' in payload
    assert isinstance(again, EquityMarked)
    assert (str(again.realised_usd), str(again.equity_usd), again.at.tzinfo) == ("0.10", "1E+3", UTC)


def test_enums_are_written_by_name() -> None:
    """A reworded reason does not make old journals unreadable."""
    _, _, payload = encode(HaltSet(at=NOON, reason=Reason.OPERATOR, detail=""))

    assert '"reason":"OPERATOR"' in payload


def test_the_subject_is_what_the_record_is_about() -> None:
    """Positions, orders and executions can each be looked up in the journal."""
    order = intended()
    records = (planned(), order, booked(order, "E-1"), Noted(at=NOON, actor="a", kind="k", text="t"))

    assert [encode(record)[1] for record in records] == ["LG-20250409-001", "LG-20250409-001-1-1", "E-1", ""]


@pytest.mark.parametrize(
    "record",
    [
        DayOpened(at=NOON, trading_date=DAY, baseline_usd=Decimal("NaN")),
        DayOpened(at=NOON, trading_date=DAY, baseline_usd=Decimal("-Infinity")),
        DayOpened(at=NOON, trading_date=DAY, baseline_usd=5000.0),  # type: ignore[arg-type]
        DayOpened(at=NOON.replace(tzinfo=None), trading_date=DAY, baseline_usd=Decimal(1)),
        DayOpened(at=NOON, trading_date=NOON, baseline_usd=Decimal(1)),
        DayOpened(at=NOON, trading_date=None, baseline_usd=Decimal(1)),  # type: ignore[arg-type]
        Noted(at=NOON, actor="a", kind="k", text="\ud800"),
        Noted(at=NOON, actor="a", kind="k", text=7),  # type: ignore[arg-type]
        HaltSet(at=NOON, reason="OPERATOR", detail=""),  # type: ignore[arg-type]
    ],
)
def test_what_is_not_exact_is_refused(record: Any) -> None:
    """NaN, floats, naive times and wrong types never reach the file."""
    with pytest.raises(BadInput, match="expected"):
        encode(record)


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("Nonsense", "{}"),
        ("Noted", "{"),
        ("Noted", "[]"),
        ("Noted", '{"at":"2025-04-09T16:00:00+00:00","actor":"a","kind":"k"}'),
        ("Noted", '{"at":"2025-04-09T16:00:00+00:00","actor":"a","kind":"k","text":"t","more":1}'),
        ("Noted", '{"at":"2025-04-09T16:00:00","actor":"a","kind":"k","text":"t"}'),
        ("HaltCleared", '{"at":"2025-04-09T16:00:00+00:00","reason":"NO_SUCH","by":"me"}'),
        ("CommissionBooked", '{"at":"2025-04-09T16:00:00+00:00","exec_id":"E","commission":0.62}'),
    ],
)
def test_a_payload_that_is_no_record_is_refused(kind: str, payload: str) -> None:
    """Unknown kinds, missing and unknown fields, and numbers that were rounded are refused."""
    with pytest.raises(BadInput, match="record"):
        decode(kind, payload)


def test_a_field_that_is_absent_takes_its_default() -> None:
    """A journal from before a field was added can still be read."""
    payload = '{"at":"2025-04-09T16:00:00+00:00","ref":"r","trigger":"send","before":"intended","after":"sent"}'

    assert decode("OrderMoved", payload) == OrderMoved(
        at=NOON, ref="r", trigger="send", before="intended", after="sent"
    )


def test_records_survive_under_frozen_time() -> None:
    """The codec works where the datetime class has been replaced."""
    with freeze_time("2025-04-09T16:00:00Z"):
        record = Noted(at=datetime.now(UTC), actor="a", kind="k", text="t")  # noqa: TID251
        name, _, payload = encode(record)

        assert decode(name, payload) == record
