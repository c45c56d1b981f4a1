"""Numbers, times, words and codes of the gateway in our terms."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lottogrid.brokers.ib import values
from lottogrid.brokers.ib.codes import REACTIONS, Reaction, is_known, reaction_to, state_of
from lottogrid.brokers.ib.hours import hours_of
from lottogrid.brokers.ib.settings import IbSettings, Mode
from lottogrid.errors import BadInput
from lottogrid.orders import OrderState

UNSET_DOUBLE = 1.7976931348623157e308


@pytest.mark.parametrize(
    "unset", [None, "", float("nan"), float("inf"), UNSET_DOUBLE, -UNSET_DOUBLE, 2147483647, 9223372036854775807, "x"]
)
def test_no_unset_number_comes_through(unset: Any) -> None:
    """What IB means by nothing is None, never a number."""
    assert values.number(unset) is None
    assert values.price(unset) is None
    assert values.whole(unset) is None


@pytest.mark.parametrize("absent", [-1.0, 0.0, -0.05])
def test_a_price_that_is_none_is_absent(absent: float) -> None:
    """-1 and 0 mean that nobody quotes."""
    assert values.price(absent) is None


@settings(deadline=None, max_examples=200)
@given(st.integers(1, 10**7))
def test_a_price_is_the_decimal_that_it_was_written_as(ticks: int) -> None:
    """A float of some hundredths becomes the exact decimal, in plain digits."""
    exact = Decimal(ticks).scaleb(-2)
    assert values.price(float(exact)) == exact
    assert "E" not in str(values.price(float(exact)))


def test_a_whole_price_carries_no_point() -> None:
    """5200.0 is written 5200, so that one strike has one name."""
    assert str(values.number(5200.0)) == "5200"


def test_half_a_contract_is_refused() -> None:
    """A count that is a fraction is not understood."""
    with pytest.raises(BadInput):
        values.whole(0.5)


@pytest.mark.parametrize("naive", [datetime(2025, 4, 9, 15, 30), date(2025, 4, 9), "20250409"])  # noqa: DTZ001
def test_a_time_without_a_zone_is_refused(naive: Any) -> None:
    """Nothing is guessed about time zones."""
    with pytest.raises(BadInput):
        values.instant(naive)


def test_times_and_days_are_read() -> None:
    """Seconds since 1970 are an instant in UTC, and a last trading day is a day whatever stands behind it."""
    assert values.epoch("1744205400") == datetime(2025, 4, 9, 13, 30, tzinfo=UTC)
    assert values.day("20250409 15:00:00 US/Central") == date(2025, 4, 9)
    with pytest.raises(BadInput):
        values.epoch("20250409 09:30:00")
    with pytest.raises(BadInput):
        values.day("202504")


def test_trading_hours_are_read_in_their_zone() -> None:
    """Spans may reach over midnight; closed days are left out."""
    hours = hours_of("20250408:1700-20250409:1600;20250411:CLOSED", "America/Chicago")
    assert hours.is_open(datetime(2025, 4, 9, 20, 59, tzinfo=UTC))
    assert not hours.is_open(datetime(2025, 4, 9, 21, 0, tzinfo=UTC))
    with pytest.raises(BadInput):
        hours_of("all day", "America/Chicago")


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("ApiPending", OrderState.SENT),
        ("PendingSubmit", OrderState.SENT),
        ("PreSubmitted", OrderState.WORKING),
        ("Submitted", OrderState.WORKING),
        ("PendingCancel", OrderState.CANCELLING),
        ("ApiCancelled", OrderState.CANCELLED),
        ("Cancelled", OrderState.CANCELLED),
        ("Filled", OrderState.FILLED),
        ("Inactive", OrderState.REJECTED),
        ("ValidationError", OrderState.UNKNOWN),
        ("", OrderState.UNKNOWN),
    ],
)
def test_statuses_are_translated(status: str, state: OrderState) -> None:
    """Each word of the gateway has one meaning; an unknown one is no status."""
    assert state_of(status) is state


@pytest.mark.parametrize(
    ("reaction", "codes"),
    [
        (Reaction.PACING, [100]),
        (Reaction.LINE_LIMIT, [101]),
        (Reaction.DUPLICATE_ID, [103]),
        (Reaction.REFUSED, [109, 110, 201, 387, 10043]),
        (Reaction.NOT_CANCELLED, [161, 10147, 10148]),
        (Reaction.FAILED, [102, 162, 200, 300, 320, 321]),
        (Reaction.ID_TAKEN, [326]),
        (Reaction.NOT_LIVE, [354, 10167, 10197]),
        (Reaction.CUT_OFF, [1100, 2110]),
        (Reaction.RESTORED, [1101, 1102]),
        (Reaction.RECONNECT, [1300]),
        (Reaction.DATA_BROKEN, [2103]),
        (Reaction.DATA_OK, [2104]),
        (Reaction.HISTORY_BROKEN, [2105]),
        (Reaction.HISTORY_OK, [2106]),
        (Reaction.LINE_LOST, [10182]),
        (Reaction.NOTE, [104, 105, 165, 202, 329, 399, 404, 434, 492, 2102, 2107, 2108, 2109, 2158, 10349]),
    ],
)
def test_each_code_has_its_reaction(reaction: Reaction, codes: list[int]) -> None:
    """The table of codes is the documented one."""
    assert {reaction_to(code) for code in codes} == {reaction}
    assert all(is_known(code) for code in codes)


def test_an_unknown_code_is_a_note() -> None:
    """What is not known ends nothing."""
    assert 4711 not in REACTIONS
    assert reaction_to(4711) is Reaction.NOTE
    assert not is_known(4711)


@pytest.mark.parametrize(
    "wrong",
    [
        {"port": 4001},
        {"port": 7496},
        {"mode": Mode.LIVE, "port": 4002, "account": "U1"},
        {"mode": Mode.LIVE, "port": 4001},
        {"mode": Mode.LIVE, "port": 4001, "account": "DU1"},
        {"account": "U1"},
        {"client_id": 0},
    ],
)
def test_settings_that_contradict_each_other_are_refused(tmp_path: Any, wrong: dict[str, Any]) -> None:
    """Mode, port and account agree, and the client id is one that binds no orders entered by hand."""
    with pytest.raises(BadInput):
        IbSettings(state_file=tmp_path / "ids", **wrong)


@pytest.mark.parametrize(
    ("account", "offered", "chosen"),
    [("", ["DU1"], "DU1"), ("DU2", ["DU1", "DU2"], "DU2"), ("", ["DU1", "DU2"], None), ("", [], None)],
)
def test_one_account_is_chosen_or_none(tmp_path: Any, account: str, offered: list[str], chosen: str | None) -> None:
    """Where several could be meant, one must be named."""
    settings = IbSettings(state_file=tmp_path / "ids", account=account)
    if chosen is None:
        with pytest.raises(BadInput, match="name it"):
            settings.choose_account(offered)
    else:
        assert settings.choose_account(offered) == chosen
