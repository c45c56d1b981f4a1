"""What orders may cost, and whether the account can pay for it.

An option that is bought costs its premium; nothing is sold short. A future costs a margin, as long as it is held or an
order could make it so. The money must suffice for every working order at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from lottogrid.gateway.tickets import Ticket
from lottogrid.orders import Side

if TYPE_CHECKING:
    from lottogrid.gateway.hub import Hub

FUTURE_MARGIN = Decimal("0.1")
"""Part of a future's worth that is its margin. Invented: the real one is set daily."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What an account must have for its futures and its working orders, dollars."""

    margin: Decimal
    """Premiums and margins."""
    commission: Decimal

    @property
    def total(self) -> Decimal:
        """Both."""
        return self.margin + self.commission


def working(hub: Hub, without: Ticket | None = None) -> list[Ticket]:
    """Return the orders that may still trade, but for one."""
    return [ticket for ticket in hub.tickets.living() if ticket is not without]


def requirement(hub: Hub, tickets: Iterable[Ticket]) -> Requirement:
    """Return what the account must have if `tickets` are its working orders."""
    asked = list(tickets)
    premiums = sum((_premium(hub, ticket) for ticket in asked), Decimal(0))
    fee = hub.exchange.profile.commission_per_contract
    paying = [ticket for ticket in asked if ticket.future is not None or _premium(hub, ticket) > 0]
    contracts = sum(ticket.remaining * ticket.contracts_each for ticket in paying)
    return Requirement(margin=premiums + future_margin(hub, asked), commission=fee * contracts)


def is_payable(hub: Hub, ticket: Ticket, known: Ticket | None = None) -> bool:
    """Return whether the account can pay for a new order, or for the new terms of `known`.

    What asks for no more than there was, such as a sale of what is held, is always taken.
    """
    others = working(hub, known)
    before, after = requirement(hub, working(hub)), requirement(hub, [*others, ticket])
    return after.margin <= before.margin or after.total <= hub.equity


def words(hub: Hub, ticket: Ticket, known: Ticket | None = None) -> str:
    """Return the text with which an order is refused that cannot be paid for."""
    needed = requirement(hub, [*working(hub, known), ticket]).total
    return (
        "Order rejected - reason:YOUR ORDER IS NOT ACCEPTED. IN ORDER TO OBTAIN THE DESIRED POSITION YOUR EQUITY WITH "
        f"LOAN VALUE [{hub.equity:.2f} USD] MUST EXCEED THE INITIAL MARGIN [{needed:.2f} USD]"
    )


def future_margin(hub: Hub, tickets: Iterable[Ticket] = ()) -> Decimal:
    """Return the margin of the future that is held, or of the most that orders in it could make of it, dollars."""
    held = hub.future_held
    bought = sold = 0
    for ticket in tickets:
        if ticket.future is not None and ticket.side is Side.BUY:
            bought += ticket.remaining
        elif ticket.future is not None:
            sold += ticket.remaining
    most = max(abs(held), abs(held + bought), abs(held - sold))
    return most * (hub.prices.last or Decimal(0)) * hub.exchange.spec.multiplier * FUTURE_MARGIN


def _premium(hub: Hub, ticket: Ticket) -> Decimal:
    """Return what is left of an order may cost in premiums, dollars; a sale of what is held costs nothing."""
    price = ticket.terms.limit
    if ticket.future is not None or (ticket.option is not None and ticket.side is Side.SELL):
        return Decimal(0)
    if price is None:
        shown = hub.shown(hub.subject_of(ticket))
        ask, bid = (None, None) if shown is None else (shown.ask, shown.bid)
        price = ask if ticket.side is Side.BUY else bid
        price = max((one for one in (price, ticket.terms.stop) if one is not None), default=Decimal(0))
    if ticket.side is Side.SELL:  # a combo: sold below nothing, it is paid for
        price = -price
    return max(price, Decimal(0)) * ticket.remaining * hub.exchange.spec.multiplier
