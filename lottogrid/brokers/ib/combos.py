"""Several orders of ours that are one at the broker: how such a one is sent, and what of it belongs to which.

A combo is a contract of type BAG that names its legs by number. It is directed to the legs' own exchange, where it is
guaranteed: both legs or none. That it is filled leg by leg all the same is provided for, as nobody has seen it.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from lottogrid.brokers.ib.client_library import Library
from lottogrid.brokers.ib.contracts import Contracts, Listed
from lottogrid.brokers.ib.known import Part
from lottogrid.orders import Combo, OrderIntent, Side, leg_ref


def legs_of(order: OrderIntent | Combo) -> tuple[OrderIntent, ...]:
    """Return the orders of ours that an order at the broker is made of: itself, or a combo's legs."""
    return order.legs if isinstance(order, Combo) else (order,)


def parts_of(order: OrderIntent | Combo) -> tuple[Part, ...]:
    """Return what is to be known of an order of ours."""
    return tuple(
        Part(ref=leg.ref, contract=leg.contract, side=leg.side, quantity=leg.quantity, limit=leg.limit_price)
        for leg in legs_of(order)
    )


def limit_of(order: OrderIntent | Combo, listed: Sequence[Listed]) -> Decimal | None:
    """Return the limit that an order carries, points.

    A combo's is the sum of its legs' limits, rounded down to their grid at that price: on which grid combos are priced
    the broker does not tell.
    """
    if isinstance(order, Combo):
        return min(each.ladder.floor(order.limit_price) for each in listed)
    return order.limit_price


def contract_of(order: OrderIntent | Combo, listed: Sequence[Listed], library: Library) -> Any:
    """Return the contract that an order trades, as the library wants it."""
    first = listed[0].contract
    if not isinstance(order, Combo):
        return first
    legs = [
        library.combo_leg(conId=each.contract.conId, ratio=1, action=leg.side.value, exchange=first.exchange)
        for leg, each in zip(order.legs, listed, strict=True)
    ]
    return library.contract(
        secType="BAG", symbol=first.symbol, exchange=first.exchange, currency=first.currency, comboLegs=legs
    )


def parts_told(
    contracts: Contracts, ref: str, contract: Any, *, action: str, quantity: int, limit: Decimal | None
) -> tuple[Part, ...] | None:
    """Return what an order that the broker tells of is made of.

    The legs of a combo are told in the order in which they were sent. None for other instruments, and where a leg's
    number has to be looked up first.
    """
    option = contracts.option_of(contract)
    if option is not None:
        return (Part(ref=ref, contract=option, side=Side(action), quantity=quantity, limit=limit),)
    if not contracts.is_combo(contract):
        return None
    found = []
    for number, leg in enumerate(contract.comboLegs, start=1):
        named = contracts.numbered(leg.conId)
        if named is not None:
            side = Side.BUY if leg.action == action else Side.SELL
            part = Part(ref=leg_ref(ref, number), contract=named, side=side, quantity=quantity * leg.ratio, limit=None)
            found.append(part)
    return tuple(found) if found and len(found) == len(contract.comboLegs) else None
