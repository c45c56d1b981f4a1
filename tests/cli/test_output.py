"""Domain values as text and as JSON."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from lottogrid.cli.output import hour, moment, money, number, plain
from lottogrid.market.contracts import OptionContract, Right
from lottogrid.orders import Side
from lottogrid.risk.reasons import Reason
from lottogrid.risk.verdict import verdict

OPEN = datetime(2026, 1, 5, 14, 30, tzinfo=UTC)


def test_values_in_json_are_exact_and_in_new_york_time() -> None:
    """Reasons by their codes, other states by their values."""
    contract = OptionContract(symbol="MES", expiry=date(2026, 1, 5), right=Right.CALL, strike=Decimal("6300.0"))
    assert plain((Decimal("0.10"), Decimal("0E-9"), Decimal("1E+2"))) == ["0.1", "0", "100"]
    assert plain([OPEN, OPEN.date(), None, True]) == ["2026-01-05T09:30:00-05:00", "2026-01-05", None, True]
    assert plain((contract, Side.BUY)) == ["MES-20260105-C-6300", "BUY"]
    assert plain(verdict("rule", "1", "< 1", Reason.TOO_SOON))["reason"] == "TOO_SOON"


def test_a_value_without_a_form_is_refused() -> None:
    """It is not written as whatever `str` says."""
    with pytest.raises(TypeError, match="no JSON form"):
        plain(object())


@pytest.mark.parametrize(
    ("amount", "text"),
    [(Decimal("1234.5"), "$1,234.50"), (Decimal("-0.62"), "-$0.62"), (0.0, "$0.00"), (None, "–")],  # noqa: RUF001
)
def test_money_has_its_sign_before_the_dollar(amount: Decimal | float | None, text: str) -> None:
    """Unknown is a dash, never 0."""
    assert money(amount) == text


def test_unknown_is_a_dash_and_times_are_new_yorks() -> None:
    """On every kind of value."""
    assert {number(None), hour(None), moment(None)} == {"–"}  # noqa: RUF001
    assert (number(Decimal("5.50")), hour(OPEN), moment(OPEN)) == ("5.5", "09:30:00", "2026-01-05 09:30:00 ET")
