"""Arrays of positions as trades: what the replay would have read from its ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from lottogrid.backtest.closing import Exits, How
from lottogrid.backtest.positions import Positions
from lottogrid.backtest.terms import Terms
from lottogrid.market.contracts import Right
from lottogrid.trades import Trade, TradeLeg

_RIGHTS = (Right.CALL, Right.PUT)
_Leg = tuple[Right, int, int, int, int, int, int]
"""Right, strike, what was paid, and the exit's four figures."""


def trades_of(terms: Terms, positions: Positions, exits: Exits) -> Iterator[Trade]:
    """Yield the positions as trades, in the order of their planning."""
    heads = positions.rows, positions.columns, positions.level, positions.number
    bodies = positions.strike, positions.paid, exits.how, exits.columns, exits.late, exits.cents
    for row, column, level, number, *legs in zip(*(each.tolist() for each in (*heads, *bodies)), strict=True):
        entered = terms.market.tape.instant(row, column) + terms.timing.entry
        day = terms.market.tape.sessions[row].day.date
        made = tuple(_leg(terms, row, entered, leg) for leg in zip(_RIGHTS, *legs, strict=True))
        yield _trade(terms, f"LG-{day:%Y%m%d}-{number:03d}", terms.rules.multiples[level], made)


def _leg(terms: Terms, row: int, entered: datetime, leg: _Leg) -> TradeLeg:
    right, strike, paid, how, column, late, cents = leg
    price = terms.cents.dollars(cents) / terms.market.spec.multiplier
    return TradeLeg(
        right=right,
        strike=strike * terms.market.spec.strike_step,
        quantity=terms.rules.quantity,
        entry_price=terms.market.grid.price(paid),
        entry_at=entered,
        exit_price=price,
        exit_at=terms.market.tape.instant(row, column) + timedelta(microseconds=late),
        exit_reason=_reason(how, price),
    )


def _trade(terms: Terms, name: str, level: Decimal, legs: tuple[TradeLeg, ...]) -> Trade:
    a_point = terms.market.spec.multiplier * terms.rules.quantity
    premium = sum((leg.entry_price for leg in legs), Decimal(0)) * a_point
    gain = sum((leg.exit_price for leg in legs), Decimal(0)) * a_point - premium
    charged = sum(1 + (leg.exit_reason in {"target", "flatten"}) for leg in legs)
    commission = charged * terms.rules.commission_usd * terms.rules.quantity
    return Trade(
        id=name,
        opened_at=legs[0].entry_at,
        closed_at=max(leg.exit_at for leg in legs),
        level=level,
        legs=legs,
        premium=premium,
        commission=commission,
        pnl=gain - commission,
    )


def _reason(how: int, price: Decimal) -> str:
    if how == How.TARGET:
        return "target"
    if how == How.FLATTEN:
        return "flatten"
    return "exercised" if price else "expired"
