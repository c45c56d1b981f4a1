"""Contracts and their specifications."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lottogrid.errors import BadInput
from lottogrid.market.contracts import SPECS, OptionContract, Right, spec_of

strikes = st.integers(1, 40000).map(lambda quarter: Decimal(quarter) / 4)
options = st.builds(
    OptionContract,
    symbol=st.sampled_from(sorted(SPECS)),
    expiry=st.dates(date(2020, 1, 1), date(2035, 12, 31)),
    right=st.sampled_from(Right),
    strike=strikes,
)


@pytest.mark.parametrize(
    ("strike", "key"),
    [("5200", "MES-20250409-C-5200"), ("5200.00", "MES-20250409-C-5200"), ("5202.50", "MES-20250409-C-5202.5")],
)
def test_the_key_is_one_word_without_needless_zeros(strike: str, key: str) -> None:
    """The same strike gives the same key however it was written, never in powers of ten."""
    option = OptionContract(symbol="MES", expiry=date(2025, 4, 9), right=Right.CALL, strike=Decimal(strike))

    assert option.key == str(option) == key


@given(options, options)
def test_keys_tell_contracts_apart(one: OptionContract, other: OptionContract) -> None:
    """Two contracts have one key if and only if they are the same."""
    assert (one.key == other.key) == (one == other)


@given(options, strikes)
def test_intrinsic_value_is_the_gain_of_exercise(option: OptionContract, underlying: Decimal) -> None:
    """It is never negative, and that of the call less that of the put is the distance to the strike."""
    call, put = (
        OptionContract(symbol=option.symbol, expiry=option.expiry, right=right, strike=option.strike)
        for right in (Right.CALL, Right.PUT)
    )

    assert call.intrinsic(underlying) >= 0
    assert put.intrinsic(underlying) >= 0
    assert call.intrinsic(underlying) - put.intrinsic(underlying) == underlying - option.strike


def test_the_micro_contract_is_as_the_exchange_lists_it() -> None:
    """MES: 5 dollars a point, quarter-point futures, options on futures delivered into the future."""
    spec = spec_of("MES")

    assert (spec.multiplier, spec.underlying_tick) == (Decimal(5), Decimal("0.25"))
    assert (spec.security_type, spec.exchange, spec.cash_settled) == ("FOP", "CME", False)


def test_every_specification_stands_under_its_symbol() -> None:
    """The table's keys are the symbols, and strikes lie on the grid of the underlying."""
    for symbol, spec in SPECS.items():
        assert spec_of(symbol) is spec
        assert spec.symbol == symbol
        assert spec.strike_step % spec.underlying_tick == 0


def test_an_unknown_symbol_is_refused_with_the_known_ones() -> None:
    """The message lists what can be traded."""
    with pytest.raises(BadInput, match="expected one of MES, ES, MNQ, SPX, SPY, found 'mes'"):
        spec_of("mes")
